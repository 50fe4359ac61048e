package webhooks

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Seen says when a connection's senders were last heard, since the process started. The zero time: never.
type Seen struct {
	Doors map[string]time.Time // the last event kept, by door: ongoing, portal, shopify
	Slots [slots]time.Time     // the last use of each of Ongoing's tokens
}

// seen is Seen while events come in: a word per time, so that nobody waits.
type seen struct {
	doors [3]atomic.Int64
	slots [slots]atomic.Int64
	// foreign counts the bodies of other goods owners for which room was looked for.
	foreign atomic.Int64
}

// registry holds what was seen, by connection. Only known connections are in it.
type registry struct {
	mu    sync.RWMutex
	conns map[exchange.Conn]*seen
}

func (r *registry) of(c exchange.Conn) *seen {
	r.mu.RLock()
	s := r.conns[c]
	r.mu.RUnlock()
	if s != nil {
		return s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil {
		r.conns = map[exchange.Conn]*seen{}
	}
	if r.conns[c] == nil {
		r.conns[c] = &seen{}
	}
	return r.conns[c]
}

// Seen says when c's senders were last heard.
func (d *Doors) Seen(c exchange.Conn) Seen {
	s := d.seen.of(c)
	out := Seen{Doors: map[string]time.Time{}}
	for i := range doors {
		out.Doors[doors[i].source] = timeOf(&s.doors[i])
	}
	for i := range out.Slots {
		out.Slots[i] = timeOf(&s.slots[i])
	}
	return out
}

func timeOf(nanos *atomic.Int64) time.Time {
	if n := nanos.Load(); n != 0 {
		return time.Unix(0, n).UTC()
	}
	return time.Time{}
}
