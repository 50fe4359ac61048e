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
)

// tradeback is `tradeback serve` with a fresh store, and its API. When it is killed at a crash point it is
// started again at once, at the same address.
type tradeback struct {
	house *house
	dir   string
	store string
	args  []string
	at    string // where it listens
	ops   string
	api   caller

	mu      sync.Mutex
	process *process
	crashed bool
	closing bool
}

// startTradeback sets up a store with an API key and starts serve. It is killed at the crash point, if one
// is named; when it ends in any other way, failed hears of it.
func startTradeback(ctx context.Context, h *house, s *sims, instant bool, crash string, failed func(error)) (*tradeback, error) {
	t := &tradeback{house: h}
	if err := t.prepare(ctx, s, instant); err != nil {
		return nil, errors.Join(err, t.close())
	}
	if err := t.start(ctx, crash); err != nil {
		return nil, errors.Join(err, t.close())
	}
	go t.attend(ctx, failed)
	return t, nil
}

// prepare makes the folder with everything that serve needs.
func (t *tradeback) prepare(ctx context.Context, s *sims, instant bool) (err error) {
	if t.dir, err = os.MkdirTemp("", "tradeback-demo-"); err != nil {
		return err
	}
	file := filepath.Join(t.dir, "connections.yaml")
	if err := os.WriteFile(file, []byte(connections(s, instant)), 0o600); err != nil {
		return err
	}
	t.store = "sqlite://" + filepath.Join(t.dir, "tradeback.db")
	var token struct{ Key string }
	if err := once(ctx, t.house.Binary, t.house.environ, &token,
		"token", "create", "--name", "demo", "--scopes", "read,write", "--store", t.store, "--json"); err != nil {
		return err
	}
	if t.at, err = t.house.borrow(); err != nil {
		return err
	}
	t.api = caller{base: "http://" + t.at, client: newClient(), header: http.Header{"Authorization": {"Bearer " + token.Key}}}
	t.args = []string{
		"serve", "--store", t.store, "--listen", t.at, "--ops-listen", "127.0.0.1:0", "--connections", file,
		"--allow-host", strings.TrimPrefix(s.warehouse.base, "http://"), "--allow-host", strings.TrimPrefix(s.shop.base, "http://"),
		"--call-timeout", "1s", "--quiet", "200ms", "--retry-first", "100ms",
	}
	if t.house.WithoutLook != "" {
		t.args = append(t.args, "--no-look", t.house.WithoutLook)
	}
	return nil
}

func (t *tradeback) start(ctx context.Context, crash string) error {
	args := t.args
	if crash != "" {
		args = append(args[:len(args):len(args)], "--crash-at", crash)
	}
	var ready struct{ Listening, Ops string }
	p, err := start(ctx, t.house.Binary, t.house.environ, &ready, args...)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.process, t.ops = p, ready.Ops
	return nil
}

// attend starts serve again when it was killed at its crash point.
func (t *tradeback) attend(ctx context.Context, failed func(error)) {
	for {
		p := t.running()
		<-p.gone
		t.mu.Lock()
		expected := p.killed() && !t.crashed
		t.crashed = t.crashed || expected
		closing := t.closing
		t.mu.Unlock()
		switch {
		case closing || ctx.Err() != nil:
			return
		case !expected:
			failed(fmt.Errorf("serve ended in the middle of the story: %w: %s", errors.Join(p.err), p.last()))
			return
		}
		if err := t.start(ctx, ""); err != nil {
			failed(fmt.Errorf("serve did not start again: %w", err))
			return
		}
	}
}

// operations is where serve tells of itself.
func (t *tradeback) operations() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ops
}

func (t *tradeback) running() *process {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.process
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
	p := t.process
	t.mu.Unlock()
	var err error
	if p != nil && p.alive() {
		err = p.stop()
	}
	if t.api.client != nil {
		t.api.client.CloseIdleConnections()
	}
	t.house.giveBack(t.at)
	if t.dir == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(t.dir))
}
