package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

// sweeps is how often serve reconciles where nobody tells it anything. An exchange polls by itself too, but a quarter of
// an hour apart: that is longer than the story may take.
const sweeps = 200 * time.Millisecond

// playSilent exchanges two lines of one order while no webhook is ever sent, and the return portal says nothing.
// One of the exchanges is asked for by staff in Shopify alone, so that even of its beginning nobody tells.
func playSilent(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	other := byLines.after(seed)
	if other == byPortal {
		other = byReturn
	}
	trips := two(byStaff, other)
	set := p.setting(s, seed, terms{releaseOn: "return_order"})
	set.reconcile = sweeps
	set.furnish = func(ctx context.Context, w *world) error { return w.sims.modes(ctx, sim.Modes{Drop: true}) }
	set.check = func(ctx context.Context, w *world, _ *Result) error { return w.heardNothing(ctx, trips) }
	err := h.in(ctx, &r, set, trips, []outcome{completed(false), completed(false)}, func(ctx context.Context, w *world) error {
		w.tell(sideWarehouse, "and the shop send no webhook, ever")
		first, second := trips[0].silent(), trips[1].silent()
		for i := range first {
			if err := play(ctx, first[i], second[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return r, err
}

// silent is the way of an exchange of which nobody tells anything.
func (t *trip) silent() []act {
	return []act{t.request, t.placed, t.receive, t.reaches(statusReleased), t.ship, t.endsAt("completed")}
}

// heardNothing checks that no webhook was delivered, and that what each exchange came to know was found by reconcile.
func (w *world) heardNothing(ctx context.Context, trips []*trip) error {
	var wrong []error
	sent, err := w.sims.deliveries(ctx)
	if err != nil {
		return err
	}
	for _, d := range sent {
		if d.State != sim.Dropped {
			wrong = append(wrong, fmt.Errorf("the webhook %s was sent", d.Label))
		}
	}
	for _, t := range trips {
		s, err := w.back.show(ctx, t.now().ID)
		if err != nil {
			return err
		}
		found := 0
		for _, m := range s.Timeline {
			if strings.HasPrefix(m.Event, "reconcile ") {
				found++
			}
		}
		if found == 0 {
			wrong = append(wrong, fmt.Errorf("exchange %s ended, and reconcile had found nothing", t.now().ID))
		}
	}
	return errors.Join(wrong...)
}
