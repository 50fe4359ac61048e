package sim

import (
	"net/http"
	"slices"
)

// What Shopify's order routing, and staff, do to fulfillment orders: they move, split and merge, and appear.

// atWork returns the fulfillment order that a control route names, which has to be unfinished.
func (s *Shopify) atWork(id string) (*shopFulfillmentOrder, error) {
	fo, bad := s.fulfillmentOrder(id)
	if bad != nil {
		return nil, bad
	}
	if fo == nil || !fo.open() {
		return nil, refuse(http.StatusConflict, "%s is not there to be moved, split or merged", id)
	}
	return fo, nil
}

// moveWork gives what is left of a fulfillment order another id.
func (s *Shopify) moveWork(in shopOrdered) (any, error) {
	fo, err := s.atWork(in.FulfillmentOrder)
	if err != nil {
		return nil, err
	}
	moved := fo.move()
	place := gid("Location", s.options.LocationID)
	from, to := fo.brief(), moved.brief()
	from["assigned_location_id"], to["assigned_location_id"] = place, place
	s.announce("fulfillment_orders/moved", map[string]any{
		"original_fulfillment_order": from, "moved_fulfillment_order": to, "destination_location_id": place,
		"fulfillment_order_line_items_requested": []any{}, "source_location": map[string]any{"id": place},
	})
	return map[string]any{"fulfillment_order": gid("FulfillmentOrder", moved.id)}, nil
}

// splitWork puts so many of the order lines named into a new fulfillment order. Each half keeps the holds.
func (s *Shopify) splitWork(in shopOrdered) (any, error) {
	fo, err := s.atWork(in.FulfillmentOrder)
	if err != nil {
		return nil, err
	}
	keep := map[*shopWorkLine]int{}
	asked, left := []any{}, 0
	for _, l := range fo.lines {
		n := in.Lines[gid("LineItem", l.line.id)]
		if n < 0 || n > l.remaining {
			return nil, refuse(http.StatusConflict, "%d of %d cannot be split off", n, l.remaining)
		}
		keep[l] = l.remaining - n
		left += keep[l]
		if n > 0 {
			asked = append(asked, map[string]any{"id": gid("FulfillmentOrderLineItem", l.id), "quantity": n})
		}
	}
	if len(asked) == 0 || left == 0 {
		return nil, refuse(http.StatusConflict, "that leaves nothing in one of the two")
	}
	rest := fo.split(keep)
	for _, h := range fo.holds {
		same := *h
		same.id = s.smallID()
		rest.holds = append(rest.holds, &same)
	}
	fo.touch()
	s.announce("fulfillment_orders/split", map[string]any{
		"split_line_items": asked, "fulfillment_order": fo.brief(), "remaining_fulfillment_order": rest.brief(), "replacement_fulfillment_order": nil,
	})
	return map[string]any{"fulfillment_order": gid("FulfillmentOrder", rest.id)}, nil
}

// mergeWork puts what is left of one fulfillment order into another of the order, which takes on its holds.
func (s *Shopify) mergeWork(in shopOrdered) (any, error) {
	fo, err := s.atWork(in.FulfillmentOrder)
	if err != nil {
		return nil, err
	}
	into, err := s.atWork(in.Into)
	if err != nil {
		return nil, err
	}
	if fo == into || fo.order != into.order {
		return nil, refuse(http.StatusConflict, "two fulfillment orders of one order can be merged")
	}
	intents := []any{map[string]any{"fulfillment_order_id": into.id, "fulfillment_order_line_items": []any{}}}
	merged := []any{}
	for _, l := range slices.Clone(fo.lines) {
		if l.remaining == 0 {
			continue
		}
		merged = append(merged, map[string]any{"id": l.id, "quantity": l.remaining})
		into.take(l.line, l.remaining)
		l.total -= l.remaining
		l.remaining = 0
		if l.total == 0 {
			fo.lines = slices.DeleteFunc(fo.lines, func(other *shopWorkLine) bool { return other == l })
		}
	}
	into.holds, fo.holds = append(into.holds, fo.holds...), nil
	fo.touch()
	into.touch()
	intents = append(intents, map[string]any{"fulfillment_order_id": fo.id, "fulfillment_order_line_items": merged})
	s.announce("fulfillment_orders/merged", map[string]any{
		"merge_intents": intents, "fulfillment_order_merges": map[string]any{"fulfillment_order": into.brief()},
	})
	return nil, nil
}

// take adds so many of an order line to a fulfillment order.
func (fo *shopFulfillmentOrder) take(line *shopLine, quantity int) {
	at := slices.IndexFunc(fo.lines, func(l *shopWorkLine) bool { return l.line == line })
	if at < 0 {
		fo.lines = append(fo.lines, fo.order.workLine(line, quantity))
		return
	}
	fo.lines[at].total += quantity
	fo.lines[at].remaining += quantity
}

// showWorkNow shows the fulfillment orders that were still on their way.
func (s *Shopify) showWorkNow(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	for _, fo := range o.work {
		if fo.hidden > 0 {
			fo.hidden = 0
			s.announceRouted(fo)
		}
	}
	return nil, nil
}

// makeWork makes a fulfillment order for the lines that none holds, as the admin's button does for an exchange
// line that returnProcess left without one.
func (s *Shopify) makeWork(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	var work []*shopWorkLine
	for _, l := range o.lines {
		planned := 0
		for _, fo := range o.work {
			for _, w := range fo.lines {
				if w.line == l {
					planned += w.remaining
				}
			}
		}
		if n := l.editable() - planned; n > 0 {
			work = append(work, o.workLine(l, n))
		}
	}
	fo := o.addWork(work)
	if fo == nil {
		return nil, refuse(http.StatusConflict, "no line is without a fulfillment order")
	}
	s.announceRouted(fo)
	return map[string]any{"fulfillment_order": gid("FulfillmentOrder", fo.id)}, nil
}
