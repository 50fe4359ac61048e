package exchange

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What follows from the facts without any rule: names, numbers, quantities.

// ReturnID is the Shopify return's gid: the one asked about, or the one our returnCreate made.
func (x *Exchange) ReturnID() string {
	if id := x.Facts.Request.ReturnID; id != "" {
		return id
	}
	for _, m := range x.Facts.Movements {
		if m.Kind == CreateReturn && m.Result == Done {
			return m.ID
		}
	}
	return ""
}

// ShopOrderID is the Shopify order's gid, as soon as anybody has said it.
func (x *Exchange) ShopOrderID() string {
	if x.Facts.Shop != nil {
		return x.Facts.Shop.OrderID
	}
	return x.Facts.Request.OrderID
}

// Reference is the return portal's (or the caller's) own name of the return.
func (x *Exchange) Reference() string {
	if r := x.Facts.Request.Reference; r != "" {
		return r
	}
	return x.Facts.Portal.Reference
}

// Instant reports whether the replacement goes out before the return is in. The API's last word wins over
// the portal's, that over the connection's default; from the release on it is fixed.
func (x *Exchange) Instant() bool {
	switch {
	case x.Fixed != nil:
		return *x.Fixed
	case !x.Facts.Instant.At.IsZero():
		return x.Facts.Instant.Value
	case x.Facts.Portal.Instant.After(x.Facts.Portal.Reset):
		return true
	default:
		return x.Policy.Instant
	}
}

// Number is the exchange order's number in Ongoing, empty until it is known.
func (x *Exchange) Number() string {
	return x.placedAs(PlaceOrder, x.Policy.Number)
}

// ReturnNumber is the return order's number in Ongoing, empty until it is known.
func (x *Exchange) ReturnNumber() string {
	return x.placedAs(PlaceReturnOrder, x.Policy.ReturnNumber)
}

// placedAs is the number under which an order was made or is being made; else the next to try.
func (x *Exchange) placedAs(k Kind, template string) string {
	for _, a := range slices.Backward(x.Asked) {
		if a.Kind != k {
			continue
		}
		if m := x.moved(a.ID); m == nil || m.Result == Done {
			if k == PlaceOrder && m != nil && x.toReplace() {
				break
			}
			return a.Cause
		}
	}
	if m := x.done(k); m != nil && !x.asked(k) {
		return causeOf(m.Effect)
	}
	return x.numbered(template)
}

func (x *Exchange) numbered(template string) string {
	f := &x.Facts
	if f.Sequence == 0 || f.Shop == nil {
		return ""
	}
	return strings.NewReplacer(
		"{order_without_hash}", strings.TrimPrefix(f.Shop.OrderName, "#"),
		"{order}", f.Shop.OrderName,
		"{n}", strconv.Itoa(f.Sequence),
	).Replace(template)
}

// NeedsNumber reports whether the exchange needs the next number of its Shopify order's sequence once it
// knows ev, and of which order. The inbox then puts that number into ev before it calls Decide.
func (x *Exchange) NeedsNumber(ev Event) (order string, need bool) {
	if x.Facts.Sequence != 0 && ev.Outcome == nil && !x.takenBack() && !x.numberTaken() {
		return "", false
	}
	next := x.clone()
	if err := next.absorb(ev); err != nil || next.Facts.Shop == nil {
		return "", false
	}
	return next.Facts.Shop.OrderID, next.Facts.Sequence == 0 || next.numberTaken()
}

// numberTaken reports whether an act was refused because its number is another's, or its order is to be made anew.
func (x *Exchange) numberTaken() bool {
	for _, k := range []Kind{PlaceOrder, PlaceReturnOrder} {
		if m := x.moved(x.id(k, x.number(k))); m != nil && m.Result == Refused && m.Code == CodeNumberTaken {
			return true
		}
	}
	m := x.moved(x.id(PlaceOrder, x.Number()))
	return x.toReplace() && m != nil && m.Result == Done
}

func (x *Exchange) number(k Kind) string {
	if k == PlaceOrder {
		return x.Number()
	}
	return x.ReturnNumber()
}

func (x *Exchange) id(k Kind, cause string) EffectID {
	return EffectID(string(x.ID) + "/" + string(k) + "/" + cause)
}

func causeOf(id EffectID) string {
	_, rest, _ := strings.Cut(string(id), "/")
	_, cause, _ := strings.Cut(rest, "/")
	return cause
}

