package demo

import (
	"context"
	"errors"
)

// story is something that happens between a shop and a warehouse. run plays it once; its error says that it
// could not be played at all.
type story struct {
	name, about string
	run         func(ctx context.Context, h *house, out *printer, s story, seed uint64) (Result, error)
}

// The stories, in the order they are played, and those that are played only by their name.
var stories, hidden []story

func init() { //nolint:gochecknoinits // the stories name each other's list
	stories = []story{
		{"regular-even", "another size, and the replacement waits for the return", one(false, teeM, byReturn)},
		{"regular-upsell", "something dearer, and the difference is captured once it is sent", one(false, hoodie, byLines)},
		{"instant-even", "another size, sent as soon as the return is on its way", one(true, teeM, byPortal)},
		{"instant-upsell", "something dearer, sent as soon as the return is on its way", one(true, hoodie, byStaff)},
		{"duplicates-and-disorder", "every webhook comes three times, in any order", playDisorder},
		{"crash", "serve is killed at each point of its work in turn, and started again", playCrash},
		{"two-exchanges-one-order", "two lines of one order are exchanged at the same time", playTwo},
		{"warehouse-cancels", "the warehouse cancels the exchange order", playCancelled},
		{"refund", "something cheaper, and the difference is given back", played(byReturn, refund)},
		{"invoice", "something dearer, and the customer pays by an invoice", played(byLines, invoice)},
		{"declined-then-invoice", "the card declines, and the customer pays by an invoice", played(byStaff, declinedThenInvoice)},
		{"deposit-secured", "the full value is set aside before the replacement goes, and let go when the goods are back", played(byPortal, depositSecured)},
		{"never-returned", "the replacement went at once, nothing comes back, and the full value is charged", played(byReturn, neverReturned)},
		{"partial-return", "one piece of two comes back, under each policy", playPartial},
		{"split-shipment", "the replacement goes out in two parcels", played(byLines, splitShipment)},
		{"late-tracking", "the tracking is known only after the goods have gone", played(byReturn, lateTracking)},
		{"cancel-at-each-stage", "the exchange is cancelled, at each stage in turn", playCancels},
		{"legacy-workflow", "a shop where exchange lines are order lines from the start", played(byReturn, legacyWorkflow)},
		{"portal-processes", "the return portal processes the return in Shopify", played(byPortal, portalProcesses)},
		{"jpy", "a customer who pays in yen, which have no decimals", played(byLines, inYen)},
		{"money-mismatch", "somebody changes what the order owes: nothing is moved until that is settled", played(byReturn, mismatch)},
		{"silent-sender", "no webhook is ever sent, and all is found by reconcile", playSilent},
	}
	hidden = []story{
		{"random", "exchanges drawn by chance, side by side", playRandom},
	}
}

// after is how an asking changes with the seed: the first seed leaves it.
func (a asking) after(seed uint64) asking {
	return (a + asking((seed+uint64(askings)-1)%uint64(askings))) % askings
}

// completed is what a normal exchange comes to.
func completed(instant bool) outcome {
	want := outcome{
		stage: "completed", releases: 1, returns: []string{"Notified", "Returned"},
		orders: []int{statusOpen, statusReturned, statusReleased, statusSent},
	}
	if instant {
		want.orders = []int{statusOpen, statusReleased, statusSent}
	}
	return want
}

// in plays acts of some trips in a world of their own, and judges them.
func (h *house) in(ctx context.Context, r *Result, set setting, trips []*trip, want []outcome, acts func(context.Context, *world) error) error {
	w, inside, err := h.open(ctx, set)
	if err != nil {
		return err
	}
	if set.furnish != nil {
		err = set.furnish(inside, w)
	}
	if err == nil {
		err = w.buy(inside, "#1001", trips...)
	}
	if err == nil && h.Faults {
		err = w.sims.harm(inside, set.seed)
	}
	if err == nil {
		err = acts(inside, w)
	}
	w.finish(inside, r, trips, want, err)
	if set.crash != "" && !w.back.wasKilled() {
		r.blame(errors.New("this point was never reached"))
	}
	if set.check != nil {
		r.blame(set.check(inside, w, r))
	}
	if set.trace != nil {
		set.trace(ctx, w) // a story whose time is over is told, too
	}
	if h.Stay && set.crash == "" {
		h.keep(w)
		return nil
	}
	r.blame(w.close())
	return nil
}

// one plays a single exchange.
func one(instant bool, out goods, ask asking) func(context.Context, *house, *printer, story, uint64) (Result, error) {
	return func(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
		r := Result{Story: s.name}
		t := swapOf(teeS, out, ask.after(seed))
		err := h.in(ctx, &r, p.setting(s, seed, terms{instant: instant}), []*trip{t}, []outcome{completed(instant)}, func(ctx context.Context, _ *world) error {
			if instant {
				return play(ctx, t.instant()...)
			}
			return play(ctx, t.regular()...)
		})
		return r, err
	}
}

// playTwo exchanges two lines of one order side by side, step by step.
func playTwo(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	trips := two(byReturn.after(seed), byLines.after(seed))
	err := h.in(ctx, &r, p.setting(s, seed, terms{}), trips, []outcome{completed(false), completed(false)}, sideBySide(trips))
	return r, err
}

func two(first, second asking) []*trip {
	return []*trip{swapOf(teeS, hoodie, first), swapOf(teeM, hoodie, second)}
}

func sideBySide(trips []*trip) func(context.Context, *world) error {
	return func(ctx context.Context, _ *world) error {
		first, second := trips[0].regular(), trips[1].regular()
		for i := range first {
			if err := play(ctx, first[i], second[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// playCancelled lets the warehouse cancel the exchange order: when it is open, when it is marked as returned,
// or when it is released already, as the seed says.
func playCancelled(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	t := swapOf(teeS, hoodie, byStaff.after(seed))
	full := completed(false)
	acts := t.regular()
	kinds := []struct {
		acts, statuses, returns, releases int
	}{{2, 1, 1, 0}, {4, 2, 2, 0}, {6, 3, 2, 1}}
	k := kinds[(seed+2)%3]
	want := outcome{
		stage: "cancelled", raised: []string{"cancelled_by_warehouse"}, releases: k.releases,
		orders: append(full.orders[:k.statuses:k.statuses], statusCancelled), returns: full.returns[:k.returns],
	}
	err := h.in(ctx, &r, p.setting(s, seed, terms{}), []*trip{t}, []outcome{want}, func(ctx context.Context, w *world) error {
		if err := play(ctx, acts[:k.acts]...); err != nil {
			return err
		}
		w.tell(sideWarehouse, "cancels order %s", t.now().Number)
		if err := w.sims.warehouse.set(ctx, t.now().Number, statusCancelled); err != nil {
			return err
		}
		return t.ends(ctx, "cancelled")
	})
	return r, err
}
