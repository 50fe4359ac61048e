// Package outbox delivers what exchanges owe the peers: intent, look, act, outcome. The intent is in the
// store before the first call; after an outcome that nobody knows, nobody looks before the quiet time is
// over, and nobody acts before a look has said that it was not done.
package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Peer is a system on the other side of a lane.
type Peer interface {
	// Look reports whether e was done already, from what the peer says and what e's intent recorded: NotDone,
	// Done, or Refused when it can never be done any more.
	// Errors: exchange.ErrAmbiguous when the peer cannot tell; a person is asked then, nothing is done.
	Look(ctx context.Context, e exchange.Effect) (exchange.Outcome, error)
	// Act does e.
	// Errors: exchange.ErrRejected, exchange.ErrNotSent; any other error leaves the outcome unknown.
	Act(ctx context.Context, e exchange.Effect) (exchange.Outcome, error)
	// Read answers e.Read. What does not exist is a Missing, not an error.
	Read(ctx context.Context, e exchange.Effect) (exchange.ReadResult, error)
}

// Store is what the outbox needs of it.
type Store interface {
	Commit(ctx context.Context, s store.Step) error
	Work(ctx context.Context, c store.Conn, kinds []store.Kind, now time.Time, limit int) ([]store.Item, time.Time, error)
	Items(ctx context.Context, q store.Query) ([]store.Item, string, error)
	Load(ctx context.Context, c store.Conn, ids ...exchange.ID) ([]exchange.Exchange, error)
	Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	Exchanges(ctx context.Context, q store.Query) ([]exchange.Exchange, string, error)
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// Options are what every connection's outbox shares.
type Options struct {
	Store   Store
	Peers   func(c store.Conn, name exchange.PeerName) (Peer, error)
	NewID   func(prefix string, now time.Time) string
	Now     func() time.Time
	Log     zerolog.Logger
	Retry   Retry
	Call    time.Duration                 // how long one call to a peer may take
	Quiet   time.Duration                 // how long after an unknown outcome nobody looks
	At      func(point string)            // tells where a delivery stands, for tests that stop the process there; may be nil
	Settled func(Settled)                 // hears of each attempt's end, for metrics; may be nil
	Looks   func(kind exchange.Kind) bool // false: that kind is acted on without a look. Only a test that shows what the look is for sets it; nil: always
}

// Settled is the end of an attempt.
type Settled struct {
	Kind   exchange.Kind
	Result string // one of Results
}

// Results are how an attempt can end: with an outcome, without one, or as a read that came back.
var Results = []string{
	string(exchange.Done), string(exchange.Refused), string(exchange.Dead), string(exchange.Withdrawn), "retry", "unknown", "read",
}

// Worker delivers the effects of one connection, for as long as its fence is the lease's.
type Worker struct {
	Options
	Conn  store.Conn
	Fence uint64
	// Tell lets the inbox decide at once what an effect has found out, in the commit that ends the effect; false: it
	// must be stored as an event. nil: it always is.
	Tell func(ctx context.Context, id exchange.ID, ev exchange.Event, ended store.Item) (told bool, err error)

	counter atomic.Uint64
	free    bool      // there is no recovery hold, or it has ended
	hold    *recovery // the hold that stands
	busy    inflight
	owed    owed
	orders  orders
	today   sync.Mutex // held while an act takes its room of the day
}

// New is the outbox of c under a fence.
func New(o Options, c store.Conn, fence uint64) *Worker {
	return &Worker{Options: o, Conn: c, Fence: fence, owed: owed{told: make(chan struct{}, 1)}}
}

// callsOfAttempt is how many calls' time an attempt has: a look and an act are some calls each, and wait for
// their turn in the lane.
const callsOfAttempt = 3

// readsRefused is how often a refused read is tried again before a person is told. The read of a return that no
// exchange is known of has nobody to tell; events wait for it, and it goes on.
const readsRefused = 4

// stamp orders snapshots: what is stamped later was read, or had ended, later.
func (w *Worker) stamp() exchange.Stamp {
	return exchange.Stamp{Fence: w.Fence, N: w.counter.Add(1)}
}

func (w *Worker) at(point string) {
	if w.At != nil {
		w.At(point)
	}
}

// deliver makes one attempt at an item. One that panics is an attempt without an outcome.
func (w *Worker) deliver(ctx context.Context, it store.Item) (err error) {
	var e exchange.Effect
	if err := json.Unmarshal(it.Body, &e); err != nil {
		it.State, it.Reason = store.Dead, "the stored effect cannot be read"
		return w.commit(ctx, it)
	}
	defer w.orders.enter(e)()
	defer func() {
		if p := recover(); p != nil {
			err = w.panicked(ctx, it, e, fmt.Errorf("delivering it panicked (%T)", p)) // its words may hold what no log may
		}
	}()
	if e.Kind == exchange.KindRead {
		return w.read(ctx, it, e)
	}
	return w.act(ctx, it, e)
}

// panicked puts off an effect whose attempt broke off somewhere.
func (w *Worker) panicked(ctx context.Context, it store.Item, e exchange.Effect, cause error) error {
	w.Log.Error().Err(cause).Str("exchange", string(e.Exchange)).Str("effect", string(e.ID)).Msg("delivering an effect panicked")
	now, err := w.reload(ctx, it.ID, e)
	if err != nil || now.ID == "" {
		return err
	}
	return w.again(ctx, now, e, cause)
}

func (w *Worker) peer(k exchange.Kind, e exchange.Effect) (Peer, error) {
	name := k.Peer()
	if k == exchange.KindRead {
		name = e.Read.Target.Peer()
	}
	p, err := w.Peers(w.Conn, name)
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", name, w.Conn, err)
	}
	return p, nil
}

