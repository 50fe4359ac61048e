package exchange

import "time"

// Asked is an act that a rule asked for.
type Asked struct {
	ID    EffectID  `json:"id"`
	Kind  Kind      `json:"kind"`
	Cause string    `json:"cause"`
	At    time.Time `json:"at"`
	// Withdrawn: not wanted any more since a cancellation. What was begun still ends by a look.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Money and lines asked for, where others must know them before the outcome.
	Amount   *Money `json:"amount,omitempty"`
	Waybills string `json:"waybills,omitempty"` // of a fulfil: the tracking it was given
}

// Reading is what the exchange wants to know of one of the peers' objects: Want counts the requests,
// Have the latest one answered. Tries counts polls in a row that brought nothing new.
type Reading struct {
	Target Target    `json:"target"`
	Want   uint64    `json:"want"`
	Have   uint64    `json:"have"`
	Anew   uint64    `json:"anew,omitempty"` // the request that was made because the store was restored
	Held   bool      `json:"held,omitempty"` // asked for before it could be read
	Tries  int       `json:"tries,omitempty"`
	At     time.Time `json:"at,omitzero"` // of the last answer
	Next   time.Time `json:"next,omitzero"`
}

// Movement is what an act of ours did: the outcome, by effect id.
type Movement struct {
	Effect EffectID  `json:"effect"`
	Kind   Kind      `json:"kind"`
	Result Result    `json:"result"`
	At     time.Time `json:"at"`
	Code   string    `json:"code,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Looked bool      `json:"looked,omitempty"`
	Stamp  Stamp     `json:"stamp"` // a read stamped later began after the act ended
	ID     string    `json:"id,omitempty"`
	IDs    []string  `json:"ids,omitempty"` // where several were made
	Amount *Money    `json:"amount,omitempty"`
	Ours   *Money    `json:"ours,omitempty"`
	Theirs *Money    `json:"theirs,omitempty"`
}

// Portal is what the return portal said, each register by the portal's own time. Reset is a watermark:
// what was said before it no longer counts.
type Portal struct {
	Reference string    `json:"reference,omitempty"` // the portal's own name of the return
	Closed    time.Time `json:"closed,omitzero"`
	AutoClose time.Time `json:"auto_close,omitzero"` // begun or done by the portal itself
	AutoEnded time.Time `json:"auto_ended,omitzero"` // given up or failed
	Cancelled time.Time `json:"cancelled,omitzero"`
	Paused    time.Time `json:"paused,omitzero"`
	Resumed   time.Time `json:"resumed,omitzero"`
	Instant   time.Time `json:"instant,omitzero"`
	Reset     time.Time `json:"reset,omitzero"`
	Scans     []Scan    `json:"scans,omitempty"`  // by tracking number
	Labels    []string  `json:"labels,omitempty"` // tracking numbers of return labels
}

// Scan is what was said of a parcel.
type Scan struct {
	Tracking  string    `json:"tracking"`
	InTransit time.Time `json:"in_transit,omitzero"`
	Delivered time.Time `json:"delivered,omitzero"`
}

// Left is what the lines that are not processed yet will add to what the order owes, by Shopify's own suggestion when
// just these lines were first left: below zero for goods that come back.
type Left struct {
	Lines  string `json:"lines"` // every line with its quantity, and how much of it is processed
	Stamp  Stamp  `json:"stamp"`
	Amount Money  `json:"amount"`
}

// Decided is what a person decided, and who it was.
type Decided struct {
	Event string    `json:"event"` // the event's id
	At    time.Time `json:"at"`
	Actor string    `json:"actor,omitempty"`
	Said
	LetThrough *Money `json:"let_through,omitempty"` // the amount above the limit that they let go on; below zero: given back
}

// InstantSaid is a register: the API's last word on whether the exchange is instant.
type InstantSaid struct {
	Value bool      `json:"value,omitempty"`
	At    time.Time `json:"at,omitzero"`
	By    string    `json:"by,omitempty"` // the event's id, to tell two of one time apart
}

// Cancel is who called the exchange off, if anybody did: the first ask.
type Cancel struct {
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Actor  string    `json:"actor,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// Raised is something a person must see to. The rest of the exchange goes on.
type Raised struct {
	Code    string           `json:"code"`
	About   string           `json:"about,omitempty"` // the effect or the read it is about
	Message string           `json:"message"`
	Since   time.Time        `json:"since"`
	Figures map[string]Money `json:"figures,omitempty"` // money_mismatch: ours and theirs; over_limit: amount and limit
}
