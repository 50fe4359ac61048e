package shopify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// process processes lines of a return, all in one call, and gives money back in the same call where the effect says so.
// It is known by the processed quantities (the status in the call's own answer is the one before), and what was given
// back by new refunds of these amounts. Whether Shopify processes lines without the refund that was asked for is not
// known: then it is done without an amount, and the refund is a matter of its own.
var process = handler{
	ready: func(e exchange.Effect) bool {
		return aboutLines(e) && (e.Money == nil || movesMoney(e) && refundAddsUp(e.Money))
	},
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		out, err := p.lookLines(ctx, e.Lines, 1, func(l lineQuantity) int { return l.processed })
		if err != nil || e.Money == nil || out.Result == exchange.NotDone && e.Withdraw {
			return out, err
		}
		if out.Result == exchange.Done {
			return p.refundedAlong(ctx, e)
		}
		found, err := p.readPayments(ctx, e.Money.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		return mayMove(e, found, p.now(), fitsAlways)
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.ReturnProcess(ctx, p.gql, processInput(e))
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.ReturnProcess == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedReturn(data.ReturnProcess.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		if data.ReturnProcess.Return == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if e.Money == nil {
			return done, nil
		}
		out, err := p.refundedAlong(ctx, e)
		if err != nil { // processed it is: what was given back a look will tell
			return exchange.Outcome{}, fmt.Errorf("processed, and of the refund: %w", afterwards(err))
		}
		return out, nil
	},
}

func processInput(e exchange.Effect) *shopifygql.ReturnProcessInput {
	silent := false
	in := &shopifygql.ReturnProcessInput{ReturnId: e.Lines.ReturnID, NotifyCustomer: &silent}
	for _, l := range e.Lines.ReturnLines {
		in.ReturnLineItems = append(in.ReturnLineItems, &shopifygql.ReturnProcessReturnLineItemInput{Id: l.ID, Quantity: l.Quantity})
	}
	for _, l := range e.Lines.ExchangeLines {
		in.ExchangeLineItems = append(in.ExchangeLineItems, &shopifygql.ReturnProcessExchangeLineItemInput{Id: l.ID, Quantity: l.Quantity})
	}
	if e.Money != nil {
		back := &shopifygql.ReturnProcessRefundInput{}
		for _, f := range e.Money.From {
			back.OrderTransactions = append(back.OrderTransactions, &shopifygql.ReturnRefundOrderTransactionInput{
				ParentId: f.ParentID, TransactionAmount: moneyInput(f.Amount),
			})
		}
		in.FinancialTransfer = &shopifygql.ReturnProcessFinancialTransferInput{IssueRefund: back}
	}
	return in
}

// refundedAlong says what was given back when e's lines were processed.
func (p *Peer) refundedAlong(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	found, err := p.readPayments(ctx, e.Money.OrderID)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out, err := refunded(e.Money, found, p.now())
	if errors.Is(err, exchange.ErrRejected) || err == nil && out.Result == exchange.NotDone {
		return done, nil
	}
	return out, err
}

// afterwards is an error of a call after the act: what it says is not said of the act, whose outcome is unknown.
func afterwards(err error) error { return errors.New(err.Error()) }

func aboutLines(e exchange.Effect) bool {
	return e.Lines != nil && e.Lines.ReturnID != "" && len(e.Lines.ReturnLines)+len(e.Lines.ExchangeLines) > 0
}

// lookLines tells from where the lines stand whether they have moved by what was asked, up (by is 1) or down (-1). Nothing
// comes off a return that has ended.
func (p *Peer) lookLines(ctx context.Context, ask *exchange.ProcessAsk, by int, stands func(lineQuantity) int) (exchange.Outcome, error) {
	q, err := p.readQuantities(ctx, ask.ReturnID)
	if err != nil {
		return exchange.Outcome{}, err
	}
	if q == nil {
		return exchange.Outcome{}, gone("return", ask.ReturnID)
	}
	at := func(lines []lineQuantity) func(string) (int, bool) {
		return func(id string) (int, bool) {
			i := slices.IndexFunc(lines, func(l lineQuantity) bool { return l.id == id })
			if i < 0 {
				return 0, by < 0 // a line taken off altogether is not listed any more
			}
			return stands(lines[i]), true
		}
	}
	allBack, noneBack := moved(ask.ReturnLines, by, at(q.returnLines))
	allOut, noneOut := moved(ask.ExchangeLines, by, at(q.exchangeLines))
	switch {
	case allBack && allOut:
		return done, nil
	case noneBack && noneOut && by < 0 && q.status != exchange.ReturnOpen:
		return exchange.Outcome{}, &exchange.RejectedError{Code: exchange.CodeReturnEnded, Reason: "the return is " + q.status}
	case noneBack && noneOut:
		return notDone, nil
	}
	return exchange.Outcome{}, fmt.Errorf("%w: of the lines of %s some have moved, or by other quantities", exchange.ErrAmbiguous, ask.ReturnID)
}
