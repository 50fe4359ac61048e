package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// How often a connection is counted: what indexes answer, and what must be read row by row.
const (
	countEvery = 15 * time.Second
	readEvery  = time.Minute
)

// spans are since when exchanges under way were asked for.
var spans = []struct {
	label string
	under time.Duration // and not in one before; 0: any
}{{"under_1d", 24 * time.Hour}, {"1d_to_7d", 7 * 24 * time.Hour}, {"over_7d", 0}}

// census counts what the connections that this process owns hold. Every series is there from the start, at zero.
type census struct {
	exchanges *sums // by stage and age; those that have not ended
	raised    *sums // by code
	dead      *sums // by class
	set       *sums // events set aside, by state

	mu     sync.Mutex
	oldest map[store.Conn]time.Time // when the event that waits longest was received; zero: none waits
	now    func() time.Time
}

func newCensus(r *prometheus.Registry, now func() time.Time) *census {
	c := &census{
		exchanges: newSums("tradeback_exchanges", "Exchanges that have not ended, by stage and by how long ago they were asked for.", "stage", "age"),
		raised:    newSums("tradeback_exchanges_raised", "Reasons for which exchanges ask for a person.", "code"),
		dead:      newSums("tradeback_dead_letters", "Dead letters, by class: what only a person can move.", "class"),
		set:       newSums("tradeback_events_set_aside", "Events that are parked or quarantined.", "state"),
		oldest:    map[store.Conn]time.Time{}, now: now,
	}
	for _, s := range exchange.Stages() {
		if s.Final() {
			continue
		}
		for _, a := range spans {
			c.exchanges.WithLabelValues(string(s), a.label)
		}
	}
	for _, code := range exchange.Codes() {
		c.raised.WithLabelValues(string(code))
	}
	for _, class := range rest.DeadClasses() {
		c.dead.WithLabelValues(class)
	}
	for _, s := range aside {
		c.set.WithLabelValues(string(s))
	}
	r.MustRegister(c.exchanges, c.raised, c.dead, c.set, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tradeback_oldest_waiting_event_age_seconds", Help: "How long the event that is due and waits longest has waited; 0: none waits.",
	}, c.age))
	return c
}

var aside = []store.State{store.Parked, store.Quarantined}

// age is of the event that waits longest in any connection.
func (c *census) age() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var most time.Duration
	for _, at := range c.oldest {
		if !at.IsZero() {
			most = max(most, c.now().Sub(at))
		}
	}
	return most.Seconds()
}

// counting counts one connection, for as long as it is ours.
type counting struct {
	*census
	conn  store.Conn
	store store.Reads
	log   zerolog.Logger
	seen  func(currency string) // hears in which currency the newest exchange is
	read  time.Time             // when rows were read last
}

// Run counts again and again. At its end nothing is counted of the connection here: another process may own it.
func (c *counting) Run(ctx context.Context) error {
	defer c.forget()
	for {
		if err := c.Pass(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn().Err(err).Str("connection", string(c.conn)).Msg("a connection could not be counted for the metrics; it will be tried again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(countEvery):
		}
	}
}

func (c *counting) forget() {
	for _, s := range []*sums{c.exchanges, c.raised, c.dead, c.set} {
		s.set(c.conn, nil)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.oldest, c.conn)
}

// Pass counts once: what indexes answer, and what must be read if that is a while ago.
func (c *counting) Pass(ctx context.Context) error {
	now := c.now()
	err := errors.Join(c.waiting(ctx, now), c.stages(ctx, now))
	if since := now.Sub(c.read); since >= 0 && since < readEvery {
		return err
	}
	c.read = now
	return errors.Join(err, c.letters(ctx), c.reasons(ctx))
}

func (c *counting) waiting(ctx context.Context, now time.Time) error {
	due, _, err := c.store.Work(ctx, c.conn, []store.Kind{store.Event}, now, 1)
	if err != nil {
		return fmt.Errorf("look for the oldest event: %w", err)
	}
	var at time.Time
	if len(due) > 0 {
		at = due[0].Received
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.oldest[c.conn] = at
	return nil
}

func (c *counting) stages(ctx context.Context, now time.Time) error {
	found := map[string]float64{}
	for _, s := range exchange.Stages() {
		if s.Final() {
			continue
		}
		younger := 0
		all, err := c.store.Count(ctx, c.conn, s, "")
		if err != nil {
			return fmt.Errorf("count exchanges at %s: %w", s, err)
		}
		for _, a := range spans {
			older := 0
			if a.under > 0 && all > younger { // ids grow with time
				if older, err = c.store.Count(ctx, c.conn, s, exchange.ID(ident.First("ex_", now.Add(-a.under)))); err != nil {
					return fmt.Errorf("count exchanges at %s: %w", s, err)
				}
			}
			found[labels(string(s), a.label)] = float64(all - younger - older)
			younger = all - older
		}
	}
	c.exchanges.set(c.conn, found)
	return nil
}

func (c *counting) letters(ctx context.Context) error {
	dead, set := map[string]float64{}, map[string]float64{}
	err := eachPage(ctx, store.Query{Conn: c.conn, States: append([]store.State{store.Dead}, aside...), Limit: 500}, c.store.Items, func(it store.Item) {
		if it.State == store.Dead {
			dead[rest.DeadClass(it)]++
		} else {
			set[string(it.State)]++
		}
	})
	if err != nil {
		return fmt.Errorf("count dead letters: %w", err)
	}
	c.dead.set(c.conn, dead)
	c.set.set(c.conn, set)
	return nil
}

func (c *counting) reasons(ctx context.Context) error {
	yes, found := true, map[string]float64{}
	err := eachPage(ctx, store.Query{Conn: c.conn, Raised: &yes, Limit: 500}, c.store.Exchanges, func(x exchange.Exchange) {
		for _, r := range x.Raised {
			found[r.Code]++
		}
	})
	if err != nil {
		return fmt.Errorf("count what is raised: %w", err)
	}
	c.raised.set(c.conn, found)
	newest, _, err := c.store.Exchanges(ctx, store.Query{Conn: c.conn, Newest: true, Limit: 1})
	if err == nil && len(newest) > 0 && newest[0].Facts.Shop != nil {
		c.seen(newest[0].Facts.Shop.Outstanding.Currency)
	}
	return err
}

// eachPage visits all that a list gives.
func eachPage[T any](ctx context.Context, q store.Query, list func(context.Context, store.Query) ([]T, string, error), visit func(T)) error {
	for {
		found, after, err := list(ctx, q)
		if err != nil {
			return err
		}
		for _, v := range found {
			visit(v)
		}
		if after == "" {
			return nil
		}
		q.After = after
	}
}
