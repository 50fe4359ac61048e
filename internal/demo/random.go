package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// playRandom plays a world of exchanges drawn by chance from the seed, and judges it by what must hold of every world.
func playRandom(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	drawn := draw(seed, randomOrders)
	set := p.setting(s, seed, drawn.terms)
	set.coin = drawn.coin
	w, inside, err := h.open(ctx, set)
	if err != nil {
		return r, err
	}
	err = w.sims.switches(inside, drawn.shop, drawn.warehouse)
	for i, all := range drawn.orders {
		if err == nil {
			trips := make([]*trip, len(all))
			for j, f := range all {
				trips[j] = f.trip
			}
			err = w.buy(inside, fmt.Sprintf("#%d", 1001+i), trips...)
		}
	}
	if err == nil && h.Faults {
		err = w.sims.harm(inside, seed)
	}
	if err == nil {
		err = drawn.play(inside, w)
	}
	r.OK = true
	r.blame(err, drawn.wrong(w, w.last))
	if !r.OK {
		r.blame(errors.New(drawn.String()))
	}
	w.sum(&r)
	if set.trace != nil {
		set.trace(ctx, w)
	}
	r.blame(w.close())
	return r, nil
}

// randomOrders is how many orders of the shop a world has.
const randomOrders = 6

// play lets everybody do what they do until nothing more happens.
func (p *plan) play(ctx context.Context, w *world) error {
	for _, f := range p.fates() {
		f.prepare(p.terms.portalActs)
	}
	before, still, resting := "", 0, resting
	if w.house.Faults {
		resting *= 5
	}
	return w.until(ctx, "nothing more happens", func(v view) bool {
		acted := false
		for _, f := range p.fates() {
			did, err := f.turn(ctx, v)
			if err != nil {
				w.cancel(err)
			}
			acted = acted || did
		}
		now := fmt.Sprint(v.swaps, v.warehouse, v.shop)
		if acted || v.down || v.acting() || v.warehouse.InFlight > 0 || now != before || w.delivering(ctx) {
			before, still = now, 0
			return false
		}
		still++
		return still >= calm && p.wrong(w, v) == nil || still >= resting
	})
}

// How often nothing may be new at a look until all is taken to be over: sooner if it is right. A read that has failed is
// repeated later and later, a peer that has had enough of our calls is left alone for seconds, and neither shows.
const (
	calm    = 20
	resting = 100
)

// wrong is all that is not as it must be.
func (p *plan) wrong(w *world, v view) error { return errors.Join(w.judgeAlways(v), p.judge(v)) }

// judge checks what only the plan knows: that nothing was released too early, and that what did not come to an end
// needs a person who is not there.
func (p *plan) judge(v view) error {
	var wrong []error
	for _, f := range p.fates() {
		s := f.in(v)
		if f.early {
			wrong = append(wrong, fmt.Errorf("%s was released before anything had earned it", short(s.ID)))
		}
		if s.ID == "" {
			wrong = append(wrong, fmt.Errorf("there is no exchange of %s", f.reference))
		}
		if s.Stage != "completed" && s.Stage != "cancelled" && len(s.Raised) == 0 && !p.mayWait(f) {
			wrong = append(wrong, fmt.Errorf("it came to no end: %s", s))
		}
	}
	return errors.Join(wrong...)
}

// mayWait reports whether an exchange may wait for ever, since those whom it waits for do nothing.
func (p *plan) mayWait(f *fate) bool {
	return f.comes != comesWhole && p.terms.partial == "wait" || !f.pays
}

// sum adds up what happened to all orders.
func (w *world) sum(r *Result) {
	r.MS = time.Since(w.began).Milliseconds()
	r.Captured.Currency = w.coin.currency
	for _, s := range w.last.swaps {
		r.Stage = s.Stage
		r.OrderStatuses = append(r.OrderStatuses, w.last.warehouse.Orders[s.Number].Statuses...)
		r.ReturnStatuses = append(r.ReturnStatuses, w.last.warehouse.ReturnOrders[s.ReturnNumber].Statuses...)
		r.Releases += w.last.warehouse.Orders[s.Number].Releases
	}
	for _, book := range w.last.shop.Orders {
		r.Captured.Minor += book.Captured
		r.Fulfillments += book.Shipped
	}
}
