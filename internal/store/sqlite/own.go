package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Own takes, renews or gives up the lease of c.
func (e *Engine) Own(ctx context.Context, c store.Conn, owner string, ttl time.Duration) (fence uint64, err error) {
	if owner == "" {
		return 0, fmt.Errorf("%w: an owner without a name", store.ErrInvalid)
	}
	err = e.guarded(ctx, func(w *writer) error {
		fence, err = e.own(w, c, owner, ttl)
		return err
	})
	if err != nil {
		return 0, err
	}
	return fence, nil
}

// own keeps until when a lease runs in memory, where a change of the machine's clock does not matter: whoever else would
// take it is in this process, since only one that serves may, and who serves the file next begins with none. So renewing
// one, as is done all the time, writes nothing.
func (e *Engine) own(w *writer, c store.Conn, owner string, ttl time.Duration) (uint64, error) {
	var (
		has string
		n   int64
	)
	if _, err := w.row(`SELECT owner, fence FROM leases WHERE connection = ?`, []any{string(c)}, &has, &n); err != nil {
		return 0, err
	}
	fence, now, mine := uint64(n), e.now(), has == owner //nolint:gosec // a count
	switch {
	case !mine && has != "" && (e.lock == nil || e.leases[c].After(now)):
		return 0, store.ErrHeld
	case ttl <= 0 && !mine:
		return fence, nil
	case ttl <= 0:
		return fence, note(w, c, "", fence)
	case !mine:
		fence++
		if err := note(w, c, owner, fence); err != nil {
			return 0, err
		}
	}
	if e.leases == nil {
		e.leases = map[store.Conn]time.Time{}
	}
	e.leases[c] = now.Add(ttl)
	return fence, nil
}

// note makes it durable who has a connection.
func note(w *writer, c store.Conn, owner string, fence uint64) error {
	return w.in(func() error {
		_, err := w.exec(`INSERT INTO leases (connection, owner, fence, until) VALUES (?, ?, ?, 0)
			ON CONFLICT DO UPDATE SET owner = excluded.owner, fence = excluded.fence`, string(c), owner, fence)
		return err
	})
}

// write does f in a transaction of its own.
func (e *Engine) write(ctx context.Context, f func(*writer) error) error {
	return e.guarded(ctx, func(w *writer) error { return w.in(func() error { return f(w) }) })
}

// guarded lets f have the connection that writes, which is opened anew after SQLite has failed.
func (e *Engine) guarded(ctx context.Context, f func(*writer) error) error {
	return e.alone(ctx, func(w *writer) error {
		err := f(w)
		if isSQL(err) {
			e.drop()
		}
		return outOfRoom(err)
	})
}
