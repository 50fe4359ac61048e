package replay

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/store"
)

// outside are the sources of what others told us.
var outside = []string{"ongoing", "portal", "shopify", "api", "person"}

// UnfitError reports what cannot be told again.
type UnfitError struct{ Reason string }

func (e *UnfitError) Error() string { return e.Reason }

func unfit(format string, args ...any) error { return &UnfitError{fmt.Sprintf(format, args...)} }

// Reads is what is asked of the store.
type Reads interface {
	Journal
	Load(ctx context.Context, c store.Conn, ids ...exchange.ID) ([]exchange.Exchange, error)
	Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error)
	Items(ctx context.Context, q store.Query) ([]store.Item, string, error)
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// Directory finds a connection's settings.
type Directory interface {
	Get(name exchange.Conn) (connection.Connection, bool)
}

// Teller makes events that are heard again out of what was heard once.
type Teller struct {
	Reads Reads
	IDs   *ident.Maker
	Now   func() time.Time
	// Book is asked when a body must be read.
	Book func() (Directory, error)
	// Known is the connection of this name. Errors: store.ErrNotFound, or why it can be none.
	Known func(ctx context.Context, name string) (exchange.Conn, error)
	// Who has them heard again, for the audit chain.
	Who audit.Actor
}

// Telling is an event to be heard again. Item is how it is kept; Of is the id of the first one, if it is known.
type Telling struct {
	Item   store.Item
	Notice exchange.Notice
	Of     string
	again  bool // it was a replay itself
}

// telling makes one of what was understood of a message. At is the exchange it is for; without one it finds those
// that it is about by itself.
func (r *Teller) telling(c exchange.Conn, source, of string, at exchange.ID, n exchange.Notice) (Telling, error) {
	now := r.Now()
	dedupe := ""
	if n.Create != nil && len(n.About) == 0 { // nothing else would tell that it was heard before
		body, err := json.Marshal(n)
		if err != nil {
			return Telling{}, fmt.Errorf("encode notice of %s: %w", source, err)
		}
		sum := sha256.Sum256(body)
		dedupe = "replay:" + hex.EncodeToString(sum[:])
	}
	n.Event.Replay = cmp.Or(of, "file")
	n.Event.ID, n.Event.At, n.Event.Number, n.Event.Policy = r.IDs.Make("ev_", now), now, 0, nil
	if n.Event.Source == "" {
		n.Event.Source = source
	}
	if p := n.Event.Portal; p != nil && p.At.IsZero() {
		said := *p
		said.At = now
		n.Event.Portal = &said
	}
	body, err := json.Marshal(n)
	if err != nil {
		return Telling{}, fmt.Errorf("encode notice %s: %w", n.Event.ID, err)
	}
	reason := "replayed"
	if of != "" {
		reason = "replay of " + of
	}
	it := store.Item{
		ID: n.Event.ID, Conn: c, Kind: store.Event, State: store.Waiting, Exchange: at, Source: source,
		Topic: n.Event.Topic, Received: now, Due: now, Reason: reason, Body: body, Dedupe: dedupe,
	}
	return Telling{Notice: n, Of: of, Item: audit.Marked(it, audit.Entry{Actor: r.Who, Action: "events.replay", Target: of})}, nil
}

// onceMore is n as it may be told once more, or why it may not: each telling would count anew. Handled is who took it
// when it was told first, if anybody did.
func onceMore(n exchange.Notice, handled exchange.ID) (told exchange.Notice, why string) {
	switch {
	case n.Event.Kind == exchange.EventDead || n.Item != "":
		return n, "a decision about a dead letter is not told again: say it anew (dead retry, dead discard)"
	case n.Event.Kind == exchange.EventSaid:
		return n, "a person's decision would count twice: say it anew (settle, accept)"
	}
	if handled == "" {
		return n, ""
	}
	if n.Create != nil { // it has made an exchange, and must not make another one
		n.Create = nil
		n.About = append(slices.Clone(n.About), exchange.About{Ref: exchange.RefID(handled)})
	}
	if q := n.Event.Request; q != nil && q.Instant != nil { // the last word on it counts, and this is not the last
		was := *q
		was.Instant = nil
		n.Event.Request = &was
	}
	n.Event.Read = nil // our own read: what others told is the rest
	return n, ""
}

// Receiver keeps events.
type Receiver interface {
	Receive(ctx context.Context, ev store.Item) error
}

// keepers is how many events are kept at once; the store makes rounds of them.
const keepers = 64

// Keep keeps all of list. What was kept before is not kept again.
func Keep(ctx context.Context, st Receiver, list []Telling) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(keepers)
	for _, t := range list {
		g.Go(func() error {
			if err := st.Receive(ctx, t.Item); err != nil && !errors.Is(err, store.ErrDuplicate) {
				return fmt.Errorf("keep %s: %w", t.Item.Reason, err)
			}
			return nil
		})
	}
	return g.Wait()
}
