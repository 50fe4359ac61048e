package exchange

import (
	"slices"
	"strings"
)

// lifts reports whether a hold is ours to lift once the warehouse has sent.
func lifts(h Hold) bool {
	return h.Ours || h.Reason == "AWAITING_PAYMENT" || h.Reason == "AWAITING_RETURN_ITEMS"
}

// liftable are the holds to lift, by fulfillment order.
func (x *Exchange) liftable() []HoldAsk {
	var out []HoldAsk
	for _, fo := range x.ourFulfillmentOrders() {
		a := HoldAsk{FulfillmentOrderID: fo.ID}
		for _, h := range fo.Holds {
			if lifts(h) {
				a.HoldIDs = append(a.HoldIDs, h.ID)
			}
		}
		if len(a.HoldIDs) > 0 {
			slices.Sort(a.HoldIDs)
			out = append(out, a)
		}
	}
	return out
}

// nextFulfillment fulfils the oldest shipment that is not fulfilled, if the fulfillment orders are open for
// all that it holds. One goes at a time, since each changes what remains.
func (x *Exchange) nextFulfillment() (Effect, bool) {
	s := x.Facts.Shop
	if s == nil || x.allFulfilled() || x.shopStale(Process, HoldFulfillment, ReleaseHold, Fulfill) {
		return Effect{}, false
	}
	for _, sh := range x.Shipments() {
		id := x.id(Fulfill, sh.ID)
		if slices.ContainsFunc(x.Asked, func(a Asked) bool { return a.ID == id }) {
			continue
		}
		a := FulfillAsk{OrderID: s.OrderID, Parcels: sh.Parcels, Notify: true}
		for _, f := range s.Fulfillments {
			a.Before = append(a.Before, f.ID)
		}
		if slices.ContainsFunc(sh.Lines, func(l ShipmentLine) bool { return x.exchangeLine(l) == nil }) {
			return Effect{}, false
		}
		for i := range s.ExchangeLines {
			e := &s.ExchangeLines[i]
			n := x.shippedOf(e, sh)
			lines, left := x.allot(e, n)
			if left > 0 || n > 0 && s.fulfilled(e)+n > x.sentOf(e) {
				return Effect{}, false
			}
			a.Lines = append(a.Lines, lines...)
		}
		return Effect{ID: id, Kind: Fulfill, Ship: &a}, true
	}
	return Effect{}, false
}

// allot finds n items of an exchange line on open fulfillment orders; left is what was not found.
func (x *Exchange) allot(e *ExchangeLine, n int) (lines []FulfillLine, left int) {
	for _, fo := range x.Facts.Shop.FulfillmentOrders {
		if !slices.Contains(fo.CanDo, "CREATE_FULFILLMENT") {
			continue
		}
		for _, l := range fo.Lines {
			take := min(n, l.Remaining)
			if take > 0 && slices.Contains(e.LineItemIDs, l.LineItemID) {
				lines = append(lines, FulfillLine{fo.ID, l.ID, l.LineItemID, take, l.Remaining})
				n -= take
			}
		}
	}
	return lines, n
}

// lateTracking finds a fulfillment of ours that lacks a waybill which the warehouse has given since.
func (x *Exchange) lateTracking() (fulfillment string, parcels []Parcel, ok bool) {
	if x.Facts.Shop == nil {
		return "", nil, false
	}
	for _, sh := range x.Shipments() {
		m := x.moved(x.id(Fulfill, sh.ID))
		if m == nil || m.Result != Done || m.ID == "" || len(sh.Parcels) == 0 {
			continue
		}
		i := slices.IndexFunc(x.Asked, func(a Asked) bool { return a.ID == m.Effect })
		told := i >= 0 && x.Asked[i].Waybills == waybills(sh.Parcels)
		id := x.id(UpdateTracking, waybills(sh.Parcels))
		if !told && !slices.ContainsFunc(x.Asked, func(a Asked) bool { return a.ID == id }) {
			return m.ID, sh.Parcels, true
		}
	}
	return "", nil, false
}

func waybills(parcels []Parcel) string {
	var out []string
	for _, p := range parcels {
		out = append(out, p.Waybill)
	}
	slices.Sort(out)
	return strings.Join(out, "+")
}
