package shopify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// answer is what came back, before anything is believed of it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// graphQLBody is the body of an answer of the Admin API.
type graphQLBody struct {
	Data       json.RawMessage `json:"data"`
	Errors     []topError      `json:"errors"`
	Extensions struct {
		Cost cost `json:"cost"`
	} `json:"extensions"`
}

// read decodes the answer's data into data.
//
// Errors: *exchange.NotSentError and *exchange.RejectedError; with any other the outcome is unknown.
func (a *answer) read(mutation bool, data any, now time.Time) error {
	if err := a.refused(now); err != nil {
		return err
	}
	var body graphQLBody
	if err := json.Unmarshal(a.body, &body); err != nil {
		return errors.New(a.said("answer is not the API's JSON"))
	}
	var members map[string]json.RawMessage
	if len(body.Data) > 0 {
		if err := json.Unmarshal(body.Data, &members); err != nil {
			return errors.New(a.said("answer has no data object"))
		}
	}
	if len(body.Errors) > 0 {
		return sortErrors(body.Errors, body.Extensions.Cost, mutation && anything(members))
	}
	if len(members) == 0 {
		return errors.New(a.said("answer has neither data nor errors"))
	}
	if err := json.Unmarshal(body.Data, data); err != nil {
		return fmt.Errorf("answer's data: %w", err)
	}
	return nil
}

// anything reports whether any root field has a value: then a mutation ran, whatever the errors say.
func anything(members map[string]json.RawMessage) bool {
	for _, m := range members {
		if string(m) != "null" {
			return true
		}
	}
	return false
}

// refused sorts the HTTP status. Nil: the body decides.
func (a *answer) refused(now time.Time) error {
	switch s := a.status; {
	case s == http.StatusOK:
		return nil
	case s == http.StatusRequestTimeout, s >= 500, s < 400:
		return errors.New(a.said("no usable answer"))
	case s == http.StatusUnauthorized, s == http.StatusPaymentRequired, s == http.StatusForbidden, s == http.StatusLocked:
		return &exchange.NotSentError{Err: errors.New(a.said("blocked"))}
	case s == http.StatusTooManyRequests, s == 430, s == http.StatusNotFound: // 430: a security rejection; 404: no such shop
		return &exchange.NotSentError{After: retryAfter(a.header.Get("Retry-After"), now), Err: errors.New(a.said("turned away"))}
	}
	return &exchange.RejectedError{Code: "http_" + strconv.Itoa(a.status), Reason: a.said("refused")}
}

// said is a sentence with the status and Shopify's id of the request, by which its support finds it.
func (a *answer) said(what string) string {
	what += ", HTTP " + strconv.Itoa(a.status)
	if id := a.header.Get("X-Request-Id"); id != "" {
		what += ", request " + clipped(id)
	}
	return what
}

// retryAfter reads the header of that name: seconds, perhaps with decimals, or a date. 0 if it says nothing.
func retryAfter(value string, now time.Time) time.Duration {
	whole, frac, _ := strings.Cut(strings.TrimSpace(value), ".")
	if n, err := strconv.ParseInt(whole, 10, 32); err == nil && n >= 0 {
		if strings.Trim(frac, "0") != "" {
			n++
		}
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
