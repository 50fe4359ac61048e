package shopify

import (
	"context"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// createReturn makes a return with exchange lines. Shopify takes no key and shows nothing of ours on a
// return (requestedAt can be written, not read), so that a look knows it by what comes back and what goes out. One
// that is closed, or of which something was processed, is somebody else's: ours is not touched before it is known.
var createReturn = handler{
	ready: func(e exchange.Effect) bool {
		return e.Return != nil && e.Return.OrderID != "" && len(e.Return.ReturnLines) > 0
	},
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.OrderReturns(ctx, p.gql, e.Return.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.Order == nil || data.Order.Returns == nil {
			return exchange.Outcome{}, gone("order", e.Return.OrderID)
		}
		if cut(data.Order.Returns.PageInfo) {
			return exchange.Outcome{}, tooMany("returns of one order")
		}
		wanted := wantedGoods(e.Return)
		var same []string
		further := false // one that may be ours, if the store was restored since
		for _, r := range data.Order.Returns.Nodes {
			over := slices.Contains(overStatuses, string(r.Status))
			mayBeOurs := e.Return.Restored && string(r.Status) == exchange.ReturnClosed
			if slices.Contains(e.Return.Taken, r.Id) || over && !mayBeOurs {
				continue
			}
			q, err := p.readQuantities(ctx, r.Id)
			if err != nil {
				return exchange.Outcome{}, err
			}
			switch {
			case q == nil || !slices.Equal(wanted, q.goods()):
			case !over && !q.begun():
				same = append(same, r.Id)
			default:
				further = further || e.Return.Restored
			}
		}
		if further {
			return exchange.Outcome{}, fmt.Errorf("%w: the store was restored from a backup, and a return of %s with the same lines is processed or closed: it may be ours",
				exchange.ErrAmbiguous, e.Return.OrderID)
		}
		switch len(same) {
		case 0:
			return notDone, nil
		case 1:
			return exchange.Outcome{Result: exchange.Done, ID: same[0]}, nil
		}
		return exchange.Outcome{}, fmt.Errorf("%w: %d returns of %s have the same lines", exchange.ErrAmbiguous, len(same), e.Return.OrderID)
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.ReturnCreate(ctx, p.gql, returnInput(e.Return))
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.ReturnCreate == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedReturn(data.ReturnCreate.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		if data.ReturnCreate.Return == nil {
			return exchange.Outcome{}, errNoPayload
		}
		return exchange.Outcome{Result: exchange.Done, ID: data.ReturnCreate.Return.Id}, nil
	},
}

// overStatuses are those of a return that nothing more comes of.
var overStatuses = []string{exchange.ReturnCanceled, exchange.ReturnDeclined, exchange.ReturnClosed}

// defaultNote stands beside the reason OTHER, which needs one.
const defaultNote = "Exchange"

func returnInput(ask *exchange.CreateAsk) *shopifygql.ReturnInput {
	in := &shopifygql.ReturnInput{OrderId: ask.OrderID}
	if at := ask.RequestedAt.UTC(); !at.IsZero() {
		in.RequestedAt = &at
	}
	for _, l := range ask.ReturnLines {
		line := &shopifygql.ReturnLineItemInput{FulfillmentLineItemId: l.FulfillmentLineItemID, Quantity: l.Quantity}
		reason := shopifygql.ReturnReason(l.Reason)
		if !slices.Contains(shopifygql.AllReturnReason, reason) || reason == shopifygql.ReturnReasonOther {
			reason = shopifygql.ReturnReasonOther
			note := defaultNote
			line.ReturnReasonNote = &note
		}
		line.ReturnReason = &reason
		in.ReturnLineItems = append(in.ReturnLineItems, line)
	}
	for _, l := range ask.ExchangeLines {
		in.ExchangeLineItems = append(in.ExchangeLineItems, &shopifygql.ExchangeLineItemInput{VariantId: &l.VariantID, Quantity: l.Quantity})
	}
	return in
}

// wantedGoods lists what a return is to hold, in the form of quantities.goods.
func wantedGoods(ask *exchange.CreateAsk) []string {
	counts := map[string]int{}
	for _, l := range ask.ReturnLines {
		counts["back "+l.FulfillmentLineItemID] += l.Quantity
	}
	for _, l := range ask.ExchangeLines {
		counts["out "+l.VariantID] += l.Quantity
	}
	return listed(counts)
}

// goods lists what comes back and what goes out with its quantities, sorted, however it is split into lines.
func (q *quantities) goods() []string {
	counts := map[string]int{}
	for _, l := range q.returnLines {
		counts["back "+l.goods] += l.quantity
	}
	for _, l := range q.exchangeLines {
		counts["out "+l.goods] += l.quantity
	}
	return listed(counts)
}

// begun reports whether anything was processed.
func (q *quantities) begun() bool {
	return slices.ContainsFunc(slices.Concat(q.returnLines, q.exchangeLines), func(l lineQuantity) bool { return l.processed > 0 })
}

func listed(counts map[string]int) []string {
	out := make([]string, 0, len(counts))
	for what, n := range counts {
		out = append(out, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(out)
	return out
}
