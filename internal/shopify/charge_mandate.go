package shopify

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// chargeMandate charges a stored payment method. The payment is made by a job of Shopify's own: an act begins it, and
// from then on it is followed by its reference, which the outbox keeps. Where that got lost it is known by a new payment
// of the amount; and a second call with the key of the first begins no other payment, but answers as the first did.
var chargeMandate = handler{
	ready: func(e exchange.Effect) bool { return movesMoney(e) && e.Money.MandateID != "" },
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		if e.Money.Reference != "" {
			out, err := p.follow(ctx, e.Money, e.Money.Reference, "")
			if !errors.Is(err, errNoPayment) {
				return out, err
			}
		}
		return lookAtMoney(charged, owesThat)(ctx, p, e)
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		var amount *shopifygql.MoneyInput
		if !e.Money.Whole {
			amount = moneyInput(e.Money.Amount)
		}
		data, _, err := shopifygql.OrderCreateMandatePayment(ctx, p.gql, e.Money.OrderID, e.Money.MandateID, keyOf(e.ID, 1), amount, !e.Money.Authorise)
		if errors.Is(err, errDenied) { // few apps may do this, and few shops choose the amount: there are other ways
			return exchange.Outcome{}, &exchange.RejectedError{Code: "access_denied", Reason: clipped(err.Error())}
		}
		if err != nil {
			return exchange.Outcome{}, err
		}
		begun := data.OrderCreateMandatePayment
		if begun == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedCharge(begun.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		reference, job := textOf(begun.PaymentReferenceId), ""
		if begun.Job != nil {
			job = begun.Job.Id
		}
		if reference == "" {
			return exchange.Outcome{}, errNoPayload
		}
		out, err := p.follow(ctx, e.Money, reference, job)
		if err == nil || errors.Is(err, exchange.ErrRejected) {
			return out, err
		}
		return exchange.Outcome{}, underWay(reference, err)
	},
}

// underWay says that a payment was begun, and is followed from here on: soon, but where Shopify has said that it is with
// the gateway and takes its time.
func underWay(reference string, err error) error {
	out := &exchange.NotSentError{Reference: reference, Err: err}
	var asked *exchange.NotSentError
	if errors.As(err, &asked) {
		out.After = asked.After
	}
	return out
}

// asProcessing says that Shopify's own job has the payment in hand, which is a matter of seconds: the goods wait for it.
func asProcessing() error { return &exchange.NotSentError{Err: errProcessing} }

var errProcessing = errors.New("the payment is being made")

// chargeFailed is the code of a payment that the gateway, or its customer's bank, refused.
const chargeFailed = "charge_failed"

// errNoPayment: Shopify knows of no payment by that reference, or not yet.
var errNoPayment = errors.New("no payment by this reference")

// follow says what became of a payment that was begun. job is what makes it, if known: once that is over without a
// payment there will be none.
func (p *Peer) follow(ctx context.Context, ask *exchange.MoneyAsk, reference, job string) (exchange.Outcome, error) {
	state, err := p.paymentState(ctx, ask.OrderID, reference)
	if errors.Is(err, errNoPayment) && job != "" {
		data, _, jobErr := shopifygql.JobState(ctx, p.gql, job)
		if jobErr != nil || data.Job == nil || !data.Job.Done {
			return exchange.Outcome{}, errors.Join(err, jobErr)
		}
		if state, err = p.paymentState(ctx, ask.OrderID, reference); errors.Is(err, errNoPayment) {
			return exchange.Outcome{}, &exchange.RejectedError{Code: chargeFailed, Reason: "the job has ended without a payment"}
		}
	}
	if err != nil {
		return exchange.Outcome{}, err
	}
	switch state.Status {
	case shopifygql.OrderPaymentStatusResultSuccess, shopifygql.OrderPaymentStatusResultPurchased, shopifygql.OrderPaymentStatusResultCaptured,
		shopifygql.OrderPaymentStatusResultAuthorized, shopifygql.OrderPaymentStatusResultPartialSuccess:
		return paidBy(ask, state.Transactions)
	case shopifygql.OrderPaymentStatusResultError, shopifygql.OrderPaymentStatusResultRetryable, // a new attempt is one with another key
		shopifygql.OrderPaymentStatusResultVoided, shopifygql.OrderPaymentStatusResultRefunded:
		return exchange.Outcome{}, &exchange.RejectedError{Code: chargeFailed, Reason: "the payment is " + string(state.Status)}
	case shopifygql.OrderPaymentStatusResultRedirectRequired:
		return exchange.Outcome{}, &exchange.RejectedError{Code: "charge_needs_customer", Reason: "the bank wants the customer to confirm the payment"}
	case shopifygql.OrderPaymentStatusResultInitiated, shopifygql.OrderPaymentStatusResultProcessing:
		return exchange.Outcome{}, asProcessing()
	}
	return exchange.Outcome{}, asUnderWay()
}

