package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

const (
	batch     = 64
	furthest  = 500         // how far is looked where what is due first leaves ways free
	lookAgain = time.Second // for what was not handed over
)

// Pass delivers what is due now, once, and waits for it. n counts the attempts.
func (w *Worker) Pass(ctx context.Context) (n int, err error) {
	due, _, err := w.due(ctx)
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	errs := make([]error, len(due))
	slots := make(chan struct{}, ways*width)
	for i, it := range due {
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = w.deliver(ctx, it)
			<-slots
		})
	}
	wg.Wait()
	return len(due), errors.Join(errs...)
}

// due is what may be delivered now, acts before reads.
func (w *Worker) due(ctx context.Context) ([]store.Item, time.Time, error) {
	if held, err := w.held(ctx); held || err != nil {
		return w.dueReads(ctx, err)
	}
	now := w.Now()
	due, next, err := w.Store.Work(ctx, w.Conn, []store.Kind{store.Effect}, now, batch)
	if len(due) == batch && !all(due) { // what waits for a peer that does not answer may stand before all else
		due, next, err = w.Store.Work(ctx, w.Conn, []store.Kind{store.Effect}, now, furthest)
	}
	slices.SortStableFunc(due, func(a, b store.Item) int { return rank(a) - rank(b) })
	return due, next, err
}

// all reports whether something is due in every way.
func all(due []store.Item) bool {
	found := map[way]bool{}
	for _, it := range due {
		found[wayOf(it)] = true
	}
	return len(found) == ways
}

func rank(it store.Item) int {
	if it.Topic == string(exchange.KindRead) {
		return 1
	}
	return 0
}

// Run delivers until ctx ends or the connection has another owner (store.ErrFenced). What is under way then
// has the time of a call to end; after that its outcome is unknown, and found by a look.
func (w *Worker) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work, letGo := context.WithCancel(context.WithoutCancel(ctx))
	defer letGo()
	var wg sync.WaitGroup
	defer func() {
		defer time.AfterFunc(w.Call, letGo).Stop()
		wg.Wait()
	}()
	ended := make(chan struct{}, 1)
	var next time.Time
	for look := true; ; {
		var due []store.Item
		if look {
			w.owed.take() // it is in the store
			var err error
			if due, next, err = w.due(ctx); err != nil && ctx.Err() == nil {
				w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("what is owed cannot be read")
			}
			if latest := w.Now().Add(lookAgain); next.IsZero() || next.After(latest) {
				next = latest
			}
		} else {
			due, next = w.handed(next)
		}
		for _, it := range due {
			if !w.busy.start(it) {
				continue
			}
			wg.Go(func() {
				err := w.deliver(work, it)
				switch {
				case errors.Is(err, store.ErrFenced):
					cancel(err)
				case err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrConflict):
					w.Log.Warn().Err(err).Str("effect", it.ID).Msg("effect could not be kept")
					pause(ctx, time.Second) // it is due still: the peer must not be asked again at once
				}
				if more := w.busy.end(it.ID); !more && err == nil {
					return
				}
				select {
				case ended <- struct{}{}:
				default:
				}
			})
		}
		var err error
		if look, err = w.rest(ctx, next, ended); err != nil {
			return err
		}
	}
}

// rest waits until there may be something to do: effects that were handed over, an end, or the time to look. look says
// that it must be looked for in the store.
func (w *Worker) rest(ctx context.Context, next time.Time, ended <-chan struct{}) (look bool, err error) {
	t := time.NewTimer(min(lookAgain, max(next.Sub(w.Now()), time.Millisecond)))
	defer t.Stop()
	look = true
	select {
	case <-ctx.Done():
	case <-w.owed.told:
		look = !w.free // while a recovery hold stands, acts wait
	case <-ended:
	case <-t.C:
	}
	return look, context.Cause(ctx) // whatever else there was: nothing is begun after the end
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Item is the item that an effect is kept as.
func Item(c store.Conn, e exchange.Effect, at time.Time) (store.Item, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return store.Item{}, err
	}
	return store.Item{
		ID: string(e.ID), Conn: c, Kind: store.Effect, State: store.Waiting, Exchange: e.Exchange,
		Topic: string(e.Kind), Received: at, Due: e.Due, Body: body,
	}, nil
}
