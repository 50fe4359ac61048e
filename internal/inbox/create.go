package inbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// unknown deals with an event about which no exchange is known: it makes one, waits for one, or is not about us.
func (w *Worker) unknown(ctx context.Context, it store.Item, note exchange.Notice) error {
	r := note.Create
	settings, ok := w.Settings(w.Conn)
	switch {
	case r == nil && note.Park == "":
		if w.Beside != nil {
			if d, asks, err := w.Beside(it); asks || err != nil {
				return w.handOver(ctx, it, d, err)
			}
		}
		return w.end(ctx, it, store.Ignored, store.AboutNothing)
	case !ok:
		return w.putOff(ctx, it, "the connection is switched off")
	case r == nil:
		return w.unclaimed(ctx, it, note.Park, settings)
	case note.Event.Read != nil: // we read the return because a webhook named it
		return w.made(ctx, it, note, settings)
	case it.Source == "api":
		return w.create(ctx, it, note, settings)
	case !settings.AutoCreate:
		return w.park(ctx, it, exchange.RefReturn(r.ReturnID).Name, false, store.MadeByAPI)
	default:
		return w.probe(ctx, it, *r, "the return is being read")
	}
}

// handOver ends an event in the commit that keeps what it asks for. Its raw body stays: the work may need it.
func (w *Worker) handOver(ctx context.Context, it store.Item, d store.Doc, err error) error {
	if err != nil {
		return err
	}
	it.State, it.Reason = store.Done, ""
	return w.commit(ctx, store.Step{Items: []store.Item{it}, Docs: []store.Doc{d}})
}

// unclaimed lets an event about a return that no exchange is known of wait for one. Most returns are no exchanges
// and never will be; this one is read, so that what waits for it is not left waiting.
func (w *Worker) unclaimed(ctx context.Context, it store.Item, ref string, s Settings) error {
	id, isReturn := strings.CutPrefix(ref, exchange.RefReturn("").Name)
	if !isReturn || !s.AutoCreate {
		return w.park(ctx, it, ref, false, store.NobodyKnown)
	}
	return w.probe(ctx, it, exchange.Request{ReturnID: id}, store.NobodyKnown)
}

// offFor is how long an event is put off while its connection is switched off. The worker itself ends within a
// second of that; its successor finds the event when the connection is switched on again.
const offFor = time.Minute

// putOff leaves an event for later.
func (w *Worker) putOff(ctx context.Context, it store.Item, reason string) error {
	it.Due, it.Reason = w.Now().Add(offFor), reason
	return w.commit(ctx, store.Step{Items: []store.Item{it}})
}

// park lets an event wait for a ref to be made or, with gone, to be given up.
func (w *Worker) park(ctx context.Context, it store.Item, ref string, gone bool, reason string) error {
	it.State, it.Ref, it.Gone, it.Reason = store.Parked, ref, gone, reason
	return w.commit(ctx, store.Step{Items: []store.Item{it}})
}

// probe reads a return that a webhook named. Most returns are no exchanges: only one with exchange lines
// makes an exchange, and only our own read can say so. The event waits for it.
func (w *Worker) probe(ctx context.Context, it store.Item, r exchange.Request, reason string) error {
	id := exchange.EffectID("probe/" + r.ReturnID)
	now := w.Now()
	item, err := w.Item(w.Conn, exchange.Effect{
		ID: id, Kind: exchange.KindRead, Due: now, ShopID: r.OrderID,
		Read: &exchange.ReadAsk{Target: exchange.ReadShop, Want: 1, ReturnID: r.ReturnID},
	}, now)
	if err != nil {
		return err
	}
	before, err := w.reload(ctx, item.ID)
	if err != nil {
		return err
	}
	item.Version = before.Version
	it.State, it.Ref, it.Reason = store.Parked, exchange.RefReturn(r.ReturnID).Name, reason
	items := []store.Item{it, item}
	if before.State == store.Waiting {
		items = items[:1] // asked already
	}
	return w.commit(ctx, store.Step{Items: items})
}

// made makes an exchange of a return that was read, if it has exchange lines and is not our own returnCreate's echo.
// If there is nothing to exchange, what waits for the return has waited in vain; what comes later has it read again.
func (w *Worker) made(ctx context.Context, it store.Item, note exchange.Notice, s Settings) error {
	shop := note.Event.Read.Shop
	switch {
	case shop == nil:
		return w.end(ctx, it, store.Ignored, "a return that was not read")
	case shop.ReturnStatus == exchange.ReturnRequested: // an approval has it read again
		return w.end(ctx, it, store.Ignored, "a return that is not approved")
	case len(shop.ExchangeLines) == 0:
		return w.inVain(ctx, it, shop.ReturnID, "a return without exchange lines")
	case shop.ReturnStatus == exchange.ReturnCanceled || shop.ReturnStatus == exchange.ReturnDeclined:
		return w.inVain(ctx, it, shop.ReturnID, "a return that is not approved")
	case shop.ReturnStatus == exchange.ReturnClosed && !anythingLeft(shop):
		return w.inVain(ctx, it, shop.ReturnID, "a return that is closed")
	}
	return w.create(ctx, it, note, s)
}

// inVain ignores the read of a return, and what waits for an exchange of it.
func (w *Worker) inVain(ctx context.Context, it store.Item, returnID, reason string) error {
	waiting, _, err := w.Store.Items(ctx, store.Query{
		Conn: w.Conn, Kinds: []store.Kind{store.Event}, States: []store.State{store.Parked}, Ref: exchange.RefReturn(returnID).Name, Limit: mostInVain,
	})
	if err != nil {
		return fmt.Errorf("find what waits for %s: %w", returnID, err)
	}
	items := append(waiting, it)
	for i := range items {
		items[i].State, items[i].Reason, items[i].Body, items[i].Raw = store.Ignored, reason, nil, nil
	}
	return w.commit(ctx, store.Step{Items: items})
}

// mostInVain is how many events are ended in one commit; what is left goes with the next read.
const mostInVain = 200

func anythingLeft(s *exchange.Shop) bool {
	for _, l := range s.ExchangeLines {
		if l.Processable > 0 {
			return true
		}
	}
	return false
}

// create makes the exchange. While another exchange of this Shopify order is creating a return, it waits:
// the return may turn out to be that one's.
func (w *Worker) create(ctx context.Context, it store.Item, note exchange.Notice, s Settings) error {
	if order := note.Create.OrderID; order != "" {
		ids, err := w.Store.Find(ctx, w.Conn, exchange.RefCreating(order))
		if err != nil {
			return fmt.Errorf("find %s: %w", order, err)
		}
		if len(ids) > 0 {
			return w.park(ctx, it, exchange.RefCreating(order).Name, true, "a return of this order is being created")
		}
	}
	_, unique, _ := strings.Cut(it.ID, "_")
	x := exchange.New(exchange.ID("ex_"+unique), w.Conn, s.Policy, note.Event.At)
	return w.decide(ctx, it, x, note.Event, true)
}
