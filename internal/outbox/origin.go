package outbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// origin tells the read of an original order where to look, if the goods went out with an exchange order of ours. With
// goods of several orders it is Missing: one return order is about one order.
func (w *Worker) origin(ctx context.Context, e *exchange.Effect) (*exchange.Missing, error) {
	if e.Read.Target != exchange.ReadOriginal || e.ShopID == "" {
		return nil, nil //nolint:nilnil // there is nothing to add
	}
	all, err := w.ofOrder(ctx, e.ShopID)
	if err != nil {
		return nil, err
	}
	switch numbers := exchange.SentWith(all, e.Exchange); {
	case len(numbers) > 1:
		if numbers[0] == "" {
			numbers[0] = e.Read.OrderName
		}
		return &exchange.Missing{Code: string(exchange.OriginalAmbiguous), Detail: "the goods were sent with " + strings.Join(numbers, ", ")}, nil
	case len(numbers) == 1 && numbers[0] != "":
		e.Read.Templates = numbers
	}
	return nil, nil //nolint:nilnil // it can be read
}

// announced puts into what a read of the original order found what the Shopify order's other exchanges have announced of it.
func (w *Worker) announced(ctx context.Context, e exchange.Effect, o *exchange.Original) error {
	if o == nil || e.ShopID == "" {
		return nil
	}
	all, err := w.ofOrder(ctx, e.ShopID)
	if err != nil {
		return err
	}
	o.Announced = exchange.AnnouncedBeside(all, e.Exchange)
	return nil
}

// ofOrder loads the exchanges of a Shopify order.
func (w *Worker) ofOrder(ctx context.Context, id string) ([]exchange.Exchange, error) {
	ids, err := w.idsOfOrder(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := w.Store.Load(ctx, w.Conn, ids...)
	if err != nil {
		return nil, fmt.Errorf("load the exchanges of an order: %w", err)
	}
	return all, nil
}

func (w *Worker) idsOfOrder(ctx context.Context, id string) ([]exchange.ID, error) {
	ids, err := w.Store.Find(ctx, w.Conn, exchange.RefShopOrder(id))
	if err != nil {
		return nil, fmt.Errorf("find the exchanges of an order: %w", err)
	}
	return ids, nil
}
