package ongoing

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// Warehouse is a place of the system where goods lie.
type Warehouse struct {
	ID   int
	Name string
}

// OrderStatuses is the warehouse's own list of order statuses, in its order. Roles are left out.
func (p *Peer) OrderStatuses(ctx context.Context) ([]exchange.Status, error) {
	return p.listed(ctx, &p.orders)
}

// ReturnOrderStatuses is the warehouse's own list of return order statuses, in its order. Roles are left out.
func (p *Peer) ReturnOrderStatuses(ctx context.Context) ([]exchange.Status, error) {
	return p.listed(ctx, &p.returns)
}

func (p *Peer) listed(ctx context.Context, s *statuses) ([]exchange.Status, error) {
	var list struct {
		ongoingrest.OrderStatuses
		ongoingrest.ReturnOrderStatuses
	}
	if err := p.call(lane.WithPriority(ctx, lane.Read), http.MethodGet, s.path, nil, nil, &list); err != nil {
		return nil, err
	}
	var out []exchange.Status
	for _, one := range slices.Concat(list.OrderStatuses.Statuses, list.ReturnOrderStatuses.Statuses) {
		out = append(out, exchange.Status{Number: one.Number, Text: one.Text})
	}
	return out, nil
}

// Warehouses lists the system's warehouses.
func (p *Peer) Warehouses(ctx context.Context) ([]Warehouse, error) {
	var list []ongoingrest.Warehouse
	if err := p.call(lane.WithPriority(ctx, lane.Read), http.MethodGet, "/warehouses", nil, nil, &list); err != nil {
		return nil, err
	}
	var out []Warehouse
	for _, w := range list {
		out = append(out, Warehouse{ID: int(w.ID), Name: w.Name})
	}
	return out, nil
}

// Reads asks for an order of the goods owner that does not exist: it ends without an error where the user may read
// the goods owner's orders.
//
// Errors: exchange.RejectedError where Ongoing says that it may not.
func (p *Peer) Reads(ctx context.Context) error {
	query := url.Values{"goodsOwnerId": {strconv.FormatInt(p.owner, 10)}, "orderNumber": {"tradeback-doctor"}}
	var found []ongoingrest.Order
	return p.call(lane.WithPriority(ctx, lane.Read), http.MethodGet, "/orders", query, nil, &found)
}
