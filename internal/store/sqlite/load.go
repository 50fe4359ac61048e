package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Load reads the exchanges one by one.
func (e *Engine) Load(ctx context.Context, c store.Conn, ids ...exchange.ID) ([]exchange.Exchange, error) {
	found := make([]exchange.Exchange, 0, len(ids))
	for _, id := range ids {
		had := len(found)
		err := e.each(ctx, `SELECT body FROM exchanges WHERE connection = ? AND id = ?`, []any{string(c), string(id)},
			func(rows *sql.Rows) error {
				x, err := scanJSON[exchange.Exchange](rows)
				found = append(found, x)
				return err
			})
		if err != nil {
			return nil, fmt.Errorf("load exchange %s: %w", id, err)
		}
		if len(found) == had {
			return nil, fmt.Errorf("exchange %s: %w", id, store.ErrNotFound)
		}
	}
	return found, nil
}

// scanJSON reads a row of one column, a JSON text.
func scanJSON[T any](rows *sql.Rows) (v T, err error) {
	var body sql.RawBytes
	if err := rows.Scan(&body); err != nil {
		return v, err
	}
	err = json.Unmarshal(body, &v)
	return v, err
}

// Find looks the refs up, whatever their Shared says.
func (e *Engine) Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error) {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = r.Name
	}
	var found []exchange.ID
	err := e.each(ctx, `SELECT DISTINCT exchange FROM refs
		WHERE connection = ? AND name IN (SELECT value FROM json_each(?)) ORDER BY exchange`,
		[]any{string(c), list(names)}, func(rows *sql.Rows) error {
			var id exchange.ID
			err := rows.Scan(&id)
			found = append(found, id)
			return err
		})
	return found, err
}

// Journal reads entries in the order of their versions.
func (e *Engine) Journal(ctx context.Context, c store.Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error) {
	var found []exchange.Entry
	err := e.each(ctx, `SELECT body FROM journal WHERE connection = ? AND exchange = ? AND version > ?
		ORDER BY version`+limited, []any{string(c), string(id), int64(after), store.Page(limit)}, //nolint:gosec // a count
		func(rows *sql.Rows) error {
			en, err := scanJSON[exchange.Entry](rows)
			found = append(found, en)
			return err
		})
	return found, err
}

// Docs reads documents in the order of their keys.
func (e *Engine) Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error) {
	var found []store.Doc
	err := e.each(ctx, `SELECT key, version, body FROM docs WHERE connection = ? AND bucket = ? AND key > ?
		ORDER BY key`+limited, []any{string(c), bucket, after, store.Page(limit)},
		func(rows *sql.Rows) error {
			d := store.Doc{Conn: c, Bucket: bucket}
			err := rows.Scan(&d.Key, &d.Version, &d.Body)
			found = append(found, d)
			return err
		})
	return found, err
}
