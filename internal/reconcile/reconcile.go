// Package reconcile finds what nobody told us of. Webhooks are lost: Ongoing's retry policy may be None, and Shopify
// gives up after four hours. So the owner of a connection asks both peers, cheaply, how the open exchanges stand, and
// compares with what is stored. What moved becomes an event of source reconcile, a hint like any other: it leads to a
// read, and goods and money never move on it.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Source marks the events that this room makes.
const Source = "reconcile"

// Warehouse is what Ongoing is asked.
type Warehouse interface {
	// Orders and ReturnOrders read those that bear one of these numbers, in one call. One that is not there is left out.
	Orders(ctx context.Context, numbers []string) ([]exchange.Order, error)
	ReturnOrders(ctx context.Context, numbers []string) ([]exchange.ReturnOrder, error)
	// Created visits a page of the orders made since a time, each with its reference number; next is 0 after the last.
	Created(ctx context.Context, since time.Time, from int64, visit func(o exchange.Order, reference string)) (next int64, err error)
	// MarkedReturns reads the return orders of which goods came back since a time, by the exchange whose mark they carry.
	MarkedReturns(ctx context.Context, since time.Time) (map[exchange.ID][]exchange.ReturnOrder, error)
}

// Shop is what Shopify is asked.
type Shop interface {
	// Brief reads how far a return and its order have come; nil: there is no such return.
	Brief(ctx context.Context, returnID string) (*exchange.Shop, error)
	// OpenReturns reads the open returns of orders that changed since a time, if they were made or approved at or after
	// opened, and how far it came.
	OpenReturns(ctx context.Context, since, opened time.Time) (open []exchange.Request, upto time.Time, err error)
}

