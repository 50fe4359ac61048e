package shopify

import (
	"context"
	"slices"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// releaseHold lifts the holds named, and no others. It is done when none of them remains.
var releaseHold = handler{
	ready: func(e exchange.Effect) bool {
		return e.Hold != nil && e.Hold.FulfillmentOrderID != "" && len(e.Hold.HoldIDs) > 0
	},
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		left, err := p.holdsLeft(ctx, e.Hold)
		if err != nil || len(left) > 0 {
			return notDone, err
		}
		return done, nil
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		lift := e.Hold.HoldIDs
		if len(lift) > 1 { // somebody may have lifted a part of them, and Shopify refuses to lift what is gone
			left, err := p.holdsLeft(ctx, e.Hold)
			if err != nil {
				return exchange.Outcome{}, notSent(err)
			}
			if len(left) == 0 {
				return done, nil
			}
			lift = left
		}
		data, _, err := shopifygql.FulfillmentOrderReleaseHold(ctx, p.gql, e.Hold.FulfillmentOrderID, lift)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.FulfillmentOrderReleaseHold == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedRelease(data.FulfillmentOrderReleaseHold.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return done, nil
	},
}

func (p *Peer) holdsLeft(ctx context.Context, ask *exchange.HoldAsk) ([]string, error) {
	holds, err := p.readHolds(ctx, ask.FulfillmentOrderID)
	if err != nil {
		return nil, err
	}
	var left []string
	for _, h := range holds {
		if slices.Contains(ask.HoldIDs, h.ID) {
			left = append(left, h.ID)
		}
	}
	return left, nil
}
