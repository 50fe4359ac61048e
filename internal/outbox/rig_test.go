package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

const (
	conn  = store.Conn("nordwear")
	call  = time.Second
	quiet = 40 * time.Second
)

var errLost = errors.New("the reply was lost")

// peer is a system that does a thing once asked, and can be made to fail in every way.
type peer struct {
	mu     sync.Mutex
	done   int // how often it was really done
	looks  int
	acts   int
	reads  int
	read   error                 // how each read fails
	asked  exchange.ReadAsk      // the last read
	shop   exchange.Shop         // what a read of the shop finds
	act    []func(p *peer) error // how each act goes; past the end it is done and answered
	look   []error               // how each look fails; nil answers
	once   bool                  // a second act is refused, as by a peer with a key
	landed bool                  // a lost request lands after the next look
}

func (p *peer) Look(context.Context, exchange.Effect) (exchange.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looks++
	if len(p.look) >= p.looks && p.look[p.looks-1] != nil {
		return exchange.Outcome{}, p.look[p.looks-1]
	}
	seen := exchange.NotDone
	if p.done > 0 {
		seen = exchange.Done
	}
	if p.landed {
		p.landed, p.done = false, p.done+1
	}
	return exchange.Outcome{Result: seen}, nil
}

func (p *peer) Act(context.Context, exchange.Effect) (exchange.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acts++
	if p.once && p.done > 0 {
		return exchange.Outcome{}, &exchange.RejectedError{Code: "done_already"}
	}
	if p.acts <= len(p.act) {
		if err := p.act[p.acts-1](p); err != nil {
			return exchange.Outcome{}, err
		}
		return exchange.Outcome{Result: exchange.Done}, nil
	}
	p.done++
	return exchange.Outcome{Result: exchange.Done}, nil
}

// readSoFar is how many reads there were, told while the outbox runs.
func (p *peer) readSoFar() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reads
}

func (p *peer) Read(_ context.Context, e exchange.Effect) (exchange.ReadResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	p.asked = *e.Read
	if p.read != nil {
		return exchange.ReadResult{}, p.read
	}
	if e.Read.Target == exchange.ReadShop {
		s := p.shop
		return exchange.ReadResult{Shop: &s}, nil
	}
	return exchange.ReadResult{Order: &exchange.Order{ID: 50}}, nil
}

func panicking(*peer) error   { panic("a token") } // before acting
func lost(p *peer) error      { p.done++; return errLost }
func failing(*peer) error     { return errors.New("500 before acting") }
func refusing(*peer) error    { return &exchange.RejectedError{Code: "no", Reason: "never"} }
func overtaken(p *peer) error { p.done++; return refusing(p) }
func throttling(*peer) error {
	return &exchange.NotSentError{After: 5 * time.Minute, Err: errors.New("429")}
}

func lateLanding(p *peer) error {
	p.landed = true
	return errLost
}

// rig is an outbox on a real store with a clock of its own.
type rig struct {
	t     *testing.T
	store *store.Store
	fence uint64
	now   time.Time
	peer  *peer
	many  outbox.Peer // in place of peer
	point func(string)

	settled func(outbox.Settled)
	ids     atomic.Int64
}

func newRig(t *testing.T, p *peer) *rig {
	r := &rig{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), peer: p}
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{Serve: true, Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	r.store = store.New(engine)
	t.Cleanup(func() {
		if err := errors.Join(r.store.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	r.own("first")
	return r
}

func (r *rig) own(owner string) {
	r.t.Helper()
	fence, err := r.store.Own(r.t.Context(), conn, owner, 6*time.Second)
	if err != nil {
		r.t.Fatal(err)
	}
	r.fence = fence
}

func (r *rig) worker() *outbox.Worker {
	return outbox.New(outbox.Options{
		Store: r.store, Peers: func(store.Conn, exchange.PeerName) (outbox.Peer, error) {
			if r.many != nil {
				return r.many, nil
			}
			return r.peer, nil
		},
		NewID: func(prefix string, _ time.Time) string { return fmt.Sprintf("%s%06d", prefix, r.ids.Add(1)) },
		Now:   func() time.Time { return r.now }, Log: zerolog.Nop(),
		Retry: outbox.Retry{First: time.Second, Last: time.Hour, GiveUp: 72 * time.Hour},
		Call:  call, Quiet: quiet, At: r.point, Settled: r.settled,
	}, conn, r.fence)
}

func (r *rig) owe(effects ...exchange.Effect) {
	r.t.Helper()
	var items []store.Item
	for _, e := range effects {
		it, err := outbox.Item(conn, e, r.now)
		if err != nil {
			r.t.Fatal(err)
		}
		items = append(items, it)
	}
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: items}); err != nil {
		r.t.Fatal(err)
	}
}

// readsOf are so many reads of orders.
func readsOf(n int) []exchange.Effect {
	var out []exchange.Effect
	for i := range n {
		out = append(out, readOf(i))
	}
	return out
}

func (r *rig) pass() int {
	r.t.Helper()
	n, err := r.worker().Pass(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) item(id exchange.EffectID) store.Item {
	r.t.Helper()
	found, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, IDs: []string{string(id)}})
	if err != nil || len(found) != 1 {
		r.t.Fatalf("item %s: %v, %v", id, found, err)
	}
	return found[0]
}

// outcomes are the events that deliveries led to.
func (r *rig) outcomes() []exchange.Outcome {
	r.t.Helper()
	found, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, Kinds: []store.Kind{store.Event}})
	if err != nil {
		r.t.Fatal(err)
	}
	var out []exchange.Outcome
	for _, it := range found {
		var n exchange.Notice
		if err := json.Unmarshal(it.Body, &n); err != nil {
			r.t.Fatal(err)
		}
		if n.Event.Outcome != nil {
			out = append(out, *n.Event.Outcome)
		}
	}
	return out
}

var release = exchange.Effect{
	ID: "ex_1/release/1", Exchange: "ex_1", Kind: exchange.Release,
	Status: &exchange.StatusAsk{ID: 50, To: exchange.RoleReleased},
}
