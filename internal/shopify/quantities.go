package shopify

import (
	"context"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// quantities is what a return asks for and how far it was processed.
type quantities struct {
	status        string
	returnLines   []lineQuantity
	exchangeLines []lineQuantity
}

// lineQuantity is a line of it. goods is the shipped line that comes back, or the variant that goes out.
type lineQuantity struct {
	id, goods           string
	quantity, processed int
}

// readQuantities reads a return's quantities. Nil: there is no such return.
func (p *Peer) readQuantities(ctx context.Context, returnID string) (*quantities, error) {
	data, _, err := shopifygql.ReturnQuantities(ctx, p.gql, returnID)
	if err != nil || data.Return == nil {
		return nil, err
	}
	q := &quantities{status: string(data.Return.Status)}
	if page := data.Return.ReturnLineItems; page != nil {
		if cut(page.PageInfo) {
			return nil, tooMany("return lines")
		}
		for _, l := range page.Nodes {
			one := lineQuantity{id: l.GetId(), quantity: l.GetQuantity(), processed: l.GetProcessedQuantity()}
			if of, is := l.(*shopifygql.ReturnLineQuantityReturnLineItem); is && of.FulfillmentLineItem != nil {
				one.goods = of.FulfillmentLineItem.Id
			}
			q.returnLines = append(q.returnLines, one)
		}
	}
	if page := data.Return.ExchangeLineItems; page != nil {
		if cut(page.PageInfo) {
			return nil, tooMany("exchange lines")
		}
		for _, l := range page.Nodes {
			q.exchangeLines = append(q.exchangeLines, lineQuantity{l.Id, textOf(l.VariantId), l.Quantity, l.ProcessedQuantity})
		}
	}
	return q, nil
}

// moved says how far lines have come from before by the quantities asked for: all of them, none of them,
// or something else (then both are false). at gives where a line stands.
func moved(asked []exchange.ProcessLine, by int, at func(id string) (int, bool)) (all, none bool) {
	all, none = true, true
	for _, l := range asked {
		now, there := at(l.ID)
		all = all && there && now == l.Before+by*l.Quantity
		none = none && there && now == l.Before
	}
	return all, none
}
