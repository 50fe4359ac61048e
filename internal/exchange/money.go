package exchange

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount in the currency's minor unit (öre, cents, fils). The zero Money is no amount at all.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"` // ISO 4217, upper case
}

// ErrMoney reports an amount that cannot be used: two currencies, an overflow, or too many decimals.
var ErrMoney = errors.New("money")

// exponents holds the currencies whose minor unit is not a hundredth (ISO 4217).
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// Exponent is the number of decimals of a currency's minor unit.
func Exponent(currency string) int {
	if e, ok := exponents[currency]; ok {
		return e
	}
	return 2
}

// ParseMoney reads a decimal string such as "12.5", exactly.
//
// Errors: ErrMoney when it is no plain decimal, has more decimals (other than zeros) than the currency, or overflows.
func ParseMoney(amount, currency string) (Money, error) {
	bad := func(why string) (Money, error) {
		return Money{}, fmt.Errorf("%w: amount in %s %s", ErrMoney, currency, why)
	}
	digits, negative := strings.CutPrefix(amount, "-")
	whole, frac, _ := strings.Cut(digits, ".")
	exp := Exponent(currency)
	if len(frac) > exp {
		if strings.Trim(frac[exp:], "0") != "" {
			return bad("has too many decimals")
		}
		frac = frac[:exp]
	}
	if whole == "" || len(currency) != 3 {
		return bad("is not a plain decimal")
	}
	frac += strings.Repeat("0", exp-len(frac))
	for _, d := range whole + frac {
		if d < '0' || d > '9' {
			return bad("is not a plain decimal")
		}
	}
	minor, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return bad("is too large")
	}
	if negative {
		minor = -minor
	}
	return Money{minor, currency}, nil
}

// Decimal is the amount as Shopify takes it: "50.00", "-3", "1.250".
func (m Money) Decimal() string {
	exp := Exponent(m.Currency)
	sign, n := "", uint64(m.Minor) //nolint:gosec // the sign is handled below, and -MinInt64 wraps to its magnitude
	if m.Minor < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatUint(n, 10)
	if exp == 0 {
		return sign + s
	}
	if len(s) <= exp {
		s = strings.Repeat("0", exp+1-len(s)) + s
	}
	return sign + s[:len(s)-exp] + "." + s[len(s)-exp:]
}

// String is the amount for people: "50.00 SEK".
func (m Money) String() string { return m.Decimal() + " " + m.Currency }

// Plus adds amounts of one currency. A zero Money takes the other's currency.
//
// Errors: ErrMoney for two currencies or an overflow.
func (m Money) Plus(n Money) (Money, error) {
	if m == (Money{}) {
		return n, nil
	}
	if n == (Money{}) {
		return m, nil
	}
	if m.Currency != n.Currency {
		return Money{}, fmt.Errorf("%w: %s and %s do not add", ErrMoney, m.Currency, n.Currency)
	}
	if (n.Minor > 0 && m.Minor > math.MaxInt64-n.Minor) || (n.Minor < 0 && m.Minor < math.MinInt64-n.Minor) {
		return Money{}, fmt.Errorf("%w: %s overflows", ErrMoney, m.Currency)
	}
	return Money{m.Minor + n.Minor, m.Currency}, nil
}

// Minus is m less n; its errors are Plus's.
func (m Money) Minus(n Money) (Money, error) {
	if n.Minor == math.MinInt64 {
		return Money{}, fmt.Errorf("%w: %s overflows", ErrMoney, n.Currency)
	}
	return m.Plus(Money{-n.Minor, n.Currency})
}
