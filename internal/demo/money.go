package demo

import "fmt"

// decimal writes minor units of the demo's currency, which has two places, as Shopify does: 249.00.
func decimal(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}

// price writes minor units for people.
func price(minor int64) string { return decimal(minor) + " " + currency }
