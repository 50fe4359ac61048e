package shopify

import (
	"context"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// process processes lines of a return, all in one call, without a refund. It is known by the processed
// quantities: the status in the call's own answer is the one before.
var process = handler{
	ready: func(e exchange.Effect) bool { return aboutLines(e) },
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		return p.lookLines(ctx, e.Lines, 1, func(l lineQuantity) int { return l.processed })
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		silent := false
		in := &shopifygql.ReturnProcessInput{ReturnId: e.Lines.ReturnID, NotifyCustomer: &silent}
		for _, l := range e.Lines.ReturnLines {
			in.ReturnLineItems = append(in.ReturnLineItems, &shopifygql.ReturnProcessReturnLineItemInput{Id: l.ID, Quantity: l.Quantity})
		}
		for _, l := range e.Lines.ExchangeLines {
			in.ExchangeLineItems = append(in.ExchangeLineItems, &shopifygql.ReturnProcessExchangeLineItemInput{Id: l.ID, Quantity: l.Quantity})
		}
		data, _, err := shopifygql.ReturnProcess(ctx, p.gql, in)
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
		return done, nil
	},
}

func aboutLines(e exchange.Effect) bool {
	return e.Lines != nil && e.Lines.ReturnID != "" && len(e.Lines.ReturnLines)+len(e.Lines.ExchangeLines) > 0
}

// lookLines tells from where the lines stand whether they have moved by what was asked, up (by is 1) or down (-1).
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
	case noneBack && noneOut:
		return notDone, nil
	}
	return exchange.Outcome{}, fmt.Errorf("%w: of the lines of %s some have moved, or by other quantities", exchange.ErrAmbiguous, ask.ReturnID)
}
