package shopify

import (
	"context"
	"errors"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// readShop reads a return, its order's money and its order's outbound work. Nil: there is no such return.
//
// Shape: one call for all of it; while lines are left to process a second one for what Shopify would
// settle, whose balance then replaces the first one's, so that both are of the same moment; and one call
// per variant where the article number is not the SKU.
func (p *Peer) readShop(ctx context.Context, returnID string) (*exchange.Shop, error) {
	data, _, err := shopifygql.ReturnWithOrder(ctx, p.gql, returnID)
	if err != nil || data.Return == nil {
		return nil, err
	}
	shop, err := p.shopOf(ctx, data.Return)
	if err != nil {
		return nil, err
	}
	if err := p.suggest(ctx, shop); err != nil {
		return nil, err
	}
	return shop, nil
}

func (p *Peer) shopOf(ctx context.Context, r *shopifygql.ExchangeReturn) (*exchange.Shop, error) {
	if r.Order == nil {
		return nil, errors.New("return has no order")
	}
	shop := &exchange.Shop{
		OrderID: r.Order.Id, OrderName: r.Order.Name, OrderCancelled: r.Order.CancelledAt != nil,
		ReturnID: r.Id, ReturnName: r.Name, ReturnStatus: string(r.Status),
	}
	b, err := balanceOf(r.Order.OrderMoney)
	if err != nil {
		return nil, err
	}
	shop.Outstanding, shop.Capturable, shop.ShopOutstanding = b.outstanding, b.capturable, b.shopOutstanding
	if shop.Transactions, err = transactionsOf(r.Order.Transactions); err != nil {
		return nil, err
	}
	if shop.FulfillmentOrders, shop.Fulfillments, err = shippingOf(r.Order.Shipping); err != nil {
		return nil, err
	}
	if shop.ReturnLines, err = p.returnLinesOf(ctx, r); err != nil {
		return nil, err
	}
	shop.ExchangeLines, err = p.exchangeLinesOf(ctx, r.ExchangeLineItems)
	return shop, err
}

// suggest asks what Shopify would settle if everything that is left were processed now.
func (p *Peer) suggest(ctx context.Context, shop *exchange.Shop) error {
	var back []*shopifygql.SuggestedOutcomeReturnLineItemInput
	for _, l := range shop.ReturnLines {
		if l.Processable > 0 {
			back = append(back, &shopifygql.SuggestedOutcomeReturnLineItemInput{Id: l.ID, Quantity: l.Processable})
		}
	}
	var out []*shopifygql.SuggestedOutcomeExchangeLineItemInput
	for _, l := range shop.ExchangeLines {
		if l.Processable > 0 {
			out = append(out, &shopifygql.SuggestedOutcomeExchangeLineItemInput{Id: l.ID, Quantity: l.Processable})
		}
	}
	if len(back)+len(out) == 0 || shop.ReturnStatus != exchange.ReturnOpen {
		return nil
	}
	data, _, err := shopifygql.ReturnFinancialOutcome(ctx, p.gql, shop.ReturnID, back, out)
	if err != nil {
		return err
	}
	if data.Return == nil || data.Return.Order == nil {
		return errors.New("return vanished between two reads")
	}
	b, err := balanceOf(data.Return.Order.OrderMoney)
	if err != nil {
		return err
	}
	shop.Outstanding, shop.Capturable, shop.ShopOutstanding = b.outstanding, b.capturable, b.shopOutstanding
	if data.Return.SuggestedFinancialOutcome == nil {
		return nil
	}
	suggested, err := transferOf(data.Return.SuggestedFinancialOutcome.FinancialTransfer, b.outstanding.Currency)
	shop.Suggested = &suggested
	return err
}

// transferOf is what a transfer makes of the balance: positive if the buyer owes, zero if nothing moves.
func transferOf(t *shopifygql.FinancialTransfer, currency string) (exchange.Money, error) {
	nothing := exchange.Money{Currency: currency}
	if t == nil {
		return nothing, nil
	}
	switch t := (*t).(type) {
	case *shopifygql.FinancialTransferInvoiceReturnOutcome:
		return presentment(t.Amount)
	case *shopifygql.FinancialTransferRefundReturnOutcome:
		owed, err := presentment(t.Amount)
		if err != nil {
			return nothing, err
		}
		return nothing.Minus(owed)
	}
	return nothing, errors.New("an outcome of a kind that is not known")
}
