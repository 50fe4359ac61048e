package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Export reads each part from the index in which it stands by name.
func (e *Engine) Export(ctx context.Context, c store.Conn, after string, limit int) ([]store.Row, string, error) {
	return store.ExportPage(after, func(p store.Part, at string) ([]store.Row, string, error) {
		return e.export(ctx, c, p, at, store.Page(limit))
	})
}

// exports are how rows of a part are read beyond a place: the query, with the connection, the place's two halves
// and a limit, and how to read a row and tell its place.
var exports = map[store.Part]struct {
	text string
	scan func(*sql.Rows, *store.Row) (at string, err error)
}{
	store.FencePart: {
		`SELECT fence FROM leases WHERE connection = ?1 AND ?2 = '' AND ?3 = '' LIMIT ?4 + 0`,
		func(rows *sql.Rows, r *store.Row) (string, error) { return "1", rows.Scan(&r.Version) },
	},
	store.DocPart: {
		`SELECT bucket, key, version, body FROM docs WHERE connection = ?1 AND (bucket, key) > (?2, ?3)
			ORDER BY bucket, key LIMIT ?4 + 0`,
		func(rows *sql.Rows, r *store.Row) (string, error) {
			d := &store.Doc{Conn: r.Conn}
			r.Doc = d
			err := rows.Scan(&d.Bucket, &d.Key, &d.Version, &d.Body)
			return d.Bucket + "\x00" + d.Key, err
		},
	},
	store.ExchangePart: {
		`SELECT id, refs, body FROM exchanges WHERE connection = ?1 AND id > ?2 AND ?3 = '' ORDER BY id LIMIT ?4 + 0`,
		func(rows *sql.Rows, r *store.Row) (string, error) {
			var refs []byte
			if err := rows.Scan(&r.ID, &refs, &r.Body); err != nil {
				return "", err
			}
			return r.ID, json.Unmarshal(refs, &r.Refs)
		},
	},
	store.LinePart: {
		`SELECT exchange, version, body FROM journal WHERE connection = ?1 AND (exchange, version) > (?2, ?3 + 0)
			ORDER BY exchange, version LIMIT ?4 + 0`,
		func(rows *sql.Rows, r *store.Row) (string, error) {
			err := rows.Scan(&r.ID, &r.Version, &r.Body)
			return r.ID + "\x00" + strconv.FormatUint(r.Version, 10), err
		},
	},
	store.ItemPart: {
		`SELECT ` + itemColumns + `, (SELECT body FROM raws WHERE item = n) FROM items
			WHERE connection = ?1 AND id > ?2 AND ?3 = '' ORDER BY id LIMIT ?4 + 0`,
		func(rows *sql.Rows, r *store.Row) (string, error) {
			var raw []byte
			it, err := scanItem(rows, &raw)
			it.Raw = raw
			r.Item = &it
			return it.ID, err
		},
	},
	store.KeyPart: {
		`SELECT key, digest, item, received FROM dedupe WHERE connection = ?1 AND key > ?2 AND ?3 = '' ORDER BY key LIMIT ?4 + 0`,
		func(rows *sql.Rows, r *store.Row) (string, error) {
			var received int64
			r.Key = &store.Key{}
			err := rows.Scan(&r.Key.Key, &r.Key.Digest, &r.Key.Item, &received)
			r.Key.Received = moment(received)
			return hex.EncodeToString(r.Key.Key), err
		},
	},
}

