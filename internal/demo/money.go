package demo

import (
	"fmt"
	"strings"
)

// coin is a currency that customers pay in, with its rate to the shop's own one, the krona.
type coin struct {
	currency    string
	rate        string // units of it for one krona, as Shopify is told
	times, over int64  // the same between the minor units, as a fraction
}

var (
	kronor = coin{currency, "1", 1, 1}
	yen    = coin{"JPY", "10", 1, 10}
	dinars = coin{"KWD", "0.03", 3, 10}
)

// of is a price in öre in minor units of c.
func (c coin) of(minor int64) int64 { return minor * c.times / c.over }

func (c coin) decimal(minor int64) string { return decimal(minor, c.currency) }

// price writes minor units of c for people.
func (c coin) price(minor int64) string { return Amount{minor, c.currency}.String() }

// String is the amount for people: 50.00 SEK.
func (a Amount) String() string { return decimal(a.Minor, a.Currency) + " " + a.Currency }

// decimal writes minor units as Shopify does: 249.00.
func decimal(minor int64, currency string) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	places := 2
	switch currency {
	case yen.currency:
		return fmt.Sprintf("%s%d", sign, minor)
	case dinars.currency:
		places = 3
	}
	digits := fmt.Sprintf("%0*d", places+1, minor)
	return sign + strings.Join([]string{digits[:len(digits)-places], digits[len(digits)-places:]}, ".")
}
