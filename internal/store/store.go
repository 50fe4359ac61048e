// Package store is the contract between tradeback and its databases: what an engine promises, the
// operations it carries out, and the queue that batches them for every engine. The connection is the
// shard: dedupe keys, references, items and documents are local to one, and a commit never crosses one.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Conn names the connection a thing belongs to. The empty Conn is the process's own shard: the
// connections themselves and the API keys.
type Conn = exchange.Conn

// What an engine may answer for one operation.
var (
	ErrDuplicate = errors.New("duplicate")   // Receive: kept before, under the same dedupe key; see DuplicateError
	ErrMismatch  = errors.New("mismatch")    // Receive with Strict: the dedupe key is taken by another body
	ErrConflict  = errors.New("conflict")    // the stored version is not the one read, or a claim is another's
	ErrFenced    = errors.New("fenced")      // somebody else owns the connection now
	ErrHeld      = errors.New("held")        // Own: somebody else holds the lease
	ErrNotFound  = errors.New("not found")   // Load: no such exchange
	ErrFull      = errors.New("out of room") // nothing can be made durable now
	ErrClosed    = errors.New("store closed")
)

// DuplicateError is ErrDuplicate (or ErrMismatch) with the id under which the event was kept before.
type DuplicateError struct {
	ID       string
	Mismatch bool
}

func (e *DuplicateError) Error() string {
	if e.Mismatch {
		return "the key was used with another body: " + e.ID
	}
	return "kept before: " + e.ID
}

// Is makes errors.Is hold for ErrDuplicate or ErrMismatch.
func (e *DuplicateError) Is(target error) bool {
	return target == ErrDuplicate && !e.Mismatch || target == ErrMismatch && e.Mismatch
}

// ClaimError is ErrConflict because Ref belongs to another exchange.
type ClaimError struct {
	Ref exchange.Ref
	By  exchange.ID
}

func (e *ClaimError) Error() string { return fmt.Sprintf("%s belongs to %s", e.Ref.Name, e.By) }

// Is makes errors.Is(err, ErrConflict) hold.
func (e *ClaimError) Is(target error) bool { return target == ErrConflict }

// Kind is what an item is.
type Kind string

// The kinds of items.
const (
	Event  Kind = "event"  // something we were told
	Effect Kind = "effect" // something we owe someone
	Timer  Kind = "timer"  // a time to come back to an exchange
)

// State is where an item stands.
type State string

// The states of items. Only waiting ones are given out by Work.
const (
	Waiting     State = "waiting"
	Parked      State = "parked"      // waits for Ref to be made or given up
	Quarantined State = "quarantined" // authenticated, but it cannot be read
	Dead        State = "dead"        // only a person can move it
	Done        State = "done"
	Ignored     State = "ignored" // of no concern to us: a compact row, kept for a day
)

// Item is an event, an effect or a timer. Its ID is unique in its connection.
type Item struct {
	ID       string      `json:"id"`
	Conn     Conn        `json:"connection"`
	Kind     Kind        `json:"kind"`
	State    State       `json:"state"`
	Exchange exchange.ID `json:"exchange,omitempty"` // once known
	Ref      string      `json:"ref,omitempty"`      // the ref it is parked on
	Source   string      `json:"source,omitempty"`   // of an event: ongoing, portal, shopify, api, person, tradeback
	Topic    string      `json:"topic,omitempty"`    // of an event: the sender's name for it; of an effect: its kind
	Received time.Time   `json:"received_at"`
	Due      time.Time   `json:"due"`
	Attempt  int         `json:"attempt"`
	Reason   string      `json:"reason,omitempty"` // why parked, quarantined, dead or ignored; a short sentence, no personal data
	Dedupe   string      `json:"-"`                // Receive: the dedupe key; empty means none
	Digest   string      `json:"-"`                // Receive: of the body, to tell another body under the same key
	Body     []byte      `json:"body,omitempty"`   // JSON: an exchange.Event or exchange.Effect, or the decoded notice of a door
	Raw      []byte      `json:"raw,omitempty"`    // the body as received
	Version  uint64      `json:"version"`          // 0: not stored yet
}