// act carries one act through its attempt. See the package comment for the order of things.
func (w *Worker) act(ctx context.Context, it store.Item, e exchange.Effect) error {
	if e.Withdraw && it.Attempt == 0 {
		return w.settle(ctx, it, e, exchange.Outcome{Result: exchange.Withdrawn})
	}
	room, mine, err := w.turn(ctx, &e)
	if err != nil {
		return err
	}
	if !mine {
		it.Due = w.Now().Add(w.Retry.First)
		return w.later(ctx, it)
	}
	if it.Attempt == 0 && e.Kind == exchange.Process && e.Money != nil && e.Money.Owed == nil {
		e.Money = nil // the lines are processed all the same: what is owed back is given back by itself, or raised
	}
	if it.Attempt == 0 && e.Money != nil && e.Money.Owed == nil { // once it was begun, only a look can tell
		return w.settle(ctx, it, e, exchange.Outcome{
			Result: exchange.Refused, Code: exchange.CodeMismatch,
			Reason: "our ledger cannot tell what the order should owe: nothing was moved",
		})
	}
	p, err := w.peer(e.Kind, e)
	if err != nil {
		return w.again(ctx, it, e, err)
	}
	w.at("before_intent:" + string(e.Kind))
	if err := w.unattended(&it, &e); err != nil {
		return err
	}
	before := it
	it.Attempt++
	it.Due = w.Now().Add(callsOfAttempt*w.Call + w.Quiet) // a crash from here on is found by the due time
	// Once its calls' time is over none begins: whoever has the connection by then may look at the due time, and act.
	calls, cancel := context.WithTimeout(ctx, callsOfAttempt*w.Call) // what is found out is kept however late it is
	defer cancel()
	full, err := w.begin(ctx, it, e, room)
	if full != "" && e.Kind == exchange.Process { // as above; also where it is tried again
		e.Money = nil
		if err := amend(&it, func(stored *exchange.Effect) { stored.Money = nil }); err != nil {
			return err
		}
		full, err = w.begin(ctx, it, e, room)
	}
	switch {
	case err != nil:
		return err
	case full != "":
		return w.putOff(ctx, before, full)
	}
	it.Version++
	w.at("after_intent:" + string(e.Kind))

	out, err := w.look(calls, p, e)
	switch {
	case err != nil:
		return w.failed(ctx, it, e, unsent(err))
	case out.Result != exchange.NotDone:
		return w.settle(ctx, it, e, out)
	case e.Withdraw:
		return w.settle(ctx, it, e, exchange.Outcome{Result: exchange.Withdrawn})
	}
	w.at("before_act:" + string(e.Kind))
	out, err = w.call(calls, p.Act, e)
	w.at("after_act:" + string(e.Kind))
	if errors.Is(err, exchange.ErrRejected) {
		// An earlier request may have landed since the look, or somebody else has done the same, and this is the peer's no
		// to doing it twice.
		switch seen, lookErr := w.look(calls, p, e); {
		case lookErr != nil:
			err = unsent(lookErr)
		case seen.Result == exchange.Done:
			out, err = seen, nil
		}
	}
	if err != nil {
		return w.failed(ctx, it, e, err)
	}
	return w.settle(ctx, it, e, out)
}

