package sim

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// A shopRefund is a decision to pay back; its transactions say whether the money moved.
type shopRefund struct {
	order        *shopOrder
	id           int64
	created      time.Time
	note         string
	of           *shopReturn
	transactions []*shopTransaction
	by           string
}

// A shopRefundPart is what goes back over one payment.
type shopRefundPart struct {
	parent *shopTransaction
	amount int64
}

// A shopRefundKey remembers what was done for an idempotency key.
type shopRefundKey struct {
	at          time.Time
	fingerprint string
	refund      *shopRefund // nil if it was refused
}

// shopKeyLife is how long a key is remembered.
const shopKeyLife = 24 * time.Hour

// refundParts checks the refund that returnProcess is to issue; none if in is nil.
func (s *Shopify) refundParts(o *shopOrder, in gqlArgs) ([]shopRefundPart, *gqlError, *shopUserError) {
	if bad := unknownInput(in, "refundMethods"); bad != nil {
		return nil, bad, nil
	}
	var parts []shopRefundPart
	asked := map[*shopTransaction]int64{}
	for i, item := range in.inputs("orderTransactions") {
		at := []string{"orderTransactions", strconv.Itoa(i)}
		parent, bad := s.transaction(item.text("parentId"))
		if bad != nil {
			return nil, bad, nil
		}
		amount, ok := shopGiven(item.input("transactionAmount"), o.presentment)
		switch {
		case parent == nil || parent.order != o:
			return nil, nil, &shopUserError{append(at, "parentId"), "Transactions require a parent_id associated with the order", "NOT_FOUND"}
		case !ok || amount == 0:
			return nil, nil, &shopUserError{append(at, "transactionAmount"), "Transaction amount is invalid.", "INVALID"}
		}
		asked[parent] += amount
		if asked[parent] > parent.refundable() && !in.flag("allowOverRefunding") {
			return nil, nil, &shopUserError{append(at, "transactionAmount"), "Refund amount is greater than the amount available to refund.", "INVALID"}
		}
		parts = append(parts, shopRefundPart{parent, amount})
	}
	return parts, nil, nil
}

// pay issues a refund.
func (s *Shopify) pay(o *shopOrder, parts []shopRefundPart, of *shopReturn, note, by string) *shopRefund {
	r := &shopRefund{order: o, id: s.newID(), created: s.now(), note: note, of: of, by: by}
	owed := max(0, -o.outstanding())
	for _, p := range parts {
		t := s.move(o, "REFUND", s.switches.RefundResult, p.amount, p.parent, by)
		if t.status == "FAILURE" {
			t.failure = "GENERIC_ERROR"
		} else {
			owed -= p.amount
		}
		r.transactions = append(r.transactions, t)
	}
	o.discrepancy += min(0, owed)
	o.refunds = append(o.refunds, r)
	s.announce("refunds/create", r.payload())
	for _, t := range r.transactions {
		s.tellTransaction(t)
	}
	return r
}

