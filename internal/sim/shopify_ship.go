package sim

import (
	"fmt"
	"strconv"
	"time"
)

// A shopShippedPart is how many of a line of a fulfillment order go out.
type shopShippedPart struct {
	from     *shopFulfillmentOrder
	line     *shopWorkLine
	quantity int
}

// fulfillmentCreate ships lines of fulfillment orders. All of it or nothing.
func (s *Shopify) fulfillmentCreate(in gqlArgs, by string) any {
	no := func(message string, field ...string) any {
		return refused("FulfillmentCreatePayload", "UserError", shopUserError{append([]string{"fulfillment"}, field...), message, ""})
	}
	groups := in.inputs("lineItemsByFulfillmentOrder")
	if len(groups) == 0 {
		return no("Line items by fulfillment order can't be blank", "lineItemsByFulfillmentOrder")
	}
	var parts []shopShippedPart
	var order *shopOrder
	for i, group := range groups {
		fo, bad := s.fulfillmentOrder(group.text("fulfillmentOrderId"))
		if bad != nil {
			return bad
		}
		if fo == nil {
			return no("Fulfillment order does not exist.", "lineItemsByFulfillmentOrder", strconv.Itoa(i), "fulfillmentOrderId")
		}
		if order == nil {
			order = fo.order
		}
		if order != fo.order {
			return no("All fulfillment orders must belong to the same order.")
		}
		if status := fo.status(); status != "OPEN" && status != "IN_PROGRESS" {
			return no(fmt.Sprintf("Fulfillment order %d has an unfulfillable status= %s.", fo.id, lower(status)))
		}
		more, refusal, bad := shippedParts(fo, group)
		if bad != nil {
			return bad
		}
		if refusal != "" {
			return no(refusal)
		}
		parts = append(parts, more...)
	}
	f := s.ship(order, parts, trackingOf(in.input("trackingInfo")), by)
	if in.flag("notifyCustomer") {
		f.notified++
	}
	return accepted("FulfillmentCreatePayload", map[string]any{"fulfillment": f})
}

// shippedParts checks the lines of one fulfillment order; none given means all that is left.
func shippedParts(fo *shopFulfillmentOrder, group gqlArgs) ([]shopShippedPart, string, *gqlError) {
	var parts []shopShippedPart
	if !group.given("fulfillmentOrderLineItems") {
		for _, l := range fo.lines {
			if l.remaining > 0 {
				parts = append(parts, shopShippedPart{fo, l, l.remaining})
			}
		}
		return parts, "", nil
	}
	asked := map[*shopWorkLine]int{}
	for _, item := range group.inputs("fulfillmentOrderLineItems") {
		n, bad := gidNumber("FulfillmentOrderLineItem", item.text("id"))
		if bad != nil {
			return nil, "", bad
		}
		l, quantity := fo.line(n), item.number("quantity")
		switch {
		case l == nil:
			return nil, "Fulfillment order line item does not exist.", nil
		case quantity < 1:
			return nil, "Quantity must be greater than 0", nil
		case asked[l]+quantity > l.remaining:
			return nil, "Invalid fulfillment order line item quantity requested.", nil
		}
		asked[l] += quantity
		parts = append(parts, shopShippedPart{fo, l, quantity})
	}
	if len(parts) == 0 {
		return nil, "Quantity must be greater than 0", nil
	}
	return parts, "", nil
}

// ship makes a fulfillment of parts and says so.
func (s *Shopify) ship(o *shopOrder, parts []shopShippedPart, tracking []shopTracking, by string) *shopFulfillment {
	f := s.shipSilently(o, parts, tracking, by)
	s.announce("fulfillments/create", f.payload())
	s.captureShipped(f)
	return f
}

func (s *Shopify) shipSilently(o *shopOrder, parts []shopShippedPart, tracking []shopTracking, by string) *shopFulfillment {
	now := s.now()
	f := &shopFulfillment{order: o, id: s.newID(), created: now, updated: now, tracking: tracking, by: by}
	f.name = fmt.Sprintf("%s-F%d", o.name, len(o.fulfillments)+1)
	for _, p := range parts {
		p.line.remaining -= p.quantity
		p.from.started = s.switches.PartialStatus == "IN_PROGRESS"
		p.from.touch()
		f.lines = append(f.lines, &shopShippedLine{fulfillment: f, id: s.newID(), line: p.line.line, quantity: p.quantity, from: p.from})
	}
	o.fulfillments = append(o.fulfillments, f)
	return f
}

// trackingUpdate replaces the tracking of a fulfillment, also of a cancelled one.
func (s *Shopify) trackingUpdate(args gqlArgs) any {
	f, bad := s.fulfillment(args.text("fulfillmentId"))
	if bad != nil {
		return bad
	}
	if f == nil {
		return refused("FulfillmentTrackingInfoUpdatePayload", "UserError",
			shopUserError{[]string{"fulfillmentId"}, "Fulfillment does not exist.", ""})
	}
	f.tracking = trackingOf(args.input("trackingInfoInput"))
	if args.flag("notifyCustomer") {
		f.notified++
	}
	f.updated = s.now()
	f.order.touch()
	s.announce("fulfillments/update", f.payload())
	return accepted("FulfillmentTrackingInfoUpdatePayload", map[string]any{"fulfillment": f})
}

// fulfillmentCancel gives the quantities back: to the fulfillment order they came from while it is open,
// else to a new one. On a cancelled one it changes nothing.
func (s *Shopify) fulfillmentCancel(id string) any {
	f, bad := s.fulfillment(id)
	if bad != nil {
		return bad
	}
	if f == nil {
		return refused("FulfillmentCancelPayload", "UserError", shopUserError{[]string{"id"}, "Fulfillment does not exist.", ""})
	}
	if !f.cancelled {
		f.cancelled, f.updated = true, s.now()
		var again []*shopWorkLine
		for _, l := range f.lines {
			if l.from != nil && l.from.open() {
				for _, w := range l.from.lines {
					if w.line == l.line {
						w.remaining += l.quantity
					}
				}
				continue
			}
			again = append(again, f.order.workLine(l.line, l.quantity))
		}
		s.route(f.order.addWork(again))
		f.order.touch()
		s.announce("fulfillments/update", f.payload())
	}
	return accepted("FulfillmentCancelPayload", map[string]any{"fulfillment": f})
}

// eventCreate adds a station to a parcel's way. Called twice it adds two.
func (s *Shopify) eventCreate(in gqlArgs) any {
	f, bad := s.fulfillment(in.text("fulfillmentId"))
	if bad != nil {
		return bad
	}
	if f == nil {
		return refused("FulfillmentEventCreatePayload", "UserError",
			shopUserError{[]string{"fulfillmentEvent", "fulfillmentId"}, "Fulfillment does not exist.", ""})
	}
	e := &shopEvent{id: s.newID(), status: in.text("status"), message: in.text("message"), created: s.now(), happened: s.now()}
	if t, err := time.Parse(time.RFC3339, in.text("happenedAt")); err == nil {
		e.happened = t
	}
	if t, err := time.Parse(time.RFC3339, in.text("estimatedDeliveryAt")); err == nil {
		e.estimated = t
	}
	f.events = append(f.events, e)
	f.order.touch()
	s.announce("fulfillment_events/create", f.eventPayload(e))
	return accepted("FulfillmentEventCreatePayload", map[string]any{"fulfillmentEvent": e})
}
