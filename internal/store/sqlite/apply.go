package sqlite

import (
	"context"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/tradeback/tradeback/internal/store"
)

// commitError is a COMMIT that failed: what it held may or may not be in the file.
type commitError struct{ error }

func (e *commitError) Unwrap() error { return e.error }

// errApart asks for the round to be done again with each operation apart: one that wrote something could not
// be done after all.
var errApart = errors.New("do each apart")

// Apply does ops in one transaction. At first they share it without savepoints, which are seldom needed. If
// one of them fails half-way, the round is rolled back and done again with a savepoint around each. A trial, which has
// none, fails where an event would be refused.
func (e *Engine) Apply(ctx context.Context, ops []store.Op) ([]error, error) {
	var results []error
	err := e.alone(ctx, func(w *writer) (err error) {
		if len(ops) == 0 && e.full() {
			return store.ErrFull
		}
		results, err = e.round(w, ops, false)
		if errors.Is(err, errApart) {
			results, err = e.round(w, ops, true)
		}
		if err != nil {
			e.drop()
			return outOfRoom(err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// alone lets f have the connection that writes, which nobody else has meanwhile.
func (e *Engine) alone(ctx context.Context, f func(*writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	w, err := e.writer()
	if err != nil {
		return err
	}
	return f(w)
}

// writer is the connection that writes, opened anew if the last one had to be dropped.
func (e *Engine) writer() (*writer, error) {
	if e.closed {
		return nil, store.ErrClosed
	}
	if err := e.inPlace(); err != nil {
		return nil, err
	}
	if e.w == nil {
		w, err := openWriter(e.path)
		if err != nil {
			return nil, fmt.Errorf("reopen %s: %w", e.path, err)
		}
		e.w = w
	}
	return e.w, nil
}

// drop closes the connection that writes after a failure: after an error of the disk its idea of the file
// may be wrong.
func (e *Engine) drop() {
	_ = e.w.close()
	e.w = nil
}

// round is the state of one transaction.
type round struct {
	*writer
	now    int64
	full   bool // events are refused
	fences map[store.Conn]uint64
	parked map[store.Conn]int64
}

func (e *Engine) round(w *writer, ops []store.Op, apart bool) ([]error, error) {
	r := &round{writer: w, now: nanos(e.now()), full: e.full()}
	results := make([]error, len(ops))
	err := w.in(func() error {
		if len(ops) == 0 {
			_, err := w.exec(`UPDATE trial SET runs = runs + 1`)
			return err
		}
		for i, op := range ops {
			if err := store.Check(op); err != nil {
				results[i] = err
				continue
			}
			var err error
			if apart {
				results[i], err = r.apart(op)
			} else {
				results[i], err = r.together(op)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return results, err
}

// full reports whether the disk is so full that events must be refused.
func (e *Engine) full() bool {
	if e.o.Reserve < 0 {
		return false
	}
	free, err := e.room()
	return err == nil && free < e.o.Reserve
}

// together does op without a savepoint. err ends the round.
func (r *round) together(op store.Op) (result, err error) {
	before := r.wrote
	result = r.do(op)
	if result != nil && (r.wrote != before || isSQL(result)) {
		return nil, errApart
	}
	return result, nil
}

// apart does op in a savepoint. err ends the round: it is not this operation's fault.
func (r *round) apart(op store.Op) (result, err error) {
	if _, err := r.exec("SAVEPOINT op"); err != nil {
		return nil, err
	}
	if result = r.do(op); result != nil {
		if broken(result) {
			return nil, result
		}
		r.fences, r.parked = nil, nil // may have been counted from what is undone now
		if _, err := r.exec("ROLLBACK TO op"); err != nil {
			return nil, err
		}
	}
	_, err = r.exec("RELEASE op")
	return result, err
}

func (r *round) do(op store.Op) error {
	switch o := op.(type) {
	case store.Receive:
		if r.full {
			return store.ErrFull
		}
		return r.receive(o)
	case store.Put:
		return r.putAll(o)
	case store.Step:
		return r.step(o)
	case store.Import:
		return r.imports(o.Row)
	}
	return store.ErrInvalid // Check knows no others
}

// isSQL reports whether SQLite refused a statement.
func isSQL(err error) bool {
	var e *driver.Error
	return errors.As(err, &e)
}

// broken reports whether SQLite failed for a reason that any operation would meet.
func broken(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CONSTRAINT, lib.SQLITE_TOOBIG, lib.SQLITE_MISMATCH, lib.SQLITE_RANGE, lib.SQLITE_ERROR:
		return false
	}
	return true
}

// outOfRoom makes SQLite's full disk the store's.
func outOfRoom(err error) error {
	var e *driver.Error
	if errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_FULL {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}
