package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Retry is the schedule of attempts: exponential from First to Last with full jitter, for GiveUp in all.
type Retry struct {
	First, Last, GiveUp time.Duration
}

// pause is how long to wait after the n-th attempt, at least what the peer asked for.
func (r Retry) pause(n int, asked time.Duration) time.Duration {
	limit := r.First
	for i := 1; i < n && limit < r.Last; i++ {
		limit *= 2
	}
	limit = min(limit, r.Last)
	return max(asked, time.Duration(rand.Int64N(int64(limit)+1))) //nolint:gosec // jitter
}

// failed sorts an attempt that brought no outcome.
func (w *Worker) failed(ctx context.Context, it store.Item, e exchange.Effect, err error) error {
	var no *exchange.RejectedError
	switch {
	case errors.Is(err, exchange.ErrAmbiguous):
		return w.settle(ctx, it, e, exchange.Outcome{Result: exchange.Dead, Code: exchange.CodeAmbiguous, Reason: err.Error()})
	case errors.As(err, &no):
		return w.settle(ctx, it, e, exchange.Outcome{Result: exchange.Refused, Code: no.Code, Reason: no.Reason})
	default:
		return w.again(ctx, it, e, err)
	}
}

// again puts the next attempt into the store, or gives up when the schedule is over.
func (w *Worker) again(ctx context.Context, it store.Item, e exchange.Effect, cause error) error {
	now := w.Now()
	unknown := e.Kind != exchange.KindRead && !errors.Is(cause, exchange.ErrNotSent)
	var wait time.Duration
	var asked *exchange.NotSentError
	if errors.As(cause, &asked) {
		wait = asked.After
		if err := begun(&it, asked.Reference); err != nil {
			return err
		}
	}
	if e.Kind == exchange.KindRead {
		it.Attempt++
	} else if now.Sub(later(it.Received, e.Due)) > w.Retry.GiveUp { // a dead one that is tried again is due anew
		return w.settle(ctx, it, e, exchange.Outcome{Result: exchange.Dead, Code: "gave_up", Reason: cause.Error()})
	}
	result := "retry"
	if unknown {
		result, wait = "unknown", max(wait, w.Quiet)
	}
	it.Due = now.Add(max(wait, w.Retry.pause(it.Attempt, wait)))
	it.Reason = cause.Error()
	w.ended(e.Kind, result)
	w.Log.Warn().Err(cause).Str("exchange", string(e.Exchange)).Str("effect", string(e.ID)).
		Int("attempt", it.Attempt).Time("next", it.Due).Msg("effect will be tried again")
	err := w.later(ctx, it)
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	if asked == nil || asked.Reference == "" {
		return nil // it was asked for anew meanwhile: that is due by itself
	}
	if it, err = w.reload(ctx, it.ID, e); err != nil || it.ID == "" {
		return err
	}
	if err := begun(&it, asked.Reference); err != nil {
		return err
	}
	return w.later(ctx, it)
}

// begun keeps with the effect what the peer calls the payment that was begun for it.
func begun(it *store.Item, reference string) error {
	if reference == "" {
		return nil
	}
	return amend(it, func(e *exchange.Effect) {
		if e.Money != nil {
			e.Money.Reference = reference
		}
	})
}

// unattended lets the schedule of an effect begin now if nobody was there to try it: the process was down, or had more
// than it could do. That is no reason to give up.
func (w *Worker) unattended(it *store.Item, e *exchange.Effect) error {
	now := w.Now()
	if now.Sub(it.Due) <= w.Retry.Last {
		return nil
	}
	e.Due = now
	return amend(it, func(stored *exchange.Effect) { stored.Due = now })
}

