package demo

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// The stories about lines and workflows.
var (
	splitShipment = scene{
		trip: func(ask asking) *trip {
			return &trip{back: []piece{{teeS, 2}}, out: []piece{{teeM, 2}}, asked: ask}
		},
		want: func(*trip) outcome {
			o := completed(false)
			o.sent, o.orders = 2, append(o.orders, statusCollected)
			return o
		},
		acts: func(t *trip) []act {
			return append(t.regular()[:6:6], t.shipsOne, t.fulfilled, t.shipsRest, t.endsAt("completed"))
		},
	}
	lateTracking = scene{
		trip: func(ask asking) *trip { return swapOf(teeS, hoodie, ask) },
		want: func(*trip) outcome {
			o := completed(false)
			o.orders = append(o.orders, statusCollected)
			return o
		},
		acts: func(t *trip) []act {
			return append(t.regular()[:6:6], t.shipsUntracked, t.fulfilled, t.tracked, t.endsAt("completed"))
		},
	}
	legacyWorkflow = scene{
		shop: map[string]any{"workflow": "legacy"},
		trip: func(ask asking) *trip { return swapOf(teeS, hoodie, ask) },
		want: func(*trip) outcome { return completed(false) },
		acts: (*trip).regular,
	}
	portalProcesses = scene{
		terms: terms{portalActs: true},
		trip:  func(ask asking) *trip { return swapOf(teeS, hoodie, ask) },
		want: func(*trip) outcome {
			o := completed(false)
			o.partly = true // what becomes of the goods is the portal's to say, too
			return o
		},
		acts: func(t *trip) []act { return slices.Insert(t.regular(), 6, t.processes) },
	}
)

// partialReturns are what comes of a return of which one piece of two comes, by the policy.
var partialReturns = []struct {
	policy string
	scene
}{
	{"wait", scene{terms: terms{partial: "wait"}, trip: pair, want: wholeInTheEnd, acts: func(t *trip) []act {
		return []act{t.request, t.placed, t.receivesOne, t.isTold("return.closed"), t.staysOpen, t.receive, t.waits(time.Hour), t.reaches(statusReleased), t.ship, t.endsAt("completed")}
	}}},
	{"release_matched", scene{terms: terms{partial: "release_matched"}, trip: pair, want: func(*trip) outcome {
		o := completed(false)
		o.out, o.partly, o.again = []piece{{teeM, 1}}, true, true
		return o
	}, acts: func(t *trip) []act {
		return []act{t.request, t.placed, t.receivesOne, t.isTold("return.closed"), t.released, t.ship, t.endsAt("completed")}
	}}},
	{"release_all", scene{terms: terms{partial: "release_all"}, trip: pair, want: wholeInTheEnd, acts: func(t *trip) []act {
		return []act{t.request, t.placed, t.receivesOne, t.isTold("return.closed"), t.reaches(statusReleased), t.ship, t.endsAt("completed")}
	}}},
	{"review", scene{terms: terms{partial: "review"}, trip: pair, want: wholeInTheEnd, acts: func(t *trip) []act {
		return []act{t.request, t.placed, t.receivesOne, t.isTold("return.closed"), t.raises("return_incomplete"), t.accepted, t.reaches(statusReleased), t.ship, t.endsAt("completed")}
	}}},
}

// pair is two T-shirts for two of another size.
func pair(ask asking) *trip {
	return &trip{back: []piece{{teeS, 2}}, out: []piece{{teeM, 2}}, asked: ask}
}

// wholeInTheEnd is an exchange that was completed, though not everything came back with the first parcel.
func wholeInTheEnd(*trip) outcome {
	o := completed(false)
	o.partly = true
	return o
}

// playPartial plays a return of which one piece of two comes, under each policy.
func playPartial(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name, OK: true}
	steps := p.setting(s, seed, terms{})
	for _, one := range partialReturns {
		part := Result{Story: s.name}
		set := steps
		set.terms = one.terms
		if err := h.scene(ctx, &part, set, one.scene, byReturn.after(seed)); err != nil {
			return r, err
		}
		r.add(one.policy, part)
	}
	return r, nil
}

