package shopify

import (
	"context"
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// editLines sets order lines to a lower quantity, in one edit of the order: nothing shows before it is committed. It is
// known by what the order still holds of each line.
var editLines = handler{
	ready: func(e exchange.Effect) bool { return e.Edit != nil && e.Edit.OrderID != "" && len(e.Edit.Lines) > 0 },
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		holds, err := p.readLineQuantities(ctx, e.Edit.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		all, none := true, true
		for _, l := range e.Edit.Lines {
			now, there := holds[l.LineItemID]
			if !there {
				return exchange.Outcome{}, gone("line", l.LineItemID)
			}
			all = all && now == l.Quantity
			none = none && now == l.Before
		}
		switch {
		case all:
			return done, nil
		case none:
			return notDone, nil
		}
		return exchange.Outcome{}, fmt.Errorf("%w: of the lines of %s some were edited, or to other quantities", exchange.ErrAmbiguous, e.Edit.OrderID)
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		edit, err := p.beginEdit(ctx, e.Edit)
		if err != nil {
			return exchange.Outcome{}, notSent(err)
		}
		data, _, err := shopifygql.OrderEditCommit(ctx, p.gql, edit, false)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.OrderEditCommit == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedUser(data.OrderEditCommit.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return done, nil
	},
}

// beginEdit begins an edit of an order and sets the quantities in it. What is taken off was never sent, so it is in
// stock. An edit that is not committed comes to nothing.
func (p *Peer) beginEdit(ctx context.Context, ask *exchange.EditAsk) (edit string, err error) {
	data, _, err := shopifygql.OrderEditBegin(ctx, p.gql, ask.OrderID)
	if err != nil {
		return "", err
	}
	if data.OrderEditBegin == nil {
		return "", errNoPayload
	}
	if err := refusedUser(data.OrderEditBegin.UserErrors); err != nil {
		return "", err
	}
	order := data.OrderEditBegin.CalculatedOrder
	if order == nil || order.LineItems == nil {
		return "", errNoPayload
	}
	if cut(order.LineItems.PageInfo) {
		return "", tooMany("lines of an edited order")
	}
	for _, l := range ask.Lines {
		line := editedLine(order.LineItems.Nodes, l.LineItemID)
		if line == nil {
			return "", gone("line", l.LineItemID)
		}
		set, _, err := shopifygql.OrderEditSetQuantity(ctx, p.gql, order.Id, line.Id, l.Quantity, true)
		if err != nil {
			return "", err
		}
		if set.OrderEditSetQuantity == nil {
			return "", errNoPayload
		}
		if err := refusedUser(set.OrderEditSetQuantity.UserErrors); err != nil {
			return "", err
		}
	}
	return order.Id, nil
}

// editedLine is the line of an edit that stands for an order's line: it has the same number.
func editedLine(lines []*shopifygql.EditedLine, lineItemID string) *shopifygql.EditedLine {
	number := lineItemID[strings.LastIndexByte(lineItemID, '/')+1:]
	for _, l := range lines {
		if l.Id[strings.LastIndexByte(l.Id, '/')+1:] == number {
			return l
		}
	}
	return nil
}

// readLineQuantities reads how much an order still holds of each line.
func (p *Peer) readLineQuantities(ctx context.Context, orderID string) (map[string]int, error) {
	data, _, err := shopifygql.OrderLineQuantities(ctx, p.gql, orderID)
	if err != nil {
		return nil, err
	}
	if data.Order == nil || data.Order.LineItems == nil {
		return nil, gone("order", orderID)
	}
	if cut(data.Order.LineItems.PageInfo) {
		return nil, tooMany("lines of an order")
	}
	out := map[string]int{}
	for _, l := range data.Order.LineItems.Nodes {
		out[l.Id] = l.CurrentQuantity
	}
	return out, nil
}