// Refs are the names by which events find the exchange.
func (x *Exchange) Refs() []Ref {
	refs := []Ref{RefID(x.ID)}
	add := func(ok bool, r Ref) {
		if ok && !slices.Contains(refs, r) {
			refs = append(refs, r)
		}
	}
	ret, order := x.ReturnID(), x.ShopOrderID()
	add(ret != "", RefReturn(ret))
	add(order != "", RefShopOrder(order))
	add(ret == "" && x.Facts.Request.OrderID != "" && !x.Stage.Final() && x.ended(CreateReturn, Refused) == nil, RefCreating(x.Facts.Request.OrderID))
	add(x.Facts.Request.Reference != "", RefReference(x.Facts.Request.Reference))
	add(x.Facts.Portal.Reference != "", RefReference(x.Facts.Portal.Reference))
	for _, a := range x.Asked {
		add(a.Kind == PlaceOrder, RefOrder(a.Cause))
		add(a.Kind == PlaceReturnOrder, RefReturnOrder(a.Cause))
	}
	add(x.Facts.Original != nil, RefOriginal(deref(x.Facts.Original).Number))
	if r := x.Facts.ReturnOrder; r != nil {
		add(true, RefReturnOrderID(r.ID))
	}
	for _, fo := range x.ourFulfillmentOrders() {
		add(true, RefFulfillmentOrder(fo.ID))
	}
	return refs
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// moved is what an act did, if it has an outcome.
func (x *Exchange) moved(id EffectID) *Movement {
	i, ok := slices.BinarySearchFunc(x.Facts.Movements, id, func(m Movement, id EffectID) int { return strings.Compare(string(m.Effect), string(id)) })
	if !ok {
		return nil
	}
	return &x.Facts.Movements[i]
}

// done is an act of this kind that was done.
func (x *Exchange) done(k Kind) *Movement { return x.ended(k, Done) }

func (x *Exchange) ended(k Kind, results ...Result) *Movement {
	for i, m := range x.Facts.Movements {
		if m.Kind == k && slices.Contains(results, m.Result) {
			return &x.Facts.Movements[i]
		}
	}
	return nil
}

// asked reports whether an act of this kind was asked for.
func (x *Exchange) asked(k Kind) bool {
	return slices.ContainsFunc(x.Asked, func(a Asked) bool { return a.Kind == k })
}

// pending reports whether an act of one of these kinds (none named: of any but a timer) has no outcome yet.
func (x *Exchange) pending(kinds ...Kind) bool {
	return slices.ContainsFunc(x.Asked, func(a Asked) bool {
		return (len(kinds) == 0 && a.Kind != KindTimer || slices.Contains(kinds, a.Kind)) && x.moved(a.ID) == nil
	})
}

func (s *Shop) processedAny() bool {
	return slices.ContainsFunc(s.ReturnLines, func(l ReturnLine) bool { return l.Processed > 0 }) ||
		slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return l.Processed > 0 })
}

// lines names the return's lines with their quantities.
func (s *Shop) lines() string {
	var out []string
	for _, l := range s.ReturnLines {
		out = append(out, fmt.Sprintf("%s:%d", l.ID, l.Quantity))
	}
	for _, l := range s.ExchangeLines {
		out = append(out, fmt.Sprintf("%s:%d", l.ID, l.Quantity))
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// left reports whether a line of the return is not processed, or not wholly.
func (s *Shop) left() bool { return s.backLeft() || s.outLeft() }

func (s *Shop) backLeft() bool {
	return slices.ContainsFunc(s.ReturnLines, func(l ReturnLine) bool { return l.Processed < l.Quantity })
}

func (s *Shop) outLeft() bool {
	return slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return l.Processed < l.Quantity })
}

// backProcessed reports whether a return line is processed, wholly or in part.
func (s *Shop) backProcessed() bool {
	return slices.ContainsFunc(s.ReturnLines, func(l ReturnLine) bool { return l.Processed > 0 })
}

// shippedAny reports whether items of the exchange lines are fulfilled.
func (s *Shop) shippedAny() bool {
	return slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return s.fulfilled(&l) > 0 })
}

