// Package store is the contract between tradeback and its databases: what an engine promises, the
// operations it carries out, and the queue that batches them for every engine. The connection is the
// shard: dedupe keys, references, items and documents are local to one, and a commit never crosses one.
package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	ErrInvalid   = errors.New("invalid")     // the operation contradicts itself; nothing of it was done
	ErrClosed    = errors.New("store closed")
)

// ErrUnavailable is what a Store answers when it could not make an operation durable: the engine failed, is
// out of room or closed, or too much waits already. Whether it was done is unknown; the sender must try again.
var ErrUnavailable = errors.New("store unavailable")

// How long things are kept, and how much may be parked: Sweep and the engines go by these.
const (
	RawKept     = 90 * 24 * time.Hour // raw bodies
	DedupeKept  = 30 * 24 * time.Hour // dedupe keys
	IgnoredKept = 24 * time.Hour      // ignored rows
	ParkedKept  = 7 * 24 * time.Hour  // parked items, then they are dead
	MaxParked   = 10_000              // per connection; one more is stored as dead
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

	Announcement Kind = "announcement" // something a subscriber is to be told
)

// State is where an item stands.
type State string

// The states of items. Only waiting ones are given out by Work.
const (
	Waiting     State = "waiting"
	Parked      State = "parked"      // waits for Ref to be made or, with Gone, to be given up
	Quarantined State = "quarantined" // authenticated, but it cannot be read
	Dead        State = "dead"        // only a person can move it
	Done        State = "done"
	Ignored     State = "ignored" // of no concern to us: a compact row without bodies, kept for a day
	Dropped     State = "dropped" // of a Step: its row goes; for what has served and is in the journal
)

// Item is an event, an effect or a timer. Its ID is unique in its connection. What it is (Kind, Source,
// Received, Size and Raw) stays as first stored, unless Raw is erased.
//
// An item stored as Parked whose Ref is there already (with Gone: is not there) is stored as Waiting and due
// at once instead, so that it cannot sleep for ever. One that wakes is due at once too, or earlier if its Due
// was. Beyond MaxParked it is stored as Dead.
type Item struct {
	ID       string      `json:"id"`
	Conn     Conn        `json:"connection"`
	Kind     Kind        `json:"kind"`
	State    State       `json:"state"`
	Exchange exchange.ID `json:"exchange,omitempty"` // once known
	Ref      string      `json:"ref,omitempty"`      // the ref it is parked on
	Gone     bool        `json:"gone,omitempty"`     // parked until Ref is given up, rather than made
	Source   string      `json:"source,omitempty"`   // of an event: ongoing, portal, shopify, api, person, tradeback, reconcile
	Topic    string      `json:"topic,omitempty"`    // of an event: the sender's name for it; of an effect: its kind
	Received time.Time   `json:"received_at"`
	Due      time.Time   `json:"due"`
	Attempt  int         `json:"attempt"`
	Reason   string      `json:"reason,omitempty"` // why parked, quarantined, dead or ignored; a short sentence, no personal data
	Dedupe   string      `json:"-"`                // Receive: the dedupe key; empty means none
	Digest   string      `json:"-"`                // Receive: of the body, to tell another body under the same key
	About    []string    `json:"-"`                // Receive: names of refs; if no exchange has any of them, it is stored as Ignored. None: whatever it is about
	Line     []byte      `json:"-"`                // Receive: see Receive
	Body     []byte      `json:"body,omitempty"`   // JSON: an exchange.Event or exchange.Effect, or the decoded notice of a door
	Raw      []byte      `json:"raw,omitempty"`    // the body as received; read back by Query.IDs alone
	Size     int         `json:"bytes,omitempty"`  // of Raw; the store counts it
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

// Op is one operation of a round: a Receive, a Put, a Step or an Import.
type Op interface{ Shard() Conn }

// Receive keeps an event, once by its dedupe key and once by its id. It needs no fence: any process may
// take events.
//
// Errors: DuplicateError when the key is known, or the id. Another body under a known key (told by Digest)
// is kept all the same, once too, and flagged in its Reason; with Strict it is refused as ErrMismatch.
// ErrFull when the store is short of room: events are refused first.
//
// Event.Line, a JSON object, is written with the event at the end of the connection's audit chain: see Head. An event
// of a person or an API key must have one. With an event that was kept before, nothing is written.
type Receive struct {
	Event  Item
	Strict bool
}

// Put writes documents of one connection, all or none, if their versions are still the ones read (ErrConflict
// otherwise). Each is stored as Version+1.
type Put struct {
	Doc  Doc
	With []Doc  // beside Doc
	Line []byte // a JSON object: written at the end of the connection's audit chain; nil: none
}

// Step is one commit: all of it or nothing.
//
// Errors: ErrFenced when Fence is not that of an owner who has not given up; ErrConflict when the exchange,
// an item or a document is not at the version read; ClaimError when a ref of Next is another's.
type Step struct {
	Conn  Conn
	Fence uint64
	Next  *exchange.Exchange // nil: unchanged; else one version on (Version 1 is new); its refs replace the stored ones and wake what is parked on those added or dropped
	Refs  []exchange.Ref     // of Next
	Entry *exchange.Entry    // the journal's line; only with Next, at its version
	Items []Item             // each replaces the stored one of its id, if that is at Version (0: must be new); stored as Version+1
	Docs  []Doc              // each as by Put
	Erase []string           // ids of items whose raw bodies go for good; the rest of each stays. One that is not there is no fault
}

// Shard is the connection an operation belongs to.
func (o Receive) Shard() Conn { return o.Event.Conn }

// Shard is the connection an operation belongs to.
func (o Put) Shard() Conn { return o.Doc.Conn }

// Shard is the connection an operation belongs to.
func (o Step) Shard() Conn { return o.Conn }

// Query selects exchanges or items, by id and then by connection, at most Limit from After on (exclusive).
// What is set must hold; of a list, any. A page may be short, even empty, while there is a next one.
type Query struct {
	Conn     Conn        // empty: all connections
	Stages   []string    // exchanges
	Instant  *bool       // exchanges
	Raised   *bool       // exchanges: with or without something raised
	Text     string      // exchanges: equal to any of IndexOf's names
	Kinds    []Kind      // items
	States   []State     // items
	Exchange exchange.ID // items
	IDs      []string    // items: exactly these
	Source   string      // items
	Ref      string      // items: whose Ref it is
	Since    time.Time   // created or received at or after; zero: any
	Newest   bool        // the highest id first
	After    string      // cursor: what the last call returned
	Limit    int         // 1 to 500; 0 means 50
}

// Selects reports whether an item of the right id and connection has what else must hold.
func (q Query) Selects(it *Item) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, it.Kind)) &&
		(len(q.States) == 0 || slices.Contains(q.States, it.State)) &&
		(q.Exchange == "" || it.Exchange == q.Exchange) &&
		(q.Source == "" || it.Source == q.Source) &&
		(q.Ref == "" || it.Ref == q.Ref) &&
		(q.Since.IsZero() || !it.Received.Before(q.Since))
}

