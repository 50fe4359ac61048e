package exchange

import (
	"fmt"
	"slices"
	"time"
)

// Shopify makes order lines and a fulfillment order of exchange lines when they are processed. That is at Sent, by us;
// or before: by the portal, to secure a payment, or by a shop on the legacy workflow when the return is made. Which of
// these it was is never assumed: the lines and the fulfillment orders tell.

// TimerRouting is the timer of a fulfillment order that does not appear.
const TimerRouting = "routing"

// routingTime is how long a fulfillment order may take to appear: Shopify makes them by a worker of its own.
const routingTime = 30 * time.Minute

func (x *Exchange) holdHandle() string { return "tradeback:" + string(x.ID) }

// exposed are the fulfillment orders with exchange lines left to ship that another connector could ship before the
// warehouse does, or could as soon as somebody lifts a hold that is not ours.
func (x *Exchange) exposed() []FulfillmentOrder {
	return slices.DeleteFunc(x.ourFulfillmentOrders(), func(fo FulfillmentOrder) bool {
		if slices.ContainsFunc(fo.Holds, func(h Hold) bool { return h.Ours && h.Handle == x.holdHandle() }) {
			return true
		}
		return fo.ended() || !slices.ContainsFunc(fo.Lines, func(l FulfillmentOrderLine) bool { return l.Remaining > 0 && x.made(l.LineItemID) })
	})
}

// ended reports whether a fulfillment order is done with, or was moved or merged into another.
func (fo *FulfillmentOrder) ended() bool { return fo.Status == "CLOSED" || fo.Status == "CANCELLED" }

// fulfilledByOthers reports whether Shopify has more of an exchange line as fulfilled than the warehouse has sent.
func (x *Exchange) fulfilledByOthers() bool {
	s := x.Facts.Shop
	return s != nil && slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool { return s.fulfilled(&l) > x.sentOf(&l) })
}

// unrouted reports whether a processed exchange line is neither on a fulfillment order nor fulfilled.
func (x *Exchange) unrouted() bool {
	s := x.Facts.Shop
	return s != nil && !x.pending(Process) && slices.ContainsFunc(s.ExchangeLines, func(l ExchangeLine) bool {
		n := s.fulfilled(&l)
		for _, fo := range s.FulfillmentOrders {
			for _, fl := range fo.Lines {
				if !fo.ended() && slices.Contains(l.LineItemIDs, fl.LineItemID) {
					n += fl.Remaining
				}
			}
		}
		return n < l.Processed
	})
}

// awaitsPortal reports whether the portal has lines left to process, as process_return: false says it does.
func (x *Exchange) awaitsPortal() bool {
	return x.Stage == Sent && !x.Policy.ProcessReturn && x.Facts.Shop != nil && x.Facts.Shop.processable()
}

// processAs is the id under which lines are processed. What was refused because somebody had closed the return is asked
// for anew once it is open again.
func (x *Exchange) processAs(cause string) EffectID {
	id := x.id(Process, cause)
	for n := 2; ; n++ {
		m := x.moved(id)
		if m == nil || m.Result != Refused || !x.Facts.Shut.After(m.Stamp) {
			return id
		}
		id = x.id(Process, fmt.Sprintf("%s#%d", cause, n))
	}
}

// overtaken reports whether a refusal is past, because processing was asked for anew. One that was given up is not, where
// it was to give something back: nobody knows whether it did.
func (x *Exchange) overtaken(m Movement) bool {
	i := slices.IndexFunc(x.Asked, func(a Asked) bool { return a.ID == m.Effect })
	return m.Kind == Process && i >= 0 && (m.Result != Dead || x.Asked[i].Amount == nil) && slices.ContainsFunc(x.Asked[i+1:], func(a Asked) bool { return a.Kind == Process })
}

// agreedLate is what was agreed of a return that was first read with exchange lines processed already, or with a
// suggestion that told nothing: by the prices of its lines. It is known only if they also say that the order owed nothing
// before but what its other exchanges do by our own ledger, so that no payment of the difference can have come in between:
// by what is suggested for what is left or, where that is capped or nothing is left, by what the order owes for the lines
// that are processed. Whether prices hold the tax is not told: one of the two must fit, and where both do, they must say
// the same.
func (s *Shop) agreedLate() (Agreed, bool) {
	a := Agreed{Stamp: s.latest(), Last: s.Stamp, Lines: s.lines(), Late: true}
	others := deref(s.Siblings)
	a.Balance = Money{others.Net.Minor, s.Outstanding.Currency}
	a.Apart = s.Suggested == nil && !s.left() || s.Suggested != nil && s.capped() && s.Suggested.Minor < 0
	if s.Suggested == nil && s.left() || others.Open || others.Giving {
		return a, false
	}
	owes := s.Outstanding
	if !a.Apart {
		owes = *s.Suggested
	}
	end, err := owes.Plus(s.Capturable)
	if err != nil {
		return a, false
	}
	for _, t := range s.Transactions {
		a.Seen = append(a.Seen, t.ID)
	}
	known := false
	for _, taxed := range []bool{false, true} {
		amount, ok := s.priced(taxed)
		until := amount
		if ok && a.Apart {
			var rest Money
			rest, ok = s.restPriced(taxed)
			until = less(amount, rest)
		}
		switch {
		case !ok || plus(until, a.Balance) != end:
		case known && amount != a.Amount:
			return a, false
		default:
			a.Amount, known = amount, true
		}
	}
	return a, known
}

// priced is what the exchange lines come to, less the return lines, by their prices.
func (s *Shop) priced(taxed bool) (sum Money, ok bool) {
	sum = Money{Currency: s.Outstanding.Currency}
	add := func(p *LinePrice, sign int64) bool {
		if p == nil {
			return false
		}
		minor := p.Price.Minor - p.Discount.Minor
		if taxed {
			minor += p.Tax.Minor
		}
		var err error
		sum, err = sum.Plus(Money{sign*minor + p.Fee.Minor, p.Price.Currency}) // a fee is kept of what is given back
		return err == nil
	}
	for _, l := range s.ExchangeLines {
		if !add(l.Price, 1) {
			return sum, false
		}
	}
	for _, l := range s.ReturnLines {
		if !add(l.Price, -1) {
			return sum, false
		}
	}
	return sum, true
}
