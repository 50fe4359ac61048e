package demo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/tradeback/tradeback/internal/sim"
)

// copies is how often each webhook is sent.
const copies = 3

// disorder is how one exchange is played in it.
type disorder struct {
	t       *trip
	seed    uint64
	dice    *rand.Rand
	instant bool
	early   bool // the goods come back before the replacement goes out
}

func newDisorder(seed uint64) *disorder {
	d := &disorder{seed: seed, dice: rand.New(rand.NewPCG(seed, seed)), instant: seed%2 == 0} //nolint:gosec // disorder that can be repeated, not a secret
	d.early = d.dice.IntN(2) == 0 || d.instant
	d.t = swapOf(teeS, hoodie, byPortal)
	return d
}

// playDisorder sends every webhook three times, in an order drawn from the seed: those of both simulators and
// those of the return portal, which speaks of the end of the return before anybody has heard of its beginning.
// The seed also says whether the exchange is instant, and whether the goods come back before the replacement
// goes out.
func playDisorder(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	d := newDisorder(seed)
	set := p.setting(s, seed, terms{instant: d.instant})
	set.check = func(ctx context.Context, w *world, r *Result) error { return w.sentAgain(ctx, r.Duplicates) }
	err := h.in(ctx, &r, set, []*trip{d.t}, []outcome{completed(d.instant)}, d.play)
	return r, err
}

func (d *disorder) play(ctx context.Context, w *world) error {
	t := d.t
	modes := sim.Modes{Duplicates: copies, Shuffle: true, Seed: d.seed, JitterMS: 30, Parallel: 4}
	if err := w.sims.modes(ctx, modes); err != nil {
		return err
	}
	if err := t.open(ctx); err != nil {
		return err
	}
	letters := t.shuffled(d.dice)
	w.nudge = func(ctx context.Context) error {
		if _, err := w.sims.flush(ctx); err != nil || len(letters) == 0 {
			return err
		}
		l := letters[0]
		letters = letters[1:]
		w.tell(sidePortal, "says %s", l.name)
		return w.portal.deliver(ctx, l)
	}
	acts := []act{t.placed, t.reaches(statusReleased), t.ship, t.receive, t.endsAt("completed")}
	if d.early {
		acts = []act{t.placed, t.receive, t.reaches(statusReleased), t.ship, t.endsAt("completed")}
	}
	if err := play(ctx, acts...); err != nil {
		return err
	}
	return w.until(ctx, "every letter of the portal is delivered", func(view) bool { return len(letters) == 0 })
}

// shuffled are all that the portal says of a return, each three times, in any order. Their times are in the
// order in which things happened.
func (t *trip) shuffled(dice *rand.Rand) []letter {
	var all []letter
	for _, event := range []string{
		"return.created", "return.label_generated", "shipment.event.in_transit", "shipment.event.delivered", "return.closed",
	} {
		l := t.letter(event)
		for range copies {
			all = append(all, l)
		}
	}
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// sentAgain checks that the doors counted as many duplicates as were sent: what they answered with 200, less
// what of it differs.
func (w *world) sentAgain(ctx context.Context, counted int) error {
	sent, err := w.sims.deliveries(ctx)
	if err != nil {
		return err
	}
	again := int(w.portal.again.Load())
	seen := map[string]bool{}
	for _, d := range sent {
		if d.State != sim.Delivered {
			continue
		}
		if key := d.URL + "\n" + d.Label + "\n" + d.Body; seen[key] {
			again++
		} else {
			seen[key] = true
		}
	}
	if again != counted {
		return fmt.Errorf("%d deliveries were sent again, the doors counted %d duplicates", again, counted)
	}
	return nil
}
