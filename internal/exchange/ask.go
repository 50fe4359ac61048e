package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ask is what a rule asks for: its name in the table, and the effects that it comes to for an exchange.
type ask struct {
	name  string
	build func(*Exchange) []Effect
}

var (
	readShop      = ask{"read the return's lines", readOnce(ReadShop)}
	readShopAgain = ask{"read Shopify again", func(*Exchange) []Effect { return reads(ReadShop) }}
	readBackAgain = ask{"read the return order again", func(*Exchange) []Effect { return reads(ReadReturnOrder) }}
	readOriginal  = ask{"find the original order", readOnce(ReadOriginal)}
	readShipment  = ask{"read the shipment, if not known", func(x *Exchange) []Effect {
		if len(x.Facts.Sent) > 0 {
			return nil
		}
		return reads(ReadOrder)
	}}

	createReturn = ask{"create the return (`returnCreate`)", func(x *Exchange) []Effect {
		r := x.Facts.Request
		return one(Effect{ID: x.id(CreateReturn, "1"), Kind: CreateReturn, Return: &CreateAsk{
			OrderID: r.OrderID, ReturnLines: r.ReturnLines, ExchangeLines: r.ExchangeLines, RequestedAt: x.Created,
		}})
	}}
	placeOrders = ask{"return order, exchange order", func(x *Exchange) []Effect {
		p, _ := x.placing()
		var out []Effect
		if x.done(PlaceReturnOrder) == nil && !x.pending(PlaceReturnOrder) {
			out = append(out, Effect{ID: x.id(PlaceReturnOrder, x.ReturnNumber()), Kind: PlaceReturnOrder, Place: &p.back})
		}
		if x.orderWanted() {
			out = append(out, Effect{ID: x.id(PlaceOrder, x.Number()), Kind: PlaceOrder, Place: &p.out})
		}
		return out
	}}
	setOpen      = ask{"set it *Open*", statusAsk(SetOpen, RoleOpen, RoleReleased)}
	markReturned = ask{"mark the exchange order *Returned*, if `mark_returned`", func(x *Exchange) []Effect {
		if !x.Policy.MarkReturned {
			return nil
		}
		return statusAsk(MarkReturned, RoleReturned, RoleOpen)(x)
	}}
	release           = ask{"set the exchange order *Released*", statusAsk(Release, RoleReleased, RoleOpen, RoleReturned)}
	cancelOrder       = ask{"cancel the exchange order", statusAsk(CancelOrder, RoleCancelled)}
	cancelReturnOrder = ask{"cancel the return order", func(x *Exchange) []Effect {
		r := x.Facts.ReturnOrder
		return one(Effect{ID: x.id(CancelReturnOrder, "1"), Kind: CancelReturnOrder, Status: &StatusAsk{ID: r.ID, Number: r.Number, To: RoleCancelled}})
	}}
	withdraw = ask{"withdraw what was not attempted", func(x *Exchange) []Effect {
		var out []Effect
		for _, a := range x.Asked {
			if x.moved(a.ID) == nil && a.Kind != KindTimer {
				out = append(out, Effect{ID: a.ID, Kind: a.Kind, Withdraw: true})
			}
		}
		return out
	}}
	takeBack = ask{"take the exchange order back", func(x *Exchange) []Effect {
		o := x.Facts.Order
		return one(Effect{ID: x.takeBackID(o.ID), Kind: CancelOrder, Status: &StatusAsk{ID: o.ID, Number: o.Number, To: RoleCancelled}})
	}}
	takeOff = ask{"take off the return what did not come back, and what goes with it", func(x *Exchange) []Effect {
		rest, _ := x.unmatched()
		return one(Effect{ID: x.cutID(), Kind: RemoveExchangeLines, Lines: &rest})
	}}
	removeExchangeLines = ask{"take the exchange lines off the return", func(x *Exchange) []Effect {
		lines := ProcessAsk{ReturnID: x.ReturnID()}
		for _, l := range x.Facts.Shop.ExchangeLines {
			lines.ExchangeLines = append(lines.ExchangeLines, ProcessLine{ID: l.ID, Quantity: l.Quantity, Before: l.Quantity})
		}
		return one(Effect{ID: x.id(RemoveExchangeLines, "1"), Kind: RemoveExchangeLines, Lines: &lines})
	}}

	cancelReturn = ask{"cancel the Shopify return", func(x *Exchange) []Effect {
		return one(Effect{ID: x.id(CancelReturn, "1"), Kind: CancelReturn, End: &EndAsk{ReturnID: x.ReturnID()}})
	}}
	closeReturn = ask{"close the Shopify return", func(x *Exchange) []Effect {
		return one(Effect{ID: x.id(CloseReturn, "1"), Kind: CloseReturn, End: &EndAsk{ReturnID: x.ReturnID()}})
	}}
	editLines = ask{"edit the order's lines down to what was fulfilled", func(x *Exchange) []Effect {
		return one(Effect{ID: x.id(EditLines, "1"), Kind: EditLines, Edit: &EditAsk{OrderID: x.ShopOrderID(), Lines: x.sold()}})
	}}

	processToSecure = ask{"process (deposit full_value: exchange lines alone)", (*Exchange).processing}
	process         = ask{"process them in Shopify, a refund owed in the same call", (*Exchange).processing}
	processBack     = ask{"process those return lines, what exceeds the difference given back", (*Exchange).processing}
	hold            = ask{"hold it as ours", func(x *Exchange) []Effect {
		var out []Effect
		for _, fo := range x.exposed() {
			out = append(out, Effect{ID: x.id(HoldFulfillment, fo.ID), Kind: HoldFulfillment, Hold: &HoldAsk{
				FulfillmentOrderID: fo.ID, Handle: x.holdHandle(),
			}})
		}
		return out
	}}
	awaitRouting = ask{"wait 30 minutes for it", func(x *Exchange) []Effect {
		return one(Effect{ID: x.id(KindTimer, TimerRouting), Kind: KindTimer, Timer: TimerRouting, Due: x.Updated.Add(routingTime)})
	}}
	liftHolds = ask{"lift those holds", func(x *Exchange) []Effect {
		var out []Effect
		for _, h := range x.liftable() {
			out = append(out, Effect{ID: x.id(ReleaseHold, strings.Join(h.HoldIDs, "+")), Kind: ReleaseHold, Hold: &h})
		}
		return out
	}}
	fulfill = ask{"fulfil that shipment (one effect per shipment)", func(x *Exchange) []Effect {
		e, ok := x.nextFulfillment()
		if !ok {
			return nil
		}
		return one(e)
	}}
	updateTracking = ask{"add the tracking", func(x *Exchange) []Effect {
		id, parcels, _ := x.lateTracking()
		return one(Effect{ID: x.id(UpdateTracking, waybills(parcels)), Kind: UpdateTracking, Track: &TrackingAsk{FulfillmentID: id, Parcels: parcels}})
	}}
	dispose = ask{"dispose of the goods", func(x *Exchange) []Effect {
		goods := x.dispositions()
		cause := make([]string, len(goods))
		said := map[string]int{}
		for i, g := range goods {
			said[g.ReverseLineID] += g.Quantity
			cause[i] = fmt.Sprintf("%s:%d", g.ReverseLineID, g.Before+said[g.ReverseLineID])
		}
		return one(Effect{ID: x.id(Dispose, strings.Join(cause, ",")), Kind: Dispose, Goods: goods})
	}}
	collect = ask{"collect it by the next way: authorisation, stored payment method, invoice", func(x *Exchange) []Effect {
		return way(x.collect(x.due(), false))
	}}
	secure = ask{"secure it by the next way: stored payment method, invoice", func(x *Exchange) []Effect {
		return way(x.collect(x.toSecure(), true))
	}}
	giveBack     = ask{"give it back", func(x *Exchange) []Effect { return way(x.refund(x.owedBack())) }}
	voidDeposit  = ask{"void it", (*Exchange).void}
	watchInvoice = ask{"set its clock", (*Exchange).invoiceTimer}
	watchExpiry  = ask{"set its clock", (*Exchange).expiryTimers}
	setDeadline  = ask{"set the deadline of the return", func(x *Exchange) []Effect {
		return one(Effect{ID: x.id(KindTimer, TimerDeadline), Kind: KindTimer, Timer: TimerDeadline, Due: x.deadlineAsSet()})
	}}
	putOffDeadline = ask{"put it off", func(x *Exchange) []Effect {
		until := x.deadline()
		return one(Effect{ID: x.id(KindTimer, TimerDeadline+":"+until.UTC().Format(time.RFC3339)), Kind: KindTimer, Timer: TimerDeadline, Due: until})
	}}
)

