package sqlite

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Present keeps in memory who is announced: one process serves a file, and whoever shares its connections is
// in that process.
func (e *Engine) Present(_ context.Context, owner string, ttl time.Duration) ([]string, error) {
	if owner == "" {
		return nil, fmt.Errorf("%w: an owner without a name", store.ErrInvalid)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, store.ErrClosed
	}
	now := e.now()
	if e.present == nil {
		e.present = map[string]time.Time{}
	}
	e.present[owner] = now.Add(ttl)
	maps.DeleteFunc(e.present, func(_ string, until time.Time) bool { return !until.After(now) })
	return slices.Sorted(maps.Keys(e.present)), nil
}