// Engine is a database. All of its methods are safe for concurrent use.
type Engine interface {
	Reads
	// Apply does ops in one durable round, in their order: each sees those before it. Each op stands or falls
	// alone: results[i] is nil or one of the errors above. On err nothing may be called kept; repeating the
	// same ops is harmless. No ops at all is a trial: nil means that a round can be made durable now.
	Apply(ctx context.Context, ops []Op) (results []error, err error)
	// Own takes or renews c; the fence grows with each new owner. The store's clock counts ttl; 0 gives c up,
	// and commits with its fence are refused from then on. A lease that ran out holds until somebody takes it.
	// Errors: ErrHeld.
	Own(ctx context.Context, c Conn, owner string, ttl time.Duration) (fence uint64, err error)
	// Present announces owner for ttl, which the store's clock counts, and returns all who are announced, by
	// name; 0 takes it back. Who is announced shares the connections with the others: Own decides.
	Present(ctx context.Context, owner string, ttl time.Duration) (alive []string, err error)
	// Sweep drops what is past its time, at most limit rows, and says how many of what: raw bodies RawKept, dedupe
	// keys DedupeKept, ignored rows IgnoredKept after receipt; parked items become dead ParkedKept after
	// receipt or Due, whichever is later, but those that are parked for one of the reasons in Forgotten go.
	Sweep(ctx context.Context, now time.Time, limit int) (Swept, error)
	// Scrub takes what was erased, dropped or replaced before it out of what the engine keeps beside the rows, where
	// somebody with the files could still read it. nil: it is gone there too. It may take long, and changes nothing else.
	// Errors: it cannot be done now, for one because somebody reads what was there before; try again.
	Scrub(ctx context.Context) error
	Close() error
}

// Reads is what an engine answers without a round. A limit is 1 to 500; 0 means 50.
type Reads interface {
	// Work returns waiting items of c due at now, of these kinds (none: all), by due then id, and when the
	// next one after these falls due (zero: never; not after now: limit cut them off). Raw is left out.
	Work(ctx context.Context, c Conn, kinds []Kind, now time.Time, limit int) (due []Item, next time.Time, err error)
	// Load returns the exchanges, in the order of ids. Errors: ErrNotFound if one is missing.
	Load(ctx context.Context, c Conn, ids ...exchange.ID) ([]exchange.Exchange, error)
	// Find returns the exchanges that any of refs names, each once, by id.
	Find(ctx context.Context, c Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	// Exchanges and Items list what q selects; after is the cursor of the next page, empty at the end.
	Exchanges(ctx context.Context, q Query) (found []exchange.Exchange, after string, err error)
	Items(ctx context.Context, q Query) (found []Item, after string, err error)
	// Count is how many exchanges of c are at a stage, with ids before below; empty: all of them.
	Count(ctx context.Context, c Conn, stage exchange.Stage, below exchange.ID) (int, error)
	// Journal returns entries of an exchange with a version above after.
	Journal(ctx context.Context, c Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error)
	// Docs returns documents of a bucket with a key above after, by key.
	Docs(ctx context.Context, c Conn, bucket, after string, limit int) ([]Doc, error)
	// Conns lists the connections that have anything stored, by name; the process's own shard is none.
	Conns(ctx context.Context) ([]Conn, error)
	// Export returns all that c holds, as Import takes it, in the order of Parts and, but for the keys, by name;
	// next is the cursor of the next page, empty at the end. It is whole if nobody writes meanwhile.
	Export(ctx context.Context, c Conn, after string, limit int) (rows []Row, next string, err error)
}

// Reasons to park what is nobody's fault if nothing comes of it.
const (
	NobodyKnown = "about a return that no exchange is known of yet"
	MadeByAPI   = "exchanges are made by the API alone (auto_create)"
)

// Forgotten are these reasons: what is parked for one of them goes when its time is over.
func Forgotten() []string { return []string{NobodyKnown, MadeByAPI} }

// Reasons that the store itself gives, in Item.Reason.
const (
	AboutNothing  = "about nothing of ours"
	AnotherBody   = "the same key came with another body before"
	TooManyParked = "too many events are parked already"
	ParkedTooLong = "what it waited for has not come"
)
