package inbox

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/tradeback/tradeback/internal/exchange"
)

// remembered is how many exchanges of a connection are remembered, each some 20 KB: those whose events come one after the other.
const remembered = 4

// recent are the exchanges that were committed last, as they are stored: while the fence is the lease's, nobody
// else changes them, and a commit on one that somebody did change is refused. Each is given out once, since what
// Decide makes of it shares its parts. It is safe for concurrent use.
type recent struct {
	mu    sync.Mutex
	order []exchange.ID // the oldest first
	by    map[exchange.ID]exchange.Exchange
}

func (r *recent) take(id exchange.ID) (exchange.Exchange, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, ok := r.by[id]
	r.drop(id)
	return x, ok
}

func (r *recent) keep(x exchange.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[exchange.ID]exchange.Exchange{}
	}
	r.drop(x.ID)
	if len(r.order) == remembered {
		r.drop(r.order[0])
	}
	r.by[x.ID] = x
	r.order = append(r.order, x.ID)
}

func (r *recent) drop(id exchange.ID) {
	if _, ok := r.by[id]; ok {
		delete(r.by, id)
		r.order = slices.DeleteFunc(r.order, func(other exchange.ID) bool { return other == id })
	}
}

// load is the exchange as it is stored.
func (w *Worker) load(ctx context.Context, id exchange.ID) (exchange.Exchange, error) {
	if x, ok := w.recent.take(id); ok {
		return x, nil
	}
	found, err := w.Store.Load(ctx, w.Conn, id)
	if err != nil {
		return exchange.Exchange{}, fmt.Errorf("load %s: %w", id, err)
	}
	return found[0], nil
}
