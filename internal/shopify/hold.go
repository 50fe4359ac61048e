package shopify

import (
	"context"
	"errors"
	"slices"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// holdFulfillment puts our hold on a fulfillment order. It is known by its handle, which Shopify takes
// once per app and fulfillment order.
var holdFulfillment = handler{
	ready: func(e exchange.Effect) bool {
		return e.Hold != nil && e.Hold.FulfillmentOrderID != "" && e.Hold.Handle != ""
	},
	look: lookHold,
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		notes := "tradeback"
		data, _, err := shopifygql.FulfillmentOrderHold(ctx, p.gql, e.Hold.FulfillmentOrderID, &shopifygql.FulfillmentOrderHoldInput{
			Reason: shopifygql.FulfillmentHoldReasonOther, ReasonNotes: &notes, Handle: &e.Hold.Handle,
		})
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.FulfillmentOrderHold == nil {
			return exchange.Outcome{}, errNoPayload
		}
		err = refusedHold(data.FulfillmentOrderHold.UserErrors)
		var twice *exchange.RejectedError
		if errors.As(err, &twice) && twice.Code == "duplicate_fulfillment_hold_handle" {
			if there, lookErr := lookHold(ctx, p, e); lookErr != nil || there.Result == exchange.Done {
				return there, lookErr
			}
		}
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.FulfillmentOrderHold.FulfillmentHold == nil {
			return exchange.Outcome{}, errNoPayload
		}
		return exchange.Outcome{Result: exchange.Done, ID: data.FulfillmentOrderHold.FulfillmentHold.Id}, nil
	},
}

func lookHold(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
	holds, err := p.readHolds(ctx, e.Hold.FulfillmentOrderID)
	if err != nil {
		return exchange.Outcome{}, err
	}
	i := slices.IndexFunc(holds, func(h exchange.Hold) bool { return h.Ours && h.Handle == e.Hold.Handle })
	if i < 0 {
		return notDone, nil
	}
	return exchange.Outcome{Result: exchange.Done, ID: holds[i].ID}, nil
}

// readHolds reads what keeps a fulfillment order from being shipped.
func (p *Peer) readHolds(ctx context.Context, fulfillmentOrderID string) ([]exchange.Hold, error) {
	data, _, err := shopifygql.FulfillmentOrderHolds(ctx, p.gql, fulfillmentOrderID)
	if err != nil {
		return nil, err
	}
	if data.FulfillmentOrder == nil {
		return nil, gone("fulfillment_order", fulfillmentOrderID)
	}
	return holdsOf(data.FulfillmentOrder.FulfillmentHolds), nil
}
