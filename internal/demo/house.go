package demo

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// house keeps what the stories share: the processes of the simulators, which are used one story after the
// other, and what every process is started with.
type house struct {
	Options
	name    string // of this run of the demo
	environ []string

	mu    sync.Mutex
	idle  []*sims
	all   []*sims
	ports map[string]bool // borrowed addresses
	named int             // stores in Redis
	stays *world          // the last story's, where everything is to stay
}

func newHouse(o Options) *house {
	if o.Parallel < 1 {
		o.Parallel = 5 * runtime.NumCPU() // most of a crash is waiting for the quiet time to pass
	}
	h := &house{Options: o, ports: map[string]bool{}}
	for _, v := range o.Environ {
		if !strings.HasPrefix(v, "TRADEBACK_") { // settings of the machine's own tradeback are not the demo's
			h.environ = append(h.environ, v)
		}
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	h.name = strings.ToLower(rand.Text())
	h.environ = append(h.environ, "TRADEBACK_KEY="+base64.StdEncoding.EncodeToString(key[:]))
	return h
}

// quiet is how long serve leaves an act alone whose outcome nobody knows. What is promised of many acts is promised of
// requests that land within it: those that harm cuts off are done after landing at the latest.
func (h *house) quiet() time.Duration {
	if h.Faults {
		return 2 * landing
	}
	return 200 * time.Millisecond
}

// take gives a pair of simulators that nobody uses, as they are after their start.
func (h *house) take(ctx context.Context) (*sims, error) {
	h.mu.Lock()
	var s *sims
	if n := len(h.idle); n > 0 {
		s, h.idle = h.idle[n-1], h.idle[:n-1]
	}
	h.mu.Unlock()
	if s != nil {
		return s, s.reset(ctx)
	}
	s, err := startSims(ctx, h)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, s)
	return s, nil
}

// give takes simulators back.
func (h *house) give(s *sims) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.idle = append(h.idle, s)
}

// close ends all processes.
func (h *house) close() {
	if h.stays != nil {
		_ = h.stays.close() // its story was judged long ago
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.all {
		s.process.kill()
	}
}

// borrow gives a loopback address where nothing listens and which nobody else borrows. It is below the ports that
// the system gives to outgoing connections, so that it is still free when a process starts there again.
func (h *house) borrow() (address string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for range 100 {
		var two [2]byte
		_, _ = rand.Read(two[:]) // never fails
		address = fmt.Sprintf("127.0.0.1:%d", 10000+(int(two[0])<<8+int(two[1]))%20000)
		if h.ports[address] {
			continue
		}
		var l net.Listener
		if l, err = net.Listen("tcp", address); err == nil { //nolint:noctx // it is closed at once
			h.ports[address] = true
			return address, l.Close()
		}
	}
	return "", fmt.Errorf("no free port: %w", err)
}

// giveBack lets others borrow an address again.
func (h *house) giveBack(address string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.ports, address)
}

// newStore is the URL of a store that nobody has used: a file in dir, or a space of its own in the Redis that was
// named.
func (h *house) newStore(dir string) (string, error) {
	if h.Store == "" {
		return "sqlite://" + filepath.Join(dir, "tradeback.db"), nil
	}
	u, err := url.Parse(h.Store)
	if err != nil {
		return "", errors.New("the URL of the store cannot be read") // it may hold a password
	}
	h.mu.Lock()
	h.named++
	space := fmt.Sprintf("demo-%s-%d", h.name, h.named)
	h.mu.Unlock()
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "space=" + space
	return u.String(), nil
}

// removeStore removes what newStore made, as far as it lies outside of its dir.
func (h *house) removeStore(store string) error {
	if h.Store == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopping)
	defer cancel()
	return h.Remove(ctx, store)
}
