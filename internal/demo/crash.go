package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// playCrash kills serve with SIGKILL at each labelled point, one run per point, and starts it again: the
// exchange must come to the same end as without the crash. The figures of its result are those of the first
// run that went wrong, or else of the last one; its time is that of all of them.
func playCrash(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	if len(h.CrashPoints) == 0 {
		return r, errors.New("there are no crash points")
	}
	began := time.Now()
	steps := p.heading(s, seed)
	ran := make([]Result, len(h.CrashPoints))
	errs := make([]error, len(h.CrashPoints))
	slots := make(chan struct{}, h.Parallel)
	var wg sync.WaitGroup
	for i, label := range h.CrashPoints {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ran[i], errs[i] = crashAt(ctx, h, s, label, seed)
			switch {
			case errs[i] != nil:
			case ran[i].OK:
				steps.tell(began, sideTradeback, "killed at %s, started again: %s after %.1f s", label, ran[i].Stage, float64(ran[i].MS)/1000)
			default:
				steps.tell(began, sideTradeback, "killed at %s: NOT OK", label)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return r, err
	}
	r = ran[len(ran)-1]
	for i := len(ran) - 1; i >= 0; i-- {
		if !ran[i].OK {
			r = ran[i]
		}
	}
	r.Error = ""
	for i, one := range ran {
		if !one.OK {
			r.blame(fmt.Errorf("at %s: %s", h.CrashPoints[i], one.Error))
		}
	}
	r.MS = time.Since(began).Milliseconds()
	return r, nil
}

// crashAt plays an exchange that passes a point. With the first seed, and at points that are on no other way,
// it is a regular one asked for by lines, with a difference to capture; with those after it an instant one, two
// on one order, and one in disorder take turns.
func crashAt(ctx context.Context, h *house, s story, label string, seed uint64) (Result, error) {
	r := Result{Story: s.name}
	set := setting{crash: label, slowest: 250 * time.Millisecond}
	// So that the gateway would not stop a second capture, the customer has agreed to twice the difference.
	trips := []*trip{{back: teeS, out: hoodie, asked: byLines, agreed: 2}}
	want := []outcome{completed(false)}
	acts := inTurn(trips[0].regular())

	_, kind, _ := strings.Cut(label, ":")
	switch turn := (seed + 3) % 4; {
	case turn == 1 && kind != "mark_returned":
		set.instant, want, acts = true, []outcome{completed(true)}, inTurn(trips[0].instant())
	case turn == 2:
		trips = two(byLines, byReturn)
		want, acts = append(want, want...), sideBySide(trips)
	case turn == 3 && kind != "mark_returned" && kind != "create_return":
		d := newDisorder(seed)
		set.instant, set.slowest = d.instant, 25*time.Millisecond // each look also sends something
		trips, want, acts = []*trip{d.t}, []outcome{completed(d.instant)}, d.play
	}
	err := h.in(ctx, &r, set, trips, want, acts)
	return r, err
}

func inTurn(acts []act) func(context.Context, *world) error {
	return func(ctx context.Context, _ *world) error { return play(ctx, acts...) }
}
