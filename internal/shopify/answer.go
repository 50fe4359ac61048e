package shopify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
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
	if err := lane.Check(&http.Response{StatusCode: a.status, Header: a.header}, now); err != nil {
		return fmt.Errorf("%s: %w", a.said("no usable answer"), err)
	}
	switch {
	case a.status == http.StatusNotFound: // no such shop, or no such version of the API: nothing was carried out
		return &exchange.NotSentError{Err: errors.New(a.said("turned away"))}
	case lane.Sort(a.status) == lane.Refused:
		return &exchange.RejectedError{Code: "http_" + strconv.Itoa(a.status), Reason: a.said("refused")}
	}
	return nil
}

// said is a sentence with the status and Shopify's id of the request, by which its support finds it.
func (a *answer) said(what string) string {
	what += ", HTTP " + strconv.Itoa(a.status)
	if id := a.header.Get("X-Request-Id"); id != "" {
		what += ", request " + clipped(id)
	}
	return what
}