// way is the act of a way that is open.
func way(e Effect, at course) []Effect {
	if at != wayOpen {
		return nil
	}
	return one(e)
}

func one(e Effect) []Effect { return []Effect{e} }

func reads(t Target) []Effect { return one(Effect{Kind: KindRead, Read: &ReadAsk{Target: t}}) }

// readOnce asks for the first read of t; after that it is polled.
func readOnce(t Target) func(*Exchange) []Effect {
	return func(x *Exchange) []Effect {
		if x.reading(t) != nil {
			return nil
		}
		return reads(t)
	}
}

func statusAsk(k Kind, to Role, from ...Role) func(*Exchange) []Effect {
	return func(x *Exchange) []Effect {
		o := x.Facts.Order
		if o == nil {
			return nil
		}
		cause := "1"
		if k == SetOpen || k == MarkReturned { // the others are done once, whatever order it is by then
			cause = fmt.Sprint(1 + len(x.Facts.Former))
		}
		return one(Effect{ID: x.id(k, cause), Kind: k, Status: &StatusAsk{ID: o.ID, Number: o.Number, From: from, To: to}})
	}
}

// placing is what to put into the warehouse, or the code of why it cannot be put.
func (x *Exchange) placing() (p struct{ out, back PlaceAsk }, code Code) {
	s, o := x.Facts.Shop, x.Facts.Original
	if s == nil || o == nil {
		return p, ""
	}
	note := "exchange " + string(x.ID) + " of " + s.ReturnName
	p.out = PlaceAsk{Number: x.Number(), OriginalID: o.ID, Reference: s.OrderName, Comment: note, Restored: !x.Facts.Recovered.IsZero()}
	p.back = PlaceAsk{Number: x.ReturnNumber(), OriginalID: o.ID, Reference: s.OrderName, Comment: note}
	for _, l := range s.ExchangeLines {
		if l.Article == "" {
			return p, LineNotPlaced
		}
		p.out.Lines = append(p.out.Lines, PlaceLine{Row: row(p.out.Lines), Article: l.Article, Quantity: l.Quantity, ExternalID: l.ID})
	}
	free := map[int64]int{} // what may still come back of each line of the original order
	for _, l := range o.Lines {
		free[l.ID] = l.Ordered - x.takenOf(l.ID)
	}
	for _, l := range s.ReturnLines {
		left := l.Quantity
		for _, ol := range o.Lines {
			take := min(left, free[ol.ID])
			if take <= 0 || !sameLine(l, ol) {
				continue
			}
			free[ol.ID] -= take
			left -= take
			p.back.Lines = append(p.back.Lines, PlaceLine{Row: row(p.back.Lines), Article: ol.Article, Quantity: take, OriginalLineID: ol.ID, Reason: l.Reason})
		}
		switch {
		case left > 0 && x.sharesLine(l):
			return p, LineTaken
		case left > 0:
			return p, LineNotPlaced
		}
	}
	return p, ""
}

