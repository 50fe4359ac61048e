package sqlite

import (
	"context"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// sweeps are what Sweep does in turn, each to at most so many rows that are older than a time.
var sweeps = []struct {
	do   func(e *Engine, w *writer, before time.Time, limit int) (rows int, err error)
	kept time.Duration
	of   func(*store.Swept) *int
}{
	{all(`DELETE FROM items WHERE n IN (SELECT n FROM items WHERE state = 'ignored' AND received < ? ORDER BY received LIMIT ?)`), store.IgnoredKept, func(s *store.Swept) *int { return &s.Ignored }},
	{all(`DELETE FROM items WHERE n IN (SELECT n FROM items WHERE state = 'parked' AND max(received, due) < ?
		AND reason IN ('` + strings.Join(store.Forgotten(), "', '") + `') ORDER BY max(received, due) LIMIT ?)`), store.ParkedKept, func(s *store.Swept) *int { return &s.Parked }},
	{all(`UPDATE items SET version = version + 1, state = 'dead', reason = '` + store.ParkedTooLong + `' WHERE n IN
		(SELECT n FROM items WHERE state = 'parked' AND max(received, due) < ? ORDER BY max(received, due) LIMIT ?)`), store.ParkedKept, func(s *store.Swept) *int { return &s.Parked }},
	{(*Engine).sweepBodies, store.RawKept, func(s *store.Swept) *int { return &s.Bodies }},
	{all(`DELETE FROM dedupe WHERE (connection, key) IN
		(SELECT connection, key FROM dedupe WHERE received < ? ORDER BY received LIMIT ?)`), store.DedupeKept, func(s *store.Swept) *int { return &s.Keys }},
}

// all is what one statement does.
func all(text string) func(*Engine, *writer, time.Time, int) (int, error) {
	return func(_ *Engine, w *writer, before time.Time, limit int) (int, error) {
		d, err := w.exec(text, before, limit)
		return int(d.rows), err
	}
}

// Sweep drops what is past its time and gives some of the room back to the disk.
func (e *Engine) Sweep(ctx context.Context, now time.Time, limit int) (swept store.Swept, err error) {
	err = e.write(ctx, func(w *writer) error {
		for _, s := range sweeps {
			if swept.Rows() >= limit {
				return nil
			}
			n, err := s.do(e, w, now.Add(-s.kept), limit-swept.Rows())
			if err != nil {
				return err
			}
			*s.of(&swept) += n
		}
		_, err := w.exec(`PRAGMA incremental_vacuum(256)`)
		return err
	})
	if err != nil {
		return store.Swept{}, err
	}
	return swept, nil
}

// sweepBodies drops raw bodies. The oldest come first, so that no index by time is needed, which each event would have to
// be filed in. But what a copy has brought stands by connection: so beside the first ones others are looked at, further on
// each time, until the last and then from the beginning.
func (e *Engine) sweepBodies(w *writer, before time.Time, limit int) (rows int, err error) {
	for _, after := range []int64{0, e.swept} {
		d, err := w.exec(`DELETE FROM raws WHERE item IN
			(SELECT item FROM (SELECT item, received FROM raws WHERE item > ? ORDER BY item LIMIT 1000) WHERE received < ? LIMIT ?)`,
			after, before, limit-rows)
		if err != nil {
			return 0, err
		}
		if rows += int(d.rows); rows >= limit {
			return rows, nil // there may be more where it was looked
		}
	}
	_, err = w.row(`SELECT coalesce((SELECT item FROM raws WHERE item > ? ORDER BY item LIMIT 1 OFFSET 999), 0)`, []any{e.swept}, &e.swept)
	return rows, err
}
