package sqlite

import (
	"context"
	"database/sql"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Exchanges lists from the index that fits the query best.
func (e *Engine) Exchanges(ctx context.Context, q store.Query) ([]exchange.Exchange, string, error) {
	l, err := newListing(q)
	if err != nil {
		return nil, "", err
	}
	if len(q.Stages) > 0 {
		l.filter("stage IN (SELECT value FROM json_each(?))", list(q.Stages))
	}
	if q.Instant != nil {
		l.filter("instant = ?", *q.Instant)
	}
	if q.Raised != nil {
		l.filter("raised = ?", *q.Raised)
	}
	if !q.Since.IsZero() {
		l.filter("created >= ?", nanos(q.Since))
	}
	rows, after, err := l.page(ctx, e, e.exchangeSources)
	if err != nil {
		return nil, "", err
	}
	found := make([]exchange.Exchange, 0, len(rows))
	for _, k := range rows {
		err := e.each(ctx, `SELECT body FROM exchanges WHERE n = ?`, []any{k.n}, func(rows *sql.Rows) error {
			x, err := scanJSON[exchange.Exchange](rows)
			found = append(found, x)
			return err
		})
		if err != nil {
			return nil, "", err
		}
	}
	return found, after, nil
}

// exchangeSources are where the exchanges of c stand that q may select.
func (e *Engine) exchangeSources(ctx context.Context, q store.Query, c store.Conn) ([]source, error) {
	conn := []any{string(c)}
	switch {
	case q.Text != "":
		return []source{{conn: c, all: true, args: []any{q.Text, string(c)}, from: `exchanges WHERE connection = ?2 AND id IN (
			SELECT ?1 UNION ALL SELECT exchange FROM refs WHERE connection = ?2 AND name = ?1
			UNION ALL SELECT exchange FROM names WHERE connection = ?2 AND name = ?1)`}}, nil
	case q.Raised != nil && *q.Raised:
		return []source{{conn: c, args: conn, from: `exchanges INDEXED BY exchanges_raised WHERE connection = ? AND raised = 1`}}, nil
	case !q.Since.IsZero():
		since := nanos(q.Since)
		if few, err := e.recent(ctx, "exchanges", "created", c, since); few || err != nil {
			return []source{{
				conn: c, all: true, args: []any{string(c), since},
				from: `exchanges INDEXED BY exchanges_by_time WHERE connection = ? AND created >= ?`,
			}}, err
		}
	}
	if len(q.Stages) == 0 {
		return []source{{conn: c, args: conn, from: `exchanges INDEXED BY exchanges_by_id WHERE connection = ?`}}, nil
	}
	var at []source
	for _, stage := range q.Stages {
		at = append(at, source{
			conn: c, args: []any{string(c), stage},
			from: `exchanges INDEXED BY exchanges_by_stage WHERE connection = ? AND stage = ?`,
		})
	}
	return at, nil
}

// Count counts in the index by stage.
func (e *Engine) Count(ctx context.Context, c store.Conn, stage exchange.Stage, below exchange.ID) (n int, err error) {
	text, args := `SELECT count(*) FROM exchanges INDEXED BY exchanges_by_stage WHERE connection = ? AND stage = ?`, []any{string(c), string(stage)}
	if below != "" {
		text, args = text+` AND id < ?`, append(args, string(below))
	}
	err = e.each(ctx, text, args, func(rows *sql.Rows) error { return rows.Scan(&n) })
	return n, err
}