func (p *Peer) paymentState(ctx context.Context, orderID, reference string) (*shopifygql.PaymentState, error) {
	data, _, err := shopifygql.PaymentStatus(ctx, p.gql, orderID, reference)
	if err != nil {
		return nil, err
	}
	if data.OrderPaymentStatus == nil {
		return nil, errNoPayment
	}
	return data.OrderPaymentStatus, nil
}

// paidBy sums up the transactions of a payment: what was really paid, or, where that is wanted, authorised.
func paidBy(ask *exchange.MoneyAsk, list []*shopifygql.TransactionFields) (exchange.Outcome, error) {
	all, err := transactionsOf(list)
	if err != nil {
		return exchange.Outcome{}, err
	}
	sum := exchange.Money{Currency: ask.Amount.Currency}
	out := exchange.Outcome{Result: exchange.Done}
	for _, t := range all {
		if t.Status != statusSuccess || !slices.Contains(paidKinds(ask), t.Kind) {
			continue
		}
		if sum, err = sum.Plus(t.Amount); err != nil {
			return exchange.Outcome{}, err
		}
		out.IDs = append(out.IDs, t.ID)
	}
	if len(out.IDs) == 0 {
		return exchange.Outcome{}, asProcessing() // it says that it is made, and what it made is not there yet
	}
	out.ID, out.Amount = out.IDs[0], &sum
	if len(out.IDs) == 1 {
		out.IDs = nil
	}
	return out, nil
}

func paidKinds(ask *exchange.MoneyAsk) []string {
	if ask.Authorise {
		return []string{kindAuthorization}
	}
	return []string{kindSale, kindCapture}
}

// charged looks for the payment among an order's transactions. One that failed may be the customer's own attempt: what
// became of ours is told by its status.
func charged(ask *exchange.MoneyAsk, found payments, _ time.Time) (exchange.Outcome, error) {
	pending := false
	for _, t := range found.list {
		if !slices.Contains(paidKinds(ask), t.Kind) || t.Amount != ask.Amount || !ours(ask, t.ID) || slices.Contains(ask.Before, t.ParentID) {
			continue
		}
		if t.Status == statusSuccess {
			return exchange.Outcome{Result: exchange.Done, ID: t.ID, Amount: &t.Amount}, nil
		}
		pending = pending || slices.Contains(statusesOpen, t.Status)
	}
	if pending {
		return exchange.Outcome{}, asUnderWay()
	}
	return notDone, nil
}

// owesThat refuses to ask for money that the order does not owe: what is authorised counts as paid. Where Shopify is
// not told an amount, it takes all that is outstanding, which must be just the amount.
func owesThat(ask *exchange.MoneyAsk, found payments, _ time.Time) error {
	switch {
	case found.outstanding.Minor <= 0:
		return &exchange.RejectedError{Code: codeNothingOwed, Reason: "the order owes nothing any more"}
	case found.outstanding.Minor < ask.Amount.Minor, ask.Whole && found.outstanding != ask.Amount, found.outstanding.Currency != ask.Amount.Currency:
		return otherAmount(ask, found)
	}
	return nil
}

// codeNothingOwed is the code of an act that asks for money which is paid already.
const codeNothingOwed = "nothing_owed"

func otherAmount(ask *exchange.MoneyAsk, found payments) error {
	return &exchange.RejectedError{
		Code: "other_amount_owed", Reason: "the order asks for " + found.outstanding.String() + ", not for " + ask.Amount.String(),
	}
}

func moneyInput(m exchange.Money) *shopifygql.MoneyInput {
	return &shopifygql.MoneyInput{Amount: m.Decimal(), CurrencyCode: shopifygql.CurrencyCode(m.Currency)}
}