func (w *Worker) look(ctx context.Context, p Peer, e exchange.Effect) (exchange.Outcome, error) {
	if w.Looks != nil && !w.Looks(e.Kind) {
		return exchange.Outcome{Result: exchange.NotDone}, nil
	}
	out, err := w.call(ctx, p.Look, e)
	out.Looked = out.Result == exchange.Done
	return out, err
}

// unsent is the failure of a look before the act: nothing was sent by this attempt, and for what an earlier one
// may have sent, the quiet time is over.
func unsent(err error) error {
	if errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrAmbiguous) || errors.Is(err, exchange.ErrNotSent) {
		return err
	}
	return &exchange.NotSentError{Err: err}
}

// call gives snapshots that come along a stamp from before the call.
func (w *Worker) call(ctx context.Context, f func(context.Context, exchange.Effect) (exchange.Outcome, error), e exchange.Effect) (exchange.Outcome, error) {
	before := w.stamp()
	out, err := f(ctx, e)
	out.Stamped(before)
	return out, err
}

// read answers one read. It needs no intent: it may be repeated without limit.
func (w *Worker) read(ctx context.Context, it store.Item, e exchange.Effect) error {
	p, err := w.peer(e.Kind, e)
	if err != nil {
		return w.again(ctx, it, e, err)
	}
	none, err := w.origin(ctx, &e)
	if err != nil {
		return err
	}
	before := w.stamp()
	calls, cancel := context.WithTimeout(ctx, callsOfAttempt*w.Call)
	defer cancel()
	r := exchange.ReadResult{Missing: none}
	if none == nil {
		r, err = p.Read(calls, e)
	}
	var no *exchange.RejectedError
	if errors.As(err, &no) && it.Attempt >= readsRefused && e.Exchange != "" { // before that an act of ours may have come in between
		r, err = exchange.ReadResult{Missing: &exchange.Missing{Code: string(exchange.ReadRefused), Detail: no.Error()}}, nil
	}
	if err != nil {
		return w.again(ctx, it, e, err)
	}
	if err = w.beside(ctx, e.Exchange, r.Shop); err == nil {
		err = w.announced(ctx, e, r.Original)
	}
	if err != nil { // the peer is not asked again at once for what our own store keeps from being known
		return w.again(ctx, it, e, err)
	}
	r.Target, r.Want = e.Read.Target, e.Read.Want
	r.Stamped(before)
	if r.Shop != nil {
		r.Shop.Until = w.stamp()
	}
	if r.Missing != nil {
		r.Missing.Target = r.Target
	}
	ev := exchange.Event{Kind: exchange.EventRead, Read: &r, Topic: "read " + string(r.Target)}
	w.ended(e.Kind, "read")
	return w.finish(ctx, it, e, ev)
}
