package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

// view is all that can be seen from outside at one moment.
type view struct {
	swaps     []swap // the oldest first
	down      bool   // serve does not answer: its part is that of the last view
	warehouse sim.OngoingLedger
	shop      sim.ShopifyLedger
}

// look takes a view. While serve is down, its part of the last view stays.
func (w *world) look(ctx context.Context) (v view, err error) {
	if v.warehouse, err = w.sims.warehouse.ledger(ctx); err != nil {
		return v, err
	}
	if v.shop, err = w.sims.shop.ledger(ctx); err != nil {
		return v, err
	}
	if v.swaps, err = w.back.list(ctx); err != nil {
		v.swaps, v.down = w.last.swaps, true
	}
	w.narrate(ctx, w.last, v)
	w.last = v
	return v, nil
}

// until looks again and again until ok. Errors: when the story's time is over, with where things stand then.
func (w *world) until(ctx context.Context, what string, ok func(view) bool) error {
	for pause := 4 * time.Millisecond; ; pause = min(pause*5/4, w.slowest) {
		v, err := w.look(ctx)
		switch {
		case err == nil && ok(v):
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("still waiting until %s: %w; %s", what, context.Cause(ctx), w.standing())
		case err != nil:
			return err
		}
		if w.nudge != nil {
			if err := w.nudge(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
		_ = rest(ctx, pause) // the end of ctx is seen after one more look
	}
}

// standing says where every exchange stands.
func (w *world) standing() string {
	if len(w.last.swaps) == 0 {
		return "there is no exchange; serve said " + w.back.last()
	}
	var all []string
	for _, s := range w.last.swaps {
		all = append(all, s.String())
	}
	return strings.Join(all, "; ") + "; serve said " + w.back.last()
}

// swapAt is the n-th exchange that was made, empty if there is none yet.
func (v view) swapAt(n int) swap {
	if n >= len(v.swaps) {
		return swap{}
	}
	return v.swaps[n]
}

// acting reports whether an act of tradeback has no outcome yet.
func (v view) acting() bool {
	return slices.ContainsFunc(v.swaps, func(s swap) bool {
		return slices.ContainsFunc(s.WaitingFor, func(c struct{ Condition string }) bool { return strings.HasPrefix(c.Condition, "outcome of ") })
	})
}

// had reports whether the order truly had a status.
func (v view) had(number string, status int) bool {
	return slices.Contains(v.warehouse.Orders[number].Statuses, status)
}

// placed reports whether the exchange order and the return order of s are in the warehouse.
func (v view) placed(s swap) bool {
	_, out := v.warehouse.Orders[s.Number]
	_, back := v.warehouse.ReturnOrders[s.ReturnNumber]
	return out && back && s.Stage != "requested"
}
