package demo

import (
	"context"
	"slices"
	"strings"
	"time"
)

// crashAt plays an exchange that passes a point. With the first seed it is a regular one asked for by lines, with a
// difference to capture; with those after it an instant one, two on one order, and one in disorder take turns.
// Acts that are on no such way have a way of their own.
func crashAt(ctx context.Context, h *house, s story, label string, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	set := setting{crash: label, seed: seed, slowest: 250 * time.Millisecond}
	// So that the gateway would not stop a second capture, the customer has agreed to twice the difference.
	t := swapOf(teeS, hoodie, byLines)
	t.agreed = 2
	trips, want, acts := []*trip{t}, []outcome{completed(false)}, inTurn(t.regular())

	_, kind, _ := strings.Cut(label, ":")
	turn := (seed + 3) % 4
	switch {
	case aside[kind] != nil:
		want, acts = aside[kind](t, &set)
	case turn == 1 && kind != "mark_returned":
		set.terms.instant, want, acts = true, []outcome{completed(true)}, inTurn(t.instant())
	case turn == 2:
		trips = two(byLines, byReturn)
		want, acts = append(want, want...), sideBySide(trips)
	case turn == 3 && kind != "mark_returned" && kind != "create_return":
		d := newDisorder(seed)
		set.terms.instant, set.slowest = d.instant, 25*time.Millisecond // each look also sends something
		trips, want, acts = []*trip{d.t}, []outcome{completed(d.instant)}, d.play
	}
	err := h.in(ctx, &r, set, trips, want, acts)
	return r, err
}

func inTurn(acts []act) func(context.Context, *world) error {
	return func(ctx context.Context, _ *world) error { return play(ctx, acts...) }
}

// aside are the ways to acts that a normal exchange does without, by the kind of effect.
var aside = map[string]func(*trip, *setting) ([]outcome, func(context.Context, *world) error){
	"set_open":              bornReleased,
	"hold_fulfillment":      secured,
	"release_hold":          heldForPayment,
	"update_tracking":       trackedLate,
	"cancel_order":          calledOff,
	"cancel_return_order":   calledOff,
	"cancel_return":         calledOff,
	"remove_exchange_lines": of(partialReturns[1].scene), // what did not come back is not sent
	"charge_mandate":        of(depositSecured),
	"send_invoice":          of(invoice),
	"void_authorisation":    of(declinedThenInvoice),
}

// of is the way of a scene.
func of(s scene) func(*trip, *setting) ([]outcome, func(context.Context, *world) error) {
	return func(t *trip, set *setting) ([]outcome, func(context.Context, *world) error) {
		*t = *s.trip(t.asked)
		t.w = &world{coin: kronor}
		set.terms = s.terms
		set.furnish = func(ctx context.Context, w *world) error { return w.sims.switches(ctx, s.shop, s.house) }
		return []outcome{s.want(t)}, inTurn(s.acts(t))
	}
}

// bornReleased is an Ongoing system whose new orders are released at once.
func bornReleased(t *trip, set *setting) ([]outcome, func(context.Context, *world) error) {
	set.furnish = func(ctx context.Context, w *world) error {
		return w.sims.warehouse.post(ctx, "/control/switches", map[string]any{"born_status": statusReleased}, nil)
	}
	want := completed(false)
	want.orders = append([]int{statusReleased}, want.orders...)
	acts := t.regular()
	acts[5] = t.released // it had that status before, when it was born
	return []outcome{want}, inTurn(acts)
}

// heldForPayment is a shop that holds what is authorised and not captured yet.
func heldForPayment(t *trip, set *setting) ([]outcome, func(context.Context, *world) error) {
	set.furnish = func(ctx context.Context, w *world) error {
		return w.sims.shop.post(ctx, "/control/switches", map[string]any{"hold_until_captured": true}, nil)
	}
	return []outcome{completed(false)}, inTurn(t.regular())
}

// secured is a merchant who releases nothing before the difference is secured, and a customer who pays it when that is
// asked for.
func secured(t *trip, set *setting) ([]outcome, func(context.Context, *world) error) {
	set.terms.payment, t.later = "secure_before_release", true
	want := completed(false)
	want.money = []string{movement("sale", decimal(hoodie.price-teeS.price, currency), "shop")}
	return []outcome{want}, inTurn(slices.Insert(t.regular(), 5, t.invoiced, t.pays))
}

// released waits until tradeback has released the exchange order, whatever status it had before.
func (t *trip) released(ctx context.Context) error {
	return t.w.until(ctx, "the exchange order is released", func(v view) bool { return v.warehouse.Orders[t.now().Number].Releases > 0 })
}

// trackedLate is a warehouse that knows the tracking only after it has sent.
func trackedLate(t *trip, _ *setting) ([]outcome, func(context.Context, *world) error) {
	acts := t.regular()
	acts[6] = func(ctx context.Context) error {
		if err := t.w.sims.warehouse.ship(ctx, t.now().Number, false); err != nil {
			return err
		}
		return t.fulfilled(ctx)
	}
	want := completed(false)
	want.orders = append(want.orders, statusCollected)
	return []outcome{want}, inTurn(append(acts, func(ctx context.Context) error {
		if err := t.w.sims.warehouse.trackAndTell(ctx, t.now().Number); err != nil {
			return err
		}
		return t.w.until(ctx, "the tracking is in Shopify", func(v view) bool {
			for _, f := range v.shop.Orders[t.order].Fulfillments {
				if !f.Seeded && len(f.Tracking) == 0 {
					return false
				}
			}
			return true
		})
	}))
}

// calledOff is an exchange that the app cancels before anything was sent.
func calledOff(t *trip, _ *setting) ([]outcome, func(context.Context, *world) error) {
	want := outcome{stage: "cancelled", orders: []int{statusOpen, statusCancelled}, returns: []string{"Notified", "Cancelled"}}
	return []outcome{want}, inTurn([]act{t.request, t.placed, t.cancel, t.endsAt("cancelled"), func(ctx context.Context) error {
		return t.w.until(ctx, "nothing is left of it", func(v view) bool {
			back := v.warehouse.ReturnOrders[t.now().ReturnNumber]
			return back.Cancelled && v.shop.Orders[t.order].Returns[0].Status == "CANCELED"
		})
	}})
}
