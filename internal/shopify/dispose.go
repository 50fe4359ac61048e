package shopify

import (
	"context"
	"fmt"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// dispose says what became of returned goods: restocked at the connection's location, or not. It is known
// by how much was disposed of each line of the reverse fulfillment orders.
var dispose = handler{
	ready: func(e exchange.Effect) bool { return len(e.Goods) > 0 && e.ShopID != "" },
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		disposed, err := p.readDisposed(ctx, e.ShopID, e.Goods)
		if err != nil {
			return exchange.Outcome{}, err
		}
		asked := map[string]exchange.ProcessLine{} // a line may be disposed of in parts, of which each is one entry
		for _, g := range e.Goods {
			asked[g.ReverseLineID] = exchange.ProcessLine{ID: g.ReverseLineID, Quantity: asked[g.ReverseLineID].Quantity + g.Quantity, Before: g.Before}
		}
		lines := make([]exchange.ProcessLine, 0, len(asked))
		for _, l := range asked {
			lines = append(lines, l)
		}
		all, none := moved(lines, 1, func(id string) (int, bool) { n, there := disposed[id]; return n, there })
		switch {
		case all:
			return done, nil
		case none:
			return notDone, nil
		}
		return exchange.Outcome{}, fmt.Errorf("%w: of the goods some were disposed of, or other quantities", exchange.ErrAmbiguous)
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		in := make([]*shopifygql.ReverseFulfillmentOrderDisposeInput, 0, len(e.Goods))
		for _, g := range e.Goods {
			one := &shopifygql.ReverseFulfillmentOrderDisposeInput{
				ReverseFulfillmentOrderLineItemId: g.ReverseLineID, Quantity: g.Quantity,
				DispositionType: shopifygql.ReverseFulfillmentOrderDispositionTypeNotRestocked,
			}
			if g.Restock {
				one.DispositionType, one.LocationId = shopifygql.ReverseFulfillmentOrderDispositionTypeRestocked, &p.location
			}
			in = append(in, one)
		}
		data, _, err := shopifygql.ReverseFulfillmentOrderDispose(ctx, p.gql, in)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.ReverseFulfillmentOrderDispose == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedReturn(data.ReverseFulfillmentOrderDispose.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return done, nil
	},
}

// readDisposed reads how much was disposed of goods, by reverse line. Such a line does not name its
// return, so the order's returns are gone through until all are found.
func (p *Peer) readDisposed(ctx context.Context, orderID string, goods []exchange.DispositionOf) (map[string]int, error) {
	data, _, err := shopifygql.OrderReturns(ctx, p.gql, orderID)
	if err != nil {
		return nil, err
	}
	if data.Order == nil || data.Order.Returns == nil {
		return nil, gone("order", orderID)
	}
	if cut(data.Order.Returns.PageInfo) {
		return nil, tooMany("returns of one order")
	}
	disposed := map[string]int{}
	found := func() bool {
		for _, g := range goods {
			if _, there := disposed[g.ReverseLineID]; !there {
				return false
			}
		}
		return true
	}
	for _, r := range data.Order.Returns.Nodes {
		of, _, err := shopifygql.ReturnReverseLines(ctx, p.gql, r.Id)
		if err != nil {
			return nil, err
		}
		if of.Return == nil {
			continue
		}
		byGoods, err := reverseLines(of.Return.ReverseFulfillmentOrders)
		if err != nil {
			return nil, err
		}
		for _, lines := range byGoods {
			for _, l := range lines {
				disposed[l.ID] = l.Disposed
			}
		}
		if found() {
			return disposed, nil
		}
	}
	return nil, gone("reverse_line", orderID+"'s goods")
}
