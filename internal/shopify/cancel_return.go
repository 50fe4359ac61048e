package shopify

import (
	"context"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// cancelReturn calls a return off. Shopify refuses (invalid_state) once anything of it was processed or refunded, and
// takes nothing back that was.
var cancelReturn = handler{
	ready: endsReturn,
	look:  lookForEnd(exchange.ReturnCanceled),
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.ReturnCancel(ctx, p.gql, e.End.ReturnID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.ReturnCancel == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedReturn(data.ReturnCancel.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return done, nil
	},
}