// stages are where an exchange is cancelled, and what must come of it.
var stages = []struct {
	name string
	want outcome
	acts func(*trip) []act
}{
	{"open", outcome{stage: "cancelled", orders: []int{statusOpen, statusCancelled}, returns: []string{"Notified", "Cancelled"}}, func(t *trip) []act {
		return []act{t.request, t.placed, t.cancel, t.endsAt("cancelled")}
	}},
	{"returned", outcome{stage: "cancelled", orders: []int{statusOpen, statusReturned, statusCancelled}, returns: []string{"Notified", "Returned"}}, func(t *trip) []act {
		return append(t.regular()[:4:4], t.cancel, t.endsAt("cancelled"))
	}},
	{"released", outcome{stage: "cancelled", orders: []int{statusOpen, statusReturned, statusReleased, statusCancelled}, returns: []string{"Notified", "Returned"}, releases: 1}, func(t *trip) []act {
		return append(t.regular()[:6:6], t.cancel, t.endsAt("cancelled"))
	}},
	{"begun", begun(), func(t *trip) []act {
		return append(t.regular()[:6:6], t.picked, t.cancel, t.raises("cancel_refused"), t.ship, t.endsAt("completed"))
	}},
	{"sent", completed(false), func(t *trip) []act {
		return append(t.regular(), t.cancelsTooLate)
	}},
}

// begun is an exchange that goes on, since the warehouse has begun to work on it.
func begun() outcome {
	o := completed(false)
	o.orders = []int{statusOpen, statusReturned, statusReleased, statusPicking, statusSent}
	return o
}

// playCancels cancels an exchange at each stage in turn; who does changes with the seed.
func playCancels(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name, OK: true}
	steps := p.setting(s, seed, terms{})
	for _, one := range stages {
		part := Result{Story: s.name}
		of := scene{trip: func(ask asking) *trip { return swapOf(teeS, hoodie, ask) }, want: func(*trip) outcome { return one.want }, acts: one.acts, house: map[string]any{"started_from": statusPicking}}
		if err := h.scene(ctx, &part, steps, of, byLines.after(seed)); err != nil {
			return r, err
		}
		r.add(one.name, part)
	}
	return r, nil
}

// shipsOne sends one piece of the order, in a parcel of its own.
func (t *trip) shipsOne(ctx context.Context) error {
	t.w.tell(sideWarehouse, "sends one piece of order %s", t.now().Number)
	return t.w.sims.warehouse.shipLines(ctx, t.now().Number, map[string]int{"1": 1})
}

// shipsRest sends what is left. That changes no status; one that means nothing makes tradeback read.
func (t *trip) shipsRest(ctx context.Context) error {
	if err := t.ship(ctx); err != nil {
		return err
	}
	return t.w.sims.warehouse.set(ctx, t.now().Number, statusCollected)
}

func (t *trip) shipsUntracked(ctx context.Context) error {
	t.w.tell(sideWarehouse, "sends order %s, the tracking is not known yet", t.now().Number)
	return t.w.sims.warehouse.ship(ctx, t.now().Number, false)
}

// tracked tells the tracking of what was sent, and waits until Shopify has it.
func (t *trip) tracked(ctx context.Context) error {
	t.w.tell(sideWarehouse, "tells the tracking of order %s", t.now().Number)
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
}

// processes lets the portal process the return in Shopify.
func (t *trip) processes(ctx context.Context) error {
	t.w.tell(sidePortal, "processes the return in Shopify")
	return t.w.sims.shop.post(ctx, "/control/returns/process", map[string]any{"return": t.now().ShopifyReturnID}, nil)
}

// receivesOne books in one of two pieces.
func (t *trip) receivesOne(ctx context.Context) error {
	t.w.tell(sideWarehouse, "receives one piece of return order %s", t.now().ReturnNumber)
	return t.w.sims.warehouse.receiveLines(ctx, t.now().ReturnNumber, map[string]any{"1": map[string]int{"returned": 1}})
}

// staysOpen waits until tradeback knows that a piece is missing, and says so.
func (t *trip) staysOpen(ctx context.Context) error {
	return t.w.until(ctx, "tradeback waits for the rest", func(v view) bool {
		s := t.in(v)
		return s.ReturnStatus == "Returned" && len(s.WaitingFor) > 0
	})
}

// accepted lets a person say that what came back is enough.
func (t *trip) accepted(ctx context.Context) error {
	t.w.tell(sideApp, "accepts what came back")
	return t.decide(ctx, "accept", map[string]any{"reason": "the other one is on its way"})
}

// picked lets the warehouse begin to work on the order.
func (t *trip) picked(ctx context.Context) error {
	t.w.tell(sideWarehouse, "begins to pick order %s", t.now().Number)
	return t.w.sims.warehouse.set(ctx, t.now().Number, statusPicking)
}

// cancelsTooLate asks for what cannot be had any more.
func (t *trip) cancelsTooLate(ctx context.Context) error {
	if err := t.cancel(ctx); err == nil {
		return fmt.Errorf("an exchange that was sent could be cancelled")
	}
	return nil
}
