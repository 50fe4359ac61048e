package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Reader reads documents of the store.
type Reader interface {
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}

// Linked is an entry with its place in its chain.
type Linked struct {
	Chain  exchange.Conn `json:"chain"` // the connection's; empty: that of what belongs to none
	Number uint64        `json:"number"`
	Link   string        `json:"link"`
	Entry
}

// List reads entries of a chain, the newest first: at most limit of those before the one numbered before; 0 is from
// the end on. next is where the next page goes on; 0: there is none.
func List(ctx context.Context, r Reader, chain exchange.Conn, before uint64, limit int) (found []Linked, next uint64, err error) {
	limit = store.Page(limit)
	if before == 0 {
		head, err := store.HeadOf(ctx, r, chain)
		if err != nil {
			return nil, 0, err
		}
		before = head.Lines + 1
	}
	first := uint64(1)
	if n := uint64(limit); before > n { //nolint:gosec // 1 to 500
		first = before - n
	}
	if before > first {
		docs, err := r.Docs(ctx, chain, store.LineBucket, store.LineKey(first-1), int(before-first)) //nolint:gosec // at most limit
		if err != nil {
			return nil, 0, fmt.Errorf("list the audit chain of %q: %w", chain, err)
		}
		for _, d := range docs {
			l, err := decode(d)
			if err != nil {
				return nil, 0, err
			}
			if l.Number < before {
				found = append(found, l)
			}
		}
	}
	slices.Reverse(found)
	if first > 1 {
		next = first
	}
	return found, next, nil
}

func decode(d store.Doc) (Linked, error) {
	l := Linked{Chain: d.Conn}
	number, err := strconv.ParseUint(d.Key, 10, 64)
	if err != nil {
		return l, fmt.Errorf("line %q of the audit chain of %q is no line", d.Key, d.Conn)
	}
	var stored store.Linked
	if err := json.Unmarshal(d.Body, &stored); err != nil {
		return l, fmt.Errorf("read line %d of the audit chain of %q: %w", number, d.Conn, err)
	}
	if err := json.Unmarshal(stored.Line, &l.Entry); err != nil {
		return l, fmt.Errorf("read line %d of the audit chain of %q: %w", number, d.Conn, err)
	}
	l.Number, l.Link = number, stored.Link
	return l, nil
}
