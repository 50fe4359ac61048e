package ongoing

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// A return order has no member for an id of ours, so its comment carries the exchange id as a word.

// marked is comment with x's mark.
func marked(comment string, x exchange.ID) string {
	if slices.Contains(marks(comment), string(x)) {
		return comment
	}
	return strings.TrimSpace(comment + " tradeback " + string(x))
}

// marks are the exchange ids that a comment carries.
func marks(comment string) []string {
	return slices.DeleteFunc(strings.Fields(comment), func(w string) bool { return !strings.HasPrefix(w, ourPrefix) })
}

// returnAt reads the return order with Ongoing's own id; nil if there is none.
func (p *Peer) returnAt(ctx context.Context, id int64) (*ongoingrest.ReturnOrder, error) {
	var r ongoingrest.ReturnOrder
	if err := p.call(ctx, http.MethodGet, returnPath(id), nil, nil, &r); err != nil {
		return nil, err
	}
	if r.Info == nil || r.Info.ReturnOrderID != id {
		return nil, nil //nolint:nilnil // the schema allows one that says nothing: there is none
	}
	return &r, nil
}

// returnNumbered is the return order that bears number, nil if none does.
//
// Errors: exchange.ErrAmbiguous when two do.
func (p *Peer) returnNumbered(ctx context.Context, number string) (*ongoingrest.ReturnOrder, error) {
	all, err := list[ongoingrest.ReturnOrder](ctx, p, "/returnOrders", "returnOrderNumbers", number)
	var found []ongoingrest.ReturnOrder
	for _, r := range all {
		if r.Info != nil && r.Info.ReturnOrderID != 0 && r.Info.ReturnOrderNumber == number {
			found = append(found, r)
		}
	}
	switch {
	case err != nil || len(found) == 0:
		return nil, err
	case len(found) > 1:
		return nil, fmt.Errorf("%w: %d return orders are numbered %s", exchange.ErrAmbiguous, len(found), number)
	}
	return &found[0], nil
}

// ourReturn is the return order of x: by id if that is known, else by number if it carries x's mark. nil
// says that it is gone, or was never made; see ours for what proves it.
func (p *Peer) ourReturn(ctx context.Context, x exchange.ID, id int64, number string) (*ongoingrest.ReturnOrder, error) {
	if id != 0 {
		r, err := p.returnAt(ctx, id)
		if r != nil || err != nil && !isNo(err) {
			return r, err
		}
	}
	r, err := p.returnNumbered(ctx, number)
	if r == nil || err != nil {
		return nil, err
	}
	if r.Info.ReturnOrderID != id && !slices.Contains(marks(r.Info.Comment), string(x)) {
		return nil, nil //nolint:nilnil // somebody else's
	}
	return r, nil
}

// returnSnapshot is r as the exchange knows it.
func (p *Peer) returnSnapshot(ctx context.Context, r *ongoingrest.ReturnOrder) (*exchange.ReturnOrder, error) {
	status, err := p.status(ctx, &p.returns, r.Info.Status)
	if err != nil {
		return nil, err
	}
	out := &exchange.ReturnOrder{ID: r.Info.ReturnOrderID, Number: r.Info.ReturnOrderNumber, Status: status}
	for _, l := range r.Lines {
		line := exchange.ReturnOrderLine{
			ID: l.ID, Row: l.RowNumber, Announced: int(l.ToBeReturned), Received: int(l.Returned), Scrapped: int(l.Scrapped),
		}
		if l.CustomerOrderLine != nil {
			line.LineID = l.CustomerOrderLine.OrderLineID
		}
		if l.Article != nil {
			line.Article = l.Article.Number
		}
		out.Lines = append(out.Lines, line)
	}
	return out, nil
}

func returnPath(id int64) string { return fmt.Sprintf("/returnOrders/%d", id) }
