package connection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// ChangeSet is what applying changes of one connection. Without Changes it stays as it is.
type ChangeSet struct {
	Connection exchange.Conn `json:"connection"`
	New        bool          `json:"new"`
	Changes    []Change      `json:"changes"`
}

// TakenError says that a connection that is stored already has the goods owner of another one.
type TakenError struct {
	Connection exchange.Conn
	By         exchange.Conn
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("connection %s has the goods owner of connection %s, which is not in this file", e.Connection, e.By)
}

// Plan says what applying would change. Errors: as Apply's, but for store.ErrConflict.
func Plan(ctx context.Context, docs Docs, s *Sealer, want []Connection) ([]ChangeSet, error) {
	sets, _, err := plan(ctx, docs, s, want)
	return sets, err
}

// Apply writes what differs from the store, in one round, and says what that is: it is who's doing. Connections that
// are not in want stay as they are.
//
// Errors: TakenError and KeyError before anything is written; store.ErrConflict when somebody else changed
// one of them meanwhile, then the others of the round are written and applying again is safe.
func Apply(ctx context.Context, docs Docs, s *Sealer, want []Connection, who audit.Actor, now time.Time) ([]ChangeSet, error) {
	sets, puts, err := plan(ctx, docs, s, want)
	if err != nil || len(puts) == 0 {
		return sets, err
	}
	ops := make([]store.Op, len(puts))
	for i, p := range puts {
		p.put.Line = p.set.entry(who, now).Line()
		ops[i] = p.put
	}
	results, err := docs.Apply(ctx, ops)
	if err != nil {
		return nil, fmt.Errorf("put connections: %w", err)
	}
	var failed []error
	for i, result := range results {
		if result != nil {
			failed = append(failed, fmt.Errorf("put connection %s: %w", puts[i].set.Connection, result))
		}
	}
	return sets, errors.Join(failed...)
}

// entry is what the audit chain keeps of the change.
func (s ChangeSet) entry(who audit.Actor, now time.Time) audit.Entry {
	e := audit.Entry{Actor: who, At: now, Action: "connections.apply", Connection: s.Connection, Target: string(s.Connection)}
	for _, c := range s.Changes {
		e.Changes = append(e.Changes, audit.Change{Field: c.Field, Before: c.Old, After: c.New})
	}
	return e
}

// planned is a connection's document as it is to be.
type planned struct {
	set ChangeSet
	put store.Put
}

func plan(ctx context.Context, docs Docs, s *Sealer, want []Connection) (sets []ChangeSet, puts []planned, err error) {
	have, err := stored(ctx, docs)
	if err != nil {
		return nil, nil, err
	}
	if err := taken(have, want, s); err != nil {
		return nil, nil, err
	}
	for _, c := range want {
		doc, known := have[c.Name]
		var old Connection
		if known {
			if old, err = Open(doc.Body, s); err != nil {
				return nil, nil, err
			}
			c.Announcements = keptByAPI(old.Announcements, c.Announcements)
			c.Ongoing.WebhookTokens = old.Ongoing.WebhookTokens.renamed(c.Ongoing.WebhookTokens)
		}
		set := ChangeSet{Connection: c.Name, New: !known, Changes: append([]Change{}, Diff(old, c)...)}
		sets = append(sets, set)
		if len(set.Changes) == 0 {
			continue
		}
		body, err := Seal(c, s)
		if err != nil {
			return nil, nil, err
		}
		puts = append(puts, planned{set, store.Put{Doc: store.Doc{Bucket: Bucket, Key: string(c.Name), Version: doc.Version, Body: body}}})
	}
	return sets, puts, nil
}

// stored reads the connections' documents by name.
func stored(ctx context.Context, docs Reader) (map[exchange.Conn]store.Doc, error) {
	have := map[exchange.Conn]store.Doc{}
	err := each(ctx, docs, Bucket, func(d store.Doc) error {
		have[exchange.Conn(d.Key)] = d
		return nil
	})
	return have, err
}

// taken reports a goods owner of want that a connection outside of want has. One that cannot be opened
// cannot be asked, and does not stand in the way.
func taken(have map[exchange.Conn]store.Doc, want []Connection, s *Sealer) error {
	owners := map[string]exchange.Conn{}
	wanted := map[exchange.Conn]bool{}
	for _, c := range want {
		wanted[c.Name] = true
		owner, _ := c.goodsOwner()
		owners[owner] = c.Name
	}
	for name, doc := range have {
		other, err := Open(doc.Body, s)
		if wanted[name] || err != nil {
			continue
		}
		owner, _ := other.goodsOwner()
		if c, ok := owners[owner]; ok {
			return &TakenError{c, name}
		}
	}
	return nil
}
