package shopify

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// pendingFor is how long to leave a capture alone that the gateway has not answered.
const pendingFor = time.Minute

// What Shopify says of a transaction.
const (
	kindCapture   = "CAPTURE"
	statusSuccess = "SUCCESS"
)

var (
	statusesOpen   = []string{"PENDING", "AWAITING_RESPONSE", "UNKNOWN"}
	statusesFailed = []string{"FAILURE", "ERROR"}
)

// capture takes an amount from an authorisation. It is known by a new capture of that amount from that
// authorisation; before it is made, the look compares what the order should owe with what Shopify says.
var capture = handler{
	ready: func(e exchange.Effect) bool {
		return e.Money != nil && e.Money.OrderID != "" && e.Money.ParentID != "" && e.Money.Amount.Minor > 0
	},
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		list, b, err := p.readPayments(ctx, e.Money.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		out, err := captured(e.Money, list)
		if err != nil || out.Result != exchange.NotDone || e.Withdraw { // what is not wanted any more needs no check
			return out, err
		}
		return mayCapture(e.Money, list, b, p.now())
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		currency := shopifygql.CurrencyCode(e.Money.Amount.Currency)
		in := &shopifygql.OrderCaptureInput{
			Id: e.Money.OrderID, ParentTransactionId: e.Money.ParentID, Amount: e.Money.Amount.Decimal(), Currency: &currency,
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
		return taken(data.OrderCapture.Transaction)
	},
}

// taken says what became of a capture that Shopify has made.
func taken(t *shopifygql.TransactionFields) (exchange.Outcome, error) {
	if t == nil {
		return exchange.Outcome{}, errNoPayload
	}
	switch {
	case t.Status == statusSuccess:
		amount, err := presentment(t.AmountSet)
		return exchange.Outcome{Result: exchange.Done, ID: t.Id, Amount: &amount}, err
	case slices.Contains(statusesFailed, string(t.Status)):
		return exchange.Outcome{}, &exchange.RejectedError{Code: "capture_failed", Reason: codeOf(t.ErrorCode)}
	}
	return exchange.Outcome{}, errors.New("pending at the gateway")
}

// captured looks for the capture among an order's transactions.
func captured(ask *exchange.MoneyAsk, list []exchange.Transaction) (exchange.Outcome, error) {
	pending, refused := false, false
	for _, t := range list {
		if t.Kind != kindCapture || t.ParentID != ask.ParentID || t.Amount != ask.Amount ||
			slices.Contains(ask.Before, t.ID) || slices.Contains(ask.Taken, t.ID) {
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
		return exchange.Outcome{}, &exchange.NotSentError{After: pendingFor, Err: errors.New("pending at the gateway")}
	case refused:
		return exchange.Outcome{}, &exchange.RejectedError{Code: "capture_failed", Reason: "the gateway refused the capture"}
	}
	return notDone, nil
}

// mayCapture is NotDone if nothing speaks against the capture: Shopify says that the order owes what our
// ledger says, and the authorisation still holds the amount.
func mayCapture(ask *exchange.MoneyAsk, list []exchange.Transaction, b balance, now time.Time) (exchange.Outcome, error) {
	theirs, err := b.due()
	if err != nil {
		return exchange.Outcome{}, err
	}
	if ask.Owed == nil {
		return exchange.Outcome{
			Result: exchange.Refused, Code: exchange.CodeMismatch, Theirs: &theirs,
			Reason: "the order owes " + theirs.String() + " by Shopify, and our ledger cannot tell",
		}, nil
	}
	if *ask.Owed != theirs {
		return exchange.Outcome{
			Result: exchange.Refused, Code: exchange.CodeMismatch, Ours: ask.Owed, Theirs: &theirs,
			Reason: "the order owes " + theirs.String() + " by Shopify and " + ask.Owed.String() + " by our ledger",
		}, nil
	}
	if t := unclaimed(ask, list); t != nil {
		return exchange.Outcome{
			Result: exchange.Refused, Code: "capture_unclear",
			Reason: "the store was restored from a backup, and " + t.ID + " over " + t.Amount.String() +
				" may be what we captured since: nothing was captured; settle the rest by hand",
		}, nil
	}
	from := transaction(list, ask.ParentID)
	switch {
	case from == nil, from.Status != statusSuccess, !from.Capturable,
		!from.ExpiresAt.IsZero() && !now.Before(from.ExpiresAt),
		from.Unsettled.Currency != ask.Amount.Currency, from.Unsettled.Minor < ask.Amount.Minor:
		return exchange.Outcome{}, &exchange.RejectedError{
			Code: "authorization_gone", Reason: "the authorisation is spent, expired, or holds less than " + ask.Amount.String(),
		}
	}
	return notDone, nil
}

// unclaimed is a payment that may be a capture of ours which a restored store does not know.
func unclaimed(ask *exchange.MoneyAsk, list []exchange.Transaction) *exchange.Transaction {
	for i, t := range list {
		paid := (t.Kind == kindCapture || t.Kind == "SALE") && !slices.Contains(statusesFailed, t.Status)
		if ask.Restored && paid && !slices.Contains(ask.Known, t.ID) && !slices.Contains(ask.Taken, t.ID) {
			return &list[i]
		}
	}
	return nil
}

func transaction(list []exchange.Transaction, id string) *exchange.Transaction {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}

// readPayments reads an order's transactions and what it owes, in one breath.
func (p *Peer) readPayments(ctx context.Context, orderID string) ([]exchange.Transaction, balance, error) {
	data, _, err := shopifygql.OrderPayments(ctx, p.gql, orderID)
	if err != nil {
		return nil, balance{}, err
	}
	if data.Order == nil {
		return nil, balance{}, gone("order", orderID)
	}
	list, err := transactionsOf(data.Order.Transactions)
	if err != nil {
		return nil, balance{}, err
	}
	b, err := balanceOf(data.Order.OrderMoney)
	return list, b, err
}
