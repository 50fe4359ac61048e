package once

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
)

// A gate stands before a simulated peer and can hold back a call on its way: its caller gives up, and the peer gets it
// when the gate is opened. Call is the name of the calls it may hold back, as the simulators have it.
type gate struct {
	call string

	mu     sync.Mutex
	shut   bool // the next call is held back
	opened chan struct{}
	served chan struct{} // closed when the peer has got what was held back
	inside sync.RWMutex  // held for reading by each call that is at the peer
}

// before is the peer behind the gate.
func (g *gate) before(peer http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if opened, served := g.holds(r, body); opened != nil {
			defer close(served)
			<-opened
			g.inside.RLock()
			defer g.inside.RUnlock()
			peer.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context()))) // nobody listens any more
			return
		}
		g.inside.RLock()
		defer g.inside.RUnlock()
		peer.ServeHTTP(w, r)
	})
}

func (g *gate) holds(r *http.Request, body []byte) (opened, served chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut || !g.isCall(r, body) {
		return nil, nil
	}
	g.shut = false
	g.opened, g.served = make(chan struct{}), make(chan struct{})
	return g.opened, g.served
}

// isCall reports whether a request is the acting call: a mutation's root field, or a method and a path.
func (g *gate) isCall(r *http.Request, body []byte) bool {
	method, path, isREST := strings.Cut(g.call, " ")
	if !isREST {
		return bytes.Contains(body, []byte(g.call+"("))
	}
	pattern := regexp.MustCompile(`\{[a-zA-Z]+\}`).ReplaceAllString(path, `[^/]+`)
	return r.Method == method && regexp.MustCompile(pattern+"$").MatchString(r.URL.Path)
}

// close has the next of the calls held back.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

// open lets through what is held back, and waits until the peer has got it. It reports whether there was anything.
func (g *gate) open() bool {
	g.mu.Lock()
	opened, served := g.opened, g.served
	g.shut, g.opened = false, nil
	g.mu.Unlock()
	if opened == nil {
		return false
	}
	close(opened)
	<-served
	return true
}

// idle waits until the peer is at the end of all calls, also of those whose callers are gone.
func (g *gate) idle() {
	g.inside.Lock()
	defer g.inside.Unlock()
}
