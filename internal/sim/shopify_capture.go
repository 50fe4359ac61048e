package sim

import (
	"cmp"
	"fmt"
	"slices"
)

// transaction returns the one of this global id, nil if there is none.
func (s *Shopify) transaction(id string) (*shopTransaction, *gqlError) {
	n, bad := gidNumber("OrderTransaction", id)
	if bad != nil {
		return nil, bad
	}
	return find(s, func(o *shopOrder) []*shopTransaction { return o.transactions },
		func(t *shopTransaction) bool { return t.id == n }), nil
}

// orderCapture captures an authorisation, in whole or in part.
func (s *Shopify) orderCapture(in gqlArgs) any {
	no := func(message string, field ...string) any {
		return refused("OrderCapturePayload", "UserError", shopUserError{field, message, ""})
	}
	o, bad := s.order(in.text("id"))
	if bad != nil {
		return bad
	}
	parent, bad := s.transaction(in.text("parentTransactionId"))
	if bad != nil {
		return bad
	}
	if o == nil {
		return no("Order does not exist", "id")
	}
	if parent == nil || parent.order != o || parent.kind != "AUTHORIZATION" || parent.status != "SUCCESS" {
		return no("Unable to find parent transaction", "parentTransactionId")
	}
	if (in.given("currency") || o.shop != o.presentment) && in.text("currency") != o.presentment {
		return no("Currency Currency must match parent transaction "+o.presentment, "currency")
	}
	amount, err := shopMinor(in.text("amount"), o.presentment)
	switch {
	case err != nil:
		return no("Amount is invalid", "amount")
	case amount <= 0:
		return no("Amount must be greater than zero for capture transactions", "amount")
	case in.flag("finalCapture") && !parent.multi && s.switches.RefuseFinal:
		return no("Setting final capture is not supported for this transaction's payment gateway. "+
			"Only multi-capturable transactions can be finally captured.", "finalCapture")
	case parent.lapsed() && !parent.ended:
		return accepted("OrderCapturePayload", map[string]any{"transaction": s.capture(parent, amount, false, "FAILURE", "AUTHORIZATION_EXPIRED", "app")})
	case amount > parent.remaining():
		return no(fmt.Sprintf("Cannot capture more than the authorized %s for this payment.",
			shopDecimal(parent.remaining(), shopExponent(o.presentment))), "amount")
	}
	result, failure := cmp.Or(parent.result, s.switches.CaptureResult), ""
	if result == "FAILURE" {
		failure = s.switches.CaptureError
	}
	t := s.capture(parent, amount, in.flag("finalCapture"), result, failure, "app")
	return accepted("OrderCapturePayload", map[string]any{"transaction": t})
}

// capture makes a capture with this result.
func (s *Shopify) capture(parent *shopTransaction, amount int64, final bool, status, failure, by string) *shopTransaction {
	t := s.move(parent.order, "CAPTURE", status, amount, parent, by)
	t.failure = failure
	if final && status != "FAILURE" {
		parent.ended = true
	}
	s.tellTransaction(t)
	s.settled(parent.order)
	return t
}

// move adds a transaction to an order.
func (s *Shopify) move(o *shopOrder, kind, status string, amount int64, parent *shopTransaction, by string) *shopTransaction {
	now := s.now()
	t := &shopTransaction{
		order: o, id: s.newID(), kind: kind, status: status, amount: amount, gateway: "shopify_payments",
		created: now, processed: now, parent: parent, by: by,
	}
	if parent != nil {
		t.gateway = parent.gateway
	}
	if status == "PENDING" {
		t.left = s.switches.PendingReads
	}
	o.transactions = append(o.transactions, t)
	o.touch()
	return t
}

// showTransactions returns the transactions. Once that is answered, it counts as a read for those that a
// gateway or a job is still to answer.
func (o *shopOrder) showTransactions(args gqlArgs) []gqlObject {
	o.in.afterwards = append(o.in.afterwards, func() {
		for _, c := range o.charges {
			c.tick()
		}
		for _, t := range slices.Clone(o.transactions) {
			t.tick()
		}
	})
	return gqlWhere(o.transactions, func(t *shopTransaction) bool {
		return !args.flag("capturable") || t.remaining() > 0
	})
}

// tick counts a read by which the gateway's answer comes nearer.
func (t *shopTransaction) tick() {
	if t.status != "PENDING" || t.left == 0 {
		return
	}
	if t.left--; t.left == 0 {
		s := t.order.in
		s.answer(t, s.switches.PendingEnd, s.switches.CaptureError)
	}
}

// answer gives a pending transaction its end.
func (s *Shopify) answer(t *shopTransaction, status, failure string) {
	t.status, t.left = status, 0
	if status == "FAILURE" {
		t.failure = failure
	}
	t.order.touch()
	s.tellTransaction(t)
	s.settled(t.order)
}

// settled does what Shopify does when an order's money has changed: it says when it is paid, and may lift
// the hold that waited for that.
func (s *Shopify) settled(o *shopOrder) {
	paid := o.net() >= o.current()
	if paid && !o.paid {
		s.announce("orders/paid", o.payload())
	}
	o.paid = paid
	if !s.switches.ReleaseWhenPaid || o.outstanding() > 0 {
		return
	}
	for _, fo := range o.work {
		for _, h := range slices.Clone(fo.holds) {
			if h.by == "shop" && h.reason == "AWAITING_PAYMENT" && (paid || !s.switches.HoldUntilCaptured) {
				s.liftHold(fo, h)
			}
		}
	}
}

// transactionVoid gives an authorisation back.
func (s *Shopify) transactionVoid(id, by string) any {
	no := func(code, message string) any {
		return refused("TransactionVoidPayload", "TransactionVoidUserError", shopUserError{[]string{"parentTransactionId"}, message, code})
	}
	parent, bad := s.transaction(id)
	switch {
	case bad != nil:
		return bad
	case parent == nil:
		return no("TRANSACTION_NOT_FOUND", "Transaction does not exist.")
	case parent.kind != "AUTHORIZATION" || parent.status != "SUCCESS":
		return no("AUTH_NOT_SUCCESSFUL", "Transaction must be a successful authorization.")
	case parent.remaining() == 0 || (parent.captured() > 0 && !s.switches.VoidPartlyCaptured):
		return no("AUTH_NOT_VOIDABLE", "Transaction must be voidable.")
	}
	left := parent.remaining()
	parent.ended, parent.voided = true, true
	t := s.move(parent.order, "VOID", "SUCCESS", left, parent, by)
	s.tellTransaction(t)
	return accepted("TransactionVoidPayload", map[string]any{"transaction": t})
}
