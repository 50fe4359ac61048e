package lane

import (
	"context"
	"slices"
	"sync"
)

// turns gives out a number of places, acts before reads, each kind in the order of asking.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting [Read + 1][]chan struct{} // by priority
}

// take waits for a place. Errors: the context's.
func (t *turns) take(ctx context.Context, p Priority) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.waiting[p] = append(t.waiting[p], mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	at := slices.Index(t.waiting[p], mine)
	if at >= 0 {
		t.waiting[p] = slices.Delete(t.waiting[p], at, at+1)
	}
	t.mu.Unlock()
	if at < 0 { // it was given to us meanwhile
		t.give()
	}
	return ctx.Err()
}

// give passes a place on.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := range t.waiting {
		if len(t.waiting[p]) > 0 {
			close(t.waiting[p][0])
			t.waiting[p] = slices.Delete(t.waiting[p], 0, 1)
			return
		}
	}
	t.free++
}

// queued counts those that wait.
func (t *turns) queued() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, q := range t.waiting {
		n += len(q)
	}
	return n
}
