package ongoing

import (
	"context"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// ourPrefix begins every exchange id, and so the goodsOwnerOrderId of every exchange order.
const ourPrefix = "ex_"

// filter is a way in which an order can bear a name.
type filter struct {
	query string
	of    func(*ongoingrest.OrderInfo) string
	ours  bool // our exchange orders bear the original's name in this way too
}

var filters = []filter{
	{query: "orderNumber", of: func(o *ongoingrest.OrderInfo) string { return o.OrderNumber }},
	{query: "goodsOwnerOrderId", of: func(o *ongoingrest.OrderInfo) string { return o.GoodsOwnerOrderID }},
	{query: "referenceNumbers", of: func(o *ongoingrest.OrderInfo) string { return o.ReferenceNumber }, ours: true},
}

// readOriginal finds the order that the returned goods went out with: each template in turn, as order
// number, as goodsOwnerOrderId and as reference number, until one of these names any order exactly.
func (p *Peer) readOriginal(ctx context.Context, ask exchange.ReadAsk) (*exchange.Original, *exchange.Missing, error) {
	names := expanded(ask.Templates, ask.OrderName)
	for _, name := range names {
		for _, f := range filters {
			found, err := p.ordersBy(ctx, f.query, name, func(o *ongoingrest.OrderInfo) bool {
				return f.of(o) == name && (!f.ours || !strings.HasPrefix(o.GoodsOwnerOrderID, ourPrefix))
			})
			switch {
			case err != nil:
				return nil, nil, err
			case len(found) == 1:
				o := &found[0]
				return &exchange.Original{ID: o.Info.OrderID, Number: o.Info.OrderNumber, Lines: lines(o, false)}, nil, nil
			case len(found) > 1:
				return nil, &exchange.Missing{Target: ask.Target, Code: string(exchange.OriginalAmbiguous), Detail: f.query + " " + name}, nil
			}
		}
	}
	return nil, &exchange.Missing{Target: ask.Target, Code: string(exchange.OriginalNotFound), Detail: strings.Join(names, ", ")}, nil
}

// expanded are the names that templates make of a Shopify order's name ("#1001"), each once.
func expanded(templates []string, order string) []string {
	fill := strings.NewReplacer("{order_without_hash}", strings.TrimPrefix(order, "#"), "{order}", order)
	var names []string
	for _, t := range templates {
		if name := fill.Replace(t); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
