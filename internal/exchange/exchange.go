// Package exchange is the domain: what is known of a customer's exchange (facts), what the merchant
// wants (policy), and the table of rules that says what follows (Decide). It is pure: no clock, no
// I/O, no randomness, and nothing but the standard library.
package exchange

import (
	"slices"
	"strings"
	"time"
)

// ID names an exchange: "ex_" and a ULID.
type ID string

// IsID reports whether s has the form of an exchange's id: what bears it was made by a tradeback.
func IsID(s string) bool {
	text, ok := strings.CutPrefix(s, "ex_")
	return ok && len(text) == 26 && strings.Trim(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == ""
}

// Conn names a connection, which joins one Shopify shop to one goods owner: [a-z0-9-]{1,40}.
type Conn string

// Stage is how far an exchange has come.
type Stage string

// The stages, in the order of a normal exchange.
const (
	Requested  Stage = "requested"  // asked for; its orders are being put into the warehouse
	Open       Stage = "open"       // the exchange order is in the warehouse and held
	Returned   Stage = "returned"   // the goods came back, or the return was closed
	Released   Stage = "released"   // the warehouse may ship
	Sent       Stage = "sent"       // the warehouse has shipped
	Completed  Stage = "completed"  // fulfilled, settled, return accounted for
	Cancelling Stage = "cancelling" // a cancellation is being carried out
	Cancelled  Stage = "cancelled"
)

// Stages lists every stage in the order of a normal exchange, the cancelled ones last.
func Stages() []Stage {
	return []Stage{Requested, Open, Returned, Released, Sent, Completed, Cancelling, Cancelled}
}

// Final reports whether nothing but what the README names after the end is still done at s.
func (s Stage) Final() bool { return s == Completed || s == Cancelled }

// StagesThat are the names of the stages that wait, or with waiting false of those that are final; where some are
// given, those among them.
func StagesThat(waiting bool, among []string) []string {
	var out []string
	for _, s := range Stages() {
		if s.Final() != waiting && (len(among) == 0 || slices.Contains(among, string(s))) {
			out = append(out, string(s))
		}
	}
	return out
}

// Exchange is a customer's swap: the facts, the policy in force, and what was asked for because of
// them. It is a value: Decide returns a new one and leaves its argument alone.
type Exchange struct {
	ID         ID        `json:"id"`
	Connection Conn      `json:"connection"`
	Version    uint64    `json:"version"` // grows by one with each commit; 0 is not stored yet
	Stage      Stage     `json:"stage"`
	Created    time.Time `json:"created"`
	Updated    time.Time `json:"updated"`
	Policy     Policy    `json:"policy"`
	Fixed      *bool     `json:"fixed,omitempty"` // instant or not, once the exchange was released
	Facts      Facts     `json:"facts"`
	Asked      []Asked   `json:"asked,omitempty"`  // acts, in the order they were asked for
	Anew       int       `json:"anew,omitempty"`   // how many of them had been when a person last had the money collected again
	Reads      []Reading `json:"reads,omitempty"`  // what is being watched
	Raised     []Raised  `json:"raised,omitempty"` // what needs a person, by code
	Since      []StageAt `json:"since,omitempty"`  // when each stage was entered, in order
}

// StageAt says when a stage was entered.
type StageAt struct {
	Stage Stage     `json:"stage"`
	At    time.Time `json:"at"`
}

// Entered is when the exchange came to its stage.
func (x *Exchange) Entered() time.Time {
	if n := len(x.Since); n > 0 {
		return x.Since[n-1].At
	}
	return x.Created
}

// Facts is what is known. Absorbing the same events in any order, any number of times, gives equal facts.
type Facts struct {
	Request     Request      `json:"request"`
	Instant     InstantSaid  `json:"instant"`            // the last word on it by the API
	Sequence    int          `json:"sequence,omitempty"` // n of the number templates, from the Shopify order's own sequence
	Shop        *Shop        `json:"shop,omitempty"`
	Agreed      *Agreed      `json:"agreed,omitempty"`
	Overtaken   []Agreed     `json:"overtaken,omitempty"` // what was agreed of other lines before, by those
	Original    *Original    `json:"original,omitempty"`
	Order       *Order       `json:"order,omitempty"`
	Born        *Born        `json:"born,omitempty"`   // the exchange order as it was first read
	Former      []Former     `json:"former,omitempty"` // exchange orders that were placed before it, oldest first
	Reached     Roles        `json:"reached,omitempty"`
	ReturnOrder *ReturnOrder `json:"return_order,omitempty"`
	Portal      Portal       `json:"portal"`
	Cancel      Cancel       `json:"cancel"`
	Movements   []Movement   `json:"movements,omitempty"` // what our acts did, by effect id
	Sent        []Level      `json:"sent,omitempty"`      // the shipped quantities the order was seen to reach, oldest first
	Missing     []Missing    `json:"missing,omitempty"`   // reads that found nothing, by target
	Deadline    bool         `json:"deadline,omitempty"`  // an instant exchange's time for the return is up
	Left        []Left       `json:"left,omitempty"`      // what the lines not processed yet come to, by how far the lines were processed
	Said        []Decided    `json:"said,omitempty"`      // what persons decided, oldest first
	Shut        Stamp        `json:"shut,omitzero"`       // the latest read that saw the Shopify return closed with lines left
	Unrouted    bool         `json:"unrouted,omitempty"`  // a fulfillment order was missing, and had time to appear
	Recovered   time.Time    `json:"recovered,omitzero"`  // when the store was last restored from a backup: acts of ours may be known to the peers alone
}

// New is an exchange of which nothing is known yet. Decide takes it from there.
func New(id ID, c Conn, p Policy, at time.Time) Exchange {
	return Exchange{
		ID: id, Connection: c, Stage: Requested, Created: at, Updated: at, Policy: p,
		Since: []StageAt{{Requested, at}},
	}
}

// clone is a copy that shares no memory which Decide writes to. Snapshots are never written to: a newer
// one replaces them.
func (x Exchange) clone() Exchange {
	x.Asked = slices.Clone(x.Asked)
	x.Reads = slices.Clone(x.Reads)
	x.Raised = slices.Clone(x.Raised)
	x.Since = slices.Clone(x.Since)
	x.Facts.Reached = slices.Clone(x.Facts.Reached)
	x.Facts.Movements = slices.Clone(x.Facts.Movements)
	x.Facts.Sent = slices.Clone(x.Facts.Sent)
	x.Facts.Missing = slices.Clone(x.Facts.Missing)
	x.Facts.Former = slices.Clone(x.Facts.Former)
	x.Facts.Overtaken = slices.Clone(x.Facts.Overtaken)
	x.Facts.Left = slices.Clone(x.Facts.Left)
	x.Facts.Said = slices.Clone(x.Facts.Said)
	x.Facts.Portal.Scans = slices.Clone(x.Facts.Portal.Scans)
	x.Facts.Portal.Labels = slices.Clone(x.Facts.Portal.Labels)
	return x
}
