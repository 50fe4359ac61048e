package shopify

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// capture takes an amount from an authorisation. It is known by a new capture of that amount from that authorisation.
var capture = handler{
	ready: func(e exchange.Effect) bool { return movesMoney(e) && e.Money.ParentID != "" },
	look:  lookAtMoney(captured, holdsEnough),
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		out, err := p.capture(ctx, e.Money, e.Money.Final)
		if e.Money.Final && errors.Is(err, exchange.ErrRejected) {
			// Not every gateway knows a final capture. A refusal says that nothing was done, so the same may be asked for
			// without it; whatever else is wrong is refused again.
			return p.capture(ctx, e.Money, false)
		}
		return out, err
	},
}

// holdsEnough refuses to take more from an authorisation than it still holds.
func holdsEnough(ask *exchange.MoneyAsk, found payments, now time.Time) error {
	if !holds(transaction(found.list, ask.ParentID), ask.Amount, now) {
		return authorizationGone(ask.Amount)
	}
	return nil
}

func movesMoney(e exchange.Effect) bool {
	return e.Money != nil && e.Money.OrderID != "" && e.Money.Amount.Minor > 0
}

func (p *Peer) capture(ctx context.Context, ask *exchange.MoneyAsk, final bool) (exchange.Outcome, error) {
	currency := shopifygql.CurrencyCode(ask.Amount.Currency)
	in := &shopifygql.OrderCaptureInput{
		Id: ask.OrderID, ParentTransactionId: ask.ParentID, Amount: ask.Amount.Decimal(), Currency: &currency,
	}
	if final {
		in.FinalCapture = &final
	}
	data, _, err := shopifygql.OrderCapture(ctx, p.gql, in)
	if err != nil {
		return exchange.Outcome{}, err
	}
	if data.OrderCapture == nil {
		return exchange.Outcome{}, errNoPayload
	}
	if err := refusedUser(data.OrderCapture.UserErrors); err != nil {
		return exchange.Outcome{}, err
	}
	return made(data.OrderCapture.Transaction, captureFailed)
}

const captureFailed = "capture_failed"

// captured looks for the capture among an order's transactions.
func captured(ask *exchange.MoneyAsk, found payments, _ time.Time) (exchange.Outcome, error) {
	pending, refused := false, false
	for _, t := range found.list {
		if t.Kind != kindCapture || t.ParentID != ask.ParentID || t.Amount != ask.Amount || !ours(ask, t.ID) {
			continue
		}
		if t.Status == statusSuccess {
			return exchange.Outcome{Result: exchange.Done, ID: t.ID, Amount: &t.Amount}, nil
		}
		pending = pending || slices.Contains(statusesOpen, t.Status)
		refused = refused || slices.Contains(statusesFailed, t.Status)
	}
	switch {
	case pending:
		return exchange.Outcome{}, asUnderWay()
	case refused:
		return exchange.Outcome{}, &exchange.RejectedError{Code: captureFailed, Reason: "the gateway refused the capture"}
	}
	return notDone, nil
}
