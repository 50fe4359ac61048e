package shopify

import (
	"context"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// Brief reads how far a return and its order have come: of the lines what was processed, of the transactions and the
// fulfillments their ids and states. All else of the Shop is left empty. nil: there is no such return.
//
// Shape: one call, cheap enough to be made for every open exchange; it waits in the lane until no act waits.
// Errors: as in Act; the return's lists being longer than a read is one of the rejections (too_many_lines).
func (p *Peer) Brief(ctx context.Context, returnID string) (*exchange.Shop, error) {
	data, _, err := shopifygql.ReturnBrief(lane.WithPriority(ctx, lane.Read), p.gql, returnID)
	if err != nil {
		return nil, fmt.Errorf("read %s in brief: %w", returnID, err)
	}
	if data.Return == nil || data.Return.Order == nil {
		return nil, nil //nolint:nilnil // a return that does not exist is no error
	}
	r := data.Return
	switch {
	case r.ReturnLineItems != nil && cut(r.ReturnLineItems.PageInfo), r.ExchangeLineItems != nil && cut(r.ExchangeLineItems.PageInfo):
		return nil, fmt.Errorf("read %s in brief: %w", returnID, tooMany("lines"))
	case len(r.Order.Transactions) >= mostTransactions:
		return nil, fmt.Errorf("read %s in brief: %w", returnID, tooMany("transactions"))
	case len(r.Order.Fulfillments) >= mostFulfillments:
		return nil, fmt.Errorf("read %s in brief: %w", returnID, tooMany("fulfillments"))
	}
	shop := &exchange.Shop{OrderID: r.Order.Id, ReturnID: r.Id, ReturnStatus: string(r.Status)}
	if r.ReturnLineItems != nil {
		for _, l := range r.ReturnLineItems.Nodes {
			shop.ReturnLines = append(shop.ReturnLines, exchange.ReturnLine{ID: l.GetId(), Processed: l.GetProcessedQuantity()})
		}
	}
	if r.ExchangeLineItems != nil {
		for _, l := range r.ExchangeLineItems.Nodes {
			shop.ExchangeLines = append(shop.ExchangeLines, exchange.ExchangeLine{ID: l.Id, Processed: l.ProcessedQuantity})
		}
	}
	for _, t := range r.Order.Transactions {
		shop.Transactions = append(shop.Transactions, exchange.Transaction{ID: t.Id, Status: string(t.Status)})
	}
	for _, f := range r.Order.Fulfillments {
		shop.Fulfillments = append(shop.Fulfillments, exchange.Fulfillment{ID: f.Id, Cancelled: f.Status == shopifygql.FulfillmentStatusCancelled})
	}
	return shop, nil
}

// mostPages bounds one look for what changed: what is left is found by the next one.
const mostPages = 40

// OpenReturns reads the returns that are open on orders which changed since a time, with their orders: those that were
// made, or approved, at or after opened. upto is how far it came: the time of the last order's change, since if there
// was none.
//
// Errors: as in Act.
func (p *Peer) OpenReturns(ctx context.Context, since, opened time.Time) (open []exchange.Request, upto time.Time, err error) {
	ctx = lane.WithPriority(ctx, lane.Read)
	upto = since
	query := "updated_at:>='" + since.UTC().Format(time.RFC3339) + "'"
	var after *string
	for range mostPages {
		data, _, err := shopifygql.OrdersUpdated(ctx, p.gql, query, after)
		if err != nil {
			return nil, since, fmt.Errorf("read the orders that changed: %w", err)
		}
		for _, o := range data.Orders.Nodes {
			switch o.ReturnStatus {
			case shopifygql.OrderReturnStatusNoReturn, shopifygql.OrderReturnStatusReturned, shopifygql.OrderReturnStatusReturnFailed:
			default:
				some, err := p.openReturnsOf(ctx, o.Id, opened)
				if err != nil {
					return nil, since, err
				}
				open = append(open, some...)
			}
			if o.UpdatedAt.After(upto) {
				upto = o.UpdatedAt
			}
		}
		if !data.Orders.PageInfo.HasNextPage {
			break
		}
		after = data.Orders.PageInfo.EndCursor
	}
	return open, upto, nil
}

func (p *Peer) openReturnsOf(ctx context.Context, orderID string, opened time.Time) ([]exchange.Request, error) {
	data, _, err := shopifygql.OrderReturns(ctx, p.gql, orderID)
	if err != nil {
		return nil, fmt.Errorf("read the returns of %s: %w", orderID, err)
	}
	if data.Order == nil || data.Order.Returns == nil {
		return nil, nil
	}
	var out []exchange.Request
	for _, r := range data.Order.Returns.Nodes {
		at := r.CreatedAt
		if r.RequestApprovedAt != nil && r.RequestApprovedAt.After(at) {
			at = *r.RequestApprovedAt
		}
		if string(r.Status) == exchange.ReturnOpen && !at.Before(opened.Truncate(time.Second)) { // Shopify's times are whole seconds
			out = append(out, exchange.Request{ReturnID: r.Id, OrderID: orderID})
		}
	}
	return out, nil
}
