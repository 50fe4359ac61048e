package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Tell keeps the event that has a difference read, once for as long as what is stored is the same. told is false where
// it was told before, where it is being read already, and where a read would mend nothing.
func (w *Worker) Tell(ctx context.Context, d Difference) (told bool, err error) {
	if d.Target == "" || d.Reading {
		return false, nil
	}
	x := d.exchange
	ours, at, _ := markOf(x, d.Target)
	one := object{x.ID, d.Target}
	if was, before := w.last[one]; before && was.at != at && was.ours == ours && was.theirs == d.mark {
		return false, nil // a read since has not brought the two together, and another would not
	}
	w.last[one] = difference{ours, d.mark, at}
	return w.keep(ctx, x.ID, string(d.Target)+"."+d.Code, exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventHint, Hint: &exchange.Hint{Target: d.Target}},
		About: []exchange.About{{Ref: exchange.RefID(x.ID)}},
	}, fmt.Sprintf("%s/%s/%d.%d/%s", x.ID, d.Target, at.Fence, at.N, d.mark))
}

// agree forgets what was told of the objects that agree now.
func (w *Worker) agree(c Comparison) {
	w.compared[c.Exchange] = true
	for _, t := range []exchange.Target{exchange.ReadOrder, exchange.ReadReturnOrder, exchange.ReadShop} {
		if !slices.ContainsFunc(c.Differences, func(d Difference) bool { return d.Target == t }) {
			delete(w.last, object{c.Exchange, t})
		}
	}
}

// forget drops what was told of exchanges that are not compared any more: they have ended.
func (w *Worker) forget() {
	maps.DeleteFunc(w.last, func(o object, _ difference) bool { return !w.compared[o.exchange] })
	clear(w.compared)
}

// keep keeps an event once under a key.
func (w *Worker) keep(ctx context.Context, about exchange.ID, topic string, n exchange.Notice, key string) (bool, error) {
	now := w.Now().UTC().Round(0)
	digest := sha256.Sum256([]byte(key))
	it := store.Item{
		ID: w.NewID("ev_", now), Conn: w.Conn, Kind: store.Event, State: store.Waiting, Exchange: about,
		Source: Source, Topic: topic, Received: now, Due: now, Dedupe: Source + ":" + hex.EncodeToString(digest[:]),
	}
	n.Event.ID, n.Event.At, n.Event.Source, n.Event.Topic = it.ID, now, Source, topic
	var err error
	if it.Body, err = json.Marshal(n); err != nil {
		return false, fmt.Errorf("encode notice %s: %w", it.ID, err)
	}
	switch err := w.Store.Receive(ctx, it); {
	case errors.Is(err, store.ErrDuplicate):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("keep what was found of %s: %w", about, err)
	}
	return true, nil
}

// overlap is how far two looks through the shop's orders overlap: its search may lag behind.
const overlap = 5 * time.Minute

// Lost finds the open returns of which no exchange is known, on orders that changed since a time, as a lost
// returns/approve leaves them; upto is how far it came. What was opened before the connection was first served is left
// out: people have taken care of it. Most of them have nothing to exchange.
func (w *Worker) Lost(ctx context.Context, shop Shop, state *State, since time.Time) (lost []exchange.Request, upto time.Time, err error) {
	open, upto, err := shop.OpenReturns(ctx, since, state.Since)
	if err != nil {
		return nil, upto, err
	}
	for _, r := range open {
		ref := exchange.RefReturn(r.ReturnID)
		known, err := w.Store.Find(ctx, w.Conn, ref)
		if err != nil {
			return nil, upto, fmt.Errorf("find %s: %w", ref.Name, err)
		}
		if len(known) == 0 {
			lost = append(lost, r)
		}
	}
	return lost, upto, nil
}

// TellLost keeps the event of a return that nobody told of, once. The inbox takes it as it would the webhook: the
// return is read, and makes an exchange if it has anything to exchange.
func (w *Worker) TellLost(ctx context.Context, r exchange.Request) (told bool, err error) {
	ref := exchange.RefReturn(r.ReturnID)
	return w.keep(ctx, "", "return.unknown", exchange.Notice{
		Event:  exchange.Event{Kind: exchange.EventHint, Hint: &exchange.Hint{Target: exchange.ReadShop}},
		About:  []exchange.About{{Ref: ref, Hint: exchange.ReadShop}},
		Create: &exchange.Request{ReturnID: r.ReturnID, OrderID: r.OrderID},
	}, ref.Name)
}

// returns tells of the returns that nobody told of since the last sweep.
func (w *Worker) returns(ctx context.Context, shop Shop, state *State, sum *Summary) error {
	if w.Creates == nil || !w.Creates(w.Conn) {
		return nil
	}
	lost, upto, err := w.Lost(ctx, shop, state, state.Returns.Add(-overlap))
	if err != nil {
		return err
	}
	for _, r := range lost {
		told, err := w.TellLost(ctx, r)
		if err != nil {
			return err
		}
		if told {
			sum.Returns++
		}
	}
	if upto.After(state.Returns) {
		state.Returns = upto.UTC()
	}
	return nil
}
