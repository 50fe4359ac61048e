package demo

import (
	"context"
	"errors"
	"fmt"
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
