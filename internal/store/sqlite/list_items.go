package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/tradeback/tradeback/internal/store"
)

// Items lists from the index that fits the query best.
func (e *Engine) Items(ctx context.Context, q store.Query) ([]store.Item, string, error) {
	if q.Conn != "" && len(q.IDs) > 0 && len(q.IDs) <= store.Page(q.Limit) && q.After == "" && !q.Newest {
		found, err := e.named(ctx, q)
		return found, "", err
	}
	l, err := newListing(q)
	if err != nil {
		return nil, "", err
	}
	if len(q.Kinds) > 0 {
		l.filter("kind IN (SELECT value FROM json_each(?))", list(q.Kinds))
	}
	if len(q.States) > 0 {
		l.filter("state IN (SELECT value FROM json_each(?))", list(q.States))
	}
	if q.Exchange != "" {
		l.filter("exchange = ?", string(q.Exchange))
	}
	if len(q.IDs) > 0 {
		l.filter("id IN (SELECT value FROM json_each(?))", list(q.IDs))
	}
	if q.Source != "" {
		l.filter("source = ?", q.Source)
	}
	if q.Ref != "" {
		l.filter("ref = ?", q.Ref)
	}
	if !q.Since.IsZero() {
		l.filter("received >= ?", nanos(q.Since))
	}
	rows, after, err := l.page(ctx, e, e.itemSources)
	if err != nil {
		return nil, "", err
	}
	found, err := e.items(ctx, rows, len(q.IDs) > 0)
	return found, after, err
}

// named reads the items with these ids, of which q may leave out some.
func (e *Engine) named(ctx context.Context, q store.Query) ([]store.Item, error) {
	ids := slices.Clone(q.IDs)
	slices.Sort(ids)
	var found []store.Item
	for _, id := range slices.Compact(ids) {
		err := e.each(ctx, `SELECT `+itemColumns+`, (SELECT body FROM raws WHERE item = n) FROM items WHERE connection = ? AND id = ?`,
			[]any{string(q.Conn), id}, func(rows *sql.Rows) error {
				var raw []byte
				it, err := scanItem(rows, &raw)
				if it.Raw = raw; q.Selects(&it) {
					found = append(found, it)
				}
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// items reads these rows, with the bodies as received or without.
func (e *Engine) items(ctx context.Context, rows []key, raw bool) ([]store.Item, error) {
	text := `SELECT ` + itemColumns + `, NULL FROM items WHERE n = ?`
	if raw {
		text = `SELECT ` + itemColumns + `, (SELECT body FROM raws WHERE item = n) FROM items WHERE n = ?`
	}
	found := make([]store.Item, 0, len(rows))
	for _, k := range rows {
		err := e.each(ctx, text, []any{k.n}, func(rows *sql.Rows) error {
			var body []byte
			it, err := scanItem(rows, &body)
			it.Raw = body
			found = append(found, it)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// itemSources are where the items of c stand that q may select.
func (e *Engine) itemSources(ctx context.Context, q store.Query, c store.Conn) ([]source, error) {
	switch {
	case len(q.IDs) > 0:
		return []source{{
			conn: c, all: true, args: []any{string(c), list(q.IDs)},
			from: `items WHERE connection = ? AND id IN (SELECT value FROM json_each(?))`,
		}}, nil
	case q.Exchange != "":
		return []source{{
			conn: c, args: []any{string(c), string(q.Exchange)},
			from: `items INDEXED BY items_of_exchange WHERE connection = ? AND exchange = ? AND exchange <> ''`,
		}}, nil
	case q.Ref != "" && len(q.States) == 1 && q.States[0] == store.Parked:
		return []source{{
			conn: c, all: true, args: []any{string(c), q.Ref},
			from: `items INDEXED BY items_parked WHERE connection = ? AND ref = ? AND state = 'parked'`,
		}}, nil
	case len(q.States) > 0 && !slices.ContainsFunc(q.States, inTheWay):
		var at []source
		for _, state := range q.States {
			at = append(at, stateSource(c, state))
		}
		return at, nil
	case !q.Since.IsZero():
		since := nanos(q.Since)
		if few, err := e.recent(ctx, "items", "received", c, since); few || err != nil {
			return []source{{
				conn: c, all: true, args: []any{string(c), since},
				from: `items INDEXED BY items_by_time WHERE connection = ? AND received >= ?`,
			}}, err
		}
	}
	return []source{{conn: c, args: []any{string(c)}, from: `items INDEXED BY items_by_id WHERE connection = ?`}}, nil
}

// inTheWay reports whether a state has no index of its own: most items are in it.
func inTheWay(s store.State) bool { return s == store.Done || s == store.Ignored }

// stateSource is where the items of c in a state other than done and ignored stand.
func stateSource(c store.Conn, state store.State) source {
	if state == store.Waiting {
		return source{conn: c, all: true, args: []any{string(c)}, from: `items INDEXED BY items_to_do WHERE connection = ? AND state = 'waiting'`}
	}
	return source{
		conn: c, args: []any{string(c), string(state)},
		from: `items INDEXED BY items_aside WHERE connection = ? AND state = ?
			AND state <> 'waiting' AND state <> 'done' AND state <> 'ignored'`,
	}
}