func row(lines []PlaceLine) string { return fmt.Sprint(len(lines) + 1) }

// sameLine reports whether a line of the original order is the one that the return line came from: by its
// external id, which other connectors set to the Shopify line's gid or number, else by article.
func sameLine(l ReturnLine, o OrderLine) bool {
	return named(l, o) || l.Article != "" && l.Article == o.Article
}

func named(l ReturnLine, o OrderLine) bool {
	return o.ExternalID != "" && (o.ExternalID == l.LineItemID || strings.HasSuffix(l.LineItemID, "/"+o.ExternalID))
}

// articleOf is the article that the warehouse receives a return line as: that of the original order's line, since the
// variant may have been deleted, or have got another number, after that.
func (x *Exchange) articleOf(l ReturnLine) string {
	lines := deref(x.Facts.Original).Lines
	if i := slices.IndexFunc(lines, func(o OrderLine) bool { return named(l, o) }); i >= 0 {
		return lines[i].Article
	}
	return l.Article
}

// outAlone marks the cause of a processing of exchange lines alone, withRefund of one that gives back as well.
const (
	outAlone   = "out:"
	withRefund = "+refund"
)

// processing processes what is due of the lines in one call: what is left of them all, or of the return lines only what
// has come back. Where that settles an exchange that the shop owes for, what is owed is given back in the same call;
// but for what is above the limit of one act: the goods are gone, so their lines are processed all the same, and what is
// owed then is raised, and given back by itself once a person has let it through.
func (x *Exchange) processing() []Effect {
	s := x.Facts.Shop
	if s == nil || s.ended() {
		return nil
	}
	p := &ProcessAsk{ReturnID: s.ReturnID}
	reached, waiting := 0, false
	for _, l := range s.ExchangeLines {
		reached += l.Processed
		if l.Processable > 0 {
			p.ExchangeLines = append(p.ExchangeLines, ProcessLine{l.ID, l.Processable, l.Processed})
		}
	}
	back := x.returnsBack()
	for _, l := range s.ReturnLines {
		reached += l.Processed
		due := l.Processable
		if i := slices.IndexFunc(back, func(b ProcessLine) bool { return b.ID == l.ID }); x.apart() {
			due = 0
			if i >= 0 {
				due = back[i].Quantity
			}
		}
		waiting = waiting || due < l.Quantity-l.Processed
		if due > 0 {
			p.ReturnLines = append(p.ReturnLines, ProcessLine{l.ID, due, l.Processed})
		}
	}
	if len(p.ExchangeLines)+len(p.ReturnLines) == 0 {
		return nil
	}
	cause := fmt.Sprint(reached)
	if waiting {
		return one(Effect{ID: x.processAs(outAlone + cause), Kind: Process, Lines: p})
	}
	id := x.processAs(cause + withRefund)
	owed := less(Money{}, x.due())
	m := x.moved(id)
	if from, ok := s.suggestedRefund(owed); ok && x.Facts.Agreed != nil && !x.differs() && !x.overLimit(less(Money{}, owed)) && (m == nil || m.Result != Refused) {
		e := x.moneyAct(Process, "", MoneyAsk{Amount: owed, From: from})
		e.ID, e.Lines = id, p
		return one(e)
	}
	return one(Effect{ID: x.processAs(cause), Kind: Process, Lines: p})
}