// amend changes an effect as it is stored: what the act was told along the way is not kept.
func amend(it *store.Item, change func(*exchange.Effect)) error {
	var e exchange.Effect
	if err := json.Unmarshal(it.Body, &e); err != nil {
		return fmt.Errorf("read %s as it is stored: %w", it.ID, err)
	}
	change(&e)
	var err error
	it.Body, err = json.Marshal(e)
	return err
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// settle stores an act's outcome together with the effect's end.
func (w *Worker) settle(ctx context.Context, it store.Item, e exchange.Effect, out exchange.Outcome) error {
	out.Effect, out.Kind, out.Attempts = e.ID, e.Kind, it.Attempt
	out.Stamp = w.stamp()
	ev := exchange.Event{Kind: exchange.EventOutcome, Outcome: &out, Topic: string(e.Kind) + " " + string(out.Result)}
	if err := w.finish(ctx, it, e, ev); err != nil {
		return err
	}
	w.at("after_settle:" + string(e.Kind))
	w.ended(e.Kind, string(out.Result))
	line := w.Log.Info()
	if out.Result == exchange.Dead || out.Result == exchange.Refused {
		line = w.Log.Error().Str("code", out.Code)
	}
	line.Str("exchange", string(e.Exchange)).Str("effect", string(e.ID)).Int("attempt", it.Attempt).
		Bool("looked", out.Looked).Str("result", string(out.Result)).Msg("effect settled")
	return nil
}

// finish ends the effect and keeps what was found out as an event, in one commit. When the effect changed
// meanwhile (a read asked for anew, an act withdrawn), what was found out is still true: it is kept, and a
// read that is wanted anew stays due.
func (w *Worker) finish(ctx context.Context, it store.Item, e exchange.Effect, ev exchange.Event) error {
	now := w.Now()
	ev.ID, ev.At, ev.Source = w.NewID("ev_", now), now.UTC().Round(0), "tradeback"
	if told, err := w.atOnce(ctx, it, e, ev); told || err != nil {
		return err
	}
	note := exchange.Notice{Event: ev, About: []exchange.About{{Ref: exchange.RefID(e.Exchange)}}}
	if e.Exchange == "" { // a return that somebody wants an exchange of was read: it is made, if there is anything to exchange
		note = found(ev)
	}
	body, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("encode the outcome of %s: %w", e.ID, err)
	}
	event := store.Item{
		ID: ev.ID, Conn: w.Conn, Kind: store.Event, State: store.Waiting, Exchange: e.Exchange,
		Source: ev.Source, Topic: ev.Topic, Received: now, Due: now, Body: body,
	}
	for range 5 {
		items := []store.Item{event}
		if it.ID != "" {
			items = append(items, ended(it, ev))
		}
		err = w.Store.Commit(ctx, store.Step{Conn: w.Conn, Fence: w.Fence, Items: items})
		if !errors.Is(err, store.ErrConflict) {
			break
		}
		it, err = w.reload(ctx, it.ID, e)
		if err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("settle %s: %w", e.ID, err)
	}
	return nil
}

// atOnce lets the inbox decide at once, if it can.
func (w *Worker) atOnce(ctx context.Context, it store.Item, e exchange.Effect, ev exchange.Event) (told bool, err error) {
	if w.Tell == nil || e.Exchange == "" {
		return false, nil
	}
	if told, err = w.Tell(ctx, e.Exchange, ev, ended(it, ev)); err != nil {
		err = fmt.Errorf("settle %s: %w", e.ID, err)
	}
	return told, err
}

// ended is the item of an effect that has ended with ev: the journal will hold what became of it, but of what is
// dead, which a person may move.
func ended(it store.Item, ev exchange.Event) store.Item {
	it.State, it.Reason = store.Dropped, ""
	if ev.Outcome != nil && ev.Outcome.Result == exchange.Dead {
		it.State, it.Reason = store.Dead, ev.Outcome.Code+": "+ev.Outcome.Reason
	}
	return it
}

// reload is the item as it stands now; without an id when it must be left as it is.
func (w *Worker) reload(ctx context.Context, id string, e exchange.Effect) (store.Item, error) {
	found, _, err := w.Store.Items(ctx, store.Query{Conn: w.Conn, IDs: []string{id}, Limit: 1})
	if err != nil {
		return store.Item{}, fmt.Errorf("reload %s: %w", id, err)
	}
	if len(found) == 0 || found[0].State != store.Waiting {
		return store.Item{}, nil
	}
	var now exchange.Effect
	if err := json.Unmarshal(found[0].Body, &now); err != nil {
		return store.Item{}, fmt.Errorf("reload %s: %w", id, err)
	}
	if e.Kind == exchange.KindRead && now.Read.Want > e.Read.Want {
		return store.Item{}, nil
	}
	return found[0], nil
}

func (w *Worker) commit(ctx context.Context, it store.Item) error {
	if err := w.Store.Commit(ctx, store.Step{Conn: w.Conn, Fence: w.Fence, Items: []store.Item{it}}); err != nil {
		return fmt.Errorf("keep %s: %w", it.ID, err)
	}
	return nil
}

// later keeps an effect that is due again at another time.
func (w *Worker) later(ctx context.Context, it store.Item) error {
	if err := w.commit(ctx, it); err != nil {
		return err
	}
	it.Version++
	w.Owe([]store.Item{it})
	return nil
}

func (w *Worker) ended(k exchange.Kind, result string) {
	if w.Settled != nil {
		w.Settled(Settled{k, result})
	}
}

// found is what a read of a return that no exchange is known of leads to.
func found(ev exchange.Event) exchange.Notice {
	s := ev.Read.Shop
	if s == nil {
		return exchange.Notice{Event: ev}
	}
	ev.Kind = exchange.EventRequested
	ev.Source = "shopify"
	ev.Request = &exchange.Request{ReturnID: s.ReturnID, OrderID: s.OrderID}
	return exchange.Notice{Event: ev, About: []exchange.About{{Ref: exchange.RefReturn(s.ReturnID)}}, Create: ev.Request}
}
