package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// itemColumns are what scanItem reads.
const itemColumns = `connection, id, version, kind, state, received, due, attempt, size, gone, exchange, ref, source, topic, reason, body`

// scanItem reads itemColumns, and what more is given.
func scanItem(rows *sql.Rows, more ...any) (store.Item, error) {
	var (
		it            store.Item
		received, due int64
	)
	err := rows.Scan(append([]any{
		&it.Conn, &it.ID, &it.Version, &it.Kind, &it.State, &received, &due, &it.Attempt,
		&it.Size, &it.Gone, &it.Exchange, &it.Ref, &it.Source, &it.Topic, &it.Reason, &it.Body,
	}, more...)...)
	it.Received, it.Due = moment(received), moment(due)
	return it, err
}

var errEnough = errors.New("enough")

// Work takes the first of each kind and merges them.
func (e *Engine) Work(ctx context.Context, c store.Conn, kinds []store.Kind, now time.Time, limit int) (due []store.Item, next time.Time, err error) {
	if len(kinds) == 0 {
		kinds = []store.Kind{store.Event, store.Effect, store.Timer, store.Announcement}
	}
	limit = store.Page(limit)
	var first []store.Item
	for _, k := range kinds {
		n := 0
		err := e.each(ctx, `SELECT `+itemColumns+` FROM items
			WHERE connection = ? AND kind = ? AND state = 'waiting' ORDER BY due, id`+limited,
			[]any{string(c), string(k), limit + 1}, func(rows *sql.Rows) error {
				it, err := scanItem(rows)
				if err != nil {
					return err
				}
				first = append(first, it)
				if n++; it.Due.After(now) {
					return errEnough
				}
				return nil
			})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, time.Time{}, err
		}
	}
	slices.SortFunc(first, func(a, b store.Item) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	for i, it := range first {
		if i == limit || it.Due.After(now) {
			return first[:i:i], it.Due, nil
		}
	}
	return first, time.Time{}, nil
}
