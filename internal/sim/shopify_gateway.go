package sim

import (
	"cmp"
	"fmt"
	"slices"
)

// What customers, the payment gateway and the shop's own settings do about money.

// authorisation returns the transaction that a control route names.
func (s *Shopify) authorisation(id string) (*shopTransaction, error) {
	t, bad := s.transaction(id)
	if bad != nil {
		return nil, bad
	}
	if t == nil {
		return nil, refuse(404, "no transaction %s", id)
	}
	return t, nil
}

// selfCapture captures the way the shop's automatic setting does: without anyone's call.
func (s *Shopify) selfCapture(in shopOrdered) (any, error) {
	parent, err := s.authorisation(in.Transaction)
	if err != nil {
		return nil, err
	}
	amount := parent.remaining()
	if in.Amount != "" {
		if amount, err = shopMinor(in.Amount, parent.order.presentment); err != nil {
			return nil, err
		}
	}
	if amount <= 0 || amount > parent.remaining() {
		return nil, refuse(409, "%d is not between 1 and %d", amount, parent.remaining())
	}
	t := s.capture(parent, amount, in.Final, "SUCCESS", "", "shop")
	return map[string]any{"transaction": gid("OrderTransaction", t.id)}, nil
}

// captureShipped captures the way the shop's automatic setting does when goods go out: never more than is due.
func (s *Shopify) captureShipped(f *shopFulfillment) {
	o := f.order
	due := o.current() - o.net() - o.sum("PENDING", "SALE", "CAPTURE")
	switch s.switches.AutoCapture {
	case "fulfillment":
		var worth int64
		for _, l := range f.lines {
			worth += l.line.worth(l.quantity)
		}
		due = min(due, worth)
	case "order":
		if slices.ContainsFunc(o.work, (*shopFulfillmentOrder).open) {
			return
		}
	default:
		return
	}
	for _, t := range slices.Clone(o.transactions) {
		if t.mandate && !s.switches.AutoCaptureMandate {
			continue
		}
		if amount := min(due, t.remaining()); amount > 0 {
			result, failure := cmp.Or(t.result, s.switches.CaptureResult), ""
			if result == "FAILURE" {
				failure = s.switches.CaptureError
			} else {
				due -= amount
			}
			s.capture(t, amount, false, result, failure, "shop")
		}
	}
}

// settle gives a pending transaction its end.
func (s *Shopify) settle(in shopOrdered) (any, error) {
	t, err := s.authorisation(in.Transaction)
	if err != nil {
		return nil, err
	}
	status := cmp.Or(in.Status, "SUCCESS")
	switch {
	case t.status != "PENDING":
		return nil, refuse(409, "transaction %s is %s", in.Transaction, t.status)
	case status != "SUCCESS" && status != "FAILURE":
		return nil, fmt.Errorf("status %q is neither SUCCESS nor FAILURE", status)
	}
	s.answer(t, status, cmp.Or(in.Error, s.switches.CaptureError))
	return nil, nil
}

// customerPays books a payment, as when the customer follows an invoice's link. The gateway may leave it
// pending, or decline.
func (s *Shopify) customerPays(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	amount := o.outstanding()
	if in.Amount != "" {
		if amount, err = shopMinor(in.Amount, o.presentment); err != nil {
			return nil, err
		}
	}
	status := cmp.Or(in.Status, "SUCCESS")
	switch {
	case amount <= 0:
		return nil, refuse(409, "nothing is outstanding")
	case !slices.Contains(shopResults, status):
		return nil, fmt.Errorf("status %q is not one of %v", status, shopResults)
	}
	t := s.move(o, "SALE", status, amount, nil, "shop")
	if status == "FAILURE" {
		t.failure = cmp.Or(in.Error, s.switches.CaptureError)
	}
	s.tellTransaction(t)
	s.settled(o)
	return map[string]any{"transaction": gid("OrderTransaction", t.id)}, nil
}

// customerAgrees adds an authorisation.
func (s *Shopify) customerAgrees(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	seed := ShopifySeedTransaction{
		Kind: "AUTHORIZATION", Amount: in.Amount, MultiCapturable: in.MultiCapturable, ExpiresAt: in.ExpiresAt, Result: in.Result,
	}
	if err := s.seedTransaction(o, seed); err != nil {
		return nil, err
	}
	t := o.transactions[len(o.transactions)-1]
	s.tellTransaction(t)
	s.settled(o)
	return map[string]any{"transaction": gid("OrderTransaction", t.id)}, nil
}

// expire ends an authorisation before its time.
func (s *Shopify) expire(in shopOrdered) (any, error) {
	t, err := s.authorisation(in.Transaction)
	if err != nil {
		return nil, err
	}
	if t.kind != "AUTHORIZATION" {
		return nil, refuse(409, "transaction %s is no authorisation", in.Transaction)
	}
	t.expired = true
	t.order.touch()
	return nil, nil
}

// staffMarksPaid books what is outstanding as paid by other means.
func (s *Shopify) staffMarksPaid(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	return nil, s.refusal(s.orderMarkAsPaid(gid("Order", o.id), "staff"))
}

// staffInvoices sends an invoice from the admin.
func (s *Shopify) staffInvoices(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	return nil, s.refusal(s.invoiceSend(gqlArgs{"id": gid("Order", o.id)}, "staff"))
}

// staffCharges charges a stored payment method for what is outstanding.
func (s *Shopify) staffCharges(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("staff-%d", s.newID())
	return nil, s.refusal(s.mandatePayment(gqlArgs{"id": gid("Order", o.id), "mandateId": in.Mandate, "idempotencyKey": key, "autoCapture": true}, "staff"))
}

// staffVoids gives an authorisation back.
func (s *Shopify) staffVoids(in shopOrdered) (any, error) {
	return nil, s.refusal(s.transactionVoid(in.Transaction, "staff"))
}

// staffRefunds pays back in the admin, without a return: over the payment named, or over those there are.
func (s *Shopify) staffRefunds(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	amount := max(0, -o.outstanding())
	if in.Amount != "" {
		if amount, err = shopMinor(in.Amount, o.presentment); err != nil {
			return nil, err
		}
	}
	var parts []shopRefundPart
	left := amount
	for _, t := range o.transactions {
		share := min(left, t.refundable())
		if share > 0 && (in.Transaction == "" || gid("OrderTransaction", t.id) == in.Transaction) {
			parts = append(parts, shopRefundPart{t, share})
			left -= share
		}
	}
	if amount <= 0 || left > 0 {
		return nil, refuse(409, "%d of %d can be paid back", amount-left, amount)
	}
	r := s.pay(o, parts, nil, "", "staff")
	s.settled(o)
	return map[string]any{"refund": gid("Refund", r.id)}, nil
}
