package ongoingrest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrNotWhole reports a quantity that does not count whole items.
var ErrNotWhole = errors.New("quantity is not a whole number")

// Quantity counts whole items. Ongoing writes it as a decimal (2.0), which is read digit by digit.
type Quantity int64

// maxQuantityText bounds what is looked at; no honest quantity comes near it.
const maxQuantityText = 64

// UnmarshalJSON reads a JSON number whose value is a whole number; null leaves q as it is.
//
// Errors: ErrNotWhole for a fraction; another error for what is no number or too large.
func (q *Quantity) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	n, err := parseWhole(string(b))
	if err != nil {
		return err
	}
	*q = Quantity(n)
	return nil
}

// parseWhole reads the JSON number s exactly.
func parseWhole(s string) (int64, error) {
	if len(s) > maxQuantityText {
		return 0, fmt.Errorf("quantity of %d characters", len(s))
	}
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	shift := 0
	if hasExponent {
		n, err := strconv.Atoi(exponent)
		if err != nil {
			return 0, fmt.Errorf("quantity %q: %w", s, err)
		}
		shift = n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	for shift -= len(fraction); shift < 0 && strings.HasSuffix(digits, "0"); shift++ {
		digits = digits[:len(digits)-1]
	}
	if strings.Trim(digits, "-0") == "" && strings.ContainsAny(whole, "0123456789") {
		return 0, nil
	}
	if shift < 0 {
		return 0, fmt.Errorf("%w: %s", ErrNotWhole, s)
	}
	if shift > maxQuantityText {
		return 0, fmt.Errorf("quantity %s is too large", s)
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", shift), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("quantity %q: %w", s, err)
	}
	return n, nil
}
