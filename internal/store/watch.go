package store

import (
	"context"
	"slices"
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
	by    map[Conn][]watcher
}

type watcher struct {
	ch    chan struct{}
	kinds []Kind
}

// Watch signals changed after each committed operation of c; signals that nobody took yet are one. With kinds, it
// signals of this process's operations only those that hold an item of theirs that waits; who changes an exchange's refs
// knows best that what was parked on them may be due. The empty Conn hears of all. What other processes commit is heard
// only of a Listener, and can be missed there too: look at the store now and then as well.
// stop ends it.
func (ws *watchers) Watch(c Conn, kinds ...Kind) (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	ws.guard.Lock()
	defer ws.guard.Unlock()
	if ws.by == nil {
		ws.by = map[Conn][]watcher{}
	}
	ws.by[c] = append(ws.by[c], watcher{ch, kinds})
	return ch, sync.OnceFunc(func() { ws.drop(c, ch) })
}

func (ws *watchers) drop(c Conn, ch chan struct{}) {
	ws.guard.Lock()
	defer ws.guard.Unlock()
	var rest []watcher
	for _, other := range ws.by[c] {
		if other.ch != ch {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(ws.by, c)
		return
	}
	ws.by[c] = rest
}

// changed tells those who watch op's connection, and those who watch all.
func (ws *watchers) changed(op Op) {
	ws.each(op.Shard(), func(w watcher) {
		if len(w.kinds) == 0 || slices.ContainsFunc(w.kinds, func(k Kind) bool { return gives(op, k) }) {
			signal(w.ch)
		}
	})
}

// heard tells them what another process has committed, of which nothing but the connection is known.
func (ws *watchers) heard(c Conn) {
	ws.each(c, func(w watcher) { signal(w.ch) })
}

func (ws *watchers) each(c Conn, tell func(watcher)) {
	ws.guard.RLock()
	defer ws.guard.RUnlock()
	for _, w := range ws.by[c] {
		tell(w)
	}
	if c != "" {
		for _, w := range ws.by[""] {
			tell(w)
		}
	}
}

// gives reports whether there may be work of a kind after op.
func gives(op Op, k Kind) bool {
	switch o := op.(type) {
	case Receive:
		return k == Event
	case Step:
		return slices.ContainsFunc(o.Items, func(it Item) bool {
			return it.Kind == k && (it.State == Waiting || it.State == Parked)
		})
	}
	return false
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
