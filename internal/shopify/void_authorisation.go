package shopify

import (
	"context"
	"time"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// voidAuthorisation lets go of what an authorisation still holds. It is known by the void of that authorisation,
// whoever made it: there is only one.
var voidAuthorisation = handler{
	ready: func(e exchange.Effect) bool { return movesMoney(e) && e.Money.ParentID != "" },
	look: lookAtMoney(voided, func(ask *exchange.MoneyAsk, found payments, now time.Time) error {
		if !holds(transaction(found.list, ask.ParentID), exchange.Money{Minor: 1, Currency: ask.Amount.Currency}, now) {
			return authorizationGone(ask.Amount)
		}
		return nil
	}),
	act: func(ctx context.Context, p *Peer, e exchange.Effect) (exchange.Outcome, error) {
		data, _, err := shopifygql.TransactionVoid(ctx, p.gql, e.Money.ParentID)
		if err != nil {
			return exchange.Outcome{}, err
		}
		if data.TransactionVoid == nil {
			return exchange.Outcome{}, errNoPayload
		}
		if err := refusedVoid(data.TransactionVoid.UserErrors); err != nil {
			return exchange.Outcome{}, err
		}
		return made(data.TransactionVoid.Transaction, "void_failed")
	},
}

// voided looks for the void among an order's transactions.
func voided(ask *exchange.MoneyAsk, found payments, _ time.Time) (exchange.Outcome, error) {
	for _, t := range found.list {
		if t.Kind == kindVoid && t.ParentID == ask.ParentID && t.Status == statusSuccess {
			return exchange.Outcome{Result: exchange.Done, ID: t.ID, Amount: &t.Amount}, nil
		}
	}
	return notDone, nil
}
