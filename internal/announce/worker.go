package announce

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

// pauses are those after the first attempts; after that it is tried each hour, for three days in all.
var pauses = []time.Duration{5 * time.Second, 30 * time.Second, 5 * time.Minute, 30 * time.Minute}

const (
	longest = time.Hour
	giveUp  = 72 * time.Hour
)

// pause is how long to wait after the n-th attempt.
func pause(n int) time.Duration {
	if n <= len(pauses) {
		return pauses[n-1]
	}
	return longest
}

// At most so many are sent at once for a connection, and a subscriber who fails is left alone until what failed is
// tried again, but no longer than a minute. What was due meanwhile waits for as long as it has waited already, up to an
// hour: there may be very much of it.
const (
	width = 8
	batch = 64
	rest  = time.Minute
)

// Results are how an attempt can end.
var Results = []string{"sent", "retry", "gave_up", "gone"}

// Store is what this room needs of it.
type Store interface {
	Commit(ctx context.Context, s store.Step) error
	Work(ctx context.Context, c store.Conn, kinds []store.Kind, now time.Time, limit int) ([]store.Item, time.Time, error)
	Watch(c store.Conn, kinds ...store.Kind) (changed <-chan struct{}, stop func())
}

// Options are what the workers of all connections share.
type Options struct {
	Store       Store
	Subscribers func(c store.Conn) []connection.Subscriber
	Client      *http.Client // checks where an address leads, follows no redirect, and ends a call in time
	Now         func() time.Time
	Log         zerolog.Logger
	Settled     func(result string) // hears of each attempt's end, for metrics; may be nil
}

// Worker sends what one connection has to tell, for as long as its fence is the lease's.
type Worker struct {
	Options
	Conn  store.Conn
	Fence uint64

	mu      sync.Mutex
	resting map[string]time.Time // by subscriber: until when
}

// New is the worker of c under a fence.
func New(o Options, c store.Conn, fence uint64) *Worker {
	return &Worker{Options: o, Conn: c, Fence: fence, resting: map[string]time.Time{}}
}

// Run sends until ctx ends or the connection has another owner (store.ErrFenced).
func (w *Worker) Run(ctx context.Context) error {
	changed, stop := w.Store.Watch(w.Conn, store.Announcement)
	defer stop()
	for {
		n, err := w.Pass(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrFenced):
			return store.ErrFenced
		case err != nil:
			w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("announcements could not be kept; they wait")
		case n == batch:
			continue
		}
		t := time.NewTimer(time.Second) // what falls due, and what other processes write
		select {
		case <-ctx.Done():
		case <-changed:
		case <-t.C:
		}
		t.Stop()
	}
}

// Pass sends what is due now, once. n counts the items.
func (w *Worker) Pass(ctx context.Context) (n int, err error) {
	due, _, err := w.Store.Work(ctx, w.Conn, []store.Kind{store.Announcement}, w.Now(), batch)
	if err != nil {
		return 0, err
	}
	to := map[string]connection.Subscriber{}
	for _, s := range w.Subscribers(w.Conn) {
		to[s.Name] = s
	}
	var wg sync.WaitGroup
	errs := make([]error, len(due))
	slots := make(chan struct{}, width)
	for i, it := range due {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = w.deliver(ctx, it, to)
		})
	}
	wg.Wait()
	return len(due), errors.Join(errs...)
}

func (w *Worker) deliver(ctx context.Context, it store.Item, to map[string]connection.Subscriber) error {
	s, ok := to[it.Ref]
	if !ok {
		it.State, it.Reason = store.Dropped, "" // nobody wants to hear it any more
		return w.commit(ctx, it)
	}
	now := w.Now()
	old := now.Sub(it.Received)
	if until := w.until(s.Name); until.After(now) {
		if old > giveUp && it.Reason != "" { // what a person tries again has none yet
			return w.settle(ctx, s, it, "gave_up", errors.New(it.Reason))
		}
		it.Due, it.Reason = now.Add(max(until.Sub(now), min(old, longest))), cmp.Or(it.Reason, "the subscriber fails")
		return w.commit(ctx, it)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ctx = context.WithoutCancel(ctx) // what is begun has the client's time to end, and is noted: else it is sent again
	it.Attempt++
	err := w.send(ctx, s, it, now)
	switch {
	case err == nil:
		return w.settle(ctx, s, it, "sent", nil)
	case errors.Is(err, errGone):
		return w.settle(ctx, s, it, "gone", err)
	}
	w.letRest(s.Name, min(pause(it.Attempt), rest))
	if old > giveUp {
		return w.settle(ctx, s, it, "gave_up", err)
	}
	return w.settle(ctx, s, it, "retry", err)
}

// settle keeps how an attempt ended.
func (w *Worker) settle(ctx context.Context, s connection.Subscriber, it store.Item, result string, err error) error {
	line := w.Log.Debug()
	switch result {
	case "sent":
		it.State = store.Dropped
	case "retry":
		it.Due, it.Reason = w.Now().Add(pause(it.Attempt)), err.Error()
		line = w.Log.Warn().Err(err).Time("next", it.Due)
	default:
		it.State, it.Reason = store.Dead, result+": "+err.Error()
		line = w.Log.Error().Err(err)
	}
	if w.Settled != nil {
		w.Settled(result)
	}
	id, _, _ := strings.Cut(it.ID, "/")
	line.Str("exchange", string(it.Exchange)).Str("announcement", id).Str("subscriber", s.Name).Int("attempt", it.Attempt).
		Str("result", result).Msg("announcement settled")
	return w.commit(ctx, it)
}

func (w *Worker) until(name string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.resting[name]
}

func (w *Worker) letRest(name string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resting[name] = w.Now().Add(d)
}

func (w *Worker) commit(ctx context.Context, it store.Item) error {
	return w.Store.Commit(ctx, store.Step{Conn: w.Conn, Fence: w.Fence, Items: []store.Item{it}})
}

func (w *Worker) send(ctx context.Context, s connection.Subscriber, it store.Item, now time.Time) error {
	var m message
	if err := json.Unmarshal(it.Body, &m); err != nil {
		return err
	}
	id, _, _ := strings.Cut(it.ID, "/")
	return post(ctx, w.Client, s, id, m, it.Body, now)
}
