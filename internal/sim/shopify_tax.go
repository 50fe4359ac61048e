package sim

import (
	"encoding/json"
	"math/big"
	"strings"
)

// tax is what of so many of a line's price is tax, or comes on top of it where tax is added.
func (l *shopLine) tax(quantity int) int64 {
	rate, ok := new(big.Rat).SetString(l.rate)
	if !ok || rate.Sign() == 0 {
		return 0
	}
	of := big.NewRat(100, 1)
	if !l.order.taxAdded {
		of.Add(of, rate)
	}
	share := new(big.Rat).SetInt64(l.price * int64(quantity))
	return shopRound(share.Quo(share.Mul(share, rate), of))
}

// worth is what so many of the line cost, with tax.
func (l *shopLine) worth(quantity int) int64 {
	worth := l.price * int64(quantity)
	if l.order.taxAdded {
		worth += l.tax(quantity)
	}
	return worth
}

// worth is what so many of an exchange line cost, once they are a line of the order.
func (l *shopExchangeLine) worth(quantity int) int64 {
	return (&shopLine{order: l.of.order, price: l.price, rate: l.of.order.rateOfTax}).worth(quantity)
}

// taxLines are the taxes on so many of the line.
func (l *shopLine) taxLines(quantity int) []gqlObject {
	if l.tax(quantity) == 0 {
		return []gqlObject{}
	}
	return []gqlObject{l.order.taxLine(l.rate, l.tax(quantity))}
}

func (o *shopOrder) taxLine(rate string, amount int64) gqlObject {
	percent, _ := new(big.Rat).SetString(rate)
	share := strings.TrimRight(new(big.Rat).Quo(percent, big.NewRat(100, 1)).FloatString(6), "0")
	return gqlFields{"TaxLine", map[string]any{
		"title": "VAT", "rate": json.Number(strings.TrimSuffix(share, ".")), "ratePercentage": shopNumber(rate),
		"priceSet": o.set(amount), "source": nil, "channelLiable": nil,
	}}
}

// taxes are those on so many of each line, by rate.
func (o *shopOrder) taxes(of func(*shopLine) int) (lines []gqlObject, total int64) {
	lines = []gqlObject{}
	var rates []string
	sums := map[string]int64{}
	for _, l := range o.lines {
		amount := l.tax(of(l))
		if amount == 0 {
			continue
		}
		if _, seen := sums[l.rate]; !seen {
			rates = append(rates, l.rate)
		}
		sums[l.rate] += amount
		total += amount
	}
	for _, rate := range rates {
		lines = append(lines, o.taxLine(rate, sums[rate]))
	}
	return lines, total
}

// prices sums a price of one over so many of each line.
func (o *shopOrder) prices(of func(*shopLine) int, price func(*shopLine) int64) int64 {
	var sum int64
	for _, l := range o.lines {
		sum += price(l) * int64(of(l))
	}
	return sum
}

// discounts are what was taken off the line, all in one.
func (l *shopLine) discounts() []gqlObject {
	off := (l.original - l.price) * int64(l.quantity)
	if off == 0 {
		return []gqlObject{}
	}
	set := l.order.set(off)
	return []gqlObject{gqlFields{"DiscountAllocation", map[string]any{
		"allocatedAmountSet": set,
		"discountApplication": gqlFields{"ManualDiscountApplication", map[string]any{
			"allocationMethod": "EACH", "targetSelection": "EXPLICIT", "targetType": "LINE_ITEM", "index": 0,
			"title": "Discount", "description": nil, "value": set.gqlField("presentmentMoney", nil),
		}},
	}}}
}

// priceField answers the fields of Order about prices, discounts and tax, before and after returns.
func (o *shopOrder) priceField(name string) any {
	all, now := func(l *shopLine) int { return l.quantity }, (*shopLine).current
	price := func(l *shopLine) int64 { return l.price }
	off := func(l *shopLine) int64 { return l.original - l.price }
	switch name {
	case "taxesIncluded":
		return !o.taxAdded
	case "taxLines", "totalTaxSet":
		lines, total := o.taxes(all)
		if name == "taxLines" {
			return lines
		}
		return o.set(total)
	case "currentTaxLines", "currentTotalTaxSet":
		lines, total := o.taxes(now)
		if name == "currentTaxLines" {
			return lines
		}
		return o.set(total)
	case "subtotalPriceSet":
		return o.set(o.prices(all, price))
	case "currentSubtotalPriceSet":
		return o.set(o.prices(now, price))
	case "totalDiscountsSet":
		return o.set(o.prices(all, off))
	case "currentTotalDiscountsSet":
		return o.set(o.prices(now, off))
	}
	return notSimulated
}
