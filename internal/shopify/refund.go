package shopify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// refund gives money back to the payments named, without a return. It is known by new refunds of these amounts to these
// payments. Within a day Shopify's own memory of the key guards a second call as well; after that only the look does.
var refund = handler{
	ready: func(e exchange.Effect) bool { return movesMoney(e) && refundAddsUp(e.Money) },
	look:  lookAtMoney(refunded, fitsAlways), // more than was paid Shopify does not give back
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		in, err := p.refundInput(ctx, e.Money)
		if err != nil {
			return exchange.Outcome{}, notSent(err)
		}
		for n := 1; ; n++ {
			out, err := p.refund(ctx, e.Money, in, keyOf(e.ID, n))
			if !errors.Is(err, errKeySpent) || n == mostKeys {
				return out, err
			}
		}
	},
}

// mostKeys bounds how many keys one attempt tries, when Shopify says of each that nothing came of it.
const mostKeys = 3

// refundAddsUp reports whether the parts of a refund are its amount.
func refundAddsUp(ask *exchange.MoneyAsk) bool {
	sum := exchange.Money{Currency: ask.Amount.Currency}
	for _, f := range ask.From {
		var err error
		if sum, err = sum.Plus(f.Amount); err != nil || f.ParentID == "" || f.Amount.Minor <= 0 {
			return false
		}
	}
	return sum == ask.Amount
}

// refundInput is the refund as Shopify takes it: of each payment it wants the gateway.
func (p *Peer) refundInput(ctx context.Context, ask *exchange.MoneyAsk) (*shopifygql.RefundInput, error) {
	data, _, err := shopifygql.OrderPayments(ctx, p.gql, ask.OrderID)
	if err != nil {
		return nil, err
	}
	if data.Order == nil {
		return nil, gone("order", ask.OrderID)
	}
	currency := shopifygql.CurrencyCode(ask.Amount.Currency)
	in := &shopifygql.RefundInput{OrderId: ask.OrderID, Currency: &currency}
	for _, f := range ask.From {
		i := slices.IndexFunc(data.Order.Transactions, func(t *shopifygql.TransactionFields) bool { return t.Id == f.ParentID })
		if i < 0 {
			return nil, gone("transaction", f.ParentID)
		}
		in.Transactions = append(in.Transactions, &shopifygql.OrderTransactionInput{
			OrderId: ask.OrderID, ParentId: &f.ParentID, Gateway: textOf(data.Order.Transactions[i].Gateway),
			Kind: shopifygql.OrderTransactionKindRefund, Amount: f.Amount.Decimal(),
		})
	}
	return in, nil
}

func (p *Peer) refund(ctx context.Context, ask *exchange.MoneyAsk, in *shopifygql.RefundInput, key string) (exchange.Outcome, error) {
	data, _, err := shopifygql.RefundCreate(ctx, p.gql, in, key)
	if err != nil {
		return exchange.Outcome{}, err
	}
	if data.RefundCreate == nil {
		return exchange.Outcome{}, errNoPayload
	}
	if err := refusedRefund(data.RefundCreate.UserErrors); err != nil {
		return exchange.Outcome{}, err
	}
	if r := data.RefundCreate.Refund; r == nil || r.Transactions == nil || cut(r.Transactions.PageInfo) {
		return exchange.Outcome{}, errNoPayload
	}
	list, err := transactionsOf(data.RefundCreate.Refund.Transactions.Nodes)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out, err := refunded(&exchange.MoneyAsk{From: ask.From, Amount: ask.Amount}, payments{list: list}, p.now())
	switch {
	case errors.Is(err, errPending):
		return exchange.Outcome{}, errPending // it was made: what comes of it a look will tell
	case err == nil && out.Result != exchange.Done:
		return exchange.Outcome{}, errNoPayload
	}
	return out, err
}

// refusedRefund sorts what a refund's errors say. What is said of the key is no word on the refund.
func refusedRefund(list []*shopifygql.UserError) error {
	if len(list) == 0 {
		return nil
	}
	switch words := strings.ToLower(list[0].Message); {
	case strings.Contains(words, "idempoten") && strings.Contains(words, "fail"):
		return errKeySpent
	case strings.Contains(words, "in progress"), strings.Contains(words, "idempoten") && !strings.Contains(words, "param"):
		return &exchange.NotSentError{After: pendingFor, Err: errKeyBusy}
	}
	return refusedUser(list)
}

// refunded looks for the refund among an order's transactions. Of a refund in parts what has moved counts, once
// nothing of it is pending.
func refunded(ask *exchange.MoneyAsk, found payments, _ time.Time) (exchange.Outcome, error) {
	var moved []exchange.Transaction
	used := map[string]bool{}
	pending, refused := false, false
	for _, part := range ask.From {
		t := refundOf(ask, part, found.list, used)
		switch {
		case t == nil:
		case t.Status == statusSuccess:
			moved = append(moved, *t)
		case slices.Contains(statusesFailed, t.Status):
			refused = true
		default:
			pending = true
		}
	}
	switch {
	case pending:
		return exchange.Outcome{}, asUnderWay()
	case len(moved) > 0:
		sum := exchange.Money{Currency: ask.Amount.Currency}
		out := exchange.Outcome{Result: exchange.Done, ID: moved[0].ID}
		for _, t := range moved {
			var err error
			if sum, err = sum.Plus(t.Amount); err != nil {
				return exchange.Outcome{}, err
			}
			out.IDs = append(out.IDs, t.ID)
		}
		out.Amount = &sum
		return out, nil
	case refused:
		return exchange.Outcome{}, &exchange.RejectedError{Code: "refund_failed", Reason: "the gateway refused the refund"}
	}
	return notDone, nil
}

// refundOf is the transaction by which a part of a refund was given back: one that has moved, else one that may still
// move, else one that failed.
func refundOf(ask *exchange.MoneyAsk, part exchange.RefundFrom, list []exchange.Transaction, used map[string]bool) *exchange.Transaction {
	var best *exchange.Transaction
	rank := func(t *exchange.Transaction) int {
		switch {
		case t == nil:
			return 0
		case slices.Contains(statusesFailed, t.Status):
			return 1
		case t.Status != statusSuccess:
			return 2
		}
		return 3
	}
	for i := range list {
		t := &list[i]
		if t.Kind == kindRefund && t.ParentID == part.ParentID && t.Amount == part.Amount && ours(ask, t.ID) && !used[t.ID] && rank(t) > rank(best) {
			best = t
		}
	}
	if best != nil {
		used[best.ID] = true
	}
	return best
}
