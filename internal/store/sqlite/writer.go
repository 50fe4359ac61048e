package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"modernc.org/sqlite"
)

// writer is the one connection that writes. It goes to the driver directly: database/sql would choose a
// connection, check and copy for each of a round's statements. Its owner sees to it that one goroutine at a
// time uses it.
type writer struct {
	conn  driver.Conn
	stmts map[string]statement
	args  []driver.NamedValue
	wrote int64 // rows changed since it was opened
}

// statement is what the driver's prepared statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

var background = context.Background()

func openWriter(path string) (*writer, error) {
	c, err := (&sqlite.Driver{}).Open(writeDSN(path))
	if err != nil {
		return nil, err
	}
	return &writer{conn: c, stmts: map[string]statement{}}, nil
}

// done is what a statement did.
type done struct{ rows, id int64 }

// exec carries out one statement, prepared once per text.
func (w *writer) exec(text string, args ...any) (done, error) {
	st, err := w.prepare(text)
	if err != nil {
		return done{}, err
	}
	r, err := st.ExecContext(background, w.bind(args))
	if err != nil {
		return done{}, err
	}
	var d done
	d.rows, _ = r.RowsAffected() // the driver has both at hand
	d.id, _ = r.LastInsertId()
	w.wrote += d.rows
	return d, nil
}

// row reads the first row into dest, *string and *int64, and reports whether there was one.
func (w *writer) row(text string, args []any, dest ...any) (found bool, err error) {
	err = w.each(text, args, len(dest), func(row []driver.Value) bool {
		found = true
		for i, v := range row {
			switch d := dest[i].(type) {
			case *string:
				if b, ok := v.([]byte); ok {
					*d = string(b)
				} else {
					*d, _ = v.(string)
				}
			case *int64:
				*d, _ = v.(int64)
			}
		}
		return false
	})
	return found, err
}

// each calls use with each row until it says false. The row is good until use returns.
func (w *writer) each(text string, args []any, columns int, use func([]driver.Value) bool) error {
	st, err := w.prepare(text)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(background, w.bind(args))
	if err != nil {
		return err
	}
	row := make([]driver.Value, columns)
	for {
		if err = rows.Next(row); err != nil || !use(row) {
			break
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, rows.Close())
}

// script carries out statements that are used once.
func (w *writer) script(text string) error {
	conn, ok := w.conn.(driver.ExecerContext)
	if !ok {
		return errors.New("the driver carries out no scripts")
	}
	_, err := conn.ExecContext(background, text, nil)
	return err
}

// schema is the file's schema version.
func (w *writer) schema() (int, error) {
	var n int64
	_, err := w.row("PRAGMA user_version", nil, &n)
	return int(n), err
}

// in does f in a transaction that begins with the right to write.
func (w *writer) in(f func() error) error {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := f(); err != nil {
		w.rollback()
		return err
	}
	if _, err := w.exec("COMMIT"); err != nil {
		w.rollback()
		return &commitError{err}
	}
	return nil
}

// rollback undoes the transaction; there may be none any more, after an error that ended it.
func (w *writer) rollback() { _, _ = w.exec("ROLLBACK") }

func (w *writer) prepare(text string) (statement, error) {
	if st, ok := w.stmts[text]; ok {
		return st, nil
	}
	st, err := w.conn.Prepare(text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	able, ok := st.(statement)
	if !ok {
		return nil, fmt.Errorf("prepare %q: the driver's statement takes no context", text)
	}
	w.stmts[text] = able
	return able, nil
}

func (w *writer) bind(args []any) []driver.NamedValue {
	w.args = w.args[:0]
	for i, v := range args {
		w.args = append(w.args, driver.NamedValue{Ordinal: i + 1, Value: value(v)})
	}
	return w.args
}

// blob is bytes that are to stay bytes.
type blob []byte

// value is v as the driver takes it: bytes that are valid UTF-8 become text, so that people can read them.
func value(v any) driver.Value {
	switch v := v.(type) {
	case []byte:
		switch {
		case v == nil:
			return nil
		case utf8.Valid(v):
			return string(v)
		}
	case blob:
		return []byte(v)
	case time.Time:
		return nanos(v)
	case int:
		return int64(v)
	case uint64:
		return int64(v) //nolint:gosec // versions and fences are counts
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	}
	return v
}

func (w *writer) close() error {
	var errs []error
	for _, st := range w.stmts {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}
