// Package inbox owns connections and takes their events: find the exchange, Decide, commit. The exchange's new
// version, its journal entry, its effects and the event's end stand or fall together.
package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Store is what the inbox needs of it.
type Store interface {
	Commit(ctx context.Context, s store.Step) error
	Own(ctx context.Context, c store.Conn, owner string, ttl time.Duration) (uint64, error)
	Present(ctx context.Context, owner string, ttl time.Duration) ([]string, error)
	Work(ctx context.Context, c store.Conn, kinds []store.Kind, now time.Time, limit int) ([]store.Item, time.Time, error)
	Items(ctx context.Context, q store.Query) ([]store.Item, string, error)
	Load(ctx context.Context, c store.Conn, ids ...exchange.ID) ([]exchange.Exchange, error)
	Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
	Watch(c store.Conn, kinds ...store.Kind) (changed <-chan struct{}, stop func())
}

// Settings are what the inbox needs to know of a connection.
type Settings struct {
	Policy     exchange.Policy
	AutoCreate bool // exchanges are also made from webhooks
}

// Options are what the inboxes of all connections share.
type Options struct {
	Store    Store
	Settings func(c store.Conn) (Settings, bool)                                     // false: not a connection of ours, or switched off
	Item     func(c store.Conn, e exchange.Effect, at time.Time) (store.Item, error) // outbox.Item
	Now      func() time.Time
	Log      zerolog.Logger
	At       func(point string)                // tells where a commit stands, for tests that stop the process there; may be nil
	Moved    func(from, to exchange.Stage)     // hears of each transition, for metrics; may be nil
	Told     func(c store.Conn, it store.Item) // hears of each event before it is decided; may be nil
	// Beside is the document by which an event that is about no exchange asks for other work; may be nil.
	Beside func(it store.Item) (d store.Doc, asks bool, err error)

	// Announce is what others are to be told of a step, in its commit; may be nil.
	Announce func(c store.Conn, before, after *exchange.Exchange, e *exchange.Entry, at time.Time) ([]store.Item, error)

	Committed func(before, after *exchange.Exchange, e *exchange.Entry) // hears of each commit on an exchange; may be nil
}

// Worker takes the events of one connection, for as long as its fence is the lease's.
type Worker struct {
	Options
	Conn  store.Conn
	Fence uint64
	// Asked is handed the effects of every commit, as they are stored; nil: nobody is. It is set before Run.
	Asked func(effects []store.Item)

	recent recent
	turns  turns
	woken  chan struct{} // cap 1: what was parked may be due
}

// New is the inbox of c under a fence.
func New(o Options, c store.Conn, fence uint64) *Worker {
	return &Worker{Options: o, Conn: c, Fence: fence, woken: make(chan struct{}, 1)}
}

func (w *Worker) at(point string) {
	if w.At != nil {
		w.At(point)
	}
}

// tries is how often in a row an event is decided anew when the store has moved on meanwhile, and how often one may
// fail before it becomes a dead letter.
const tries = 5

// take brings one event to its end: decided for every exchange that it is about, parked, or ignored.
func (w *Worker) take(ctx context.Context, it store.Item) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.Error().Str("event", it.ID).Int("attempt", it.Attempt+1).Msg("handling an event panicked")
			err = fmt.Errorf("handling it panicked (%T)", p)
		}
		err = w.failed(ctx, it, err)
	}()
	note, err := notice(it)
	if err != nil {
		return w.end(ctx, it, store.Dead, "the stored event cannot be read")
	}
	note.Event.ID, note.Event.At = it.ID, it.Received
	if it.Kind == store.Timer {
		note.Event.At = w.Now()
	}
	if w.Told != nil {
		w.Told(w.Conn, it)
	}
	for range tries {
		if err = w.tell(ctx, it, note); !errors.Is(err, store.ErrConflict) {
			return err
		}
		now, lost := w.reload(ctx, it.ID)
		if lost != nil || now.State != store.Waiting {
			return lost
		}
		it = now
	}
	var claim *store.ClaimError
	if errors.As(err, &claim) { // who lost a race has found the winner by now
		return w.end(ctx, it, store.Dead, claim.Error())
	}
	return nil // others were first each time, which is no fault of its own: it is due still, and taken again
}

func notice(it store.Item) (exchange.Notice, error) {
	var n exchange.Notice
	err := json.Unmarshal(it.Body, &n)
	return n, err
}

