// Package sqlite is the store's engine on a SQLite file: one connection writes, a few read. It is for one
// machine; the file can be read with the sqlite3 tool, where exchanges_view and events_view say most.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// readers is how many queries may run at a time.
const readers = 4

// Options says what the file is opened for.
type Options struct {
	// Serve holds the file's lock, so that no other process serves it, and clears the leases of the last
	// one. Without it, the file is used beside the process that serves.
	Serve bool
	// Reserve is how many bytes the disk must have free for events to be kept; below, they are refused with
	// store.ErrFull, so that what is begun can end. 0 means 64 MiB, less than 0 none.
	Reserve int64
	Now     func() time.Time // nil: time.Now
}

// Engine is the store in one file.
type Engine struct {
	path string
	o    Options
	now  func() time.Time
	room func() (int64, error) // bytes the disk has free
	lock *fileLock             // nil unless serving
	file os.FileInfo           // that was opened
	scan int                   // rows that a list looks at in one place before it gives a short page: a long read holds the log up

	db      *sql.DB // reads only
	queries queries
	seen    func(text string) // for tests: told of the texts that are used once

	mu      sync.Mutex
	w       *writer                  // nil after a failure, until it is opened anew
	present map[string]time.Time     // who is announced, and until when
	leases  map[store.Conn]time.Time // until when those run that the file names an owner of
	swept   int64                    // the row of raws up to which Sweep has looked
	closed  bool
}

var _ store.Engine = (*Engine)(nil)

// Reserve is how many bytes the disk keeps free: with less, events are refused, and what is under way still ends.
const Reserve = 64 << 20

// Open opens the file at path, and makes it if there is none.
//
// Errors: LockedError when another process serves the file; VersionError when a newer tradeback wrote it.
func Open(ctx context.Context, path string, o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // what is not given is the machine's own clock
	}
	if o.Reserve == 0 {
		o.Reserve = Reserve
	}
	e := &Engine{path: path, now: o.Now, o: o, scan: 5000, room: func() (int64, error) { return Room(path) }}
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, because(path, err)), e.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) (err error) {
	if e.o.Serve {
		if e.lock, err = lockFile(e.path); err != nil {
			return err
		}
	}
	if err = notCutOff(e.path); err != nil {
		return err
	}
	if err = create(e.path); err != nil {
		return err
	}
	if e.w, err = openWriter(e.path); err != nil {
		return err
	}
	if e.file, err = os.Stat(e.path); err != nil {
		return err
	}
	if err = e.migrate(); err != nil {
		return err
	}
	if e.o.Serve {
		if err = e.w.in(func() error { _, err := e.w.exec(`UPDATE leases SET owner = '', until = 0`); return err }); err != nil {
			return err
		}
	}
	if e.db, err = sql.Open("sqlite", readDSN(e.path)); err != nil {
		return err
	}
	e.db.SetMaxOpenConns(readers)
	e.db.SetMaxIdleConns(readers)
	return e.db.PingContext(ctx)
}

// Close ends the engine. What was applied is in the file.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	var errs []error
	if e.db != nil {
		errs = append(errs, e.db.Close())
	}
	if e.w != nil {
		errs = append(errs, e.w.close())
		e.w = nil
	}
	if e.lock != nil {
		errs = append(errs, e.lock.release())
		e.lock = nil
	}
	return errors.Join(errs...)
}

// nanos is t as it is stored: nanoseconds since 1970, and 0 for no time at all.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment is the time that nanos stored.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
