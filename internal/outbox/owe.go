package outbox

import (
	"slices"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// owed are effects that were handed over when they were committed: what is due at once need not be read from the
// store. They are in the store all the same, and are found there if they are not begun.
type owed struct {
	mu    sync.Mutex
	items []store.Item
	told  chan struct{} // cap 1: there are some
}

// Owe hands over effects that were just committed, as they are stored. Whoever commits effects of this connection
// calls it; what is missed is found within a second.
func (w *Worker) Owe(effects []store.Item) {
	w.owed.mu.Lock()
	w.owed.items = append(w.owed.items, effects...)
	w.owed.mu.Unlock()
	select {
	case w.owed.told <- struct{}{}:
	default:
	}
}

func (o *owed) take() []store.Item {
	o.mu.Lock()
	defer o.mu.Unlock()
	items := o.items
	o.items = nil
	return items
}

// handed is what was handed over and is due, acts before reads, and when to look at the store, where that was next.
func (w *Worker) handed(next time.Time) (due []store.Item, _ time.Time) {
	now := w.Now()
	for _, it := range w.owed.take() {
		switch {
		case !it.Due.After(now):
			due = append(due, it)
		case it.Due.Before(next):
			next = it.Due
		}
	}
	slices.SortStableFunc(due, func(a, b store.Item) int { return rank(a) - rank(b) })
	return due, next
}
