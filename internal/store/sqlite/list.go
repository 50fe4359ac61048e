package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/store"
)

// key is where a row stands in a list: by id, then by connection.
type key struct {
	id   string
	conn store.Conn
	n    int64 // the row
}

func (k key) compare(o key) int { return cmp.Or(cmp.Compare(k.id, o.id), cmp.Compare(k.conn, o.conn)) }

// source is one place of a list's rows: an index of one connection in which they stand by id. Its from and
// where end in the conditions on connection and what else the index begins with.
type source struct {
	conn store.Conn
	from string
	args []any
	all  bool // look at all rows: they are few, but stand in another order
}

// listing is a list under way.
type listing struct {
	q       store.Query
	after   *key
	filters []string // conditions on the rows of any source
	args    []any
}

func newListing(q store.Query) (*listing, error) {
	l := &listing{q: q}
	if q.After != "" {
		conn, id, ok := strings.Cut(q.After, "/")
		if !ok {
			return nil, fmt.Errorf("%w: cursor %q", store.ErrInvalid, q.After)
		}
		l.after = &key{id: id, conn: store.Conn(conn)}
	}
	return l, nil
}

func (l *listing) filter(condition string, args ...any) {
	l.filters = append(l.filters, condition)
	l.args = append(l.args, args...)
}

// page merges the sources of each connection: the rows of the next page, in order, and the cursor of the one after it. A
// source that was not read to its end bounds the page: what comes after its last row may be its own.
func (l *listing) page(ctx context.Context, e *Engine, of func(context.Context, store.Query, store.Conn) ([]source, error)) (rows []key, after string, err error) {
	conns := []store.Conn{l.q.Conn}
	if l.q.Conn == "" {
		if conns, err = e.Conns(ctx); err != nil {
			return nil, "", err
		}
	}
	var sources []source
	for _, c := range conns {
		some, err := of(ctx, l.q, c)
		if err != nil {
			return nil, "", err
		}
		sources = append(sources, some...)
	}
	limit := store.Page(l.q.Limit)
	var bound *key
	for _, s := range sources {
		found, upto, err := l.read(ctx, e, s, limit)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, found...)
		if upto != nil && (bound == nil || l.compare(*upto, *bound) < 0) {
			bound = upto
		}
	}
	slices.SortFunc(rows, l.compare)
	rows = slices.CompactFunc(rows, func(a, b key) bool { return a.n == b.n })
	if bound != nil {
		rows = rows[:l.until(rows, *bound)]
	}
	if len(rows) > limit {
		rows, bound = rows[:limit], &rows[limit-1]
	}
	if bound == nil {
		return rows, "", nil
	}
	return rows, string(bound.conn) + "/" + bound.id, nil
}

// compare puts keys into the list's order.
func (l *listing) compare(a, b key) int {
	if l.q.Newest {
		a, b = b, a
	}
	return a.compare(b)
}

// until is how many rows are not after bound.
func (l *listing) until(rows []key, bound key) int {
	for i, k := range rows {
		if l.compare(k, bound) > 0 {
			return i
		}
	}
	return len(rows)
}

// read gives up to limit+1 rows of a source, and the last place it looked at unless that was its end.
func (l *listing) read(ctx context.Context, e *Engine, s source, limit int) (found []key, upto *key, err error) {
	conditions, args := s.from, slices.Clone(s.args)
	if l.after != nil {
		conditions += " AND id " + l.beyond(s.conn) + " ?"
		args = append(args, l.after.id)
	}
	order := " ORDER BY id"
	if l.q.Newest {
		order += " DESC"
	}
	text := "SELECT * FROM " + conditions + order
	if !s.all {
		text += fmt.Sprintf(" LIMIT %d", e.scan)
	}
	text = "SELECT n, id FROM (" + text + ")"
	if len(l.filters) > 0 {
		text += " WHERE " + strings.Join(l.filters, " AND ")
	}
	text += order + " LIMIT ?"
	err = e.once(ctx, text, append(slices.Concat(args, l.args), limit+1), func(rows *sql.Rows) error {
		k := key{conn: s.conn}
		err := rows.Scan(&k.n, &k.id)
		found = append(found, k)
		return err
	})
	if err != nil || s.all && len(found) <= limit {
		return found, nil, err
	}
	if len(found) > limit {
		return found, &found[limit], nil
	}
	err = e.once(ctx, "SELECT n, id FROM "+conditions+order+fmt.Sprintf(" LIMIT 1 OFFSET %d", e.scan-1), args,
		func(rows *sql.Rows) error {
			upto = &key{conn: s.conn}
			return rows.Scan(&upto.n, &upto.id)
		})
	return found, upto, err
}

// beyond compares the ids of c with the cursor's: an equal id is beyond it if c is.
func (l *listing) beyond(c store.Conn) string {
	op := ">"
	if l.q.Newest {
		op = "<"
	}
	if l.compare(key{id: l.after.id, conn: c}, *l.after) > 0 {
		op += "="
	}
	return op
}

// recent reports whether so few rows of c are from since on that it is best to look at them all.
func (e *Engine) recent(ctx context.Context, table, column string, c store.Conn, since int64) (bool, error) {
	n := 0
	err := e.once(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+table+" WHERE connection = ? AND "+column+" >= ? LIMIT ?)",
		[]any{string(c), since, e.scan + 1}, func(rows *sql.Rows) error { return rows.Scan(&n) })
	return n <= e.scan, err
}
