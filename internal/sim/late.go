package sim

import (
	"sync"
	"time"
)

// late are the calls whose callers were cut off before anything was done for them, and that are done all the
// same, later. The zero value has none; it is safe for concurrent use.
type late struct {
	mu      sync.Mutex
	waiting []*lateCall
}

type lateCall struct {
	act   func() Reply
	timer *time.Timer // nil: it is done when it is told to be
}

// keep takes act on, to be done after wait, or where that is 0 when ActNow says so.
func (l *late) keep(act func() Reply, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &lateCall{act: act}
	l.waiting = append(l.waiting, c)
	if wait > 0 {
		c.timer = time.AfterFunc(wait, func() { l.do(c) })
	}
}

// do does one of them, once.
func (l *late) do(c *lateCall) bool {
	l.mu.Lock()
	for i, each := range l.waiting {
		if each == c {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			l.mu.Unlock()
			c.act()
			return true
		}
	}
	l.mu.Unlock()
	return false
}

// all returns those that wait, in the order they came in.
func (l *late) all() []*lateCall {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*lateCall{}, l.waiting...)
}

// forget drops those that wait.
func (l *late) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.waiting {
		if c.timer != nil {
			c.timer.Stop()
		}
	}
	l.waiting = nil
}
