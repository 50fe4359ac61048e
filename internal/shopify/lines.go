package shopify

import (
	"context"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

func (p *Peer) returnLinesOf(ctx context.Context, r *shopifygql.ExchangeReturn) ([]exchange.ReturnLine, error) {
	if r.ReturnLineItems == nil {
		return nil, nil
	}
	if cut(r.ReturnLineItems.PageInfo) {
		return nil, tooMany("return lines")
	}
	expected, err := reverseLines(r.ReverseFulfillmentOrders)
	if err != nil {
		return nil, err
	}
	var out []exchange.ReturnLine
	for _, l := range r.ReturnLineItems.Nodes {
		line := exchange.ReturnLine{
			ID: l.GetId(), Quantity: l.GetQuantity(), Processable: l.GetProcessableQuantity(),
			Processed: l.GetProcessedQuantity(), Reason: string(l.GetReturnReason()),
		}
		// A return made at a till without the order at hand has lines that name no shipped line.
		if of, is := l.(*shopifygql.ReturnLineReturnLineItem); is && of.FulfillmentLineItem != nil {
			line.FulfillmentLineItemID = of.FulfillmentLineItem.Id
			if line.Article, err = p.returnedArticle(ctx, of.FulfillmentLineItem.LineItem); err != nil {
				return nil, err
			}
			if of.FulfillmentLineItem.LineItem != nil {
				line.LineItemID = of.FulfillmentLineItem.LineItem.Id
			}
			line.ReverseLines = expected[line.FulfillmentLineItemID]
			delete(expected, line.FulfillmentLineItemID) // of two lines for the same goods the first has them all
		}
		out = append(out, line)
	}
	return out, nil
}

func (p *Peer) returnedArticle(ctx context.Context, of *shopifygql.ReturnedLineItem) (string, error) {
	if of == nil {
		return "", nil
	}
	variant := ""
	if of.Variant != nil {
		variant = of.Variant.Id
	}
	return p.articles.of(ctx, variant, textOf(of.Sku))
}

// reverseLines is the expected inbound work, by the shipped line it is about.
func reverseLines(orders *shopifygql.ReverseOrders) (map[string][]exchange.ReverseLine, error) {
	out := map[string][]exchange.ReverseLine{}
	if orders == nil {
		return out, nil
	}
	if cut(orders.PageInfo) {
		return nil, tooMany("reverse fulfillment orders")
	}
	for _, o := range orders.Nodes {
		if o.LineItems == nil {
			continue
		}
		if cut(o.LineItems.PageInfo) {
			return nil, tooMany("lines of a reverse fulfillment order")
		}
		for _, l := range o.LineItems.Nodes {
			of := ""
			if l.FulfillmentLineItem != nil {
				of = l.FulfillmentLineItem.Id
			}
			one := exchange.ReverseLine{ID: l.Id, Quantity: l.TotalQuantity}
			for _, d := range l.Dispositions {
				one.Disposed += d.Quantity
			}
			out[of] = append(out[of], one)
		}
	}
	return out, nil
}

// onlyVariant is what Shopify calls the variant of a product that has no others.
const onlyVariant = "Default Title"

func (p *Peer) exchangeLinesOf(ctx context.Context, page *shopifygql.ExchangeLines) ([]exchange.ExchangeLine, error) {
	if page == nil {
		return nil, nil
	}
	if cut(page.PageInfo) {
		return nil, tooMany("exchange lines")
	}
	var out []exchange.ExchangeLine
	for _, l := range page.Nodes {
		line := exchange.ExchangeLine{
			ID: l.Id, VariantID: textOf(l.VariantId), Title: textOf(l.Title), Quantity: l.Quantity,
			Processable: l.ProcessableQuantity, Processed: l.ProcessedQuantity,
		}
		if v := textOf(l.VariantTitle); v != "" && v != line.Title && v != onlyVariant {
			line.Title += " / " + v
		}
		var err error
		if line.Article, err = p.articles.of(ctx, line.VariantID, textOf(l.VariantSku)); err != nil {
			return nil, err
		}
		for _, made := range l.LineItems {
			line.LineItemIDs = append(line.LineItemIDs, made.Id)
		}
		out = append(out, line)
	}
	return out, nil
}
