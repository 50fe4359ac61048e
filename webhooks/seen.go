package webhooks

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Seen says when a connection's senders were last heard, since the process started. The zero time: never.
type Seen struct {
	Doors  map[string]time.Time // the last event kept, by door: ongoing, portal, shopify
	Tokens map[string]time.Time // the last use of each of Ongoing's tokens, by its id
}

// seen is Seen while events come in: a word per time, so that nobody waits.
type seen struct {
	doors [3]atomic.Int64
	// tokens are the times by a token's id: a rotation moves tokens from slot to slot.
	mu     sync.RWMutex
	tokens map[string]*atomic.Int64
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
	out := Seen{Doors: map[string]time.Time{}, Tokens: map[string]time.Time{}}
	for i := range doors {
		out.Doors[doors[i].source] = timeOf(&s.doors[i])
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, at := range s.tokens {
		out.Tokens[id] = timeOf(at)
	}
	return out
}

// used notes that a token was used.
func (s *seen) used(id string, now time.Time) {
	s.mu.RLock()
	at := s.tokens[id]
	s.mu.RUnlock()
	if at == nil {
		at = s.add(id)
	}
	at.Store(now.UnixNano())
}

func (s *seen) add(id string) *atomic.Int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == nil {
		s.tokens = map[string]*atomic.Int64{}
	}
	if s.tokens[id] == nil {
		s.tokens[id] = new(atomic.Int64)
	}
	return s.tokens[id]
}

func timeOf(nanos *atomic.Int64) time.Time {
	if n := nanos.Load(); n != 0 {
		return time.Unix(0, n).UTC()
	}
	return time.Time{}
}
