package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// recovery is a recovery hold under way: the store was restored from a backup, and until the peers have told how
// everything stands no act is delivered.
type recovery struct {
	store.Hold
	listed bool
	left   []exchange.ID // whose reads have not come back, or that do not know yet that they must read
	next   time.Time     // when to look again
	told   time.Time     // when it was last said how many are left

	dead map[exchange.ID]bool // of which it was said that they cannot be told
}

// How often a hold is looked at, and how often the log hears of it.
const (
	holdLook = time.Second
	holdTell = time.Minute
)

// held reports whether acts must wait. It sees to it that the hold comes to its end.
func (w *Worker) held(ctx context.Context) (bool, error) {
	if w.free {
		return false, nil
	}
	if w.hold == nil {
		h, held, err := store.HoldOf(ctx, w.Store, w.Conn)
		if err != nil {
			return true, err
		}
		if !held {
			w.free = true
			return false, nil
		}
		w.hold = &recovery{Hold: h, dead: map[exchange.ID]bool{}}
		w.Log.Warn().Str("connection", string(w.Conn)).Time("restored", h.Since).
			Msg("recovery hold: the store was restored from a backup; acts wait until the peers have told how everything stands")
	}
	h, now := w.hold, w.Now()
	if now.Before(h.next) {
		return true, nil
	}
	h.next = now.Add(holdLook)
	if err := w.recover(ctx, h); err != nil {
		return true, fmt.Errorf("recovery hold: %w", err)
	}
	if len(h.left) > 0 {
		if now.Sub(h.told) >= holdTell {
			h.told = now
			w.Log.Warn().Str("connection", string(w.Conn)).Int("exchanges", len(h.left)).Msg("recovery hold: exchanges wait for what the peers say")
		}
		return true, nil
	}
	if err := w.Store.Commit(ctx, store.Step{Conn: w.Conn, Fence: w.Fence, Docs: []store.Doc{h.Ended()}}); err != nil {
		return true, fmt.Errorf("end the recovery hold: %w", err)
	}
	w.free, w.hold = true, nil
	w.Log.Info().Str("connection", string(w.Conn)).Msg("recovery hold ended: acts go on")
	return false, nil
}

// recover tells every exchange under way to read anew, once, and finds out which of them have.
func (w *Worker) recover(ctx context.Context, h *recovery) error {
	if !h.listed {
		ids, err := w.underWay(ctx)
		if err != nil {
			return err
		}
		if !h.Asked {
			if err := w.tellAll(ctx, h, ids); err != nil {
				return err
			}
		}
		h.left, h.listed = ids, true
	}
	var left []exchange.ID
	for some := range slices.Chunk(h.left, batch) {
		more, err := w.unanswered(ctx, h, some)
		if err != nil {
			return err
		}
		left = append(left, more...)
	}
	h.left = left
	return nil
}

