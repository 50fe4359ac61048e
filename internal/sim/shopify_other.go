package sim

import (
	"cmp"
	"slices"
)

// What other apps, and other connectors, do to a shop's fulfillment orders.

// otherHolds lets another app hold a fulfillment order.
func (s *Shopify) otherHolds(in shopOrdered) (any, error) {
	input := gqlArgs{"handle": in.Handle, "reason": cmp.Or(in.Reason, "OTHER")}
	payload := s.hold(in.FulfillmentOrder, input, "other")
	if err := s.refusal(payload); err != nil {
		return nil, err
	}
	hold, _ := payload.(gqlObject).gqlField("fulfillmentHold", nil).(gqlObject)
	return map[string]any{"id": hold.gqlField("id", nil)}, nil
}

// otherReleases lifts a hold in the name of whoever placed it.
func (s *Shopify) otherReleases(in shopOrdered) (any, error) {
	for _, o := range s.orders {
		for _, fo := range o.work {
			for _, h := range slices.Clone(fo.holds) {
				if gid("FulfillmentHold", h.id) == in.Hold {
					s.liftHold(fo, h)
					return nil, nil
				}
			}
		}
	}
	return nil, refuse(404, "no hold %s", in.Hold)
}

// otherShips lets another app ship so many of the order lines named, or what is left of a fulfillment order.
func (s *Shopify) otherShips(in shopOrdered) (any, error) {
	fo, bad := s.fulfillmentOrder(in.FulfillmentOrder)
	if bad != nil {
		return nil, bad
	}
	group := map[string]any{"fulfillmentOrderId": in.FulfillmentOrder}
	if in.Lines != nil && fo != nil {
		lines := []any{}
		for _, l := range fo.lines {
			if n := in.Lines[gid("LineItem", l.line.id)]; n > 0 {
				lines = append(lines, map[string]any{"id": gid("FulfillmentOrderLineItem", l.id), "quantity": n})
			}
		}
		group["fulfillmentOrderLineItems"] = lines
	}
	input := gqlArgs{"lineItemsByFulfillmentOrder": []any{group}}
	if in.Tracking != "" {
		input["trackingInfo"] = map[string]any{"number": in.Tracking}
	}
	if err := s.refusal(s.fulfillmentCreate(input, "other")); err != nil {
		return nil, err
	}
	f := fo.order.fulfillments[len(fo.order.fulfillments)-1]
	return map[string]any{"fulfillment": gid("Fulfillment", f.id)}, nil
}

// otherTracks lets another app give a shipment other tracking.
func (s *Shopify) otherTracks(in shopOrdered) (any, error) {
	return nil, s.refusal(s.trackingUpdate(gqlArgs{"fulfillmentId": in.Fulfillment, "trackingInfoInput": map[string]any{"number": in.Tracking}}))
}

// staffCancelsShipment takes a fulfillment back.
func (s *Shopify) staffCancelsShipment(in shopOrdered) (any, error) {
	return nil, s.refusal(s.fulfillmentCancel(in.Fulfillment))
}
