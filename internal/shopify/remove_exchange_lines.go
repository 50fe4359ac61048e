package shopify

import (
	"context"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// removeExchangeLines takes lines off a return that were not processed. It is known by the lines'
// quantities; a line without any left is not listed.
var removeExchangeLines = handler{
	ready: func(e exchange.Effect) bool { return aboutLines(e) },
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		return p.lookLines(ctx, e.Lines, -1, func(l lineQuantity) int { return l.quantity })
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		var back []*shopifygql.ReturnLineItemRemoveFromReturnInput
		for _, l := range e.Lines.ReturnLines {
			back = append(back, &shopifygql.ReturnLineItemRemoveFromReturnInput{ReturnLineItemId: l.ID, Quantity: l.Quantity})
		}
		var out []*shopifygql.ExchangeLineItemRemoveFromReturnInput
		for _, l := range e.Lines.ExchangeLines {
			out = append(out, &shopifygql.ExchangeLineItemRemoveFromReturnInput{ExchangeLineItemId: l.ID, Quantity: l.Quantity})
		}
		data, _, err := shopifygql.RemoveFromReturn(ctx, p.gql, e.Lines.ReturnID, back, out)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.RemoveFromReturn == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedReturn(data.RemoveFromReturn.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return done, nil
	},
}
