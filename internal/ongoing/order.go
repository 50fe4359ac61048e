package ongoing

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// orderAt reads the order with Ongoing's own id; nil if there is none.
func (p *Peer) orderAt(ctx context.Context, id int64) (*ongoingrest.Order, error) {
	var o ongoingrest.Order
	if err := p.call(ctx, http.MethodGet, orderPath(id), nil, nil, &o); err != nil {
		return nil, err
	}
	if o.Info == nil || o.Info.OrderID != id {
		return nil, nil //nolint:nilnil // the schema allows an order that says nothing: there is none
	}
	return &o, nil
}

// ordersBy lists the orders whose filter is exactly value. is tells it, in case the filter is no exact one.
func (p *Peer) ordersBy(ctx context.Context, filter, value string, is func(*ongoingrest.OrderInfo) bool) ([]ongoingrest.Order, error) {
	all, err := list[ongoingrest.Order](ctx, p, "/orders", filter, value)
	var found []ongoingrest.Order
	for _, o := range all {
		if o.Info != nil && o.Info.OrderID != 0 && is(o.Info) {
			found = append(found, o)
		}
	}
	return found, err
}

// numbered is the order that bears number, nil if none does.
//
// Errors: exchange.ErrAmbiguous when two do; a PATCH of the number is said to allow it.
func (p *Peer) numbered(ctx context.Context, number string) (*ongoingrest.Order, error) {
	found, err := p.ordersBy(ctx, "orderNumber", number, func(o *ongoingrest.OrderInfo) bool { return o.OrderNumber == number })
	switch {
	case err != nil || len(found) == 0:
		return nil, err
	case len(found) > 1:
		return nil, fmt.Errorf("%w: %d orders are numbered %s", exchange.ErrAmbiguous, len(found), number)
	}
	return &found[0], nil
}

// ours is the exchange order of x: by id if that is known, else by number if it carries x's id. nil says
// that it is gone, or was never made. A no to the id alone proves nothing, since it is not known how
// Ongoing says that an order does not exist: the list by number must not have it either.
func (p *Peer) ours(ctx context.Context, x exchange.ID, id int64, number string) (*ongoingrest.Order, error) {
	if id != 0 {
		o, err := p.orderAt(ctx, id)
		if o != nil || err != nil && !isNo(err) {
			return o, err
		}
	}
	o, err := p.numbered(ctx, number)
	if o == nil || err != nil {
		return nil, err
	}
	if o.Info.OrderID != id && o.Info.GoodsOwnerOrderID != string(x) {
		return nil, nil //nolint:nilnil // somebody else's
	}
	return o, nil
}

// snapshot is o as the exchange knows it.
//
// Ongoing's Returned is also what an order becomes whose goods came back after they were sent. An order
// that was shipped and reads Returned is therefore one that was sent, and not one that waits for release.
func (p *Peer) snapshot(ctx context.Context, o *ongoingrest.Order) (*exchange.Order, error) {
	status, err := p.status(ctx, &p.orders, o.Info.Status)
	if err != nil {
		return nil, err
	}
	if status.Role == exchange.RoleReturned && !o.Info.ShippedTime.IsZero() {
		status.Role = exchange.RoleSent
	}
	return &exchange.Order{
		ID:                o.Info.OrderID,
		Number:            o.Info.OrderNumber,
		GoodsOwnerOrderID: o.Info.GoodsOwnerOrderID,
		Status:            status,
		Lines:             lines(o, status.Role == exchange.RoleSent),
		Parcels:           parcels(o),
	}, nil
}

// lines are o's lines. What was shipped of them is said only of an order that was sent: what was packed,
// or, where nobody packs, what was picked.
func lines(o *ongoingrest.Order, sent bool) []exchange.OrderLine {
	out := make([]exchange.OrderLine, 0, len(o.Lines))
	for _, l := range o.Lines {
		line := exchange.OrderLine{
			ID: l.ID, Row: l.RowNumber, ExternalID: l.ExternalID, Ordered: int(l.Ordered), Returned: int(l.Returned),
		}
		if l.Article != nil {
			line.Article = l.Article.Number
		}
		if sent && l.ShouldBePicked {
			line.Shipped = int(l.Picked)
			if l.Packed > 0 {
				line.Shipped = int(l.Packed)
			}
		}
		out = append(out, line)
	}
	return out
}

// touched tells whether the warehouse has begun with the goods of o.
func touched(o *ongoingrest.Order) bool {
	if o.Info.AllocatedNumberOfItems > 0 || o.Info.PickedNumberOfItems > 0 || !o.Info.ShippedTime.IsZero() {
		return true
	}
	for _, l := range o.Lines {
		if l.Allocated > 0 || l.Picked > 0 || l.Packed > 0 {
			return true
		}
	}
	return false
}

// reads says what an order or a return order reads, for people.
func reads(s exchange.Status) string {
	return strings.TrimSpace(fmt.Sprintf("it reads %d %s", s.Number, s.Text))
}

func orderPath(id int64) string { return fmt.Sprintf("/orders/%d", id) }
