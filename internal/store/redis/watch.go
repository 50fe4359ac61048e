package redis

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// lookAgain is after what time Redis is asked anew how it is set.
const lookAgain = time.Minute

// watch remembers how durable Redis was when it was last looked at.
type watch struct {
	strange atomic.Bool // a line was made since: somebody else may answer there
	mu      sync.Mutex
	at      time.Time
	last    Durability
}

func (w *watch) dialled() { w.strange.Store(true) }

// saw notes what was found, and reports whether it promises the same as before.
func (w *watch) saw(d Durability, at time.Time) (same bool) {
	same = d.String() == w.last.String()
	w.last, w.at = d, at
	return same
}

// Durability is what Redis said of itself when it was last looked at.
func (e *Engine) Durability() Durability {
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	return e.watch.last
}

// vouch says whether what was just written is as durable as was asked for. After a failover another Redis
// answers, whose settings may be weaker, and settings change while it runs: so it is looked at anew after a
// line was made, and every minute. Masters of a cluster that are away answer for nothing that was written.
//
// Errors: WeakError, unless Relaxed.
func (e *Engine) vouch(ctx context.Context) error {
	w := &e.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	now := e.now()
	if w.strange.Swap(false) || now.Sub(w.at) >= lookAgain {
		looking, cancel := e.brief(ctx)
		d, err := e.look(looking)
		cancel()
		if err != nil && d.Masters == 0 {
			w.strange.Store(true)
			return err
		}
		if !w.saw(d, now) && e.options.Changed != nil {
			e.options.Changed(d)
		}
	}
	if len(w.last.Weak) > 0 && !e.options.Relaxed {
		return &WeakError{w.last.Weak}
	}
	return nil
}
