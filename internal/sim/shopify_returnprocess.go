package sim

import (
	"slices"
	"strconv"
)

// A shopReturnPart is how many of a return line are to be processed, a shopExchangePart the same of an
// exchange line.
type shopReturnPart struct {
	line     *shopReturnLine
	quantity int
	disposed []shopDisposition
}

type shopExchangePart struct {
	line     *shopExchangeLine
	quantity int
}

// returnProcess takes what came back off the order, puts what goes out on it, and moves money if it is
// told to. All of it or nothing. Its answer still says OPEN when everything is processed; who reads
// after it reads CLOSED.
func (s *Shopify) returnProcess(in gqlArgs, by string) any {
	no := func(e *shopUserError) any {
		return returnRefused("returnProcess", e.code, e.message, append([]string{"input"}, e.field...)...)
	}
	if bad := unknownInput(in, "refundShipping", "refundDuties", "tipLineId"); bad != nil {
		return bad
	}
	r, bad := s.ret(in.text("returnId"))
	if bad != nil {
		return bad
	}
	switch {
	case r == nil:
		return no(&shopUserError{[]string{"returnId"}, "Return not found.", "NOT_FOUND"})
	case r.status != "OPEN":
		return no(&shopUserError{[]string{"returnId"}, "Return status is invalid.", "INVALID_STATE"})
	}
	back, bad, refusal := s.returnParts(r, in.inputs("returnLineItems"))
	if bad != nil {
		return bad
	}
	if refusal != nil {
		return no(refusal)
	}
	out, bad, refusal := s.exchangeParts(r, in.inputs("exchangeLineItems"))
	if bad != nil {
		return bad
	}
	if refusal != nil {
		return no(refusal)
	}
	if len(back)+len(out) == 0 {
		return no(&shopUserError{[]string{"returnLineItems"}, "At least one line item must be processed.", "BLANK"})
	}
	refund := in.input("financialTransfer").input("issueRefund")
	pays, bad, refusal := s.refundParts(r.order, refund)
	if bad != nil {
		return bad
	}
	if refusal != nil {
		refusal.field = append([]string{"financialTransfer", "issueRefund"}, refusal.field...)
		return no(refusal)
	}
	if len(pays) > 0 && s.switches.RefundResult == "FAILURE" && s.switches.ProcessAtomic {
		return no(&shopUserError{[]string{"financialTransfer", "issueRefund"}, "The refund was refused by the payment gateway.", "INTERNAL_ERROR"})
	}
	s.process(r, back, out, pays, in.text("note"), by)
	return accepted("ReturnProcessPayload", map[string]any{"return": r})
}

// returnParts checks which return lines are to be processed.
func (s *Shopify) returnParts(r *shopReturn, in []gqlArgs) ([]shopReturnPart, *gqlError, *shopUserError) {
	var parts []shopReturnPart
	asked := map[*shopReturnLine]int{}
	for i, item := range in {
		at := []string{"returnLineItems", strconv.Itoa(i)}
		n, bad := gidNumber("ReturnLineItem", item.text("id"))
		if bad != nil {
			return nil, bad, nil
		}
		l := r.line(n)
		if l == nil {
			return nil, nil, &shopUserError{append(at, "id"), "Return line item was not found.", "NOT_FOUND"}
		}
		p := shopReturnPart{line: l, quantity: item.number("quantity")}
		asked[l] += p.quantity
		if p.quantity < 1 || asked[l] > l.quantity-l.processed {
			return nil, nil, &shopUserError{append(at, "quantity"), "Return line item has an invalid quantity.", "INVALID"}
		}
		for _, d := range item.inputs("dispositions") {
			made, bad := s.disposition(d)
			if bad != nil {
				return nil, bad, nil
			}
			if d.text("reverseFulfillmentOrderLineItemId") != gid("ReverseFulfillmentOrderLineItem", l.inboundID) {
				return nil, nil, &shopUserError{append(at, "dispositions"), "Reverse fulfillment order line item was not found.", "NOT_FOUND"}
			}
			p.disposed = append(p.disposed, made)
		}
		if !fits(l, p.disposed) {
			return nil, nil, &shopUserError{append(at, "dispositions"), "Disposition has an invalid quantity.", "INVALID"}
		}
		parts = append(parts, p)
	}
	return parts, nil, nil
}

