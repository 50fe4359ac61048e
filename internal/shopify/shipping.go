package shopify

import (
	"context"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// mostFulfillments is the length that a read of an order's fulfillments is cut at.
const mostFulfillments = 20

// readShipping reads an order's outbound work and what was shipped of it.
func (p *Peer) readShipping(ctx context.Context, orderID string) ([]exchange.FulfillmentOrder, []exchange.Fulfillment, error) {
	data, _, err := shopifygql.OrderShipping(ctx, p.gql, orderID)
	if err != nil {
		return nil, nil, err
	}
	if data.Order == nil {
		return nil, nil, gone("order", orderID)
	}
	return shippingOf(data.Order.Shipping)
}

func shippingOf(s shopifygql.Shipping) (orders []exchange.FulfillmentOrder, shipped []exchange.Fulfillment, err error) {
	if s.FulfillmentOrders != nil {
		if cut(s.FulfillmentOrders.PageInfo) {
			return nil, nil, tooMany("fulfillment orders")
		}
		for _, fo := range s.FulfillmentOrders.Nodes {
			one, err := fulfillmentOrderOf(fo)
			if err != nil {
				return nil, nil, err
			}
			orders = append(orders, one)
		}
	}
	if len(s.Fulfillments) >= mostFulfillments {
		return nil, nil, tooMany("fulfillments")
	}
	for _, f := range s.Fulfillments {
		one, err := fulfillmentOf(f)
		if err != nil {
			return nil, nil, err
		}
		shipped = append(shipped, one)
	}
	return orders, shipped, nil
}

func fulfillmentOrderOf(fo *shopifygql.FulfillmentOrderFields) (exchange.FulfillmentOrder, error) {
	out := exchange.FulfillmentOrder{ID: fo.Id, Status: string(fo.Status), Holds: holdsOf(fo.FulfillmentHolds)}
	for _, a := range fo.SupportedActions {
		out.CanDo = append(out.CanDo, string(a.Action))
	}
	if fo.LineItems == nil {
		return out, nil
	}
	if cut(fo.LineItems.PageInfo) {
		return out, tooMany("lines of a fulfillment order")
	}
	for _, l := range fo.LineItems.Nodes {
		line := exchange.FulfillmentOrderLine{ID: l.Id, Total: l.TotalQuantity, Remaining: l.RemainingQuantity}
		if l.LineItem != nil {
			line.LineItemID = l.LineItem.Id
		}
		out.Lines = append(out.Lines, line)
	}
	return out, nil
}

func holdsOf(list []*shopifygql.HoldFields) []exchange.Hold {
	var out []exchange.Hold
	for _, h := range list {
		hold := exchange.Hold{ID: h.Id, Reason: string(h.Reason), Ours: h.HeldByRequestingApp}
		if h.Handle != nil {
			hold.Handle = *h.Handle
		}
		out = append(out, hold)
	}
	return out
}

func fulfillmentOf(f *shopifygql.FulfillmentFields) (exchange.Fulfillment, error) {
	out := exchange.Fulfillment{ID: f.Id, Cancelled: f.Status == shopifygql.FulfillmentStatusCancelled}
	for _, t := range f.TrackingInfo {
		if t.Number != nil && *t.Number != "" {
			out.Tracking = append(out.Tracking, *t.Number)
		}
	}
	if f.FulfillmentLineItems == nil {
		return out, nil
	}
	if cut(f.FulfillmentLineItems.PageInfo) {
		return out, tooMany("lines of a fulfillment")
	}
	for _, l := range f.FulfillmentLineItems.Nodes {
		line := exchange.FulfillmentLine{}
		if l.Quantity != nil {
			line.Quantity = *l.Quantity
		}
		if l.LineItem != nil {
			line.LineItemID = l.LineItem.Id
		}
		out.Lines = append(out.Lines, line)
	}
	return out, nil
}
