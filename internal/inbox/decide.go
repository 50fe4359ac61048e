package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// decide commits what follows from ev for x. With last, the event ends in the same commit.
func (w *Worker) decide(ctx context.Context, it store.Item, x exchange.Exchange, ev exchange.Event, last bool) error {
	step, err := w.step(ctx, x, ev)
	var refused *exchange.RefusedError
	if errors.As(err, &refused) {
		if !last {
			return nil
		}
		if x.Version > 0 {
			it.Exchange = x.ID
		}
		return w.end(ctx, it, store.Done, "refused at stage "+string(x.Stage))
	}
	if err != nil {
		return err
	}
	if last {
		it.State, it.Exchange, it.Reason = store.Done, x.ID, ""
		if it.Source == "tradeback" {
			it.State = store.Dropped // what we found out ourselves is in the journal
		}
		step.Items = append(step.Items, it)
	}
	err = w.move(ctx, x, step)
	if claimed, ok := withoutReturn(ev, err); ok {
		return w.decide(ctx, it, x, claimed, last)
	}
	return err
}

// step is the commit of what follows from ev for x.
//
// Errors: exchange.RefusedError.
func (w *Worker) step(ctx context.Context, x exchange.Exchange, ev exchange.Event) (step store.Step, err error) {
	if order, need := x.NeedsNumber(ev); need {
		doc, n, err := w.sequence(ctx, order)
		if err != nil {
			return step, err
		}
		step.Docs, ev.Number = []store.Doc{doc}, n
	}
	if x.Version == 0 {
		ev.Policy = &x.Policy // the journal begins with it
	} else if settings, ok := w.Settings(w.Conn); ok && x.TakesPolicy() && !reflect.DeepEqual(settings.Policy, x.Policy) {
		ev.Policy = &settings.Policy // the merchant mended what kept it from being placed
	}
	next, entry, err := exchange.Step(x, ev)
	if err != nil {
		return step, fmt.Errorf("decide %s: %w", x.ID, err)
	}
	step.Next, step.Entry, step.Refs = &next, &entry, next.Refs()
	if step.Items, err = w.owed(ctx, entry.Effects, w.Now()); err != nil || w.Announce == nil {
		return step, err
	}
	told, err := w.Announce(w.Conn, &x, &next, &entry, w.Now())
	step.Items = append(step.Items, told...)
	return step, err
}

// move commits a step of x.
func (w *Worker) move(ctx context.Context, x exchange.Exchange, step store.Step) error {
	w.at("before_commit")
	if err := w.commit(ctx, step); err != nil {
		return fmt.Errorf("commit %s: %w", x.ID, err)
	}
	w.recent.keep(*step.Next)
	if !slices.Equal(x.Refs(), step.Refs) { // the store has woken what was parked on them
		select {
		case w.woken <- struct{}{}:
		default:
		}
	}
	w.at("after_commit")
	w.report(x, *step.Next, *step.Entry)
	return nil
}

// withoutReturn is the outcome of a returnCreate as a refusal, where the return that it names is another
// exchange's: two cannot have it, and an outcome that is not absorbed would leave the exchange waiting for ever.
func withoutReturn(ev exchange.Event, err error) (exchange.Event, bool) {
	var claim *store.ClaimError
	if !errors.As(err, &claim) || ev.Kind != exchange.EventOutcome || ev.Outcome.Kind != exchange.CreateReturn ||
		ev.Outcome.Result != exchange.Done || claim.Ref.Name != exchange.RefReturn(ev.Outcome.ID).Name {
		return ev, false
	}
	out := *ev.Outcome
	out.Result, out.Code, out.ID = exchange.Refused, "return_claimed", ""
	out.Reason = "the return " + ev.Outcome.ID + " belongs to exchange " + string(claim.By)
	ev.Outcome, ev.Number = &out, 0
	return ev, true
}

func (w *Worker) report(x, next exchange.Exchange, entry exchange.Entry) {
	if w.Committed != nil {
		w.Committed(&x, &next, &entry)
	}
	if x.Stage != next.Stage || x.Version == 0 {
		if w.Moved != nil {
			w.Moved(x.Stage, next.Stage)
		}
		w.Log.Info().Str("exchange", string(x.ID)).Str("event", entry.Event.ID).
			Str("from", string(x.Stage)).Str("to", string(next.Stage)).Msg("exchange moved")
	}
	for _, code := range entry.Raised {
		w.Log.Error().Str("exchange", string(x.ID)).Str("event", entry.Event.ID).Str("code", code).Msg("exchange raised")
	}
}

