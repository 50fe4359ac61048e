package inbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

const (
	batch = 64 // events of a connection decided at once
	width = 32 // of them side by side: each commits by itself, and the store makes one round of them
)

// Pass takes what is waiting now, once. n counts the events.
func (w *Worker) Pass(ctx context.Context) (n int, err error) {
	due, _, err := w.pass(ctx)
	return due, err
}

func (w *Worker) pass(ctx context.Context) (n int, next time.Time, err error) {
	due, next, err := w.Store.Work(ctx, w.Conn, []store.Kind{store.Event, store.Timer}, w.Now(), batch)
	if err != nil {
		return 0, next, err
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, width)
	queues := byExchange(due)
	errs := make([]error, len(queues))
	for i, q := range queues {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			for _, it := range q {
				errs[i] = errors.Join(errs[i], w.take(ctx, it))
			}
		})
	}
	wg.Wait()
	return len(due), next, errors.Join(errs...)
}

// byExchange keeps the events of one exchange, as far as it is known, one after another: side by side they
// would only make each other's commits fail and be decided anew.
func byExchange(due []store.Item) [][]store.Item {
	var out [][]store.Item
	at := map[string]int{}
	for _, it := range due {
		key := string(it.Exchange)
		if key == "" {
			out = append(out, []store.Item{it})
			continue
		}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], it)
	}
	return out
}

// Run takes events until ctx ends or the connection has another owner (store.ErrFenced).
func (w *Worker) Run(ctx context.Context) error {
	changed, stop := w.Store.Watch(w.Conn, store.Event, store.Timer)
	defer stop()
	for {
		n, next, err := w.pass(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrFenced):
			return store.ErrFenced
		case err != nil:
			w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("events could not be taken; they wait")
		case n == batch:
			continue
		}
		wait := time.Second // what other processes write to the store may go unheard
		if err == nil && !next.IsZero() {
			wait = min(wait, max(next.Sub(w.Now()), time.Millisecond))
		}
		if err != nil {
			pause(ctx, wait) // a change would not mend it
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-w.woken:
		case <-t.C:
		}
		t.Stop()
	}
}
