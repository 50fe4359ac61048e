package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// HeardBucket holds a document per connection, by name, in the process's own shard of the store.
const HeardBucket = "heard"

// Heard is when a connection's senders were heard, as far as it has been noted.
type Heard struct {
	Doors  map[string]time.Time `json:"doors,omitempty"`  // the last event that was kept, by door
	Tokens map[string]Use       `json:"tokens,omitempty"` // of webhook tokens, by id
}

// Use is when a token was used.
type Use struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// HeardOf is what was noted of a connection; the zero Heard if nothing was.
func HeardOf(ctx context.Context, docs Reader, name exchange.Conn) (Heard, error) {
	h, _, err := heardAt(ctx, docs, name)
	return h, err
}

// NoteHeard adds what was heard to what is noted, and gives all of it. Times only grow. Tokens that c does not have
// any more are forgotten.
//
// Errors: store.ErrConflict when another process noted something at the same time.
func NoteHeard(ctx context.Context, docs Docs, c Connection, heard Heard) (Heard, error) {
	all, version, err := heardAt(ctx, docs, c.Name)
	if err != nil {
		return Heard{}, err
	}
	all = all.with(heard)
	maps.DeleteFunc(all.Tokens, func(id string, _ Use) bool {
		for _, t := range c.Ongoing.WebhookTokens {
			if t.ID() == id {
				return false
			}
		}
		return true
	})
	body, err := json.Marshal(all)
	if err != nil {
		return Heard{}, fmt.Errorf("encode what was heard of %s: %w", c.Name, err)
	}
	results, err := docs.Apply(ctx, []store.Op{store.Put{Doc: store.Doc{Bucket: HeardBucket, Key: string(c.Name), Version: version, Body: body}}})
	if err == nil {
		err = results[0]
	}
	if err != nil {
		return Heard{}, fmt.Errorf("note what was heard of %s: %w", c.Name, err)
	}
	return all, nil
}

// News reports whether heard has what h lacks: a door or a token for the first time, or one later by at least step.
func (h Heard) News(heard Heard, step time.Duration) bool {
	for door, at := range heard.Doors {
		if at.Sub(h.Doors[door]) >= step {
			return true
		}
	}
	for id, use := range heard.Tokens {
		if had, known := h.Tokens[id]; !known || use.Last.Sub(had.Last) >= step {
			return true
		}
	}
	return false
}

// with is h and o together.
func (h Heard) with(o Heard) Heard {
	out := Heard{Doors: maps.Clone(h.Doors), Tokens: maps.Clone(h.Tokens)}
	if out.Doors == nil {
		out.Doors = map[string]time.Time{}
	}
	if out.Tokens == nil {
		out.Tokens = map[string]Use{}
	}
	for door, at := range o.Doors {
		if at.After(out.Doors[door]) {
			out.Doors[door] = at
		}
	}
	for id, use := range o.Tokens {
		had, known := out.Tokens[id]
		if !known {
			out.Tokens[id] = use
			continue
		}
		if use.First.Before(had.First) {
			had.First = use.First
		}
		if use.Last.After(had.Last) {
			had.Last = use.Last
		}
		out.Tokens[id] = had
	}
	return out
}

func heardAt(ctx context.Context, docs Reader, name exchange.Conn) (Heard, uint64, error) {
	doc, err := docAt(ctx, docs, HeardBucket, string(name))
	if errors.Is(err, store.ErrNotFound) {
		return Heard{}, 0, nil
	}
	if err != nil {
		return Heard{}, 0, err
	}
	var h Heard
	if err := json.Unmarshal(doc.Body, &h); err != nil {
		return Heard{}, 0, fmt.Errorf("decode what was heard of %s: %w", name, err)
	}
	return h, doc.Version, nil
}
