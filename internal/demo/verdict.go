package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

// outcome is what a trip must have come to.
type outcome struct {
	stage    string
	orders   []int    // statuses that the exchange order truly had
	returns  []string // statuses that the return order truly had
	releases int
	raised   []string
	out      []piece  // what went out; nil: all of it, of an exchange that was completed
	money    []string // the movements of the difference, as movement writes them; nil: one capture, if the customer owes
	sent     int      // shipments; 0: one, of an exchange that was completed
	partly   bool     // not everything came back
	unpaid   bool     // the difference was not moved in Shopify
	again    bool     // the exchange order was put anew, under the next number
	others   int      // returns of the order that are no exchanges
}

// sold reports whether the replacement went out.
func (o outcome) sold() bool { return o.stage == "completed" }

// quiet waits until nothing is on its way any more: no webhook, no call, no act without an outcome, no change, no start
// after a crash, and nothing that came back and is not in stock again. The last is done also after the end, so no stage
// tells of it.
func (w *world) quiet(ctx context.Context, trips []*trip, want []outcome) error {
	err := w.until(ctx, "what came back is in stock again", func(v view) bool {
		for i, r := range v.shop.Orders[trips[0].order].Returns {
			if i < len(want) && want[i].sold() && !want[i].partly && judgeStock(r) != nil {
				return false
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	before := ""
	still := 0
	return w.until(ctx, "nothing is on its way any more", func(v view) bool {
		busy := v.down || v.acting() || v.warehouse.InFlight > 0 || w.delivering(ctx)
		now := fmt.Sprint(v.swaps, v.warehouse, v.shop)
		if busy || now != before {
			before, still = now, 0
			return false
		}
		still++
		return still >= 3
	})
}

// delivering reports whether webhooks are on their way, or may be.
func (w *world) delivering(ctx context.Context) bool {
	sent, err := w.sims.deliveries(ctx)
	return err != nil || slices.ContainsFunc(sent, func(r sim.Record) bool { return r.State == sim.Waiting || r.State == sim.Held })
}

// judge fills in what truly happened, and blames r for all that should not have.
func (w *world) judge(ctx context.Context, r *Result, trips []*trip, want []outcome) {
	v := w.last
	r.Captured.Currency = w.coin.currency
	var wrong []error
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }

	if len(v.swaps) != len(trips) {
		no("there are %d exchanges, not %d", len(v.swaps), len(trips))
	}
	for i, t := range trips {
		wrong = append(wrong, t.judge(v, r, want[i]))
	}
	wrong = append(wrong, judgeShop(v.shop, r, trips, want), judgeWarehouse(v.warehouse, trips, want), w.judgeTracking(ctx, trips), w.judgeAlways(v))

	var err error
	if r.Events, err = w.events(ctx, trips); err != nil {
		no("count the events: %w", err)
	}
	if r.Duplicates, err = w.duplicates(ctx); err != nil {
		no("count the duplicates: %w", err)
	}
	r.blame(wrong...)
}

// judge compares what became of one exchange with what must have.
func (t *trip) judge(v view, r *Result, want outcome) error {
	var wrong []error
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	s := t.in(v)
	if r.Stage == "" || s.Stage != want.stage {
		r.Stage = s.Stage
	}
	var raised []string
	for _, c := range s.Raised {
		raised = append(raised, c.Code)
	}
	if s.Stage != want.stage || !slices.Equal(raised, want.raised) {
		no("not %s%s: %s", want.stage, withRaised(want.raised), s)
	}
	book, back := v.warehouse.Orders[s.Number], v.warehouse.ReturnOrders[s.ReturnNumber]
	r.OrderStatuses = append(r.OrderStatuses, book.Statuses...)
	r.ReturnStatuses = append(r.ReturnStatuses, back.Statuses...)
	r.Releases += book.Releases
	if !slices.Equal(book.Statuses, want.orders) {
		no("order %s had the statuses %v, not %v", s.Number, book.Statuses, want.orders)
	}
	if !slices.Equal(back.Statuses, want.returns) {
		no("return order %s had the statuses %v, not %v", s.ReturnNumber, back.Statuses, want.returns)
	}
	if book.Releases != want.releases {
		no("order %s was released %s, not %s", s.Number, times(book.Releases), times(want.releases))
	}
	if book.Puts != 1 || back.Puts != 1 {
		no("the order was put %s, the return order %s", times(book.Puts), times(back.Puts))
	}
	if got, owes := s.Settlement.Captured.Minor, max(0, t.owes()); want.sold() && want.money == nil && got != owes {
		no("tradeback says that %s was captured, not %s", t.w.coin.price(got), t.w.coin.price(owes))
	}
	return errors.Join(wrong...)
}

func withRaised(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return " with " + strings.Join(codes, ", ") + " raised"
}

// events counts the events from outside that the journals of the exchanges hold, each once.
func (w *world) events(ctx context.Context, trips []*trip) (int, error) {
	ids := map[string]bool{}
	for _, t := range trips {
		s, err := w.back.show(ctx, t.now().ID)
		if err != nil {
			return 0, err
		}
		for _, m := range s.Timeline {
			if !strings.HasPrefix(m.Event, "tradeback ") && m.EventID != "" {
				ids[m.EventID] = true
			}
		}
	}
	return len(ids), nil
}

// finish waits until all is quiet, and judges.
func (w *world) finish(ctx context.Context, r *Result, trips []*trip, want []outcome, failed error) {
	if failed == nil {
		failed = w.quiet(ctx, trips, want)
	}
	r.OK, r.MS = true, time.Since(w.began).Milliseconds()
	if failed != nil {
		r.blame(failed)
	}
	judging, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	w.judge(judging, r, trips, want)
}
