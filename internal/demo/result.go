package demo

import (
	"encoding/json"
	"errors"
	"strings"
)

// A Result is what a story came to: a line of `demo --json`.
//
// Shape: where a story has several exchanges, their statuses follow each other in the order the exchanges
// were asked for, and the counts are sums. Events are those from outside that the journal of its exchanges
// holds; Duplicates are deliveries that a door answered with 200 because it had kept them before.
type Result struct {
	Story          string   `json:"story"`
	OK             bool     `json:"ok"`
	Stage          string   `json:"stage"`
	OrderStatuses  []int    `json:"order_statuses"`  // that the exchange order truly had
	ReturnStatuses []string `json:"return_statuses"` // that the return order truly had
	Releases       int      `json:"releases"`        // PATCHes to Released that acted
	Fulfillments   int      `json:"fulfillments"`
	Captured       Amount   `json:"captured"`
	Events         int      `json:"events"`
	Duplicates     int      `json:"duplicates"`
	MS             int64    `json:"ms"`
	Error          string   `json:"error,omitempty"`
}

// An Amount is money in minor units.
type Amount struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// blame makes r not ok, for all of these reasons. Nil reasons are none.
func (r *Result) blame(reasons ...error) {
	err := errors.Join(reasons...)
	if err == nil {
		return
	}
	r.OK = false
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if r.Error != "" {
		text = r.Error + "; " + text
	}
	r.Error = text
}

// add counts in what came of a part of the story, which is called name.
func (r *Result) add(name string, part Result) {
	r.Stage, r.Captured.Currency = part.Stage, part.Captured.Currency
	r.OK = r.OK && part.OK
	r.OrderStatuses = append(r.OrderStatuses, part.OrderStatuses...)
	r.ReturnStatuses = append(r.ReturnStatuses, part.ReturnStatuses...)
	r.Releases += part.Releases
	r.Fulfillments += part.Fulfillments
	r.Captured.Minor += part.Captured.Minor
	r.Events += part.Events
	r.Duplicates += part.Duplicates
	r.MS += part.MS
	if part.Error != "" {
		r.blame(errors.New(name + ": " + part.Error))
	}
}

// MarshalJSON writes empty lists where there is nothing.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	if r.OrderStatuses == nil {
		r.OrderStatuses = []int{}
	}
	if r.ReturnStatuses == nil {
		r.ReturnStatuses = []string{}
	}
	return json.Marshal(plain(r))
}
