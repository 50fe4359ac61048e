package reconcile

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Changes are what reads have brought of the peers' objects and was not counted yet. It is safe for concurrent use.
// What a process has not counted when it ends stays uncounted.
type Changes struct {
	mu sync.Mutex
	by map[store.Conn][]change
}

// change is a read that found an object otherwise than the one before it.
type change struct {
	exchange exchange.ID
	version  uint64
	target   exchange.Target
	at       time.Time
}

// mostChanges bounds how many of a connection wait to be counted.
const mostChanges = 10_000

// Committed notes what a commit has learned. The inbox tells of each. nil notes nothing.
func (c *Changes) Committed(before, after *exchange.Exchange, e *exchange.Entry) {
	if c == nil || e.Event.Kind != exchange.EventRead || e.Event.Read == nil {
		return
	}
	t := e.Event.Read.Target
	was, _, known := markOf(before, t)
	is, _, _ := markOf(after, t)
	if !known || was == is {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[store.Conn][]change{}
	}
	if waiting := c.by[after.Connection]; len(waiting) < mostChanges {
		c.by[after.Connection] = append(waiting, change{after.ID, e.Version, t, e.At})
	}
}

// take gives the changes of a connection that were learned before a time, once.
func (c *Changes) take(conn store.Conn, before time.Time) []change {
	c.mu.Lock()
	defer c.mu.Unlock()
	var due, later []change
	for _, one := range c.by[conn] {
		if one.at.Before(before) {
			due = append(due, one)
		} else {
			later = append(later, one)
		}
	}
	if len(later) == 0 {
		delete(c.by, conn)
	} else {
		c.by[conn] = later
	}
	return due
}

// Grace is how long after a read the webhook about what it found may still come: then it was on its way.
const Grace = time.Minute

// count adds to the tallies what was learned long enough ago.
func (w *Worker) count(ctx context.Context, state *State, sum *Summary) error {
	if w.Changes == nil {
		return nil
	}
	for _, c := range w.Changes.take(w.Conn, w.Now().Add(-min(Grace, w.Every))) {
		told, ours, err := w.told(ctx, c)
		if err != nil {
			return err
		}
		if ours {
			continue
		}
		peer := exchange.PeerOngoing
		if c.target == exchange.ReadShop {
			peer = exchange.PeerShopify
		}
		all, now := state.Tally[peer], sum.Counted[peer]
		all.Changes, now.Changes = all.Changes+1, now.Changes+1
		if !told {
			all.Missed, now.Missed = all.Missed+1, now.Missed+1
		}
		state.Tally[peer], sum.Counted[peer] = all, now
	}
	return nil
}

// around is how many lines of the journal before and after a read are looked through for the webhook that told of it.
const around = 40

// told reports whether a webhook told of a change, or an act of ours made it. The webhook is one about the same object
// since the read before it, or shortly after it.
func (w *Worker) told(ctx context.Context, c change) (told, ours bool, err error) {
	after := uint64(0)
	if c.version > around {
		after = c.version - around
	}
	lines, err := w.Store.Journal(ctx, w.Conn, c.exchange, after, 2*around)
	if err != nil {
		return false, false, fmt.Errorf("read the journal of %s: %w", c.exchange, err)
	}
	read := slices.IndexFunc(lines, func(e exchange.Entry) bool { return e.Version == c.version })
	if read < 0 {
		return false, true, nil // nobody can tell any more
	}
	for i := read - 1; i >= 0; i-- {
		e := &lines[i].Event
		if brings(e, c.target) {
			break
		}
		told = told || tells(e, c.target)
		ours = ours || made(e, c.target)
	}
	for _, l := range lines[read+1:] {
		told = told || l.At.Sub(c.at) <= Grace && tells(&l.Event, c.target)
	}
	return told, ours && !told, nil
}

// tells reports whether an event is a peer's webhook about an object.
func tells(e *exchange.Event, t exchange.Target) bool {
	switch e.Source {
	case string(exchange.PeerOngoing):
		return e.Hint != nil && e.Hint.Target == t
	case string(exchange.PeerShopify):
		return t == exchange.ReadShop
	}
	return false
}

// brings reports whether an event holds the object as the peer had it: a read, or what an act has read back.
func brings(e *exchange.Event, t exchange.Target) bool {
	switch {
	case e.Read != nil:
		return e.Read.Target == t
	case e.Outcome != nil:
		return t == exchange.ReadOrder && e.Outcome.Order != nil || t == exchange.ReadReturnOrder && e.Outcome.ReturnOrder != nil
	}
	return false
}

// made reports whether an event is the outcome of an act of ours on the peer that an object belongs to.
func made(e *exchange.Event, t exchange.Target) bool {
	return e.Outcome != nil && e.Outcome.Result == exchange.Done && e.Outcome.Kind.Peer() == t.Peer()
}

// Advice says what the tallies mean and what may be done, a sentence for each peer of which changes came without a
// webhook.
func (s *State) Advice() []string {
	var out []string
	for _, one := range []struct {
		peer     exchange.PeerName
		all, few string
	}{
		{
			exchange.PeerOngoing,
			"none of its webhooks arrives: enter the webhook's URL and token in Ongoing, or see events list --quarantine",
			"let Ongoing try its webhooks again (a retry policy other than None), and see that this address can be reached from outside",
		},
		{
			exchange.PeerShopify,
			"none of its webhooks arrives: serve with --public-url, so that their subscriptions are kept, and check the webhook secret",
			"serve with --public-url, so that its webhook subscriptions are made anew when Shopify drops them",
		},
	} {
		t := s.Tally[one.peer]
		if t.Missed == 0 {
			continue
		}
		advice := one.few
		if t.Missed == t.Changes {
			advice = one.all
		}
		out = append(out, fmt.Sprintf("%d of %d changes at %s came without a webhook: %s", t.Missed, t.Changes, title(one.peer), advice))
	}
	return out
}

// report logs what a sweep came to.
func (w *Worker) report(state State, sum Summary) {
	told := sum.Returns
	for _, n := range sum.Told {
		told += n
	}
	missed := uint64(0)
	for _, t := range sum.Counted {
		missed += t.Missed
	}
	if told > 0 {
		w.Log.Info().Str("connection", string(w.Conn)).Int("exchanges", sum.Exchanges).Int("found", told).Msg("reconcile found what no webhook had told")
	}
	if missed > 0 {
		w.Log.Warn().Str("connection", string(w.Conn)).Uint64("missed", missed).Strs("advice", state.Advice()).Msg("changes came without a webhook")
	}
	for _, s := range sum.New {
		w.Log.Error().Str("connection", string(w.Conn)).Str("code", s.Code).Str("about", s.About).Str("exchange", string(s.Exchange)).Msg("reconcile found a stray")
	}
}
