package outbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// turn reports whether e may go now. Process and money acts of one Shopify order run one at a time, and so do
// those that create a return on it: an act that changed the order is always known to the next. An act is told what of the order belongs to its other exchanges, so that a look does not take it for its own
// work; one that moves money is also told what the order should owe by our ledger of all of them, and waits while that
// takes a read that is yet to come. What it is held to in a day is its exchange's to say.
func (w *Worker) turn(ctx context.Context, e *exchange.Effect) (r room, mine bool, err error) {
	if e.ShopID == "" || !alone(e.Kind) {
		return r, true, nil
	}
	all, err := w.ofOrder(ctx, e.ShopID)
	if err != nil {
		return r, false, err
	}
	if mine, err := w.first(ctx, e.ID, exchange.Contenders(all, e.Kind)); !mine || err != nil {
		return r, false, err
	}
	if e.Money != nil && exchange.Unread(all) { // what the order should owe is known once it was read
		return r, false, nil
	}
	for i := range all {
		other := &all[i]
		if other.ID == e.Exchange {
			restored(e, other)
			r.most, r.through = other.Day(*e)
			continue
		}
		if e.Money != nil {
			e.Money.Taken = append(e.Money.Taken, other.Transactions()...)
		}
		if e.Return != nil && other.ReturnID() != "" {
			e.Return.Taken = append(e.Return.Taken, other.ReturnID())
		}
	}
	if owed, ok := exchange.Owed(all); ok && e.Money != nil {
		e.Money.Owed = &owed
	}
	return r, true, nil
}

// beside puts into what a read of the shop found what the order's other exchanges have to do with its money: x sees
// itself alone, and must not take what their acts did for somebody else's doing.
func (w *Worker) beside(ctx context.Context, x exchange.ID, s *exchange.Shop) error {
	if s == nil {
		return nil
	}
	ids, err := w.idsOfOrder(ctx, s.OrderID)
	if err != nil || !slices.ContainsFunc(ids, func(id exchange.ID) bool { return id != x }) {
		return err
	}
	all, err := w.ofOrder(ctx, s.OrderID)
	if err != nil {
		return err
	}
	s.Siblings = exchange.Beside(all, x, s)
	return nil
}

// restored tells an act what to be careful of after the store was restored from a backup.
func restored(e *exchange.Effect, x *exchange.Exchange) {
	if x.Facts.Recovered.IsZero() {
		return
	}
	if e.Return != nil {
		e.Return.Restored = true
	}
	if e.Money != nil {
		e.Money.Restored, e.Money.Known = true, x.KnownMoney()
	}
}

// alone reports whether an act of this kind wants its Shopify order for itself.
func alone(k exchange.Kind) bool { return k.MovesMoney() || k == exchange.CreateReturn }

// first reports whether an act goes before its rivals, of which it is one. One that was begun keeps its turn until
// its exchange knows what came of it, even where its item has ended already: whoever was asked for earlier, but
// became known later, must not take that for its own work. Among those not begun, the one asked for first goes; one that
// is put off to another day holds up no other.
func (w *Worker) first(ctx context.Context, id exchange.EffectID, rivals []exchange.Asked) (bool, error) {
	if len(rivals) < 2 {
		return true, nil
	}
	ids := make([]string, len(rivals))
	for i, r := range rivals {
		ids[i] = string(r.ID)
	}
	found, _, err := w.Store.Items(ctx, store.Query{Conn: w.Conn, IDs: ids, Limit: len(ids)})
	if err != nil {
		return false, fmt.Errorf("find the acts of an order: %w", err)
	}
	const begun, waiting, putOff = 1, 2, 3
	rank := map[exchange.EffectID]int{} // 0: it has ended, its exchange is about to hear of it
	for _, it := range found {
		switch {
		case it.State == store.Waiting && it.Attempt == 0 && it.Reason != "" && it.Due.After(w.Now()):
			rank[exchange.EffectID(it.ID)] = putOff
		case it.State == store.Waiting && it.Attempt == 0:
			rank[exchange.EffectID(it.ID)] = waiting
		case it.State == store.Waiting:
			rank[exchange.EffectID(it.ID)] = begun
		}
	}
	best := slices.MinFunc(rivals, func(a, b exchange.Asked) int { return rank[a.ID] - rank[b.ID] })
	return best.ID == id, nil
}