func (e *Engine) export(ctx context.Context, c store.Conn, p store.Part, at string, limit int) (found []store.Row, upto string, err error) {
	first, second, _ := strings.Cut(at, "\x00")
	args := []any{string(c), first, second, limit}
	if p == store.KeyPart {
		key, err := hex.DecodeString(at)
		if err != nil {
			return nil, "", fmt.Errorf("%w: cursor %q", store.ErrInvalid, at)
		}
		args[1] = append([]byte{}, key...) // a blob, even where it is empty
	}
	part, bytes := exports[p], 0
	err = e.each(ctx, part.text, args, func(rows *sql.Rows) (err error) {
		row := store.Row{Conn: c, Part: p}
		if upto, err = part.scan(rows, &row); err != nil {
			return err
		}
		found = append(found, row)
		if bytes += row.Size(); bytes > store.ExportBytes {
			return errEnough
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return found, upto, nil
	case err != nil:
		return nil, "", err
	case len(found) < limit:
		upto = ""
	}
	return found, upto, nil
}

// imports writes a row as it stands, unless it stands there already.
func (r *round) imports(row store.Row) error {
	c := string(row.Conn)
	switch row.Part {
	case store.FencePart:
		delete(r.fences, row.Conn)
		_, err := r.exec(`INSERT INTO leases (connection, owner, fence, until) VALUES (?, '', ?, 0)
			ON CONFLICT DO UPDATE SET fence = max(fence, excluded.fence)`, c, row.Version)
		return err
	case store.DocPart:
		return r.keepRow(&row, `docs (connection, bucket, key, version, body)`, c, row.Doc.Bucket, row.Doc.Key, row.Doc.Version, row.Doc.Body)
	case store.ExchangePart:
		return r.importExchange(&row)
	case store.LinePart:
		return r.keepRow(&row, `journal (connection, exchange, version, body)`, c, row.ID, row.Version, row.Body)
	case store.ItemPart:
		return r.importItem(&row)
	case store.KeyPart:
		k := row.Key
		return r.keepRow(&row, `dedupe (connection, key, digest, item, received)`, c, blob(k.Key), blob(k.Digest), k.Item, k.Received)
	}
	return store.ErrInvalid // Check knows no others
}

// keepRow inserts values into a table with its columns, unless just these stand there.
func (r *round) keepRow(row *store.Row, into string, values ...any) error {
	d, err := r.exec(`INSERT INTO `+into+` VALUES (?`+strings.Repeat(", ?", len(values)-1)+`) ON CONFLICT DO NOTHING`, values...)
	if err != nil || d.rows > 0 {
		return err
	}
	return r.sameRow(row, into, values...)
}

// sameRow refuses a row in whose place another stands.
func (r *round) sameRow(row *store.Row, in string, values ...any) error {
	table, columns, _ := strings.Cut(strings.TrimSuffix(in, ")"), " (")
	var one int64
	same, err := r.row(`SELECT 1 FROM `+table+` WHERE `+strings.ReplaceAll(columns, ", ", " IS ? AND ")+` IS ?`, values, &one)
	if err == nil && !same {
		err = fmt.Errorf("%w: another %s is there already", store.ErrConflict, row.Name())
	}
	return err
}

func (r *round) importExchange(row *store.Row) error {
	var x exchange.Exchange
	if err := json.Unmarshal(row.Body, &x); err != nil {
		return fmt.Errorf("%w: %s cannot be read: %w", store.ErrInvalid, row.Name(), err)
	}
	if x.ID != exchange.ID(row.ID) || x.Connection != row.Conn || x.Version == 0 {
		return fmt.Errorf("%w: %s is %s of %q at version %d", store.ErrInvalid, row.Name(), x.ID, x.Connection, x.Version)
	}
	was, err := r.stored(&x)
	if err != nil {
		return err
	}
	if was.version == 0 {
		_, err := r.storeExchange(&x, row.Refs, was, row.Body)
		return err
	}
	refs, err := json.Marshal(row.Refs)
	if err != nil {
		return err
	}
	return r.sameRow(row, `exchanges (connection, id, refs, body)`, string(row.Conn), row.ID, refs, row.Body)
}

func (r *round) importItem(row *store.Row) error {
	it := row.Item
	d, err := r.exec(`INSERT INTO items (`+itemColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		itemValues(it)...)
	switch {
	case err != nil:
		return err
	case d.rows > 0 && it.Raw != nil:
		_, err = r.exec(`INSERT INTO raws (item, received, body) VALUES (?, ?, ?)`, d.id, it.Received, it.Raw)
		return err
	case d.rows > 0:
		return nil
	}
	return r.sameRow(row, `items (`+itemColumns+`, (SELECT body FROM raws WHERE item = n))`, append(itemValues(it), it.Raw)...)
}

// itemValues are it in the order of itemColumns.
func itemValues(it *store.Item) []any {
	return []any{
		string(it.Conn), it.ID, it.Version, string(it.Kind), string(it.State), it.Received, it.Due, it.Attempt,
		it.Size, it.Gone, string(it.Exchange), it.Ref, it.Source, it.Topic, it.Reason, it.Body,
	}
}
