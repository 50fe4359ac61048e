package shopify

import (
	"context"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// sendInvoice has Shopify write to the customer, with a link by which all that is outstanding can be paid; there is no
// choosing an amount, so it must be just the one asked for. No look can tell that it was sent: an order's events may
// show a mail or not, do not say which one it was but in words that hold an address, and are not read. So what a look
// tells is whether there still is something to ask for. After a lost reply the customer may get a second mail with the
// same link: it costs no money, since what is paid is not outstanding any more.
var sendInvoice = handler{
	ready: movesMoney,
	look: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		if e.Withdraw {
			return notDone, nil
		}
		found, err := p.readPayments(ctx, e.Money.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if found.outstanding.Minor <= 0 { // before our ledgers are compared: a customer who has paid is no mismatch
			return exchange.Outcome{}, owesThat(e.Money, found, p.now())
		}
		return mayMove(e, found, p.now(), func(ask *exchange.MoneyAsk, found payments, _ time.Time) error {
			if found.outstanding != ask.Amount {
				return otherAmount(ask, found)
			}
			return nil
		})
	},
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.OrderInvoiceSend(ctx, p.gql, e.Money.OrderID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.OrderInvoiceSend == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedInvoice(data.OrderInvoiceSend.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return done, nil
	},
}
