package shopify

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// topError is an entry of an answer's top-level errors.
type topError struct {
	Message    string `json:"message"`
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

// cost is what an answer says of the shop's cost bucket. The numbers may come with decimals.
type cost struct {
	Requested json.Number `json:"requestedQueryCost"`
	Throttle  struct {
		Available json.Number `json:"currentlyAvailable"`
		Restore   json.Number `json:"restoreRate"`
	} `json:"throttleStatus"`
}

// deniedFor is how long to wait for the app to be given what it lacks: that is a matter of its settings in the shop.
const deniedFor = 10 * time.Minute

// errDenied: the app, or the shop's plan, lacks what a call needs. An act for which there is another way takes it for a no.
var errDenied = errors.New("access denied")

// forGood are the codes after which a repeat would be refused again: the request itself is wrong. Those in
// small letters come from the check of the document.
var forGood = []string{
	"ACCESS_DENIED", "BAD_REQUEST", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "INVALID_FIELD_ARGUMENTS", "INVALID_VARIABLE", "MAX_COST_EXCEEDED", "RESOURCE_NOT_FOUND",
	"argumentLiteralsIncompatible", "argumentNotAccepted", "missingRequiredArguments", "missingRequiredInputObjectAttribute",
	"selectionMismatch", "undefinedField", "undefinedType", "variableMismatch",
}

// sortErrors says what top-level errors mean. ran: the mutation was carried out all the same, and only
// what it answers could not be told, so the outcome is unknown.
func sortErrors(list []topError, c cost, ran bool) error {
	first := list[0]
	said := clipped(first.Extensions.Code + " " + first.Message)
	every := func(codes ...string) bool {
		return !slices.ContainsFunc(list, func(e topError) bool { return !slices.Contains(codes, e.Extensions.Code) })
	}
	switch {
	case ran:
		return errors.New("carried out, with errors: " + said)
	case every("THROTTLED"):
		return &exchange.NotSentError{After: c.wait(), Err: errors.New(said)}
	case every("SHOP_INACTIVE"):
		return &exchange.NotSentError{Err: errors.New(said)}
	case every("ACCESS_DENIED"):
		return &exchange.NotSentError{After: deniedFor, Err: fmt.Errorf("%w: %s", errDenied, said)}
	case every("IDEMPOTENCY_CONCURRENT_REQUEST"):
		return &exchange.NotSentError{After: pendingFor, Err: errKeyBusy}
	case every("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"):
		return errKeySpent
	case every(forGood...):
		return &exchange.RejectedError{Code: strings.ToLower(first.Extensions.Code), Reason: clipped(first.Message)}
	}
	return errors.New(said)
}

// wait is how long until the bucket holds what was asked for: at least a second, at most a minute.
func (c cost) wait() time.Duration {
	requested, available, restore := whole(c.Requested), whole(c.Throttle.Available), whole(c.Throttle.Restore)
	if restore < 1 {
		return time.Second
	}
	seconds := (requested - available + restore - 1) / restore
	return time.Duration(min(max(seconds, 1), 60)) * time.Second
}

// whole is the part of n before the decimal point, 0 if there is none.
func whole(n json.Number) int64 {
	digits, _, _ := strings.Cut(n.String(), ".")
	i, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return 0
	}
	return i
}
