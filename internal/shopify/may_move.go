package shopify

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// pendingFor is how long to leave a movement alone that the gateway has not answered.
const pendingFor = time.Minute

// What Shopify says of a transaction.
const (
	kindAuthorization = "AUTHORIZATION"
	kindCapture       = "CAPTURE"
	kindSale          = "SALE"
	kindRefund        = "REFUND"
	kindVoid          = "VOID"
	statusSuccess     = "SUCCESS"
)

var (
	statusesOpen   = []string{"PENDING", "AWAITING_RESPONSE", "UNKNOWN"}
	statusesFailed = []string{"FAILURE", "ERROR"}
)

// payments are an order's transactions and what it owes, of one moment.
type payments struct {
	list []exchange.Transaction
	balance
}

// codeUnclear is the code of an act that a restored store may have forgotten, whichever way the money was to go.
const codeUnclear = "capture_unclear"

// toldByPayments says what an order's payments tell of an act.
type toldByPayments func(*exchange.MoneyAsk, payments, time.Time) (exchange.Outcome, error)

// lookAtMoney is the look of an act that moves money: whether it was made already, and if not, whether it may be.
// known knows the act among the order's transactions; fits says what else must hold before it is made.
func lookAtMoney(known toldByPayments, fits func(*exchange.MoneyAsk, payments, time.Time) error) func(context.Context, *Peer, exchange.Effect) (exchange.Outcome, error) {
	return func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		found, err := p.readPayments(ctx, e.Money.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		out, err := known(e.Money, found, p.now())
		if err != nil || out.Result != exchange.NotDone || e.Withdraw { // what is not wanted any more needs no check
			return out, err
		}
		return mayMove(e, found, p.now(), fits)
	}
}

// mayMove is NotDone if nothing speaks against moving money: Shopify says that the order owes what our ledger says,
// no movement on it may be one of ours that a restored store does not know, and it fits the order's payments.
func mayMove(e exchange.Effect, found payments, now time.Time, fits func(*exchange.MoneyAsk, payments, time.Time) error) (exchange.Outcome, error) {
	theirs, err := found.due()
	if err != nil {
		return exchange.Outcome{}, err
	}
	ask := e.Money
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
	if t := unclaimed(e, found.list); t != nil {
		return exchange.Outcome{
			Result: exchange.Refused, Code: codeUnclear,
			Reason: "the store was restored from a backup, and " + t.ID + " over " + t.Amount.String() +
				" may be what we moved since: nothing was moved; settle the rest by hand",
		}, nil
	}
	if err := fits(ask, found, now); err != nil {
		return exchange.Outcome{}, err
	}
	return notDone, nil
}

// fitsAlways is for what Shopify itself refuses where it does not fit.
func fitsAlways(*exchange.MoneyAsk, payments, time.Time) error { return nil }

// unclaimed is a movement in e's direction that may be one of ours which a restored store does not know.
func unclaimed(e exchange.Effect, list []exchange.Transaction) *exchange.Transaction {
	if !e.Money.Restored {
		return nil
	}
	alike := []string{kindCapture, kindSale}
	switch {
	case e.Kind == exchange.Refund || e.Kind == exchange.Process:
		alike = []string{kindRefund}
	case e.Kind == exchange.VoidAuthorisation: // there is no second time
		alike = nil
	case e.Money.Authorise:
		alike = append(alike, kindAuthorization)
	}
	for i, t := range list {
		if slices.Contains(alike, t.Kind) && !slices.Contains(statusesFailed, t.Status) &&
			!slices.Contains(e.Money.Known, t.ID) && !slices.Contains(e.Money.Taken, t.ID) {
			return &list[i]
		}
	}
	return nil
}

// ours reports whether a transaction may be what ask led to: it was not there before, and is no other exchange's.
func ours(ask *exchange.MoneyAsk, id string) bool {
	return !slices.Contains(ask.Before, id) && !slices.Contains(ask.Taken, id)
}

// asUnderWay says that a movement was made and the gateway has not answered.
func asUnderWay() error {
	return &exchange.NotSentError{After: pendingFor, Err: errPending}
}

var errPending = errors.New("pending at the gateway")

// made says what became of a transaction that Shopify's answer to an act holds. failed is the code of a gateway's no.
func made(t *shopifygql.TransactionFields, failed string) (exchange.Outcome, error) {
	if t == nil {
		return exchange.Outcome{}, errNoPayload
	}
	switch {
	case t.Status == statusSuccess:
		amount, _, err := bothOf(t.AmountSet)
		return exchange.Outcome{Result: exchange.Done, ID: t.Id, Amount: &amount}, err
	case slices.Contains(statusesFailed, string(t.Status)):
		return exchange.Outcome{}, &exchange.RejectedError{Code: failed, Reason: codeOf(t.ErrorCode)}
	}
	return exchange.Outcome{}, errPending
}

func transaction(list []exchange.Transaction, id string) *exchange.Transaction {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}

// holds reports whether an authorisation still holds an amount that may be taken.
func holds(t *exchange.Transaction, amount exchange.Money, now time.Time) bool {
	return t != nil && t.Status == statusSuccess && t.Capturable && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt)) &&
		t.Unsettled.Currency == amount.Currency && t.Unsettled.Minor >= amount.Minor
}

// authorizationGone refuses what needs an authorisation that does not hold enough any more.
func authorizationGone(amount exchange.Money) error {
	return &exchange.RejectedError{
		Code: "authorization_gone", Reason: "the authorisation is spent, expired, or holds less than " + amount.String(),
	}
}

// readPayments reads an order's transactions and what it owes, in one breath.
func (p *Peer) readPayments(ctx context.Context, orderID string) (payments, error) {
	data, _, err := shopifygql.OrderPayments(ctx, p.gql, orderID)
	if err != nil {
		return payments{}, err
	}
	if data.Order == nil {
		return payments{}, gone("order", orderID)
	}
	list, err := transactionsOf(data.Order.Transactions)
	if err != nil {
		return payments{}, err
	}
	b, err := balanceOf(data.Order.OrderMoney)
	return payments{list, b}, err
}
