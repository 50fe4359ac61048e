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
	err = e.write(ctx, func(w *writer) error {
		fence, err = own(w, c, owner, ttl, e.now())
		return err
	})
	if err != nil {
		return 0, err
	}
	return fence, nil
}

func own(w *writer, c store.Conn, owner string, ttl time.Duration, now time.Time) (uint64, error) {
	var (
		has          string
		fence, until int64
	)
	if _, err := w.row(`SELECT owner, fence, until FROM leases WHERE connection = ?`, []any{string(c)},
		&has, &fence, &until); err != nil {
		return 0, err
	}
	mine := has == owner
	switch {
	case !mine && has != "" && until > nanos(now):
		return 0, store.ErrHeld
	case ttl <= 0 && !mine:
		return uint64(fence), nil //nolint:gosec // a count
	case ttl <= 0:
		_, err := w.exec(`UPDATE leases SET owner = '', until = 0 WHERE connection = ?`, string(c))
		return uint64(fence), err //nolint:gosec // a count
	case !mine:
		fence++
	}
	_, err := w.exec(`INSERT INTO leases (connection, owner, fence, until) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET owner = excluded.owner, fence = excluded.fence, until = excluded.until`,
		string(c), owner, fence, now.Add(ttl))
	return uint64(fence), err //nolint:gosec // a count
}

// write does f in a transaction of its own.
func (e *Engine) write(ctx context.Context, f func(*writer) error) error {
	return e.alone(ctx, func(w *writer) error {
		err := w.in(func() error { return f(w) })
		if isSQL(err) {
			e.drop()
		}
		return outOfRoom(err)
	})
}
