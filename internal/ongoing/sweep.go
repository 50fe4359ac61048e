package ongoing

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// pageOfOrders is how many orders one answer holds at most: with everything in them some 5 KB each.
const pageOfOrders = 200

// Orders reads the orders that bear one of these numbers, in one call. One that is not there is left out.
//
// Shape: GET /orders?orderNumbers=A&orderNumbers=B. The caller keeps the list short: it stands in the address.
// Errors: as of Look.
func (p *Peer) Orders(ctx context.Context, numbers []string) ([]exchange.Order, error) {
	var out []exchange.Order
	err := p.sweepOrders(ctx, url.Values{"orderNumbers": numbers}, func(o *exchange.Order, _ *ongoingrest.OrderInfo) { out = append(out, *o) })
	return out, err
}

// Created visits a page of the orders made since a time, each with its reference number, from Ongoing's own id from
// on. next is where the following page begins; 0: there is none.
//
// Errors: as of Look.
func (p *Peer) Created(ctx context.Context, since time.Time, from int64, visit func(o exchange.Order, reference string)) (next int64, err error) {
	query := url.Values{"orderCreatedTimeFrom": {since.UTC().Format(time.RFC3339)}, "maxOrdersToGet": {strconv.Itoa(pageOfOrders)}}
	if from > 0 {
		query.Set("orderIdFrom", strconv.FormatInt(from, 10))
	}
	seen := 0
	err = p.sweepOrders(ctx, query, func(o *exchange.Order, info *ongoingrest.OrderInfo) {
		seen++
		next = max(next, o.ID+1)
		visit(*o, info.ReferenceNumber)
	})
	if seen < pageOfOrders {
		next = 0
	}
	return next, err
}

func (p *Peer) sweepOrders(ctx context.Context, query url.Values, visit func(*exchange.Order, *ongoingrest.OrderInfo)) error {
	var found []ongoingrest.Order
	ctx, ok := p.sweep(ctx, query)
	if !ok {
		return nil
	}
	if err := p.call(ctx, http.MethodGet, "/orders", query, nil, &found); err != nil {
		return err
	}
	for i := range found {
		if found[i].Info == nil || found[i].Info.OrderID == 0 {
			continue
		}
		o, err := p.snapshot(ctx, &found[i])
		if err != nil {
			return err
		}
		visit(o, found[i].Info)
	}
	return nil
}

// ReturnOrders reads the return orders that bear one of these numbers, in one call.
//
// Errors: as of Look.
func (p *Peer) ReturnOrders(ctx context.Context, numbers []string) ([]exchange.ReturnOrder, error) {
	var out []exchange.ReturnOrder
	err := p.sweepReturns(ctx, url.Values{"returnOrderNumbers": numbers}, func(r *exchange.ReturnOrder, _ *ongoingrest.ReturnOrder) { out = append(out, *r) })
	return out, err
}

// MarkedReturns reads the return orders of which goods came back since a time, by the exchange whose mark they carry:
// there is no filter for when a return order was made. Those without a mark are left out.
//
// Errors: as of Look.
func (p *Peer) MarkedReturns(ctx context.Context, since time.Time) (map[exchange.ID][]exchange.ReturnOrder, error) {
	out := map[exchange.ID][]exchange.ReturnOrder{}
	query := url.Values{"goodsReturnedFromDate": {since.UTC().Format(time.RFC3339)}}
	err := p.sweepReturns(ctx, query, func(r *exchange.ReturnOrder, raw *ongoingrest.ReturnOrder) {
		for _, mark := range marks(raw.Info.Comment) {
			out[exchange.ID(mark)] = append(out[exchange.ID(mark)], *r)
		}
	})
	return out, err
}

func (p *Peer) sweepReturns(ctx context.Context, query url.Values, visit func(*exchange.ReturnOrder, *ongoingrest.ReturnOrder)) error {
	var found []ongoingrest.ReturnOrder
	ctx, ok := p.sweep(ctx, query)
	if !ok {
		return nil
	}
	if err := p.call(ctx, http.MethodGet, "/returnOrders", query, nil, &found); err != nil {
		return err
	}
	for i := range found {
		if found[i].Info == nil || found[i].Info.ReturnOrderID == 0 {
			continue
		}
		r, err := p.returnSnapshot(ctx, &found[i])
		if err != nil {
			return err
		}
		visit(r, &found[i])
	}
	return nil
}

// sweep readies the query of a list, which waits in the lane until no act waits. ok is false if a filter has no value:
// it would ask for everything.
func (p *Peer) sweep(ctx context.Context, query url.Values) (_ context.Context, ok bool) {
	for _, values := range query {
		if strings.Join(values, "") == "" {
			return ctx, false
		}
	}
	query.Set("goodsOwnerId", strconv.FormatInt(p.owner, 10))
	return lane.WithPriority(ctx, lane.Read), true
}
