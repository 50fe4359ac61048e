package shopify

import (
	"errors"
	"regexp"
	"strings"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

// longestReason bounds the peer's words that are kept.
//
// Units: runes.
const longestReason = 200

// address is what looks like an email address. Shopify's messages name ids and quantities, but some quote input.
var address = regexp.MustCompile(`\S+@\S+`)

// refusal is the first of an act's userErrors. Nothing was done then.
func refusal(code string, field []string, message string) error {
	reason := message
	if len(field) > 0 {
		reason = strings.Join(field, ".") + ": " + message
	}
	if code == "INTERNAL_ERROR" { // Shopify's own trouble is no answer
		return errors.New("internal error: " + clipped(reason))
	}
	if code == "" {
		code = "user_error"
	}
	return &exchange.RejectedError{Code: strings.ToLower(code), Reason: clipped(reason)}
}

// clipped is s without addresses, on one line, of at most longestReason runes.
func clipped(s string) string {
	s = strings.Join(strings.Fields(address.ReplaceAllString(strings.ToValidUTF8(s, "?"), "***")), " ")
	if r := []rune(s); len(r) > longestReason {
		s = string(r[:longestReason-1]) + "…"
	}
	return s
}

func refusedUser(list []*shopifygql.UserError) error {
	if len(list) == 0 {
		return nil
	}
	return refusal("", list[0].Field, list[0].Message)
}

func refusedReturn(list []*shopifygql.ReturnUserError) error {
	if len(list) == 0 {
		return nil
	}
	return refusal(codeOf(list[0].Code), list[0].Field, list[0].Message)
}

func refusedHold(list []*shopifygql.HoldUserError) error {
	if len(list) == 0 {
		return nil
	}
	return refusal(codeOf(list[0].Code), list[0].Field, list[0].Message)
}

func refusedRelease(list []*shopifygql.ReleaseHoldUserError) error {
	if len(list) == 0 {
		return nil
	}
	return refusal(codeOf(list[0].Code), list[0].Field, list[0].Message)
}

func refusedCharge(list []*shopifygql.MandatePaymentUserError) error {
	if len(list) == 0 {
		return nil
	}
	return refusal(codeOf(list[0].Code), list[0].Field, list[0].Message)
}

func refusedInvoice(list []*shopifygql.InvoiceUserError) error {
	if len(list) == 0 {
		return nil
	}
	return refusal(codeOf(list[0].Code), list[0].Field, list[0].Message)
}

func refusedVoid(list []*shopifygql.VoidUserError) error {
	if len(list) == 0 {
		return nil
	}
	return refusal(codeOf(list[0].Code), list[0].Field, list[0].Message)
}

func codeOf[C ~string](code *C) string {
	if code == nil {
		return ""
	}
	return string(*code)
}

// tooMany says that a list is longer than a read: acting on a part of it would be acting on a guess.
func tooMany(what string) error {
	return &exchange.RejectedError{Code: "too_many_lines", Reason: "too many " + what + " for one read"}
}

// cut reports whether a page is not the whole list.
func cut(p *shopifygql.PageEnd) bool { return p != nil && p.HasNextPage }

// gone says that what an act is about does not exist.
func gone(what, id string) error {
	return &exchange.RejectedError{Code: what + "_not_found", Reason: "there is no " + id}
}

// errNoPayload: an answer without userErrors must hold what was made.
var errNoPayload = errors.New("answer holds neither a result nor an error")
