package outbox

import (
	"context"
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
)

// turn reports whether e may go now. Process and money acts of one Shopify order run one at a time, the
// one asked for first before the others: so an act that changed the order is always known to the next. An
// act is told what of the order belongs to its other exchanges, so that a look does not take it for its own
// work; one that moves money is also told what the order should owe by our ledger of all of them.
func (w *Worker) turn(ctx context.Context, e *exchange.Effect) (bool, error) {
	if e.ShopID == "" || !e.Kind.MovesMoney() && e.Kind != exchange.CreateReturn {
		return true, nil
	}
	ids, err := w.Store.Find(ctx, w.Conn, exchange.RefShopOrder(e.ShopID))
	if err != nil {
		return false, fmt.Errorf("find the exchanges of an order: %w", err)
	}
	all, err := w.Store.Load(ctx, w.Conn, ids...)
	if err != nil {
		return false, fmt.Errorf("load the exchanges of an order: %w", err)
	}
	if first, ok := exchange.FirstMoneyAct(all); ok && e.Kind.MovesMoney() && first != e.ID {
		return false, nil
	}
	for i := range all {
		other := &all[i]
		if other.ID == e.Exchange {
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
	return true, nil
}