// Doc is a document: a connection's settings, an API key, a sequence, a breaker.
type Doc struct {
	Conn    Conn   `json:"connection"`
	Bucket  string `json:"bucket"`
	Key     string `json:"key"`
	Version uint64 `json:"version"` // 0: not stored yet
	Body    []byte `json:"body"`    // JSON; nil deletes
}

// Op is one operation of a round: a Receive, a Put or a Step.
type Op interface{ Shard() Conn }

// Receive keeps an event, once by its dedupe key. It needs no fence: any process may take events.
//
// Errors: DuplicateError when the key is known; of another body, the event is kept all the same and
// flagged in its Reason, or, with Strict, refused as ErrMismatch.
type Receive struct {
	Event  Item
	Strict bool
}

// Put writes a document, if its version is still the one read (ErrConflict otherwise).
type Put struct{ Doc Doc }

// Step is one commit: all of it or nothing.
//
// Errors: ErrFenced when Fence is not the lease's; ErrConflict when the exchange, an item or a document
// is not at the version read; ClaimError when a ref of Next is another's.
type Step struct {
	Conn  Conn
	Fence uint64
	Next  *exchange.Exchange // nil: unchanged; else one version on (Version 1 is new); its refs replace the stored ones and wake what is parked on those added or dropped
	Refs  []exchange.Ref     // of Next
	Entry *exchange.Entry    // the journal's line
	Items []Item             // each replaces the stored one of its id, if that is at Version (0: must be new); stored as Version+1
	Docs  []Doc              // each as by Put
}

// Shard is the connection an operation belongs to.
func (o Receive) Shard() Conn { return o.Event.Conn }

// Shard is the connection an operation belongs to.
func (o Put) Shard() Conn { return o.Doc.Conn }

// Shard is the connection an operation belongs to.
func (o Step) Shard() Conn { return o.Conn }

// Query selects exchanges or items, oldest id first, at most Limit from After on (exclusive).
type Query struct {
	Conn     Conn        // empty: all connections
	Stages   []string    // exchanges
	Instant  *bool       // exchanges
	Raised   *bool       // exchanges: with or without something raised
	Text     string      // exchanges: equal to any number, name or id
	Kinds    []Kind      // items
	States   []State     // items
	Exchange exchange.ID // items
	IDs      []string    // items: exactly these
	Source   string      // items
	Since    time.Time   // created or received at or after; zero: any
	After    string      // cursor: what the last call returned
	Limit    int         // 1 to 500; 0 means 50
}

// Engine is a database. All of its methods are safe for concurrent use.
type Engine interface {
	// Apply does ops in one durable round. Each op stands or falls alone: results[i] is nil or one of the
	// errors above. On err nothing may be called kept; repeating the same ops is harmless.
	Apply(ctx context.Context, ops []Op) (results []error, err error)
	// Own takes or renews c; the fence grows with each new owner. The store's clock counts ttl; 0 gives c up.
	// Errors: ErrHeld.
	Own(ctx context.Context, c Conn, owner string, ttl time.Duration) (fence uint64, err error)
	// Work returns waiting items of c due at now, of these kinds, by due then id, and when the next falls
	// due (zero: never).
	Work(ctx context.Context, c Conn, kinds []Kind, now time.Time, limit int) (due []Item, next time.Time, err error)
	// Load returns the exchanges, in the order of ids. Errors: ErrNotFound if one is missing.
	Load(ctx context.Context, c Conn, ids ...exchange.ID) ([]exchange.Exchange, error)
	// Find returns the exchanges that any of refs names, each once, oldest first.
	Find(ctx context.Context, c Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	// Exchanges and Items list; after is the cursor of the next page, empty at the end.
	Exchanges(ctx context.Context, q Query) (found []exchange.Exchange, after string, err error)
	Items(ctx context.Context, q Query) (found []Item, after string, err error)
	// Journal returns entries of an exchange with a version above after.
	Journal(ctx context.Context, c Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error)
	// Docs returns documents of a bucket with a key above after, by key.
	Docs(ctx context.Context, c Conn, bucket, after string, limit int) ([]Doc, error)
	// Sweep drops what is past its time, at most limit rows, and says how many: raw bodies 90 days, dedupe
	// keys 30 days, ignored rows one day after receipt; parked items become dead after 7 days.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
	// Conns lists the connections that have anything stored.
	Conns(ctx context.Context) ([]Conn, error)
	Close() error
}
