package sim

import (
	"slices"
	"strconv"
)

// shopMaxHolds is how many holds one app may have on one fulfillment order.
const shopMaxHolds = 10

// hold puts a hold on a fulfillment order, or on some of its lines, which leaves the rest in a
// fulfillment order of its own.
func (s *Shopify) hold(id string, in gqlArgs, by string) any {
	no := func(code, message string, field ...string) any {
		return refused("FulfillmentOrderHoldPayload", "FulfillmentOrderHoldUserError", shopUserError{field, message, code})
	}
	fo, bad := s.fulfillmentOrder(id)
	if bad != nil {
		return bad
	}
	if fo == nil {
		return no("FULFILLMENT_ORDER_NOT_FOUND", "Fulfillment order does not exist.", "id")
	}
	h := &shopHold{handle: in.text("handle"), reason: in.text("reason"), notes: in.text("reasonNotes"), by: by}
	mine := 0
	for _, other := range fo.holds {
		if other.by != by {
			continue
		}
		mine++
		if other.handle == h.handle {
			return no("DUPLICATE_FULFILLMENT_HOLD_HANDLE",
				"The handle provided for the fulfillment hold is already in use by this app for another hold on this fulfillment order.",
				"fulfillmentHold", "handle")
		}
	}
	switch {
	case !fo.open():
		return no("TAKEN", "The fulfillment order is not in a holdable state.", "id")
	case len([]rune(h.handle)) > 64:
		return no("", "Handle is too long (maximum is 64 characters)", "fulfillmentHold", "handle")
	case mine >= shopMaxHolds:
		return no("FULFILLMENT_ORDER_HOLD_LIMIT_REACHED", "The maximum number of fulfillment holds for this fulfillment order has been reached for this app.", "id")
	}
	keep, refusal, bad := s.heldLines(fo, in.inputs("fulfillmentOrderLineItems"))
	if bad != nil {
		return bad
	}
	if refusal != nil {
		return no(refusal.code, refusal.message, refusal.field...)
	}
	var rest *shopFulfillmentOrder
	values := map[string]any{"remainingFulfillmentOrder": nil}
	if keep != nil {
		if rest = fo.split(keep); rest != nil {
			values["remainingFulfillmentOrder"] = rest
		}
	}
	h.id = s.smallID()
	s.placeHold(fo, h, rest)
	values["fulfillmentHold"], values["fulfillmentOrder"] = &shopShownHold{h, s}, fo
	return accepted("FulfillmentOrderHoldPayload", values)
}

// heldLines checks the lines to be held; nil means all.
func (s *Shopify) heldLines(fo *shopFulfillmentOrder, in []gqlArgs) (map[*shopWorkLine]int, *shopUserError, *gqlError) {
	if len(in) == 0 {
		return nil, nil, nil
	}
	if len(fo.holds) > 0 {
		return nil, &shopUserError{
			[]string{"fulfillmentHold", "fulfillmentOrderLineItems"},
			"The fulfillment order is not in a splittable state.", "FULFILLMENT_ORDER_NOT_SPLITTABLE",
		}, nil
	}
	keep := map[*shopWorkLine]int{}
	for i, item := range in {
		at := []string{"fulfillmentHold", "fulfillmentOrderLineItems", strconv.Itoa(i)}
		n, bad := gidNumber("FulfillmentOrderLineItem", item.text("id"))
		if bad != nil {
			return nil, nil, bad
		}
		l, quantity := fo.line(n), item.number("quantity")
		switch {
		case quantity < 1:
			return nil, &shopUserError{append(at, "quantity"), "The line item quantity must be greater than 0.", "GREATER_THAN_ZERO"}, nil
		case l == nil || quantity > l.remaining:
			return nil, &shopUserError{append(at, "quantity"), "The line item quantity is invalid.", "INVALID_LINE_ITEM_QUANTITY"}, nil
		case keep[l] > 0:
			return nil, &shopUserError{
				append(at, "id"), "The fulfillment order line items are not unique.",
				"DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS",
			}, nil
		}
		keep[l] = quantity
	}
	return keep, nil, nil
}

// split leaves these quantities in the fulfillment order and returns a new one with the rest, nil if there is none.
func (fo *shopFulfillmentOrder) split(keep map[*shopWorkLine]int) *shopFulfillmentOrder {
	var rest []*shopWorkLine
	for _, l := range slices.Clone(fo.lines) {
		if over := l.remaining - keep[l]; over > 0 {
			rest = append(rest, fo.order.workLine(l.line, over))
			l.total -= over
			l.remaining -= over
		}
		if l.total == 0 {
			fo.lines = slices.DeleteFunc(fo.lines, func(other *shopWorkLine) bool { return other == l })
		}
	}
	return fo.order.addWork(rest)
}

// placeHold adds h; rest is what is not held, where not all is.
func (s *Shopify) placeHold(fo *shopFulfillmentOrder, h *shopHold, rest *shopFulfillmentOrder) {
	fo.holds = append(fo.holds, h)
	fo.touch()
	s.announceHold(fo, h, rest)
}

// releaseHold lifts the holds named, or without names the caller's own. One that is not there is passed
// over; one of another app refuses the call.
func (s *Shopify) releaseHold(args gqlArgs, by string) any {
	no := func(code, message string, field ...string) any {
		return refused("FulfillmentOrderReleaseHoldPayload", "FulfillmentOrderReleaseHoldUserError", shopUserError{field, message, code})
	}
	fo, bad := s.fulfillmentOrder(args.text("id"))
	if bad != nil {
		return bad
	}
	if fo == nil {
		return no("FULFILLMENT_ORDER_NOT_FOUND", "Fulfillment order does not exist.", "id")
	}
	var named []int64
	for _, id := range args.texts("holdIds") {
		n, bad := gidNumber("FulfillmentHold", id)
		if bad != nil {
			return bad
		}
		named = append(named, n)
	}
	var lifted []*shopHold
	for _, h := range fo.holds {
		if args.given("holdIds") && !slices.Contains(named, h.id) {
			continue
		}
		if !args.given("holdIds") && !s.switches.ReleaseAllHolds && h.by != by {
			continue
		}
		if h.by != by && h.by != "shop" {
			return no("INVALID_ACCESS", "The app doesn't have access to release the fulfillment hold.", "id")
		}
		lifted = append(lifted, h)
	}
	for _, h := range lifted {
		s.liftHold(fo, h)
	}
	return accepted("FulfillmentOrderReleaseHoldPayload", map[string]any{"fulfillmentOrder": fo})
}

func (s *Shopify) liftHold(fo *shopFulfillmentOrder, h *shopHold) {
	fo.holds = slices.DeleteFunc(slices.Clone(fo.holds), func(other *shopHold) bool { return other == h })
	fo.released = append(fo.released, h)
	fo.touch()
	s.announceLift(fo, h)
}
