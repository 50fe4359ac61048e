package sim

import (
	"slices"
	"strconv"
	"time"
)

// A shopDisposition says what became of goods that came back.
type shopDisposition struct {
	id       int64
	kind     string
	quantity int
	created  time.Time
	located  bool
}

// reverse is the reverse fulfillment order: the goods that are expected.
func (r *shopReturn) reverse() gqlObject {
	lines := []gqlObject{}
	for _, l := range r.lines {
		if l.quantity > 0 {
			lines = append(lines, l.reverse())
		}
	}
	status := "OPEN"
	if r.status == "CANCELED" {
		status = "CANCELED"
	}
	return gqlFields{"ReverseFulfillmentOrder", map[string]any{
		"id": gid("ReverseFulfillmentOrder", r.inbound), "order": r.order, "status": status,
		"lineItems": lines, "reverseDeliveries": []gqlObject{},
	}}
}

func (l *shopReturnLine) reverse() gqlObject {
	made := []gqlObject{}
	for _, d := range l.disposed {
		var location any
		if d.located {
			location = l.of.order.in.location()
		}
		made = append(made, gqlFields{"ReverseFulfillmentOrderDisposition", map[string]any{
			"id": gid("ReverseFulfillmentOrderDisposition", d.id), "type": d.kind, "quantity": d.quantity,
			"createdAt": d.created, "location": location,
		}})
	}
	return gqlFields{"ReverseFulfillmentOrderLineItem", map[string]any{
		"id": gid("ReverseFulfillmentOrderLineItem", l.inboundID), "totalQuantity": l.quantity,
		"fulfillmentLineItem": l.shipped, "dispositions": made,
	}}
}

// dispose handles reverseFulfillmentOrderDispose.
func (s *Shopify) dispose(in []gqlArgs) any {
	no := func(code, message string, i int, field string) any {
		return refused("ReverseFulfillmentOrderDisposePayload", "ReturnUserError",
			shopUserError{[]string{"dispositionInputs", strconv.Itoa(i), field}, message, code})
	}
	made := map[*shopReturnLine][]shopDisposition{}
	var lines []*shopReturnLine
	for i, item := range in {
		n, bad := gidNumber("ReverseFulfillmentOrderLineItem", item.text("reverseFulfillmentOrderLineItemId"))
		if bad != nil {
			return bad
		}
		var l *shopReturnLine
		r := find(s, func(o *shopOrder) []*shopReturn { return o.returns }, func(r *shopReturn) bool {
			at := slices.IndexFunc(r.lines, func(l *shopReturnLine) bool { return l.inboundID == n })
			if at >= 0 {
				l = r.lines[at]
			}
			return at >= 0
		})
		if r == nil {
			return no("NOT_FOUND", "Reverse fulfillment order line item not found.", i, "reverseFulfillmentOrderLineItemId")
		}
		d, bad := s.disposition(item)
		if bad != nil {
			return bad
		}
		if made[l] == nil {
			lines = append(lines, l)
		}
		made[l] = append(made[l], d)
		if !fits(l, made[l]) {
			return no("INVALID", "Disposition has an invalid quantity.", i, "quantity")
		}
	}
	shown := []gqlObject{}
	for _, l := range lines {
		l.disposed = append(l.disposed, made[l]...)
		shown = append(shown, l.reverse())
	}
	return accepted("ReverseFulfillmentOrderDisposePayload", map[string]any{"reverseFulfillmentOrderLineItems": shown})
}

func (s *Shopify) disposition(in gqlArgs) (shopDisposition, *gqlError) {
	if in.given("locationId") {
		if _, bad := gidNumber("Location", in.text("locationId")); bad != nil {
			return shopDisposition{}, bad
		}
	}
	return shopDisposition{
		id: s.newID(), kind: in.text("dispositionType"), quantity: in.number("quantity"), created: s.now(), located: in.given("locationId"),
	}, nil
}

// fits reports whether a line has so many left that were not disposed of.
func fits(l *shopReturnLine, more []shopDisposition) bool {
	left := l.quantity
	for _, d := range l.disposed {
		left -= d.quantity
	}
	for _, d := range more {
		left -= d.quantity
		if d.quantity < 1 {
			return false
		}
	}
	return left >= 0
}
