package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Aside does the requests of connections that are switched off: nobody owns those, and their events wait. It owns one
// for as long as its requests take.
type Aside struct {
	Options
	Name  string              // new with each process start
	Conns func() []store.Conn // those that are switched off
}

// A connection that is switched off may have many events that wait, so it is looked through seldom; and whoever
// switches it on waits for its lease no longer than asideTime. Until somebody does, work that takes longer goes on: what
// it commits counts for as long as nobody else has the lease.
const (
	asideEvery = time.Hour
	asideTime  = time.Minute
)

// Run does what is asked until ctx ends.
func (a *Aside) Run(ctx context.Context) error {
	tick := time.NewTicker(asideEvery)
	defer tick.Stop()
	for {
		_, err := a.Pass(ctx)
		if err != nil && ctx.Err() == nil {
			a.Log.Warn().Err(err).Msg("a privacy request of a connection that is switched off was not done; it will be tried again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Pass does what was asked so far, and says how many requests that were.
func (a *Aside) Pass(ctx context.Context) (n int, err error) {
	var errs []error
	for _, c := range a.Conns() {
		did, err := a.turn(ctx, c)
		n += did
		if err != nil && !errors.Is(err, store.ErrHeld) && !errors.Is(err, store.ErrFenced) { // then it was switched on just now, or another replica is at it
			errs = append(errs, fmt.Errorf("connection %s: %w", c, err))
		}
	}
	return n, errors.Join(errs...)
}

func (a *Aside) turn(ctx context.Context, c store.Conn) (n int, err error) {
	asking, err := a.asking(ctx, c)
	if err != nil {
		return 0, err
	}
	taken, err := a.Store.Docs(ctx, c, askedBucket, "", 1)
	if err != nil || len(asking) == 0 && len(taken) == 0 {
		return 0, err
	}
	fence, err := a.Store.Own(ctx, c, a.Name, asideTime)
	if err != nil {
		return 0, err
	}
	defer func() {
		giveUp, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		if _, lost := a.Store.Own(giveUp, c, a.Name, 0); err == nil && !errors.Is(lost, store.ErrHeld) {
			err = lost
		}
	}()
	for _, it := range asking {
		if err := a.take(ctx, it, fence); err != nil {
			return 0, fmt.Errorf("event %s: %w", it.ID, err)
		}
	}
	return New(a.Options, c, fence).Pass(ctx)
}

// asking are the events that wait and ask for work, as they would if the connection were switched on.
func (a *Aside) asking(ctx context.Context, c store.Conn) ([]store.Item, error) {
	var out []store.Item
	q := store.Query{Conn: c, Kinds: []store.Kind{store.Event}, States: []store.State{store.Waiting}, Source: "shopify", Limit: 500}
	for {
		found, after, err := a.Store.Items(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, it := range found {
			if _, asks, err := Asked(it); asks && err == nil {
				out = append(out, it)
			}
		}
		if after == "" {
			return out, nil
		}
		q.After = after
	}
}

// take ends an event in the commit that keeps what it asks for, as the inbox does.
func (a *Aside) take(ctx context.Context, it store.Item, fence uint64) error {
	doc, _, err := Asked(it)
	if err != nil {
		return err
	}
	it.State, it.Reason = store.Done, ""
	return a.Store.Commit(ctx, store.Step{Conn: it.Conn, Fence: fence, Items: []store.Item{it}, Docs: []store.Doc{doc}})
}
