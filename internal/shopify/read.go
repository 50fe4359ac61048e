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
// settle and what the lines come to, whose balance then replaces the first one's, so that both are of the same moment
// (once none are left, one for the prices alone, and only once); one for the stored payment methods where something is
// owed; and one per variant where the article number is not the SKU.
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
	return shop, p.readMandates(ctx, shop)
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
		return p.priceProcessed(ctx, shop)
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
	found, err := linePrices(data.Return.ReturnLineItems, data.Return.ExchangeLineItems, data.Return.Order.TaxesIncluded)
	if err != nil {
		return err
	}
	price(shop, found)
	if data.Return.SuggestedFinancialOutcome == nil {
		return nil
	}
	transfer := data.Return.SuggestedFinancialOutcome.FinancialTransfer
	suggested, err := transferOf(transfer, b.outstanding.Currency)
	if err != nil {
		return err
	}
	shop.Suggested = &suggested
	shop.SuggestedRefund, err = suggestedRefund(transfer)
	return err
}

// suggestedRefund is to which payments Shopify suggests to give back what the shop owes. Nil where it does not come
// to that: what goes back another way, as store credit, is no suggestion for us.
func suggestedRefund(t *shopifygql.FinancialTransfer) ([]exchange.RefundFrom, error) {
	if t == nil {
		return nil, nil
	}
	refund, is := (*t).(*shopifygql.FinancialTransferRefundReturnOutcome)
	if !is {
		return nil, nil
	}
	left, err := presentment(refund.Amount)
	if err != nil {
		return nil, err
	}
	var out []exchange.RefundFrom
	for _, s := range refund.SuggestedTransactions {
		amount, err := presentment(s.AmountSet)
		if err != nil {
			return nil, err
		}
		if s.ParentTransaction == nil || amount.Minor <= 0 {
			continue
		}
		if left, err = left.Minus(amount); err != nil {
			return nil, err
		}
		out = append(out, exchange.RefundFrom{ParentID: s.ParentTransaction.Id, Amount: amount})
	}
	if left.Minor != 0 {
		return nil, nil
	}
	return out, nil
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