// tell finds those whom the event is about, and decides for each of them.
func (w *Worker) tell(ctx context.Context, it store.Item, note exchange.Notice) error {
	if note.Item != "" {
		return w.raise(ctx, it, note)
	}
	told, err := w.about(ctx, it, note)
	if err != nil {
		return err
	}
	if len(told) == 0 {
		return w.unknown(ctx, it, note)
	}
	for i, t := range told {
		last := i == len(told)-1
		if err := w.decideFor(ctx, it, t, last); err != nil {
			return err
		}
	}
	return nil
}

// telling is an event for one exchange.
type telling struct {
	id exchange.ID
	ev exchange.Event
}

func (w *Worker) decideFor(ctx context.Context, it store.Item, t telling, last bool) error {
	defer w.turns.enter(t.id)()
	x, err := w.load(ctx, t.id)
	if err != nil {
		return err
	}
	return w.decide(ctx, it, x, t.ev, last)
}

func (w *Worker) about(ctx context.Context, it store.Item, note exchange.Notice) ([]telling, error) {
	if it.Exchange != "" {
		return []telling{{it.Exchange, note.Event}}, nil
	}
	var out []telling
	seen := map[exchange.ID]bool{}
	for _, a := range note.About {
		ids, err := w.Store.Find(ctx, w.Conn, a.Ref)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", a.Ref.Name, err)
		}
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			other, err := w.another(ctx, note.Event, a.Ref, id)
			switch {
			case err != nil:
				return nil, err
			case other:
				continue
			}
			ev := note.Event
			if a.Hint != "" {
				ev.Hint = &exchange.Hint{Target: a.Hint}
			}
			out = append(out, telling{id, ev})
		}
	}
	return out, nil
}

// another reports whether the portal spoke of another return than that of the exchange which ref has found: two may
// share the portal's own name.
func (w *Worker) another(ctx context.Context, ev exchange.Event, ref exchange.Ref, id exchange.ID) (bool, error) {
	if ev.Portal == nil || ev.Portal.ReturnID == "" || ref == exchange.RefReturn(ev.Portal.ReturnID) {
		return false, nil
	}
	found, err := w.Store.Load(ctx, w.Conn, id)
	if err != nil {
		return false, fmt.Errorf("load %s: %w", id, err)
	}
	mine := found[0].ReturnID()
	return mine != "" && mine != ev.Portal.ReturnID, nil
}

// failed puts off an event that could not be handled, so that others go on; after some tries only a person
// can move it. A store that cannot write is no fault of the event's.
func (w *Worker) failed(ctx context.Context, it store.Item, cause error) error {
	if cause == nil || ctx.Err() != nil || errors.Is(cause, store.ErrFenced) || errors.Is(cause, store.ErrUnavailable) || errors.Is(cause, store.ErrClosed) {
		return cause
	}
	now, err := w.reload(ctx, it.ID)
	if err != nil || now.State != store.Waiting {
		return errors.Join(cause, err)
	}
	now.Attempt++
	if now.Attempt >= tries {
		return w.end(ctx, now, store.Dead, cause.Error())
	}
	now.Due = w.Now().Add(time.Second << now.Attempt)
	now.Reason = cause.Error()
	w.Log.Warn().Err(cause).Str("event", it.ID).Int("attempt", now.Attempt).Time("next", now.Due).Msg("event will be taken again")
	return w.commit(ctx, store.Step{Items: []store.Item{now}})
}

func (w *Worker) reload(ctx context.Context, id string) (store.Item, error) {
	found, _, err := w.Store.Items(ctx, store.Query{Conn: w.Conn, IDs: []string{id}, Limit: 1})
	if err != nil || len(found) == 0 {
		return store.Item{}, err
	}
	return found[0], nil
}

// end closes an event that no exchange takes.
func (w *Worker) end(ctx context.Context, it store.Item, s store.State, reason string) error {
	it.State, it.Reason = s, reason
	if s == store.Ignored {
		it.Body, it.Raw = nil, nil
	}
	return w.commit(ctx, store.Step{Items: []store.Item{it}})
}

func (w *Worker) commit(ctx context.Context, s store.Step) error {
	s.Conn, s.Fence = w.Conn, w.Fence
	if err := w.Store.Commit(ctx, s); err != nil || w.Asked == nil {
		return err
	}
	var asked []store.Item
	for _, it := range s.Items {
		if it.Kind == store.Effect && it.State == store.Waiting {
			it.Version++
			asked = append(asked, it)
		}
	}
	if len(asked) > 0 {
		w.Asked(asked)
	}
	return nil
}
