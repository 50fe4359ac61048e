// Package moving copies a store into another, and holds what a store says against itself.
package moving

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/tradeback/tradeback/internal/store"
)

// page is how many rows are read at a time.
const page = 500

// sum is the checksum of rows, in whatever order they come: the sum of their hashes.
type sum struct{ high, low uint64 }

func (s sum) plus(o sum) sum { return sum{s.high + o.high, s.low + o.low} }

func (s sum) String() string { return fmt.Sprintf("%016x%016x", s.high, s.low) }

// sumOf is the checksum of one row, which is the same in every engine.
func sumOf(r store.Row) (sum, error) {
	if len(r.Refs) == 0 {
		r.Refs = nil
	}
	if len(r.Body) == 0 {
		r.Body = nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return sum{}, fmt.Errorf("%s: %w", r.Name(), err)
	}
	hash := sha256.Sum256(text)
	return sum{binary.BigEndian.Uint64(hash[:]), binary.BigEndian.Uint64(hash[8:])}, nil
}

// Counts is how many rows of each part there are.
type Counts struct {
	Documents    int `json:"documents"`
	Exchanges    int `json:"exchanges"`
	JournalLines int `json:"journal_lines"`
	Items        int `json:"items"`
	DedupeKeys   int `json:"dedupe_keys"`
}

func (c *Counts) add(p store.Part) {
	switch p {
	case store.DocPart:
		c.Documents++
	case store.ExchangePart:
		c.Exchanges++
	case store.LinePart:
		c.JournalLines++
	case store.ItemPart:
		c.Items++
	case store.KeyPart:
		c.DedupeKeys++
	case store.FencePart: // there is one, or none
	}
}

// tally is what one connection holds: counts, and checksums of all and of each exchange with its refs, its
// journal and its items; of what belongs to no connection, of each document.
type tally struct {
	counts Counts
	fence  uint64
	all    sum
	each   map[string]sum
}

func (t *tally) add(r store.Row) error {
	if r.Part == store.FencePart {
		t.fence = r.Version
		return nil
	}
	s, err := sumOf(r)
	if err != nil {
		return err
	}
	t.counts.add(r.Part)
	t.all = t.all.plus(s)
	name := r.ID
	switch {
	case r.Part == store.ItemPart:
		name = string(r.Item.Exchange)
	case r.Part == store.DocPart && r.Conn == "":
		name = r.Name()
	}
	if name != "" && t.each != nil {
		t.each[name] = t.each[name].plus(s)
	}
	return nil
}

// tallyOf reads all that c holds.
func tallyOf(ctx context.Context, st store.Reads, c store.Conn, seen func(rows int)) (*tally, error) {
	t := &tally{each: map[string]sum{}}
	return t, each(ctx, st, c, func(rows []store.Row) error {
		for _, r := range rows {
			if isProgress(r) {
				continue
			}
			if err := t.add(r); err != nil {
				return err
			}
		}
		seen(len(rows))
		return nil
	})
}

// each calls use with each page of what c holds.
func each(ctx context.Context, st store.Reads, c store.Conn, use func([]store.Row) error) error {
	for after := ""; ; {
		rows, next, err := st.Export(ctx, c, after, page)
		if err != nil {
			return fmt.Errorf("read %s: %w", named(c), err)
		}
		if err := use(rows); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		after = next
	}
}

// conns are the connections of a store, the process's own shard last.
func conns(ctx context.Context, st store.Reads) ([]store.Conn, error) {
	found, err := st.Conns(ctx)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	return append(found, ""), nil
}

// named is a connection as people read it.
func named(c store.Conn) string {
	if c == "" {
		return "what belongs to no connection"
	}
	return "connection " + string(c)
}
