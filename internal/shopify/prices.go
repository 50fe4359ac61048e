package shopify

import (
	"context"
	"sync"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// mostPriced bounds of how many returns the prices are remembered.
const mostPriced = 1000

// prices are what the lines of processed returns come to. It does not change any more, so it is asked for once.
type prices struct {
	mu    sync.Mutex
	known map[string]map[string]exchange.LinePrice // by return, then by line
}

// linePrices collects what lines come to, as far as Shopify tells: of a return line what was paid for it and the
// restocking fee; of an exchange line what the order lines cost that were made of it, so that one that is not processed
// has no price. Tax is told where prices do not include it; for a part of a line only if it can be divided.
func linePrices(back *shopifygql.ReturnLinePrices, out *shopifygql.ExchangeLinePrices, included bool) (map[string]exchange.LinePrice, error) {
	found := map[string]exchange.LinePrice{}
	if back != nil {
		for _, l := range back.Nodes {
			of, is := l.(*shopifygql.ReturnLinePriceReturnLineItem)
			if !is {
				continue
			}
			price, told, err := returnedPrice(of, included)
			if err != nil {
				return nil, err
			}
			if told {
				found[of.Id] = price
			}
		}
	}
	if out != nil {
		for _, l := range out.Nodes {
			price, told, err := exchangedPrice(l, included)
			if err != nil {
				return nil, err
			}
			if told {
				found[l.Id] = price
			}
		}
	}
	return found, nil
}

func returnedPrice(l *shopifygql.ReturnLinePriceReturnLineItem, included bool) (p exchange.LinePrice, told bool, err error) {
	if l.FulfillmentLineItem == nil || l.FulfillmentLineItem.LineItem == nil {
		return p, false, nil
	}
	one, err := presentment(l.FulfillmentLineItem.LineItem.OriginalUnitPriceSet)
	if err != nil {
		return p, false, err
	}
	for range l.Quantity {
		if p.Price, err = p.Price.Plus(one); err != nil {
			return p, false, err
		}
	}
	paid, err := presentment(l.WithCodeDiscountedTotalPriceSet)
	if err != nil {
		return p, false, err
	}
	if p.Discount, err = p.Price.Minus(paid); err != nil {
		return p, false, err
	}
	if l.RestockingFee != nil {
		if p.Fee, err = presentment(l.RestockingFee.AmountSet); err != nil {
			return p, false, err
		}
	}
	if included {
		return p, true, nil
	}
	of := l.FulfillmentLineItem.LineItem
	tax, told, err := taxOf(of.TaxLines)
	if err != nil || !told || of.Quantity < 1 || tax.Minor*int64(l.Quantity)%int64(of.Quantity) != 0 {
		return p, false, err
	}
	p.Tax = exchange.Money{Minor: tax.Minor * int64(l.Quantity) / int64(of.Quantity), Currency: tax.Currency}
	return p, true, nil
}

// mostTaxes is the length that a read of a line's taxes is cut at.
const mostTaxes = 5

// taxOf sums the taxes on a line. Not told: there may be more of them.
func taxOf(list []*shopifygql.TaxOfLine) (sum exchange.Money, told bool, err error) {
	for _, t := range list {
		amount, err := presentment(t.PriceSet)
		if err != nil {
			return sum, false, err
		}
		if sum, err = sum.Plus(amount); err != nil {
			return sum, false, err
		}
	}
	return sum, len(list) < mostTaxes, nil
}

func exchangedPrice(l *shopifygql.ExchangeLinePrice, included bool) (p exchange.LinePrice, told bool, err error) {
	quantity := 0
	for _, of := range l.LineItems {
		full, err := presentment(of.OriginalTotalSet)
		if err != nil {
			return p, false, err
		}
		paid, err := presentment(of.DiscountedTotalSet)
		if err != nil {
			return p, false, err
		}
		off, err := full.Minus(paid)
		if err != nil {
			return p, false, err
		}
		if p.Price, err = p.Price.Plus(full); err != nil {
			return p, false, err
		}
		if p.Discount, err = p.Discount.Plus(off); err != nil {
			return p, false, err
		}
		quantity += of.Quantity
		if included {
			continue
		}
		tax, told, err := taxOf(of.TaxLines)
		if err != nil || !told {
			return p, false, err
		}
		if p.Tax, err = p.Tax.Plus(tax); err != nil {
			return p, false, err
		}
	}
	return p, quantity == l.Quantity && quantity > 0, nil // else part of it is not processed
}

// price gives the lines of a return what they come to.
func price(shop *exchange.Shop, found map[string]exchange.LinePrice) {
	for i := range shop.ReturnLines {
		if p, told := found[shop.ReturnLines[i].ID]; told {
			shop.ReturnLines[i].Price = &p
		}
	}
	for i := range shop.ExchangeLines {
		if p, told := found[shop.ExchangeLines[i].ID]; told {
			shop.ExchangeLines[i].Price = &p
		}
	}
}

// priceProcessed gives the lines of a return of which nothing is left to process what they come to.
func (p *Peer) priceProcessed(ctx context.Context, shop *exchange.Shop) error {
	p.prices.mu.Lock()
	found, known := p.prices.known[shop.ReturnID]
	p.prices.mu.Unlock()
	if !known {
		data, _, err := shopifygql.ReturnPrices(ctx, p.gql, shop.ReturnID)
		if err != nil || data.Return == nil {
			return err
		}
		included := data.Return.Order != nil && data.Return.Order.TaxesIncluded
		if found, err = linePrices(data.Return.ReturnLineItems, data.Return.ExchangeLineItems, included); err != nil {
			return err
		}
		p.prices.keep(shop.ReturnID, found)
	}
	price(shop, found)
	return nil
}

func (p *prices) keep(returnID string, found map[string]exchange.LinePrice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= mostPriced {
		p.known = map[string]map[string]exchange.LinePrice{}
	}
	p.known[returnID] = found
}
