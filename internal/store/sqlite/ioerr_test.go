package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
)

// disk is the driver's connection to a file that at its n-th statement goes wrong.
type disk struct {
	driver.Conn
	left int
	fail func(d *disk, text string, carryOut func() (driver.Result, error)) (driver.Result, error)
}

type onDisk struct {
	statement
	*disk
	text string
}

func (d *disk) Prepare(text string) (driver.Stmt, error) {
	st, err := d.Conn.Prepare(text)
	if err != nil {
		return nil, err
	}
	return onDisk{st.(statement), d, text}, nil
}

func (s onDisk) Close() error { return s.statement.Close() }

func (s onDisk) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	carryOut := func() (driver.Result, error) { return s.statement.ExecContext(ctx, args) }
	if s.left--; s.left != 0 {
		return carryOut()
	}
	return s.fail(s.disk, s.text, carryOut)
}

// readOnly has SQLite itself refuse every change from now on.
func readOnly(d *disk, _ string, carryOut func() (driver.Result, error)) (driver.Result, error) {
	if _, err := d.Conn.(driver.ExecerContext).ExecContext(background, "PRAGMA query_only = ON", nil); err != nil {
		return nil, err
	}
	return carryOut()
}

var errDisk = errors.New("input/output error")

// neverWritten is a commit that fails and is none.
func neverWritten(_ *disk, text string, carryOut func() (driver.Result, error)) (driver.Result, error) {
	if text == "COMMIT" {
		return nil, errDisk
	}
	return carryOut()
}

// written is a commit that fails though it is in the file.
func written(_ *disk, text string, carryOut func() (driver.Result, error)) (driver.Result, error) {
	res, err := carryOut()
	if text == "COMMIT" {
		return nil, errors.Join(errDisk, err)
	}
	return res, err
}

// Whichever of a round's statements fails, nothing of it is half done: what was not called kept may be sent again,
// and is there once (F5).
func TestWhicheverStatementFailsNothingIsHalfDone(t *testing.T) {
	for name, fail := range map[string]func(*disk, string, func() (driver.Result, error)) (driver.Result, error){
		"nothing can be written any more": readOnly, "the commit is lost": neverWritten, "the commit's end is lost": written,
	} {
		t.Run(name, func(t *testing.T) {
			e := serving(t)
			fence := owned(t, e)
			failed := 0
			for n := 1; ; n++ {
				ops := []store.Op{received(fmt.Sprintf("ev_a%d", n)), whole(fence, n), received(fmt.Sprintf("ev_b%d", n))}
				d := &disk{Conn: e.w.conn, left: n, fail: fail}
				for text, st := range e.w.stmts {
					if err := st.Close(); err != nil {
						t.Fatal(err)
					}
					delete(e.w.stmts, text)
				}
				e.w.conn = d
				results, err := e.Apply(t.Context(), ops)
				if d.left > 0 { // the round has fewer statements than n
					if failed == 0 {
						t.Fatal("no round failed")
					}
					t.Logf("%d of %d rounds failed", failed, n-1)
					return
				}
				got := parts(t, e, n)
				switch {
				case err != nil:
					failed++
					if got != 0 && got != 5 {
						t.Fatalf("statement %d fails: %v, and %d of 5 parts are there", n, err, got)
					}
				case got != 5:
					t.Fatalf("statement %d fails: %v, and %d of 5 parts are there", n, results, got)
				default: // a commit changes nothing more that could be refused
					e.w.conn = d.Conn
					if err := e.w.script("PRAGMA query_only = OFF"); err != nil {
						t.Fatal(err)
					}
				}
				for i, again := range apply(t, e, ops...) {
					had := errors.Is(again, store.ErrDuplicate) || errors.Is(again, store.ErrConflict)
					if had != (got == 5) || again != nil && !had {
						t.Fatalf("statement %d fails, %d of 5 parts are there; operation %d once more: %v", n, got, i, again)
					}
				}
				if got := parts(t, e, n); got != 5 {
					t.Fatalf("after the repeat %d of 5 parts are there", got)
				}
			}
		})
	}
}
