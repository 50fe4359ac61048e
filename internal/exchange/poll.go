package exchange

import (
	"hash/fnv"
	"slices"
	"time"
)

// Webhooks are the fast way, not the only one: what an exchange waits for it also reads, on a back-off.
const (
	pollFirst = 15 * time.Minute
	pollLast  = 6 * time.Hour
	soonFirst = 2 * time.Second // where the answer is due any moment
)

func (x *Exchange) reading(t Target) *Reading {
	i := slices.IndexFunc(x.Reads, func(r Reading) bool { return r.Target == t })
	if i < 0 {
		return nil
	}
	return &x.Reads[i]
}

// want asks for a read of t, at least as new as this moment. Requests that wait are joined: there is one
// item per target, and its Want says how far the answer must go.
func (d *decision) want(t Target) {
	r := d.x.reading(t)
	if r == nil {
		d.x.Reads = append(d.x.Reads, Reading{Target: t})
		r = d.x.reading(t)
	}
	r.Want++
	r.Next = d.ev.At
	r.Held = d.x.readAsk(t) == nil // not known well enough to be read yet: poll gives it out when it is
	if !r.Held {
		d.emit(r)
	}
}

func (d *decision) emit(r *Reading) {
	ask := d.x.readAsk(r.Target)
	ask.Want = r.Want
	e := Effect{
		ID: d.x.id(KindRead, string(r.Target)), Exchange: d.x.ID, Kind: KindRead, Due: r.Next,
		ShopID: d.x.ShopOrderID(), Read: ask,
	}
	if i := slices.IndexFunc(d.effects, func(have Effect) bool { return have.ID == e.ID }); i >= 0 {
		d.effects[i] = e
		return
	}
	d.effects = append(d.effects, e)
}

// readAsk is what a read of t needs to know; nil while it is not known.
func (x *Exchange) readAsk(t Target) *ReadAsk {
	a := &ReadAsk{Target: t}
	f := &x.Facts
	switch t {
	case ReadShop:
		if a.ReturnID = x.ReturnID(); a.ReturnID == "" {
			return nil
		}
	case ReadOriginal:
		if f.Shop == nil {
			return nil
		}
		a.OrderName, a.Templates = f.Shop.OrderName, x.Policy.OriginalOrder
	case ReadOrder:
		if f.Order == nil && x.done(PlaceOrder) == nil {
			return nil
		}
		a.Number, a.ID = x.Number(), deref(f.Order).ID
	case ReadReturnOrder:
		if f.ReturnOrder == nil && x.done(PlaceReturnOrder) == nil {
			return nil
		}
		a.Number, a.ID = x.ReturnNumber(), deref(f.ReturnOrder).ID
	}
	return a
}

// answered notes that a read came back, and whether it brought anything new.
func (x *Exchange) answered(r ReadResult, at time.Time) {
	have := x.reading(r.Target)
	if have == nil {
		x.Reads = append(x.Reads, Reading{Target: r.Target})
		have = x.reading(r.Target)
	}
	if r.Want > have.Have { // it was asked for: polls begin anew
		have.Tries = 0
	}
	have.Have = max(have.Have, r.Want)
	have.Want = max(have.Want, have.Have)
	have.At = later(later(have.At, at), x.Updated) // never before what was known, though the clock has gone back
	have.Next = time.Time{}
}

// poll sees to it that everything the exchange waits for is read again some time, even if no webhook comes.
func (d *decision) poll() {
	x := d.x
	for _, t := range []Target{ReadShop, ReadOriginal, ReadOrder, ReadReturnOrder} {
		r := x.reading(t)
		if x.readAsk(t) == nil || !x.watches(t) && (r == nil || !r.Held) {
			continue
		}
		if r == nil {
			x.Reads = append(x.Reads, Reading{Target: t})
			r = x.reading(t)
		}
		if r.Want > r.Have {
			if r.Held || d.ev.At.Sub(r.Next) > 2*pollLast { // what was given out has come to nothing
				r.Held, r.Next = false, d.ev.At
				d.emit(r)
			}
			continue
		}
		if d.moved() {
			r.Tries = 0
		}
		if sooner := d.moved() && x.soon(t); !r.Next.IsZero() && !sooner {
			continue // given out, and not answered yet
		}
		r.Next = d.ev.At.Add(x.pause(t, r.Tries))
		r.Tries++
		d.emit(r)
	}
}

// moved reports whether this decision changed anything but what is read.
func (d *decision) moved() bool { return len(d.fired) > 0 }

func (x *Exchange) pause(t Target, tries int) time.Duration {
	first, last := pollFirst, pollLast
	if x.soon(t) {
		first, last = soonFirst, pollFirst
	}
	pause := first
	for range tries {
		pause = min(2*pause, last)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(x.ID)) // never fails
	return pause + pause*time.Duration(h.Sum32()%200)/1000
}

// watches reports whether the exchange waits for something that a read of t could tell.
func (x *Exchange) watches(t Target) bool {
	switch x.Stage {
	case Requested:
		_, code := x.placing()
		return t == ReadShop || t == ReadOrder || t == ReadOriginal && (x.Facts.Original == nil || code != "")
	case Open, Returned, Released:
		return t == ReadOrder || t == ReadShop || t == ReadReturnOrder && !x.whole()
	case Sent:
		return t == ReadShop || t == ReadReturnOrder && !x.accounted() || t == ReadOrder
	case Cancelling:
		return t == ReadOrder
	case Cancelled:
		return t == ReadShop && x.payerUnknown()
	default:
		return false
	}
}

// hears reports whether a hint about t can still matter: after the end only late tracking and goods that come
// in are looked at.
func (x *Exchange) hears(t Target) bool {
	switch x.Stage {
	case Completed:
		return t == ReadOrder || t == ReadReturnOrder
	case Cancelled:
		return t == ReadShop && x.movedMoney() // an invoice may be paid yet
	default:
		return true
	}
}

// soon reports whether a read of t should have its answer any moment.
func (x *Exchange) soon(t Target) bool {
	switch t {
	case ReadShop:
		return x.Stage == Requested && x.Facts.Shop == nil || x.Stage == Sent && processed.Holds(x) && !x.allFulfilled()
	case ReadOrder:
		return x.Stage == Sent && len(x.Facts.Sent) == 0
	default:
		return false
	}
}
