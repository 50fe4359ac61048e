package shopify

import (
	"context"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// closeReturn says that nothing more will come of a return. It moves no money, and is harmless twice.
var closeReturn = handler{
	ready: endsReturn,
	look:  lookForEnd(exchange.ReturnClosed),
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.ReturnClose(ctx, p.gql, e.End.ReturnID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.ReturnClose == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedReturn(data.ReturnClose.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return done, nil
	},
}

func endsReturn(e exchange.Effect) bool { return e.End != nil && e.End.ReturnID != "" }

// lookForEnd looks whether a return has come to this end. Another end does not rule it out: that is for Shopify to say.
func lookForEnd(end string) func(context.Context, *Peer, exchange.Effect) (exchange.Outcome, error) {
	return func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.ReturnState(ctx, p.gql, e.End.ReturnID)
		switch {
		case err != nil:
			return exchange.Outcome{}, err
		case data.Return == nil:
			return exchange.Outcome{}, gone("return", e.End.ReturnID)
		case string(data.Return.Status) == end:
			return done, nil
		}
		return notDone, nil
	}
}
