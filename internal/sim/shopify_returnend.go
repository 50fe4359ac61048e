package sim

import (
	"strconv"
	"time"
)

// returnClose ends a return. It moves no money; on a closed one it changes nothing.
func (s *Shopify) returnClose(id string) any {
	r, bad := s.ret(id)
	switch {
	case bad != nil:
		return bad
	case r == nil:
		return returnRefused("returnClose", "NOT_FOUND", "Return not found.", "id")
	case r.status != "OPEN" && r.status != "CLOSED":
		return returnRefused("returnClose", "INVALID_STATE", "Return status is invalid.", "id")
	}
	s.closeReturn(r)
	return accepted("ReturnClosePayload", map[string]any{"return": r})
}

func (s *Shopify) closeReturn(r *shopReturn) {
	if r.status != "OPEN" {
		return
	}
	r.status, r.closed = "CLOSED", s.now()
	r.order.touch()
	s.announce("returns/close", r.endPayload())
}

// returnReopen opens a closed return again; on an open one it changes nothing.
func (s *Shopify) returnReopen(id string) any {
	r, bad := s.ret(id)
	switch {
	case bad != nil:
		return bad
	case r == nil:
		return returnRefused("returnReopen", "NOT_FOUND", "Return not found.", "id")
	case r.status != "OPEN" && r.status != "CLOSED":
		return returnRefused("returnReopen", "INVALID_STATE", "Return status is invalid.", "id")
	case r.status == "CLOSED":
		r.status, r.closed = "OPEN", time.Time{}
		r.order.touch()
		s.announce("returns/reopen", r.endPayload())
	}
	return accepted("ReturnReopenPayload", map[string]any{"return": r})
}

// returnCancel takes a return back, if nothing was done for it yet; on a cancelled one it changes nothing.
// On the legacy workflow what it sold in exchange stays sold.
func (s *Shopify) returnCancel(id string) any {
	r, bad := s.ret(id)
	switch {
	case bad != nil:
		return bad
	case r == nil:
		return returnRefused("returnCancel", "NOT_FOUND", "Return not found.", "id")
	case r.status == "CANCELED":
		return accepted("ReturnCancelPayload", map[string]any{"return": r})
	case r.status != "OPEN" || r.begun():
		return returnRefused("returnCancel", "INVALID_STATE", "Return is not cancelable.", "id")
	}
	if r.legacy {
		for _, l := range r.lines {
			s.giveBack(l, 0)
		}
	}
	r.status = "CANCELED"
	r.order.touch()
	s.announce("returns/cancel", r.endPayload())
	return accepted("ReturnCancelPayload", map[string]any{"return": r})
}

// giveBack puts what of a line of a legacy return is beyond left on the order again.
func (s *Shopify) giveBack(l *shopReturnLine, left int) {
	l.shipped.line.returned -= l.quantity - left
	l.of.order.fees -= l.restockFee(l.quantity) - l.restockFee(left)
}

// removeFromReturn takes lines that are not processed off a return. Without lines it is closed.
func (s *Shopify) removeFromReturn(args gqlArgs) any {
	no := func(code, message string, field ...string) any {
		return returnRefused("removeFromReturn", code, message, field...)
	}
	r, bad := s.ret(args.text("returnId"))
	switch {
	case bad != nil:
		return bad
	case r == nil:
		return no("NOT_FOUND", "Return not found.", "returnId")
	case r.status != "OPEN":
		return no("INVALID_STATE", "Return status is invalid.", "returnId")
	}
	back, out := map[*shopReturnLine]int{}, map[*shopExchangeLine]int{}
	for i, item := range args.inputs("returnLineItems") {
		n, bad := gidNumber("ReturnLineItem", item.text("returnLineItemId"))
		if bad != nil {
			return bad
		}
		l := r.line(n)
		if l == nil {
			return no("NOT_FOUND", "Return line item was not found.", "returnLineItems", strconv.Itoa(i), "returnLineItemId")
		}
		back[l] += item.number("quantity")
		if item.number("quantity") < 1 || back[l] > l.quantity-l.processed {
			return no("INVALID", "Return line item has an invalid quantity.", "returnLineItems", strconv.Itoa(i), "quantity")
		}
	}
	for i, item := range args.inputs("exchangeLineItems") {
		n, bad := gidNumber("ExchangeLineItem", item.text("exchangeLineItemId"))
		if bad != nil {
			return bad
		}
		l := r.exchangeLine(n)
		if l == nil {
			return no("NOT_FOUND", "Exchange line item was not found.", "exchangeLineItems", strconv.Itoa(i), "exchangeLineItemId")
		}
		out[l] += item.number("quantity")
		if item.number("quantity") < 1 || out[l] > l.quantity-l.processed {
			return no("INVALID", "Exchange line item has an invalid quantity.", "exchangeLineItems", strconv.Itoa(i), "quantity")
		}
	}
	if len(back)+len(out) == 0 {
		return no("BLANK", "At least one line item must be given.", "returnLineItems")
	}
	for l, quantity := range back {
		if r.legacy {
			s.giveBack(l, l.quantity-quantity)
		}
		l.quantity -= quantity
	}
	for l, quantity := range out {
		l.quantity -= quantity
	}
	r.order.touch()
	s.announce("returns/update", r.updatePayload(back))
	if r.done() {
		s.closeReturn(r)
	}
	return accepted("RemoveFromReturnPayload", map[string]any{"return": r})
}
