package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"

	"github.com/tradeback/tradeback/internal/store"
)

// queries are the prepared statements of the readers, by text: the few that are asked all the time.
type queries struct {
	mu sync.Mutex
	by map[string]*sql.Stmt
}

// limited ends a query that has a limit and is asked all the time. It is a sum so that SQLite does not plan by its
// value: it would plan anew, at thrice the cost of the query itself, whenever one is bound.
const limited = ` LIMIT ? + 0`

// each calls use with each row that text selects. The text is prepared once and kept. Such reads are short: they
// are not broken off when ctx ends, since the driver starts a goroutine for each that may be.
func (e *Engine) each(ctx context.Context, text string, args []any, use func(*sql.Rows) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	st, err := e.prepared(ctx, text) //nolint:sqlclosecheck // it is kept for the next time, and goes with the database
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return walk(rows, use)
}

// once is each for texts that are put together for a query, of which there are many.
func (e *Engine) once(ctx context.Context, text string, args []any, use func(*sql.Rows) error) error {
	if e.seen != nil {
		e.seen(text)
	}
	rows, err := e.db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	return walk(rows, use)
}

func walk(rows *sql.Rows, use func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := use(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *Engine) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	e.queries.mu.Lock()
	defer e.queries.mu.Unlock()
	if st, ok := e.queries.by[text]; ok {
		return st, nil
	}
	st, err := e.db.PrepareContext(ctx, text) //nolint:sqlclosecheck // as above
	if err != nil {
		return nil, err
	}
	if e.queries.by == nil {
		e.queries.by = map[string]*sql.Stmt{}
	}
	e.queries.by[text] = st
	return st, nil
}

// list is the JSON array of vs, for json_each.
func list[T ~string](vs []T) string {
	b, err := json.Marshal(vs)
	if err != nil {
		panic("sqlite: cannot encode strings: " + err.Error())
	}
	return string(b)
}

// Conns walks the connections by skipping from one to the next in each index.
func (e *Engine) Conns(ctx context.Context) ([]store.Conn, error) {
	var found []store.Conn
	err := e.each(ctx, `
WITH RECURSIVE
  i(c) AS (SELECT min(connection) FROM items UNION ALL
           SELECT (SELECT min(connection) FROM items WHERE connection > c) FROM i WHERE c IS NOT NULL),
  x(c) AS (SELECT min(connection) FROM exchanges UNION ALL
           SELECT (SELECT min(connection) FROM exchanges WHERE connection > c) FROM x WHERE c IS NOT NULL),
  d(c) AS (SELECT min(connection) FROM docs UNION ALL
           SELECT (SELECT min(connection) FROM docs WHERE connection > c) FROM d WHERE c IS NOT NULL),
  k(c) AS (SELECT min(connection) FROM dedupe UNION ALL
           SELECT (SELECT min(connection) FROM dedupe WHERE connection > c) FROM k WHERE c IS NOT NULL)
SELECT c FROM i WHERE c <> '' UNION SELECT c FROM x WHERE c <> '' UNION SELECT c FROM d WHERE c <> ''
UNION SELECT c FROM k WHERE c <> '' ORDER BY 1`,
		nil, func(rows *sql.Rows) error {
			var c store.Conn
			err := rows.Scan(&c)
			found = append(found, c)
			return err
		})
	return found, err
}
