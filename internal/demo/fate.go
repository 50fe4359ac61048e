package demo

import (
	"context"
	"errors"
)

// What the warehouse finds in a return, and how it sends what goes out.
const (
	comesWhole    = "whole"
	comesShort    = "short"
	comesScrapped = "scrapped"

	sendsWhole = "whole"
	sendsSplit = "split"
	sendsLate  = "late" // the tracking comes after the goods have gone
)

// fate is an exchange, and what everybody but tradeback does about it. What they do depends on what they see, and
// nobody waits for anybody else's exchange.
type fate struct {
	*trip
	instant bool
	funds   string
	comes   string
	sends   string
	stops   string // who calls it off: app, shop, portal, warehouse; empty: nobody
	pays    bool   // the customer pays an invoice

	moves  []*move
	earned bool // what earns the release has happened
	early  bool // it was released before that
}

// move is something that somebody does once, as soon as they can, or whenever they can.
type move struct {
	when  func(view) bool
	do    act
	again bool
	done  bool
}

// turn does the first move that can be done, and says whether there was one.
func (f *fate) turn(ctx context.Context, v view) (bool, error) {
	f.early = f.early || !f.earned && v.warehouse.Orders[f.in(v).Number].Releases > 0
	for _, m := range f.moves {
		if m.done || !m.when(v) {
			continue
		}
		m.done = !m.again
		err := m.do(ctx)
		var no *answerError
		if errors.As(err, &no) && no.status == 409 { // too late, or nothing to do: as in life
			err = nil
		}
		return true, err
	}
	return false, nil
}

// prepare lists the moves, in the order they are made where several can be.
func (f *fate) prepare(portalActs bool) {
	placed := func(v view) bool { return v.placed(f.in(v)) }
	once := func(when func(view) bool, do act) { f.moves = append(f.moves, &move{when: when, do: do}) }

	once(func(view) bool { return true }, f.request)
	once(func(v view) bool { return f.in(v).ID != "" }, f.funded)
	switch f.stops {
	case "app":
		once(placed, f.cancel)
	case "shop":
		once(placed, func(ctx context.Context) error {
			return f.w.sims.shop.post(ctx, "/control/returns/cancel", map[string]any{"return": f.now().ShopifyReturnID}, nil)
		})
	case "portal":
		once(placed, f.isTold("return.canceled"))
	case "warehouse":
		once(placed, func(ctx context.Context) error { return f.w.sims.warehouse.set(ctx, f.now().Number, statusCancelled) })
	}
	if f.instant {
		once(placed, f.earning(f.isTold("shipment.event.in_transit")))
	}
	once(placed, f.earning(f.found))
	once(func(v view) bool {
		return placed(v) && len(v.warehouse.ReturnOrders[f.in(v).ReturnNumber].Statuses) > 1
	}, f.earning(f.isTold("return.closed")))
	released := func(v view) bool { return v.had(f.in(v).Number, statusReleased) }
	once(released, f.send)
	once(func(v view) bool {
		return f.sends != sendsWhole && f.moves[0].done && v.had(f.in(v).Number, statusSent)
	}, f.sendOn)
	seen, paid := 0, 0 // invoices of the order, of all its exchanges
	f.moves = append(f.moves, &move{again: true, when: func(v view) bool {
		o := v.shop.Orders[f.order]
		seen = len(o.Invoices)
		return seen > paid && o.Outstanding > 0 && f.pays
	}, do: func(ctx context.Context) error {
		paid = seen
		return f.pay(ctx)
	}})
	if portalActs {
		once(func(v view) bool { return f.in(v).Stage == "sent" }, func(ctx context.Context) error {
			return f.w.sims.shop.post(ctx, "/control/returns/process", map[string]any{"return": f.now().ShopifyReturnID}, nil)
		})
	}
	for code, do := range f.persons() {
		once(func(v view) bool {
			return f.in(v).raises(code)
		}, do)
	}
}

func (f *fate) earning(a act) act {
	return func(ctx context.Context) error {
		f.earned = true
		return a(ctx)
	}
}

// funded gives the customer the means to pay the difference.
func (f *fate) funded(ctx context.Context) error {
	owes := f.owes()
	if owes <= 0 {
		return nil
	}
	amount := f.w.coin.decimal(owes)
	agree := func(in map[string]any) error {
		in["order"] = f.order
		return f.w.sims.shop.post(ctx, "/control/authorizations", in, nil)
	}
	switch f.funds {
	case fundsKept:
		return agree(map[string]any{"amount": f.w.coin.decimal(3 * owes), "multi_capturable": true})
	case fundsFit:
		return agree(map[string]any{"amount": amount})
	case fundsDeclined:
		return agree(map[string]any{"amount": amount, "result": "FAILURE"})
	case fundsStored:
		return f.w.sims.shop.post(ctx, "/control/mandates", map[string]any{"order": f.order}, nil)
	}
	return nil
}

// found is what the warehouse finds: all of it, all but one piece, or one piece broken.
func (f *fate) found(ctx context.Context) error {
	lines := map[string]any{}
	for row, l := range f.w.last.warehouse.ReturnOrders[f.now().ReturnNumber].Lines {
		got := map[string]int{"returned": l.Announced}
		switch {
		case l.Article != f.back[0].sku:
		case f.comes == comesShort:
			got["returned"]--
		case f.comes == comesScrapped:
			got["scrapped"] = 1
		}
		lines[row] = got
	}
	return f.w.sims.warehouse.receiveLines(ctx, f.now().ReturnNumber, lines)
}

// send lets the warehouse send all of it, or one piece of the first line.
func (f *fate) send(ctx context.Context) error {
	number := f.now().Number
	switch f.sends {
	case sendsSplit:
		return f.w.sims.warehouse.shipLines(ctx, number, map[string]int{"1": 1})
	case sendsLate:
		return f.w.sims.warehouse.ship(ctx, number, false)
	default:
		return f.w.sims.warehouse.ship(ctx, number, true)
	}
}

// sendOn sends the rest, or tells the tracking. No webhook tells of either; a change of status makes tradeback read.
func (f *fate) sendOn(ctx context.Context) error {
	number := f.now().Number
	if f.sends == sendsSplit {
		if err := f.w.sims.warehouse.ship(ctx, number, true); err != nil {
			return err // there is no more of it
		}
		return f.w.sims.warehouse.set(ctx, number, statusCollected)
	}
	return f.w.sims.warehouse.trackAndTell(ctx, number)
}

// pay pays what the order owes, as its invoice says: it asks for nothing while an authorisation stands for it.
func (f *fate) pay(ctx context.Context) error {
	return f.w.sims.shop.post(ctx, "/control/payments", map[string]any{"order": f.order}, nil)
}

// persons are what people in operations do about what is raised.
func (f *fate) persons() map[string]act {
	settle := func(ctx context.Context) error {
		return f.decide(ctx, "settle", map[string]any{"as": "written_off", "reason": "it is little"})
	}
	return map[string]act{
		"return_incomplete": func(ctx context.Context) error {
			f.earned = true
			return f.decide(ctx, "accept", map[string]any{"reason": "good enough"})
		},
		"payment_due":         settle,
		"payment_not_secured": settle,
	}
}
