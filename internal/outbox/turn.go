package outbox

import (
	"context"
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
)

// turn reports whether e may go now. Process and money acts of one Shopify order run one at a time, the
// one asked for first before the others: so an act that changed the order is always known to the next. An
// act that moves money is told what the order should owe by our ledger of all its exchanges, and which of its
// transactions belong to others of them.
func (w *Worker) turn(ctx context.Context, e *exchange.Effect) (bool, error) {
	if e.ShopID == "" || !e.Kind.MovesMoney() {
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
	if first, ok := exchange.FirstMoneyAct(all); ok && first != e.ID {
		return false, nil
	}
	if e.Money == nil {
		return true, nil
	}
	if owed, ok := exchange.Owed(all); ok {
		e.Money.Owed = &owed
	}
	for i := range all {
		if all[i].ID != e.Exchange {
			e.Money.Taken = append(e.Money.Taken, all[i].Transactions()...)
		}
	}
	return true, nil
}