// exchangeParts checks which exchange lines are to be processed.
func (s *Shopify) exchangeParts(r *shopReturn, in []gqlArgs) ([]shopExchangePart, *gqlError, *shopUserError) {
	var parts []shopExchangePart
	asked := map[*shopExchangeLine]int{}
	for i, item := range in {
		at := []string{"exchangeLineItems", strconv.Itoa(i)}
		n, bad := gidNumber("ExchangeLineItem", item.text("id"))
		if bad != nil {
			return nil, bad, nil
		}
		l := r.exchangeLine(n)
		if l == nil {
			return nil, nil, &shopUserError{append(at, "id"), "Exchange line item was not found.", "NOT_FOUND"}
		}
		p := shopExchangePart{l, item.number("quantity")}
		asked[l] += p.quantity
		if p.quantity < 1 || asked[l] > l.quantity-l.processed {
			return nil, nil, &shopUserError{append(at, "quantity"), "Exchange line item has an invalid quantity.", "INVALID"}
		}
		parts = append(parts, p)
	}
	return parts, nil, nil
}

// process does what returnProcess was asked, after all checks.
func (s *Shopify) process(r *shopReturn, back []shopReturnPart, out []shopExchangePart, pays []shopRefundPart, note, by string) {
	o := r.order
	for _, p := range back {
		fee := p.line.moreFee(p.quantity)
		p.line.processed += p.quantity
		p.line.disposed = append(p.line.disposed, p.disposed...)
		if !r.legacy {
			p.line.shipped.line.returned += p.quantity
			o.fees += fee
		}
	}
	if len(back) > 0 {
		s.dueFee(r)
	}
	fo := s.sell(r, out)
	s.announce("returns/process", r.processPayload())
	if len(pays) > 0 {
		r.refunds = append(r.refunds, s.pay(o, pays, r, note, by))
	}
	if fo != nil && (o.outstanding() > 0 || (s.switches.HoldUntilCaptured && o.net() < o.current())) {
		fo.holds = append(fo.holds, &shopHold{id: s.smallID(), reason: "AWAITING_PAYMENT", by: "shop"})
	}
	s.route(fo)
	s.settled(o)
	if s.switches.ReleaseReturned {
		s.liftReturned(r)
	}
	o.touch()
	if r.done() {
		s.afterwards = append(s.afterwards, func() { s.closeReturn(r) })
	}
}

// liftReturned lifts the holds that waited for the goods of a return, once its return lines are processed.
func (s *Shopify) liftReturned(r *shopReturn) {
	if slices.ContainsFunc(r.lines, func(l *shopReturnLine) bool { return l.processed < l.quantity }) {
		return
	}
	for _, fo := range r.order.work {
		ours := slices.ContainsFunc(fo.lines, func(l *shopWorkLine) bool { return l.line.exchange != nil && l.line.exchange.of == r })
		for _, h := range slices.Clone(fo.holds) {
			if ours && h.by == "shop" && h.reason == "AWAITING_RETURN_ITEMS" {
				s.liftHold(fo, h)
			}
		}
	}
}

// dueFee makes the fee for the way back part of the order's total, once.
func (s *Shopify) dueFee(r *shopReturn) {
	if !r.feeDue {
		r.order.fees += r.fee
		r.feeDue = true
	}
}

// sell turns exchange lines into order lines, and these into one fulfillment order.
func (s *Shopify) sell(r *shopReturn, parts []shopExchangePart) *shopFulfillmentOrder {
	o := r.order
	var work []*shopWorkLine
	for _, p := range parts {
		p.line.processed += p.quantity
		l := &shopLine{
			order: o, id: s.newID(), variant: p.line.variant, sku: p.line.variant.sku, title: p.line.variant.title,
			quantity: p.quantity, original: o.fromShop(p.line.variant.price), price: p.line.price, rate: o.rateOfTax,
			exchange: p.line,
		}
		o.lines = append(o.lines, l)
		p.line.lines = append(p.line.lines, l)
		if l.price > 0 || !s.switches.ZeroPriceDefect {
			work = append(work, o.workLine(l, p.quantity))
		}
	}
	return o.addWork(work)
}

// route shows a new fulfillment order, now or after the delay that the switches ask for.
func (s *Shopify) route(fo *shopFulfillmentOrder) {
	if fo == nil {
		return
	}
	fo.hidden = s.switches.FulfillmentDelay
	if fo.hidden == 0 {
		s.announceRouted(fo)
	}
}
