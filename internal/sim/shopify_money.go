package sim

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// shopExponents gives the number of decimals of a currency's minor unit where it is not two.
var shopExponents = map[string]int{
	"BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0, "KRW": 0,
	"KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}

func shopExponent(currency string) int {
	if e, odd := shopExponents[currency]; odd {
		return e
	}
	return 2
}

// shopDecimal prints minor units with all their decimals: "12.50", "100" in yen.
func shopDecimal(minor int64, exponent int) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	digits := fmt.Sprintf("%0*d", exponent+1, minor)
	if exponent == 0 {
		return sign + digits
	}
	return sign + digits[:len(digits)-exponent] + "." + digits[len(digits)-exponent:]
}

// shopAmount prints minor units as MoneyV2 does, with as few decimals as possible but at least one: "12.5", "0.0".
func shopAmount(minor int64, exponent int) string {
	text := shopDecimal(minor, exponent)
	if exponent == 0 {
		return text + ".0"
	}
	text = strings.TrimRight(text, "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	return text
}

// shopMinor returns an amount such as "12.5" in minor units.
// Errors: a text that is no decimal, or one with more decimals than the currency has.
func shopMinor(amount, currency string) (int64, error) {
	if !gqlDecimal(amount) {
		return 0, fmt.Errorf("amount %q is not a decimal number", amount)
	}
	r, _ := new(big.Rat).SetString(amount)
	r.Mul(r, shopPower(shopExponent(currency)))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, fmt.Errorf("amount %q does not fit %s", amount, currency)
	}
	return r.Num().Int64(), nil
}

// shopGiven returns a MoneyInput in minor units; false if it is no amount above or equal to zero in this currency.
func shopGiven(in gqlArgs, currency string) (int64, bool) {
	minor, err := shopMinor(in.text("amount"), currency)
	return minor, err == nil && minor >= 0 && in.text("currencyCode") == currency
}

// shopPower returns ten to the power of exponent.
func shopPower(exponent int) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil))
}

// shopRound returns r as a whole number, halves away from zero.
func shopRound(r *big.Rat) int64 {
	two := big.NewInt(2)
	num := new(big.Int).Mul(new(big.Int).Abs(r.Num()), two)
	num.Add(num, r.Denom())
	num.Quo(num, new(big.Int).Mul(r.Denom(), two))
	if r.Sign() < 0 {
		num.Neg(num)
	}
	return num.Int64()
}

// A shopMoney is how an order counts: in minor units of its presentment currency, in which the customer
// pays and everything is kept, and in the shop's own, which is converted from it.
type shopMoney struct {
	shop, presentment string
	rate              *big.Rat // what one unit of the shop's currency is in the presentment currency
}

// toShop returns an amount in the presentment currency in minor units of the shop's.
func (m shopMoney) toShop(minor int64) int64 {
	if m.shop == m.presentment {
		return minor
	}
	r := new(big.Rat).SetInt64(minor)
	r.Quo(r, shopPower(shopExponent(m.presentment)))
	r.Quo(r, m.rate)
	return shopRound(r.Mul(r, shopPower(shopExponent(m.shop))))
}

// fromShop is the reverse of toShop, for prices of products.
func (m shopMoney) fromShop(minor int64) int64 {
	if m.shop == m.presentment {
		return minor
	}
	r := new(big.Rat).SetInt64(minor)
	r.Quo(r, shopPower(shopExponent(m.shop)))
	r.Mul(r, m.rate)
	return shopRound(r.Mul(r, shopPower(shopExponent(m.presentment))))
}

// set returns an amount in the presentment currency as a MoneyBag.
func (m shopMoney) set(minor int64) gqlObject {
	money := func(minor int64, currency string) gqlObject {
		return gqlFields{"MoneyV2", map[string]any{
			"amount": shopAmount(minor, shopExponent(currency)), "currencyCode": currency,
		}}
	}
	return gqlFields{"MoneyBag", map[string]any{
		"presentmentMoney": money(minor, m.presentment), "shopMoney": money(m.toShop(minor), m.shop),
	}}
}

// payloadSet returns the same in the shape of a webhook's body.
func (m shopMoney) payloadSet(minor int64) map[string]any {
	money := func(minor int64, currency string) map[string]any {
		return map[string]any{"amount": shopDecimal(minor, shopExponent(currency)), "currency_code": currency}
	}
	return map[string]any{
		"presentment_money": money(minor, m.presentment), "shop_money": money(m.toShop(minor), m.shop),
	}
}

// percent returns that share of an amount. Percentages come as decimals: "12.5".
func shopPercent(minor int64, percentage string) int64 {
	r, ok := new(big.Rat).SetString(percentage)
	if !ok {
		return 0
	}
	r.Mul(r, new(big.Rat).SetInt64(minor))
	return shopRound(r.Quo(r, big.NewRat(100, 1)))
}

// shopNumber returns a decimal such as a percentage as a number of the answer.
func shopNumber(decimal string) any { return json.Number(decimal) }
