package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/config"
)

// tradeback is `tradeback serve` with a fresh store, and its API: one process, or several replicas behind a
// balancer. One that is killed at a crash point is started again at once, at the same address.
type tradeback struct {
	house *house
	dir   string
	store string
	args  []string
	at    string // where it is spoken to
	front *front // nil where there is one process
	api   caller

	mu       sync.Mutex
	replicas []*replica
	crashed  bool
	closing  bool

	attending sync.WaitGroup
}

// startTradeback sets up a store with an API key and starts serve. Whoever comes to the crash point first is killed
// there, if one is named; when a process ends in any other way, failed hears of it.
func startTradeback(ctx context.Context, h *house, s *sims, set setting, failed func(error)) (*tradeback, error) {
	t := &tradeback{house: h}
	if err := t.prepare(ctx, s, set); err != nil {
		return nil, errors.Join(err, t.close())
	}
	if err := t.startAll(ctx, set.crash); err != nil {
		return nil, errors.Join(err, t.close())
	}
	for _, r := range t.replicas {
		t.attending.Go(func() { t.attend(ctx, r, failed) })
	}
	return t, nil
}

// prepare makes everything that serve needs.
func (t *tradeback) prepare(ctx context.Context, s *sims, set setting) (err error) {
	if t.dir, err = os.MkdirTemp("", "tradeback-demo-"); err != nil {
		return err
	}
	file := filepath.Join(t.dir, "connections.yaml")
	if err := os.WriteFile(file, []byte(connections(s, set)), 0o600); err != nil {
		return err
	}
	if t.store, err = t.house.newStore(t.dir); err != nil {
		return err
	}
	var token struct{ Key string }
	if err := once(ctx, t.house.Binary, t.environ(), &token, "token", "create", "--name", "demo", "--scopes", "read,write", "--json"); err != nil {
		return err
	}
	var addresses []string
	for range max(1, t.house.Replicas) {
		at, err := t.house.borrow()
		if err != nil {
			return err
		}
		addresses = append(addresses, at)
		t.replicas = append(t.replicas, &replica{at: at})
	}
	if t.at = addresses[0]; len(addresses) > 1 {
		if t.front, err = openFront(ctx, addresses); err != nil {
			return err
		}
		t.at = t.front.at
	}
	t.api = caller{base: "http://" + t.at, client: newClient(), header: http.Header{"Authorization": {"Bearer " + token.Key}}}
	t.args = []string{
		"serve", "--ops-listen", "127.0.0.1:0", "--connections", file,
		"--allow-host", strings.TrimPrefix(s.warehouse.base, "http://"), "--allow-host", strings.TrimPrefix(s.shop.base, "http://"),
		"--call-timeout", "1s", "--quiet", t.house.quiet().String(), "--retry-first", "100ms",
	}
	if set.reconcile > 0 {
		t.args = append(t.args, "--reconcile", set.reconcile.String())
	}
	if t.house.Store != "" {
		t.args = append(t.args, "--durability", config.Relaxed) // a rehearsal does not pull the plug on Redis
	}
	if t.house.WithoutLook != "" {
		t.args = append(t.args, "--no-look", t.house.WithoutLook)
	}
	return nil
}

// environ is what the processes are started with. The store's URL may hold a password, which no command line shows.
func (t *tradeback) environ() []string {
	return append(t.house.environ[:len(t.house.environ):len(t.house.environ)], "TRADEBACK_STORE="+t.store)
}

// startAll starts the replicas at the same time.
func (t *tradeback) startAll(ctx context.Context, crash string) error {
	var wg sync.WaitGroup
	errs := make([]error, len(t.replicas))
	for i, r := range t.replicas {
		wg.Go(func() { errs[i] = t.start(ctx, r, crash) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (t *tradeback) start(ctx context.Context, r *replica, crash string) error {
	args := append(t.args[:len(t.args):len(t.args)], "--listen", r.at)
	if crash != "" {
		args = append(args, "--crash-at", crash, "--once", filepath.Join(t.dir, "crashed"))
	}
	var ready struct{ Listening, Ops string }
	p, err := start(ctx, t.house.Binary, t.environ(), &ready, args...)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r.process, r.ops = p, ready.Ops
	return nil
}

// attend starts a process again when it was killed at the crash point.
func (t *tradeback) attend(ctx context.Context, r *replica, failed func(error)) {
	for {
		t.mu.Lock()
		p := r.process
		t.mu.Unlock()
		<-p.gone
		t.mu.Lock()
		expected := p.killed() && !t.crashed
		t.crashed = t.crashed || expected
		moving := r.moving
		closing := t.closing
		t.mu.Unlock()
		switch {
		case closing || ctx.Err() != nil:
			return
		case !expected && !moving:
			failed(fmt.Errorf("serve ended in the middle of the story: %w: %s", errors.Join(p.err), p.last()))
			return
		}
		if err := t.start(ctx, r, ""); err != nil {
			failed(fmt.Errorf("serve did not start again: %w", err))
			return
		}
		t.mu.Lock()
		closing, p = t.closing, r.process
		if r.moving {
			r.moving = false
			close(r.started)
		}
		t.mu.Unlock()
		if closing { // meanwhile, and nobody else knows of it
			p.kill()
			return
		}
	}
}

// ahead starts serve anew, so much later, as if that time had gone by.
func (t *tradeback) ahead(ctx context.Context, d time.Duration) error {
	for _, r := range t.replicas {
		t.mu.Lock()
		r.moving, r.started = true, make(chan struct{})
		p, again := r.process, r.started
		t.args = append(t.args, "--later", d.String())
		t.mu.Unlock()
		if err := p.stop(); err != nil {
			return err
		}
		select {
		case <-again:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// operations are where the replicas tell of themselves.
func (t *tradeback) operations() (at []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.replicas {
		at = append(at, r.ops)
	}
	return at
}

// last is the end of what the replicas said.
func (t *tradeback) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, r := range t.replicas {
		if r.process != nil {
			all = append(all, r.process.last())
		}
	}
	return strings.Join(all, " || ")
}

// wasKilled reports whether serve was killed at its crash point.
func (t *tradeback) wasKilled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.crashed
}

// close stops serve and removes its store. Errors: when serve did not stop as it should.
func (t *tradeback) close() error {
	t.mu.Lock()
	t.closing = true
	replicas := t.replicas
	t.mu.Unlock()
	var wg sync.WaitGroup
	errs := make([]error, len(replicas))
	for i, r := range replicas {
		if r.process != nil && r.process.alive() {
			wg.Go(func() { errs[i] = r.process.stop() })
		}
	}
	wg.Wait()
	t.attending.Wait() // a replica that comes back now would write to a store that was removed
	if t.api.client != nil {
		t.api.client.CloseIdleConnections()
	}
	errs = append(errs, t.front.close())
	for _, r := range replicas {
		t.house.giveBack(r.at)
	}
	if t.store != "" {
		errs = append(errs, t.house.removeStore(t.store))
	}
	if t.dir != "" {
		errs = append(errs, os.RemoveAll(t.dir))
	}
	return errors.Join(errs...)
}
