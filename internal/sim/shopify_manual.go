package sim

import (
	"cmp"
	"slices"
	"time"
)

// What records money that moved outside of Shopify.

// orderMarkAsPaid captures what is authorised and books the rest as paid by other means.
func (s *Shopify) orderMarkAsPaid(id, by string) any {
	o, bad := s.order(id)
	switch {
	case bad != nil:
		return bad
	case o == nil:
		return refused("OrderMarkAsPaidPayload", "UserError", shopUserError{[]string{"id"}, "Order does not exist", ""})
	case !o.markable():
		return refused("OrderMarkAsPaidPayload", "UserError", shopUserError{[]string{"id"}, "Order cannot be marked as paid.", ""})
	}
	for _, t := range slices.Clone(o.transactions) {
		if due := min(t.remaining(), o.current()-o.net()); due > 0 {
			s.capture(t, due, false, "SUCCESS", "", by)
		}
	}
	if due := o.outstanding(); due > 0 {
		s.payManually(o, due, "manual", s.now(), by)
	}
	s.settled(o)
	return accepted("OrderMarkAsPaidPayload", map[string]any{"order": o})
}

// payManually books a payment by other means.
func (s *Shopify) payManually(o *shopOrder, amount int64, method string, processed time.Time, by string) {
	t := s.move(o, "SALE", "SUCCESS", amount, nil, by)
	t.gateway, t.manual, t.processed = method, true, processed
	s.tellTransaction(t)
}

// manualPayment handles orderCreateManualPayment.
func (s *Shopify) manualPayment(in gqlArgs, by string) any {
	typ := "OrderCreateManualPaymentOrderCreateManualPaymentError"
	no := func(code, message string, field ...string) any {
		return refused("OrderCreateManualPaymentPayload", typ, shopUserError{field, message, code})
	}
	o, bad := s.order(in.text("id"))
	if bad != nil {
		return bad
	}
	refusal := s.plusOnly("orderCreateManualPayment", in, func(message string, field ...string) any { return no("", message, field...) })
	if refusal != nil {
		return refusal
	}
	if o == nil {
		return no("ORDER_NOT_FOUND", "Order does not exist", "id")
	}
	amount := o.outstanding()
	if in.given("amount") {
		given, ok := shopGiven(in.input("amount"), o.presentment)
		switch {
		case in.input("amount").text("currencyCode") != o.presentment:
			return no("CURRENCY_MISMATCH", "Currency must match the order", "amount", "currencyCode")
		case !ok || given == 0:
			return no("AMOUNT_NOT_POSITIVE", "Amount must be positive", "amount")
		case given > amount:
			return no("AMOUNT_EXCEEDS_BALANCE", "Amount exceeds the remaining balance", "amount")
		}
		amount = given
	}
	if amount <= 0 {
		return no("AMOUNT_NOT_POSITIVE", "Amount must be positive", "amount")
	}
	processed := s.now()
	if in.given("processedAt") {
		t, err := time.Parse(time.RFC3339, in.text("processedAt"))
		if err != nil || t.After(s.now()) {
			return no("PROCESSED_AT_INVALID", "Processed at is invalid", "processedAt")
		}
		processed = t
	}
	s.payManually(o, amount, cmp.Or(in.text("paymentMethodName"), "manual"), processed, by)
	s.settled(o)
	return accepted("OrderCreateManualPaymentPayload", map[string]any{"order": o})
}
