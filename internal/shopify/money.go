package shopify

import (
	"errors"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// amountOf reads an amount, exactly. Nil is no amount at all.
func amountOf(m *shopifygql.Money) (exchange.Money, error) {
	if m == nil {
		return exchange.Money{}, nil
	}
	return exchange.ParseMoney(m.Amount, string(m.CurrencyCode))
}

// presentment is an amount in the currency the customer pays in, which captures and refunds are made in.
func presentment(b *shopifygql.PresentmentMoney) (exchange.Money, error) {
	if b == nil {
		return exchange.Money{}, nil
	}
	return amountOf(b.PresentmentMoney)
}

// bothOf is an amount in the customer's currency and in the shop's own.
func bothOf(b *shopifygql.BothMoney) (presentment, shop exchange.Money, err error) {
	if b == nil {
		return exchange.Money{}, exchange.Money{}, nil
	}
	var errs [2]error
	presentment, errs[0] = amountOf(b.PresentmentMoney)
	shop, errs[1] = amountOf(b.ShopMoney)
	return presentment, shop, errors.Join(errs[:]...)
}

// balance is what an order owes. An open authorisation counts as paid in outstanding, so what is really
// still due is outstanding and capturable together.
type balance struct {
	outstanding, capturable exchange.Money // presentment currency
	shopOutstanding         exchange.Money // the shop's own currency
}

func balanceOf(m shopifygql.OrderMoney) (b balance, err error) {
	if m.TotalOutstandingSet == nil || m.TotalCapturableSet == nil {
		return balance{}, errors.New("order has no balance")
	}
	var errs [3]error
	b.outstanding, errs[0] = amountOf(m.TotalOutstandingSet.PresentmentMoney)
	b.shopOutstanding, errs[1] = amountOf(m.TotalOutstandingSet.ShopMoney)
	b.capturable, errs[2] = presentment(m.TotalCapturableSet)
	return b, errors.Join(errs[:]...)
}

// due is what must still be captured or collected.
func (b balance) due() (exchange.Money, error) { return b.outstanding.Plus(b.capturable) }

// mostTransactions is the length that a read of an order's transactions is cut at.
const mostTransactions = 50

func transactionsOf(list []*shopifygql.TransactionFields) ([]exchange.Transaction, error) {
	if len(list) >= mostTransactions {
		return nil, tooMany("transactions")
	}
	out := make([]exchange.Transaction, 0, len(list))
	for _, t := range list {
		amount, inShop, err := bothOf(t.AmountSet)
		if err != nil {
			return nil, err
		}
		unsettled, err := presentment(t.TotalUnsettledSet)
		if err != nil {
			return nil, err
		}
		one := exchange.Transaction{
			ID: t.Id, Kind: string(t.Kind), Status: string(t.Status), Amount: amount, Unsettled: unsettled,
			Capturable: t.ManuallyCapturable, MultiCapturable: t.MultiCapturable, ShopAmount: inShop, Manual: t.ManualPaymentGateway,
		}
		if t.ParentTransaction != nil {
			one.ParentID = t.ParentTransaction.Id
		}
		if t.AuthorizationExpiresAt != nil {
			one.ExpiresAt = t.AuthorizationExpiresAt.UTC()
		}
		out = append(out, one)
	}
	return out, nil
}
