package store

import (
	"context"
	"sync"
)

// Listener is an engine whose database several processes write to at a time.
type Listener interface {
	// Listen calls changed with the connection of what other processes commit, until ctx ends. It connects anew
	// by itself; what is committed meanwhile is not heard.
	Listen(ctx context.Context, changed func(Conn))
}

// watchers are those who want to hear of commits, by connection.
type watchers struct {
	guard sync.RWMutex
	by    map[Conn][]chan struct{}
}

// Watch signals changed after each committed operation of c; signals that nobody took yet are one. The empty
// Conn hears of all. What other processes commit is heard only of a Listener, and can be missed there too: look at
// the store now and then as well. stop ends it.
func (ws *watchers) Watch(c Conn) (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	ws.guard.Lock()
	defer ws.guard.Unlock()
	if ws.by == nil {
		ws.by = map[Conn][]chan struct{}{}
	}
	ws.by[c] = append(ws.by[c], ch)
	return ch, sync.OnceFunc(func() { ws.drop(c, ch) })
}

func (ws *watchers) drop(c Conn, ch chan struct{}) {
	ws.guard.Lock()
	defer ws.guard.Unlock()
	var rest []chan struct{}
	for _, other := range ws.by[c] {
		if other != ch {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(ws.by, c)
		return
	}
	ws.by[c] = rest
}

// changed tells those who watch c, and those who watch all.
func (ws *watchers) changed(c Conn) {
	ws.guard.RLock()
	defer ws.guard.RUnlock()
	for _, ch := range ws.by[c] {
		signal(ch)
	}
	if c != "" {
		for _, ch := range ws.by[""] {
			signal(ch)
		}
	}
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