// sequence is the next number of a Shopify order's exchanges, and the document that keeps it.
func (w *Worker) sequence(ctx context.Context, order string) (store.Doc, int, error) {
	doc := store.Doc{Conn: w.Conn, Bucket: "sequences", Key: order}
	found, err := w.Store.Docs(ctx, w.Conn, doc.Bucket, before(order), 1)
	if err != nil {
		return doc, 0, fmt.Errorf("read the sequence of %s: %w", order, err)
	}
	n := 0
	if len(found) > 0 && found[0].Key == order {
		doc.Version = found[0].Version
		if err := json.Unmarshal(found[0].Body, &n); err != nil {
			return doc, 0, fmt.Errorf("read the sequence of %s: %w", order, err)
		}
	}
	n++
	doc.Body, err = json.Marshal(n)
	return doc, n, err
}

// before is a key that sorts just before k: Docs gives what comes after.
func before(k string) string {
	b := []byte(k)
	b[len(b)-1]--
	return string(b) + "\xff"
}

// owed are the items of what was asked for, owed from now on: the schedule of attempts begins, however old the
// event is. A read that was asked for before, and an act to withdraw, are stored already: they are changed.
func (w *Worker) owed(ctx context.Context, effects []exchange.Effect, at time.Time) ([]store.Item, error) {
	var ids []string
	for _, e := range effects {
		if e.Kind == exchange.KindRead || e.Withdraw || e.Revive || e.Discard {
			ids = append(ids, string(e.ID))
		}
	}
	var stored []store.Item
	if len(ids) > 0 {
		var err error
		if stored, _, err = w.Store.Items(ctx, store.Query{Conn: w.Conn, IDs: ids, Limit: len(ids)}); err != nil {
			return nil, fmt.Errorf("look up effects: %w", err)
		}
	}
	var out []store.Item
	for _, e := range effects {
		var have *store.Item
		if i := slices.IndexFunc(stored, func(s store.Item) bool { return s.ID == string(e.ID) }); i >= 0 {
			have = &stored[i]
		}
		item, ok, err := w.item(e, have, at)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, item)
		}
	}
	return out, nil
}

func (w *Worker) item(e exchange.Effect, have *store.Item, at time.Time) (store.Item, bool, error) {
	switch {
	case e.Withdraw:
		return withdrawn(have, at)
	case e.Revive || e.Discard:
		return risen(have, e, at)
	case e.Kind == exchange.KindTimer:
		it, err := w.timer(e, at)
		return it, true, err
	}
	it, err := w.Item(w.Conn, e, at)
	if have != nil {
		it.Version, it.Received = have.Version, have.Received
	}
	return it, true, err
}

// withdrawn marks an act as not wanted any more: one that was never attempted ends at once, another by a look
// when its time has come.
func withdrawn(have *store.Item, at time.Time) (store.Item, bool, error) {
	if have == nil || have.State != store.Waiting {
		return store.Item{}, false, nil
	}
	it := *have
	var e exchange.Effect
	if err := json.Unmarshal(it.Body, &e); err != nil {
		return it, false, fmt.Errorf("withdraw %s: %w", it.ID, err)
	}
	e.Withdraw = true
	var err error
	it.Body, err = json.Marshal(e)
	if it.Attempt == 0 {
		it.Due = at
	}
	return it, true, err
}

// timer is an event that comes by itself.
func (w *Worker) timer(e exchange.Effect, at time.Time) (store.Item, error) {
	body, err := json.Marshal(exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventTimer, Source: "tradeback", Topic: e.Timer, Timer: e.Timer},
		About: []exchange.About{{Ref: exchange.RefID(e.Exchange)}},
	})
	return store.Item{
		ID: string(e.ID), Conn: w.Conn, Kind: store.Timer, State: store.Waiting, Exchange: e.Exchange,
		Source: "tradeback", Topic: e.Timer, Received: at, Due: e.Due, Body: body,
	}, err
}