// Store is what this room needs of it.
type Store interface {
	Receive(ctx context.Context, event store.Item) error
	Put(ctx context.Context, d store.Doc) error
	Exchanges(ctx context.Context, q store.Query) ([]exchange.Exchange, string, error)
	Load(ctx context.Context, c store.Conn, ids ...exchange.ID) ([]exchange.Exchange, error)
	Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	Journal(ctx context.Context, c store.Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error)
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// Options are what the workers of all connections share.
type Options struct {
	Store   Store
	Peers   func(c store.Conn) (Warehouse, Shop, error)
	Creates func(c store.Conn) bool // exchanges of the connection are also made from webhooks
	NewID   func(prefix string, now time.Time) string
	Now     func() time.Time
	Log     zerolog.Logger
	Every   time.Duration             // from one sweep to the next
	Changes *Changes                  // what reads have brought; nil: gaps are not counted
	Swept   func(store.Conn, Summary) // hears of each sweep, for metrics; may be nil
}

// Worker reconciles one connection.
type Worker struct {
	Options
	Conn store.Conn

	last     map[object]difference // what was told of each object that has differed since
	compared map[exchange.ID]bool  // since what was told of others was forgotten
}

// object is one of the peers' objects that an exchange is about.
type object struct {
	exchange exchange.ID
	target   exchange.Target
}

// difference is what was told of an object: both marks, and the read that what is stored was of.
type difference struct {
	ours, theirs string
	at           exchange.Stamp
}

// New is the worker of c.
func New(o Options, c store.Conn) *Worker {
	return &Worker{Options: o, Conn: c, last: map[object]difference{}, compared: map[exchange.ID]bool{}}
}

// Summary is what a sweep came to.
type Summary struct {
	Exchanges int // that were compared
	Told      map[exchange.Target]int
	Returns   int                         // that were found with nobody having told of them
	Counted   map[exchange.PeerName]Tally // since the last sweep
	Strays    int                         // that stand now
	New       []Stray                     // that were not known before
	Err       error                       // why it was broken off
}

// Run sweeps until ctx ends. A sweep that is broken off, since a peer is away, goes on with the next.
func (w *Worker) Run(ctx context.Context) error {
	for {
		err := w.Begin(ctx)
		if err == nil || ctx.Err() != nil {
			break
		}
		w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("reconcile cannot begin; it will be tried again")
		pause(ctx, min(w.Every, time.Minute))
	}
	for {
		state, err := StateOf(ctx, w.Store, w.Conn)
		wait := w.Every
		if err == nil && !state.Last.IsZero() {
			wait = min(max(state.Last.Add(w.Every).Sub(w.Now()), 0), w.Every)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
		if _, err := w.Pass(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn().Err(err).Str("connection", string(w.Conn)).Msg("reconcile was broken off; it goes on with the next sweep")
			pause(ctx, min(w.Every, time.Second)) // where even the state could not be kept
		}
	}
}

// Begin notes that the connection is served from now on, if that was not noted before: what was there before is not
// ours to take up.
func (w *Worker) Begin(ctx context.Context) error {
	state, err := StateOf(ctx, w.Store, w.Conn)
	if err != nil || !state.Since.IsZero() {
		return err
	}
	state.begin(w.Now())
	if err := state.save(ctx, w.Store); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return nil
}

// Pass is one sweep: the open exchanges, the returns that nobody told of, once a day what carries our mark, and the
// count of what came without a webhook. It keeps its state also when it is broken off.
func (w *Worker) Pass(ctx context.Context) (Summary, error) {
	sum := Summary{Told: map[exchange.Target]int{}, Counted: map[exchange.PeerName]Tally{}}
	state, err := StateOf(ctx, w.Store, w.Conn)
	if err != nil {
		return sum, err
	}
	state.begin(w.Now())
	sum.Err = w.sweep(ctx, &state, &sum)
	now := w.Now().UTC()
	state.Last, state.Trouble = now, ""
	if sum.Err != nil {
		state.Trouble = sum.Err.Error()
	}
	err = w.count(ctx, &state, &sum)
	state.Strays = fresh(state.Strays, now)
	sum.Strays = len(state.Strays)
	if saved := state.save(ctx, w.Store); !errors.Is(saved, store.ErrConflict) { // else another owner has swept
		err = errors.Join(err, saved)
	}
	w.report(state, sum)
	if w.Swept != nil {
		w.Swept(w.Conn, sum)
	}
	return sum, errors.Join(sum.Err, err)
}

// sweep does what it can: where one of the peers is away, the other is asked all the same.
func (w *Worker) sweep(ctx context.Context, state *State, sum *Summary) error {
	warehouse, shop, err := w.Peers(w.Conn)
	if err != nil {
		return err
	}
	after := ""
	err = w.Each(ctx, state.After, func(found []Comparison, next string, trouble error) error {
		if trouble != nil && after == "" {
			after = next // the next sweep begins behind those that brought the trouble
		}
		for _, c := range found {
			sum.Exchanges++
			w.agree(c)
			for _, d := range c.Differences {
				if d.Stray != nil && state.note(*d.Stray, w.Now()) {
					sum.New = append(sum.New, *d.Stray)
				}
				told, err := w.Tell(ctx, d)
				if err != nil {
					return err
				}
				if told {
					sum.Told[d.Target]++
				}
			}
		}
		return nil
	})
	state.After = after
	if errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
		return err
	}
	return errors.Join(err, w.returns(ctx, shop, state, sum), w.daily(ctx, warehouse, state, sum))
}

// Open are the stages at which an exchange is compared.
func Open() []string {
	var out []string
	for _, s := range exchange.Stages() {
		if !s.Final() {
			out = append(out, string(s))
		}
	}
	return out
}

// chunk is how many orders are asked for in one call: their numbers stand in its address.
const chunk = 20

// Each compares all open exchanges, beginning at a cursor, and gives visit some at a time, with the cursor of those that
// follow and with what a peer could not be asked. It ends early when neither peer can be asked.
//
// Errors: those of the store and of visit; what kept a peer from being asked.
func (w *Worker) Each(ctx context.Context, after string, visit func(some []Comparison, next string, trouble error) error) error {
	a, err := w.ask()
	if err != nil {
		return err
	}
	first := exchange.ID("")
	for _, from := range slices.Compact([]string{after, ""}) { // to the end, and then up to where it began
		q := store.Query{Conn: w.Conn, Stages: Open(), After: from, Limit: chunk}
		for {
			found, next, err := w.Store.Exchanges(ctx, q)
			if errors.Is(err, store.ErrInvalid) && from != "" { // the cursor is of another store
				break
			}
			if err != nil {
				return fmt.Errorf("list open exchanges: %w", err)
			}
			if from != "" && first == "" && len(found) > 0 {
				first = found[0].ID
			}
			if i := slices.IndexFunc(found, func(x exchange.Exchange) bool { return x.ID == first }); from == "" && i >= 0 {
				found, next = found[:i], ""
			}
			if len(found) > 0 {
				if err := visit(a.compare(ctx, found), next, a.trouble()); err != nil {
					return err
				}
			}
			if a.warehouseDown != nil && a.shopDown != nil || ctx.Err() != nil {
				return errors.Join(a.trouble(), ctx.Err())
			}
			if next == "" {
				break
			}
			q.After = next
		}
	}
	return a.trouble()
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