// standing names the return's lines with their quantities and how much of each is processed.
func (s *Shop) standing() string {
	var out []string
	for _, l := range s.ReturnLines {
		out = append(out, fmt.Sprintf("%s:%d/%d", l.ID, l.Processed, l.Quantity))
	}
	for _, l := range s.ExchangeLines {
		out = append(out, fmt.Sprintf("%s:%d/%d", l.ID, l.Processed, l.Quantity))
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// ordered reports whether the exchange order holds what the return has to send, no more and no less. Rows that are
// none of the return's lines are the warehouse's own affair, and no rows at all are those of an order that was just made.
func (x *Exchange) ordered() bool {
	if x.Facts.Order == nil || x.Facts.Shop == nil || x.takenBack() {
		return false
	}
	if len(x.Facts.Order.Lines) == 0 {
		return true
	}
	held := map[string]int{}
	for _, l := range x.Facts.Order.Lines {
		e := x.exchangeLine(ShipmentLine{ExternalID: l.ExternalID, Article: l.Article})
		switch {
		case e != nil:
			held[e.ID] += l.Ordered
		case l.ExternalID != "" && l.Ordered > 0: // made for a line that is no longer there
			return false
		}
	}
	return !slices.ContainsFunc(x.Facts.Shop.ExchangeLines, func(e ExchangeLine) bool { return held[e.ID] != e.Quantity })
}

// ended reports whether the return is closed, cancelled or declined: nothing of it is processed then.
func (s *Shop) ended() bool {
	return s.ReturnStatus == ReturnClosed || s.ReturnStatus == ReturnCanceled || s.ReturnStatus == ReturnDeclined
}

// processable reports whether lines are left to process. What is left of a closed return stays as it is.
func (s *Shop) processable() bool {
	return !s.ended() &&
		(slices.ContainsFunc(s.ReturnLines, func(l ReturnLine) bool { return l.Processable > 0 }) ||
			slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return l.Processable > 0 }))
}

// Shipments are what the warehouse sent, oldest first: each what its level added to the one before.
func (x *Exchange) Shipments() []Shipment {
	reached := map[string]int{}
	var out []Shipment
	for i, level := range x.Facts.Sent {
		var id []string
		var sh Shipment
		for _, l := range level.Lines {
			id = append(id, fmt.Sprintf("%s:%d", l.Row, l.Quantity))
			if more := l.Quantity - reached[l.Row]; more > 0 {
				reached[l.Row] = l.Quantity
				l.Quantity = more
				if l.ExternalID != "" || x.exchangeLine(l) != nil { // else a row that the warehouse added of its own
					sh.Lines = append(sh.Lines, l)
				}
			}
		}
		if len(sh.Lines) == 0 {
			continue
		}
		sh.ID = strings.Join(id, ",")
		sh.Parcels = x.parcelsOf(i)
		out = append(out, sh)
	}
	return out
}

// parcelsOf are the parcels that came with level i: those of the latest read before the next level, less
// those of the levels before.
func (x *Exchange) parcelsOf(i int) []Parcel {
	sent := x.Facts.Sent
	var out []Parcel
	for _, p := range sent[i].Parcels {
		earlier := slices.ContainsFunc(sent[:i], func(l Level) bool {
			return slices.ContainsFunc(l.Parcels, func(q Parcel) bool { return q.Waybill == p.Waybill })
		})
		if !earlier {
			out = append(out, p)
		}
	}
	return out
}

// exchangeLine finds the exchange line that an order row was made for.
func (x *Exchange) exchangeLine(l ShipmentLine) *ExchangeLine {
	lines := deref(x.Facts.Shop).ExchangeLines
	for i := range lines {
		if lines[i].ID == l.ExternalID {
			return &lines[i]
		}
	}
	for i := range lines { // an Ongoing that does not give externalId back
		if l.ExternalID == "" && lines[i].Article == l.Article {
			return &lines[i]
		}
	}
	return nil
}

// fulfilled counts the items of an exchange line that Shopify has as fulfilled.
func (s *Shop) fulfilled(l *ExchangeLine) int {
	n := 0
	for _, f := range s.Fulfillments {
		for _, fl := range f.Lines {
			if !f.Cancelled && slices.Contains(l.LineItemIDs, fl.LineItemID) {
				n += fl.Quantity
			}
		}
	}
	return n
}

// ourFulfillmentOrders are those that hold lines made of our exchange lines.
func (x *Exchange) ourFulfillmentOrders() []FulfillmentOrder {
	s := x.Facts.Shop
	if s == nil {
		return nil
	}
	var out []FulfillmentOrder
	for _, fo := range s.FulfillmentOrders {
		if slices.ContainsFunc(fo.Lines, func(l FulfillmentOrderLine) bool {
			return slices.ContainsFunc(s.ExchangeLines, func(e ExchangeLine) bool { return slices.Contains(e.LineItemIDs, l.LineItemID) })
		}) {
			out = append(out, fo)
		}
	}
	return out
}
