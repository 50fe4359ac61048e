package shopify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// fulfill fulfils what a parcel holds, with explicit quantities. It is known by a new fulfillment of just
// these goods together with what remains of them; a tracking number only confirms.
var fulfill = handler{
	ready: func(e exchange.Effect) bool { return e.Ship != nil && e.Ship.OrderID != "" && len(e.Ship.Lines) > 0 },
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		orders, shipped, err := p.readShipping(ctx, e.Ship.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		return fulfilled(e.Ship, orders, shipped)
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		orders, _, err := p.readShipping(ctx, e.Ship.OrderID)
		if err != nil {
			return exchange.Outcome{}, notSent(err)
		}
		lines, err := fulfillable(e.Ship.Lines, orders)
		if err != nil {
			return exchange.Outcome{}, err
		}
		data, _, err := shopifygql.FulfillmentCreate(ctx, p.gql, &shopifygql.FulfillmentInput{
			LineItemsByFulfillmentOrder: lines, TrackingInfo: trackingInput(e.Ship.Parcels), NotifyCustomer: &e.Ship.Notify,
		})
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.FulfillmentCreate == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedUser(data.FulfillmentCreate.UserErrors); err != nil {
			return exchange.Outcome{}, p.closedMeanwhile(ctx, e.Ship, err)
		}
		if data.FulfillmentCreate.Fulfillment == nil {
			return exchange.Outcome{}, errNoPayload
		}
		return exchange.Outcome{Result: exchange.Done, ID: data.FulfillmentCreate.Fulfillment.Id}, nil
	},
}

// fulfilled tells from an order's outbound work and fulfillments whether ask was done.
func fulfilled(ask *exchange.FulfillAsk, orders []exchange.FulfillmentOrder, shipped []exchange.Fulfillment) (exchange.Outcome, error) {
	var same []exchange.Fulfillment
	undone := false // made, and cancelled since: somebody decided that, so it is not made again
	wanted := map[string]int{}
	for _, l := range ask.Lines {
		wanted[l.LineItemID] += l.Quantity
	}
	for _, f := range shipped {
		if slices.Contains(ask.Before, f.ID) || !maps.Equal(wanted, shippedGoods(f)) {
			continue
		}
		if f.Cancelled {
			undone = true
			continue
		}
		same = append(same, f)
	}
	untouched, taken := remains(ask, orders)
	switch {
	case len(same) == 0 && untouched && !undone:
		return notDone, nil
	case len(same) == 1 && taken && !otherParcels(ask.Parcels, same[0].Tracking):
		return exchange.Outcome{Result: exchange.Done, ID: same[0].ID}, nil
	}
	return exchange.Outcome{}, fmt.Errorf("%w: %d new fulfillments of %s hold these goods, and what remains of them does not tell the rest",
		exchange.ErrAmbiguous, len(same), ask.OrderID)
}

func shippedGoods(f exchange.Fulfillment) map[string]int {
	goods := map[string]int{}
	for _, l := range f.Lines {
		goods[l.LineItemID] += l.Quantity
	}
	return goods
}

// otherParcels reports whether a fulfillment's tracking names none of our parcels: it is another one then.
func otherParcels(ours []exchange.Parcel, theirs []string) bool {
	numbers := numbersOf(ours)
	if len(numbers) == 0 || len(theirs) == 0 {
		return false
	}
	return !slices.ContainsFunc(theirs, func(n string) bool { return slices.Contains(numbers, n) })
}

// remains tells whether all of what was there before still remains, or all of it less what was asked for.
// A fulfillment order can be moved, split or merged, and gets other ids; the order's line stays.
func remains(ask *exchange.FulfillAsk, orders []exchange.FulfillmentOrder) (untouched, taken bool) {
	byID, byItem := map[string]int{}, map[string]int{}
	for _, o := range orders {
		for _, l := range o.Lines {
			byID[l.ID] = l.Remaining
			byItem[l.LineItemID] += l.Remaining
		}
	}
	same, less := true, true
	before, asked := map[string]int{}, map[string]int{}
	for _, l := range ask.Lines {
		now, there := byID[l.LineID]
		same = same && there && now == l.Remaining
		less = less && there && now == l.Remaining-l.Quantity
		before[l.LineItemID] += l.Remaining
		asked[l.LineItemID] += l.Quantity
	}
	sameItems, lessItems := true, true
	for item, n := range before {
		sameItems = sameItems && byItem[item] == n
		lessItems = lessItems && byItem[item] == n-asked[item]
	}
	return same || sameItems, less || lessItems
}

// closedMeanwhile is why a fulfillment was refused: what cannot be shipped now, if a read says so, or else refused.
// A userError has no code.
func (p *Peer) closedMeanwhile(ctx context.Context, ask *exchange.FulfillAsk, refused error) error {
	orders, _, err := p.readShipping(ctx, ask.OrderID)
	if err != nil {
		return refused
	}
	if _, err := fulfillable(ask.Lines, orders); errors.Is(err, exchange.ErrNotSent) {
		return err
	}
	return refused
}

// heldFor is how long to leave a fulfillment order alone that cannot be shipped now.
const heldFor = 15 * time.Minute

// fulfillable finds where the lines asked for stand now.
//
// Errors: *exchange.NotSentError where a hold, or a status that may change, keeps one from being shipped;
// *exchange.RejectedError fulfillment_not_open where no fulfillment order holds enough any more.
func fulfillable(asked []exchange.FulfillLine, orders []exchange.FulfillmentOrder) ([]*shopifygql.FulfillmentOrderLineItemsInput, error) {
	var out []*shopifygql.FulfillmentOrderLineItemsInput
	for _, l := range asked {
		order, line := standsIn(l, orders)
		if order == nil {
			return nil, &exchange.RejectedError{Code: "fulfillment_not_open", Reason: "no fulfillment order holds enough of " + l.LineItemID}
		}
		if order.Status == string(shopifygql.FulfillmentOrderStatusOnHold) || len(order.Holds) > 0 {
			return nil, &exchange.NotSentError{After: heldFor, Err: errors.New(order.ID + " is on hold")}
		}
		if !slices.Contains(order.CanDo, string(shopifygql.FulfillmentOrderActionCreateFulfillment)) {
			return nil, &exchange.NotSentError{After: heldFor, Err: errors.New(order.ID + " is " + order.Status)}
		}
		i := slices.IndexFunc(out, func(in *shopifygql.FulfillmentOrderLineItemsInput) bool { return in.FulfillmentOrderId == order.ID })
		if i < 0 {
			i = len(out)
			out = append(out, &shopifygql.FulfillmentOrderLineItemsInput{FulfillmentOrderId: order.ID})
		}
		out[i].FulfillmentOrderLineItems = append(out[i].FulfillmentOrderLineItems,
			&shopifygql.FulfillmentOrderLineItemInput{Id: line.ID, Quantity: l.Quantity})
	}
	if len(out) == 0 {
		return nil, errors.New("nothing to fulfil")
	}
	return out, nil
}

// standsIn is the fulfillment order's line that l names, or, where that holds too little, the first that
// holds enough of the same goods.
func standsIn(l exchange.FulfillLine, orders []exchange.FulfillmentOrder) (*exchange.FulfillmentOrder, *exchange.FulfillmentOrderLine) {
	for _, named := range []bool{true, false} {
		for i := range orders {
			for j := range orders[i].Lines {
				line := &orders[i].Lines[j]
				if line.Remaining >= l.Quantity && (line.ID == l.LineID || !named && line.LineItemID == l.LineItemID) {
					return &orders[i], line
				}
			}
		}
	}
	return nil, nil
}
