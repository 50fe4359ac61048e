// Package ident names new things: a prefix that says what it is, and a ULID, which sorts by time.
package ident

import (
	"bufio"
	"crypto/rand"
	"io"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// Maker gives ids that only grow, also when many ask at once and when the clock steps back.
type Maker struct {
	mu      sync.Mutex
	last    uint64 // the latest millisecond used
	entropy *ulid.MonotonicEntropy
}

// New is a Maker that draws from entropy; nil means the system's own source.
func New(entropy io.Reader) *Maker {
	if entropy == nil {
		entropy = bufio.NewReaderSize(rand.Reader, 1024)
	}
	return &Maker{entropy: ulid.Monotonic(entropy, 0)}
}

// Make returns prefix and a ULID of the time now: Make("ev_", now) is "ev_01JD…".
func (m *Maker) Make(prefix string, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = max(m.last, ulid.Timestamp(now))
	id, err := ulid.New(m.last, m.entropy)
	if err != nil { // the source is broken: a millisecond itself holds 2^47 ids at least
		panic("ident: no entropy: " + err.Error())
	}
	var text [26]byte
	_ = id.MarshalTextTo(text[:]) // fails only on a wrong length
	return prefix + string(text[:])
}
