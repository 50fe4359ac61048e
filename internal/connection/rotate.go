package connection

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// retiredKept is how many tokens that were rotated out a connection remembers.
const retiredKept = 10

// Rotation says how a token or a key is replaced.
type Rotation struct {
	Keep  time.Duration // the older is good for so long at most; 0: not a moment longer
	Grace time.Duration // of a webhook token: it is refused when its successor has been used for so long, if that is sooner
}

// SlotsError says that both slots of a connection's webhook tokens are taken.
type SlotsError struct {
	Connection exchange.Conn
	Ends       time.Time // of the first to end; zero: both are from connections.yaml
}

func (e *SlotsError) Error() string {
	if e.Ends.IsZero() {
		return fmt.Sprintf("connection %s has two webhook tokens from connections.yaml: take one of them out and apply, then rotate", e.Connection)
	}
	return fmt.Sprintf("connection %s is in the middle of a rotation: the older token ends %s at the latest; --keep 0s ends it now",
		e.Connection, e.Ends.UTC().Format(time.RFC3339))
}

// NewWebhookToken makes a token of 128 random bits.
func NewWebhookToken() (Token, string) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	text := hex.EncodeToString(raw)
	t, err := NewToken(text)
	if err != nil {
		panic("connection: " + err.Error())
	}
	return t, text
}

// RotateToken gives a connection a new webhook token, and an end to the one it had. The plaintext is given this once.
// A later connections.yaml that still names the older token changes nothing of that.
//
// Errors: store.ErrNotFound; SlotsError; store.ErrConflict when the connection was changed meanwhile.
func RotateToken(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, r Rotation, who audit.Actor, now time.Time) (Connection, string, error) {
	made, text := NewWebhookToken()
	made.life.made = now.UTC()
	e := &audit.Entry{Actor: who, At: now, Action: "webhook_tokens.rotate", Connection: name, Target: string(name)}
	c, err := change(ctx, docs, s, name, e, func(c *Connection) (bool, error) {
		ts := c.Ongoing.WebhookTokens
		var live, gone Tokens
		for i, t := range ts {
			if i < slots && t.Live(now) {
				live = append(live, t)
			} else {
				gone = append(gone, t)
			}
		}
		if len(live) == slots {
			i := slices.IndexFunc(live, func(t Token) bool { return !endless(t) })
			if i < 0 {
				return false, &SlotsError{Connection: c.Name}
			}
			if r.Keep > 0 {
				return false, &SlotsError{c.Name, live[i].life.ends}
			}
			gone = append(Tokens{live[i].ended(now)}, gone...)
			live = slices.Delete(live, i, i+1)
		}
		for i := range live {
			if r.Keep > 0 {
				live[i].life.ends, live[i].life.grace = now.UTC().Add(r.Keep), r.Grace
			} else {
				live[i] = live[i].ended(now)
			}
		}
		c.Ongoing.WebhookTokens = arranged(append(live, made), gone)
		e.Changes = []audit.Change{
			{Field: "made_at", After: made.life.made.Format(time.RFC3339)},
			{Field: "older_expires_at", After: c.Ongoing.WebhookTokens[0].Ends().UTC().Format(time.RFC3339)},
		}
		return true, nil
	})
	if err != nil {
		return Connection{}, "", err
	}
	return c, text, nil
}

// Succeed ends the tokens whose grace is over at that time because their successor was used at used. It reports
// whether there was anything to do.
//
// Errors: store.ErrNotFound; store.ErrConflict when the connection was changed meanwhile.
func Succeed(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, successor string, used time.Time) (bool, error) {
	done := false
	_, err := change(ctx, docs, s, name, nil, func(c *Connection) (bool, error) {
		done = c.Ongoing.WebhookTokens.succeed(successor, used)
		return done, nil
	})
	return done, err
}

// Succeeds reports whether the first use of one of the tokens, at used, brings forward the end of another.
func (ts Tokens) Succeeds(successor string, used time.Time) bool {
	return slices.Clone(ts).succeed(successor, used)
}

func (ts Tokens) succeed(successor string, used time.Time) (changed bool) {
	at := slices.IndexFunc(ts.Slots(), func(t Token) bool { return t.ID() == successor && endless(t) })
	if at < 0 {
		return false
	}
	for i := range ts.Slots() {
		if l := &ts[i].life; i != at && l.grace > 0 && used.Add(l.grace).Before(l.ends) {
			l.ends, changed = used.UTC().Add(l.grace), true
		}
	}
	return changed
}

// renamed are the tokens of a connection that is stored with ts, when a file names named. One that the file names and
// a rotation has ended stays
// ended, and what a rotation made stays: unless the file names nothing but tokens that are new.
func (ts Tokens) renamed(named Tokens) Tokens {
	var live, gone Tokens
	if len(ts) > slots {
		gone = slices.Clone(ts[slots:])
	}
	if !slices.ContainsFunc(named, func(t Token) bool { return ts.index(t) >= 0 }) {
		return arranged(slices.Clone(named), gone)
	}
	for _, t := range ts.Slots() {
		if named.index(t) >= 0 || t.life != (life{}) {
			live = append(live, t)
		}
	}
	for _, t := range named {
		if ts.index(t) < 0 {
			live = append(live, t)
		}
	}
	if !slices.ContainsFunc(live, endless) { // the file names nothing but what was rotated out
		live = slices.Clone(ts.Slots())
	}
	for len(live) > slots {
		first := 0
		for i, t := range live {
			if e := t.life.ends; !e.IsZero() && (live[first].life.ends.IsZero() || e.Before(live[first].life.ends)) {
				first = i
			}
		}
		gone = append(Tokens{live[first].ended(longAgo)}, gone...)
		live = slices.Delete(live, first, first+1)
	}
	return arranged(live, gone)
}

func endless(t Token) bool { return t.life.ends.IsZero() }

// longAgo is the end of a token that has lost its slot.
var longAgo = time.Unix(0, 0).UTC()

// arranged puts the tokens that are gone, all of which have an end, behind the live ones.
func arranged(live, gone Tokens) Tokens {
	return append(live, gone[:min(len(gone), retiredKept)]...)
}

// ended is the token with an end at now, unless it has had one before.
func (t Token) ended(now time.Time) Token {
	if t.life.ends.IsZero() || t.life.ends.After(now) {
		t.life.ends = now.UTC()
	}
	t.life.grace = 0
	return t
}

func (ts Tokens) index(t Token) int { return slices.IndexFunc(ts, t.Equal) }

// change reads the connection, lets alter have it, and writes it if alter says so, with e unless that is nil.
func change(ctx context.Context, docs Docs, s *Sealer, name exchange.Conn, e *audit.Entry, alter func(*Connection) (bool, error)) (Connection, error) {
	doc, err := docAt(ctx, docs, Bucket, string(name))
	if err != nil {
		return Connection{}, fmt.Errorf("connection %s: %w", name, err)
	}
	c, err := Open(doc.Body, s)
	if err != nil {
		return Connection{}, err
	}
	if changed, err := alter(&c); err != nil || !changed {
		return c, err
	}
	if doc.Body, err = Seal(c, s); err != nil {
		return Connection{}, err
	}
	put := store.Put{Doc: doc}
	if e != nil {
		put.Line = e.Line()
	}
	results, err := docs.Apply(ctx, []store.Op{put})
	if err == nil {
		err = results[0]
	}
	if err != nil {
		return Connection{}, fmt.Errorf("put connection %s: %w", name, err)
	}
	return c, nil
}