// underWay are the exchanges that may still act: those not at their end, and those that owe an act beyond it.
func (w *Worker) underWay(ctx context.Context) ([]exchange.ID, error) {
	stages := []string{}
	for _, s := range exchange.Stages() {
		if !s.Final() {
			stages = append(stages, string(s))
		}
	}
	var ids []exchange.ID
	for q := (store.Query{Conn: w.Conn, Stages: stages, Limit: 500}); ; {
		found, after, err := w.Store.Exchanges(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list exchanges: %w", err)
		}
		for i := range found {
			ids = append(ids, found[i].ID)
		}
		if q.After = after; after == "" {
			break
		}
	}
	err := w.waiting(ctx, func(it store.Item) {
		if it.Topic != string(exchange.KindRead) && it.Exchange != "" {
			ids = append(ids, it.Exchange)
		}
	})
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// waiting calls use with each effect that waits, due or not.
func (w *Worker) waiting(ctx context.Context, use func(store.Item)) error {
	for q := (store.Query{Conn: w.Conn, Kinds: []store.Kind{store.Effect}, States: []store.State{store.Waiting}, Limit: 500}); ; {
		found, after, err := w.Store.Items(ctx, q)
		if err != nil {
			return fmt.Errorf("list what is owed: %w", err)
		}
		for _, it := range found {
			use(it)
		}
		if q.After = after; after == "" {
			return nil
		}
	}
}

// eventID is the event that tells an exchange of the hold: one, however often the telling is begun.
func (h *recovery) eventID(x exchange.ID) string {
	return fmt.Sprintf("ev_recovered_%d_%s", h.Since.UnixNano(), x)
}

// tellAll stores an event for each of the exchanges, and then that all have one.
func (w *Worker) tellAll(ctx context.Context, h *recovery, ids []exchange.ID) error {
	for some := range slices.Chunk(ids, batch) {
		if err := w.tell(ctx, h, some); err != nil {
			return err
		}
	}
	h.Asked = true
	doc, err := h.Doc()
	if err != nil {
		return err
	}
	if err := w.Store.Commit(ctx, store.Step{Conn: w.Conn, Fence: w.Fence, Docs: []store.Doc{doc}}); err != nil {
		h.Asked = false
		return fmt.Errorf("note that all were told: %w", err)
	}
	h.Version++
	return nil
}

// tell stores the events of those that have not heard of the hold.
func (w *Worker) tell(ctx context.Context, h *recovery, ids []exchange.ID) error {
	all, err := w.Store.Load(ctx, w.Conn, ids...)
	if err != nil {
		return fmt.Errorf("load exchanges: %w", err)
	}
	stored, err := w.events(ctx, h, ids)
	if err != nil {
		return err
	}
	var items []store.Item
	for i := range all {
		x := &all[i]
		if _, has := stored[h.eventID(x.ID)]; has || !x.Facts.Recovered.Before(h.Since) {
			continue
		}
		body, err := json.Marshal(exchange.Notice{
			Event: exchange.Event{Kind: exchange.EventRecovered, Source: "tradeback", Topic: "store restored"},
			About: []exchange.About{{Ref: exchange.RefID(x.ID)}},
		})
		if err != nil {
			return err
		}
		items = append(items, store.Item{
			ID: h.eventID(x.ID), Conn: w.Conn, Kind: store.Event, State: store.Waiting, Exchange: x.ID,
			Source: "tradeback", Topic: "store restored", Received: h.Since, Due: h.Since, Body: body,
		})
	}
	if len(items) == 0 {
		return nil
	}
	if err := w.Store.Commit(ctx, store.Step{Conn: w.Conn, Fence: w.Fence, Items: items}); err != nil {
		return fmt.Errorf("tell exchanges to read: %w", err)
	}
	return nil
}

// events are the states of the events that have told exchanges of the hold, as far as they are kept.
func (w *Worker) events(ctx context.Context, h *recovery, ids []exchange.ID) (map[string]store.State, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = h.eventID(id)
	}
	found, _, err := w.Store.Items(ctx, store.Query{Conn: w.Conn, IDs: names, Limit: len(names)})
	if err != nil {
		return nil, fmt.Errorf("look up what exchanges were told: %w", err)
	}
	states := map[string]store.State{}
	for _, it := range found {
		states[it.ID] = it.State
	}
	return states, nil
}

// unanswered are those of the exchanges that have reads out, or have not taken the event yet. One that is not told, since
// it was made after all were, needs nothing. Where the event died, a person replays it.
func (w *Worker) unanswered(ctx context.Context, h *recovery, ids []exchange.ID) ([]exchange.ID, error) {
	all, err := w.Store.Load(ctx, w.Conn, ids...)
	if err != nil {
		return nil, fmt.Errorf("load exchanges: %w", err)
	}
	stored, err := w.events(ctx, h, ids)
	if err != nil {
		return nil, err
	}
	var left []exchange.ID
	for i := range all {
		x := &all[i]
		state, waits := stored[h.eventID(x.ID)]
		if state == store.Dead && !h.dead[x.ID] {
			h.dead[x.ID] = true
			w.Log.Error().Str("exchange", string(x.ID)).Str("event", h.eventID(x.ID)).
				Msg("recovery hold: an exchange could not be told to read; it stands until that event is replayed")
		}
		if state == store.Dead && !x.Facts.Recovered.Before(h.Since) {
			waits = false // it was replayed
		}
		if waits || x.Recovering() {
			left = append(left, x.ID)
		}
	}
	return left, nil
}

// dueReads is what may be delivered while the hold stands: reads, however many acts are due before them.
func (w *Worker) dueReads(ctx context.Context, cause error) (due []store.Item, next time.Time, err error) {
	if cause != nil {
		return nil, time.Time{}, cause
	}
	now := w.Now()
	due, next, err = w.Store.Work(ctx, w.Conn, []store.Kind{store.Effect}, now, furthest)
	cut := len(due) == furthest
	due = slices.DeleteFunc(due, func(it store.Item) bool { return it.Topic != string(exchange.KindRead) })
	if err != nil || !cut || len(due) >= ways*width {
		return due, next, err
	}
	due, next = nil, time.Time{}
	err = w.waiting(ctx, func(it store.Item) {
		switch {
		case it.Topic != string(exchange.KindRead):
		case it.Due.After(now):
			if next.IsZero() || it.Due.Before(next) {
				next = it.Due
			}
		default:
			due = append(due, it)
		}
	})
	slices.SortFunc(due, func(a, b store.Item) int { return a.Due.Compare(b.Due) })
	if len(due) > furthest {
		due = due[:furthest]
	}
	return due, next, err
}
