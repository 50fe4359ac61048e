package inbox

import (
	"sync"

	"github.com/tradeback/tradeback/internal/exchange"
)

// turns let one event at a time be decided for an exchange: side by side they would only make each other's commits
// fail. The zero value has none; it is safe for concurrent use.
type turns struct {
	mu sync.Mutex
	by map[exchange.ID]*turn
}

type turn struct {
	sync.Mutex
	users int
}

// enter waits until no other event is decided for the exchange. The caller calls leave when its own was.
func (t *turns) enter(id exchange.ID) (leave func()) {
	t.mu.Lock()
	one := t.by[id]
	if one == nil {
		if t.by == nil {
			t.by = map[exchange.ID]*turn{}
		}
		one = &turn{}
		t.by[id] = one
	}
	one.users++
	t.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(t.by, id)
		}
	}
}