// refundCreate pays back without a return. The key makes it happen once: the same call with the same key
// answers as before, another call with it is refused, and so is one beside a call with it that is under way.
func (s *Shopify) refundCreate(in gqlArgs, key string, beside bool) any {
	no := func(message string, field ...string) any {
		return refused("RefundCreatePayload", "UserError", shopUserError{field, message, ""})
	}
	if bad := unknownInput(in, "shipping", "refundDuties", "refundMethods"); bad != nil {
		return bad
	}
	given, err := json.Marshal(in)
	if err != nil {
		return gqlErrorf("INTERNAL_SERVER_ERROR", "%v", err)
	}
	before, used := s.refundKeys[key]
	used = used && s.now().Sub(before.at) < shopKeyLife
	switch {
	case beside:
		return s.keyRefused(no, "IDEMPOTENCY_CONCURRENT_REQUEST", "This request is currently in progress, please try again.")
	case !used:
	case before.fingerprint != string(given):
		return s.keyRefused(no, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "The same idempotency key cannot be used with different operation parameters.")
	case before.refund == nil:
		return s.keyRefused(no, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "The previous attempt with this idempotency key failed. Use a new key.")
	default:
		return accepted("RefundCreatePayload", map[string]any{"refund": before.refund, "order": before.refund.order})
	}
	o, bad := s.order(in.text("orderId"))
	if bad != nil {
		return bad
	}
	if o == nil {
		return no("Order does not exist", "orderId")
	}
	if o.shop != o.presentment && in.text("currency") != o.presentment {
		return no("Currency must be the presentment currency of the order", "currency")
	}
	s.refundKeys[key] = shopRefundKey{at: s.now(), fingerprint: string(given)}
	var parts []shopRefundPart
	asked := map[*shopTransaction]int64{}
	for i, item := range in.inputs("transactions") {
		at := []string{"transactions", strconv.Itoa(i)}
		var parent *shopTransaction
		if item.given("parentId") {
			if parent, bad = s.transaction(item.text("parentId")); bad != nil {
				return bad
			}
		}
		amount, err := shopMinor(item.text("amount"), o.presentment)
		switch {
		case parent == nil || parent.order != o:
			return no("Transactions require a parent_id associated with the order", append(at, "parentId")...)
		case err != nil || amount <= 0:
			return no("Amount must be greater than zero for refund transactions", append(at, "amount")...)
		}
		asked[parent] += amount
		if asked[parent] > parent.refundable() && !in.flag("allowOverRefunding") {
			return no("Refund amount is greater than the amount available to refund", append(at, "amount")...)
		}
		parts = append(parts, shopRefundPart{parent, amount})
	}
	off := map[*shopLine]int{}
	for i, item := range in.inputs("refundLineItems") {
		if refusal := o.refundLine(item, off); refusal != "" {
			return no(refusal, "refundLineItems", strconv.Itoa(i))
		}
	}
	for l, quantity := range off {
		l.returned += quantity
	}
	r := s.pay(o, parts, nil, in.text("note"), "app")
	s.refundKeys[key] = shopRefundKey{at: s.now(), fingerprint: string(given), refund: r}
	s.settled(o)
	return accepted("RefundCreatePayload", map[string]any{"refund": r, "order": o})
}

// keyRefused refuses a key as a user error or at the top level, as the switches say.
func (s *Shopify) keyRefused(no func(string, ...string) any, code, message string) any {
	if s.switches.RefundKeyErrors == "top" {
		return gqlErrorf(code, "%s", message)
	}
	return no(message)
}

// beginKey notes that a call with the key of a refund in op is under way until end is called; beside says
// that another one is.
func (s *Shopify) beginKey(op *ast.OperationDefinition, vars map[string]any) (beside bool, end func()) {
	m := shopMutation{shop: s, op: op, vars: vars}
	key, bad := m.idempotencyKey("refundCreate")
	if op.Operation != ast.Mutation || bad != nil {
		return false, func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keysUnderWay[key]++
	return s.keysUnderWay[key] > 1, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.keysUnderWay[key]--; s.keysUnderWay[key] == 0 {
			delete(s.keysUnderWay, key)
		}
	}
}

// refundLine adds a line to those that come off the order; what is wrong with it, or "".
func (o *shopOrder) refundLine(in gqlArgs, off map[*shopLine]int) string {
	for _, l := range o.lines {
		if gid("LineItem", l.id) != in.text("lineItemId") {
			continue
		}
		off[l] += in.number("quantity")
		if in.number("quantity") < 1 || off[l] > l.current() {
			return "Quantity cannot refund more items than were purchased"
		}
		return ""
	}
	return "Line item does not belong to the order"
}

func (r *shopRefund) gqlType() string { return "Refund" }

func (r *shopRefund) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("Refund", r.id)
	case "legacyResourceId":
		return r.id
	case "createdAt", "processedAt", "updatedAt":
		return r.created
	case "note":
		return gqlText(r.note)
	case "order":
		return r.order
	case "return":
		if r.of == nil {
			return nil
		}
		return r.of
	case "totalRefundedSet":
		return r.order.set(r.amount())
	case "transactions":
		return gqlList(r.transactions)
	}
	return notSimulated
}

// amount is what the refund is about, also where the gateway has not answered yet or refused.
func (r *shopRefund) amount() int64 {
	var sum int64
	for _, t := range r.transactions {
		sum += t.amount
	}
	return sum
}
