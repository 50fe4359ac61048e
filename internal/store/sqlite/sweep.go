package sqlite

import (
	"context"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// sweeps are what Sweep does in turn, each to at most so many rows that are older than a time.
var sweeps = []struct {
	text string
	kept time.Duration
	of   func(*store.Swept) *int
}{
	{`DELETE FROM items WHERE n IN (SELECT n FROM items WHERE state = 'ignored' AND received < ? ORDER BY received LIMIT ?)`, store.IgnoredKept, func(s *store.Swept) *int { return &s.Ignored }},
	{`DELETE FROM items WHERE n IN (SELECT n FROM items WHERE state = 'parked' AND max(received, due) < ?
		AND reason IN ('` + strings.Join(store.Forgotten(), "', '") + `') ORDER BY max(received, due) LIMIT ?)`, store.ParkedKept, func(s *store.Swept) *int { return &s.Parked }},
	{`UPDATE items SET version = version + 1, state = 'dead', reason = '` + store.ParkedTooLong + `' WHERE n IN
		(SELECT n FROM items WHERE state = 'parked' AND max(received, due) < ? ORDER BY max(received, due) LIMIT ?)`, store.ParkedKept, func(s *store.Swept) *int { return &s.Parked }},
	// The oldest come first, so that no index by time is needed, which each event would have to be filed in.
	{`DELETE FROM raws WHERE item IN
		(SELECT item FROM (SELECT item, received FROM raws WHERE item > 0 ORDER BY item LIMIT 1000) WHERE received < ? LIMIT ?)`, store.RawKept, func(s *store.Swept) *int { return &s.Bodies }},
	{`DELETE FROM dedupe WHERE (connection, key) IN
		(SELECT connection, key FROM dedupe WHERE received < ? ORDER BY received LIMIT ?)`, store.DedupeKept, func(s *store.Swept) *int { return &s.Keys }},
}

// Sweep drops what is past its time and gives some of the room back to the disk.
func (e *Engine) Sweep(ctx context.Context, now time.Time, limit int) (swept store.Swept, err error) {
	err = e.write(ctx, func(w *writer) error {
		for _, s := range sweeps {
			if swept.Rows() >= limit {
				return nil
			}
			d, err := w.exec(s.text, now.Add(-s.kept), limit-swept.Rows())
			if err != nil {
				return err
			}
			*s.of(&swept) += int(d.rows)
		}
		_, err := w.exec(`PRAGMA incremental_vacuum(256)`)
		return err
	})
	if err != nil {
		return store.Swept{}, err
	}
	return swept, nil
}
