package once

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// quiet is how long after an unknown outcome nobody looks.
const quiet = 40 * time.Second

// A world is one connection of a store, and the simulated peer that its effect is about. Its clock stands still until
// it is moved.
type world struct {
	t     *testing.T
	store *store.Store
	conn  store.Conn
	fence uint64

	shop *sim.Shopify // one of the two
	wms  *sim.Ongoing
	base string
	gate *gate
	peer outbox.Peer
	peek func() outbox.Peer // another one, of somebody else

	point func(string) // hears where a delivery stands
	ids   atomic.Int64

	mu  sync.Mutex
	now time.Time

	fixtures
}

// openStore is the store that all worlds share: each has a connection of its own.
func openStore(t *testing.T) *store.Store {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "once.db"), sqlite.Options{Serve: true, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	st := store.New(engine)
	t.Cleanup(func() {
		if err := errors.Join(st.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	return st
}

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// newWorld is a world in which a call may take so long.
func newWorld(t *testing.T, st *store.Store, conn store.Conn, r row, call time.Duration) *world {
	t.Helper()
	w := &world{t: t, store: st, conn: conn, now: start, gate: &gate{call: r.call}}
	var handler http.Handler
	if r.peer == exchange.PeerShopify {
		w.shop = sim.NewShopify(sim.ShopifyOptions{Now: w.clock, Switches: func(s *sim.ShopifySwitches) {
			s.Bucket, s.RestoreRate, s.Plus = 1_000_000, 1_000_000, true
		}})
		handler = w.shop.Handler()
		t.Cleanup(w.shop.Close)
	} else {
		w.wms = sim.NewOngoing(sim.OngoingOptions{
			System:      "nordwear",
			GoodsOwners: []sim.GoodsOwner{{ID: 114, Users: []sim.OngoingUser{{Username: "WSInordwear", Password: "secret"}}, Articles: []string{"TEE-M", "TEE-L"}}},
			Switches:    func(s *sim.OngoingSwitches) { s.BornStatus, s.RefuseSame = r.born, true },
			Now:         w.clock,
		})
		handler = w.wms.Handler()
		t.Cleanup(w.wms.Close)
	}
	server := httptest.NewServer(w.gate.before(handler))
	t.Cleanup(func() {
		w.gate.open()
		server.Close()
	})
	w.base = server.URL
	w.peer = w.connect(call)
	w.peek = func() outbox.Peer { return w.connect(time.Minute) }
	w.own("first")
	return w
}

// client goes out through a lane, as a connection's does.
func (w *world) client(o lane.Options, call time.Duration) *http.Client {
	o.AllowHosts, o.Timeout, o.Now = []string{strings.TrimPrefix(w.base, "http://")}, call, w.clock
	l := lane.New(o)
	w.t.Cleanup(l.Close)
	return l.Client()
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// own takes the connection for an owner, from whoever had it.
func (w *world) own(owner string) {
	w.t.Helper()
	fence, err := w.store.Own(w.t.Context(), w.conn, owner, time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	w.fence = fence
}

// lose gives the connection to another owner: the one that has it now is late for whatever it is about to keep.
func (w *world) lose() {
	w.t.Helper()
	if _, err := w.store.Own(w.t.Context(), w.conn, "first", 0); err != nil {
		w.t.Fatal(err)
	}
	w.own("second")
}

func (w *world) worker() *outbox.Worker {
	return outbox.New(outbox.Options{
		Store: w.store, Peers: func(store.Conn, exchange.PeerName) (outbox.Peer, error) { return w.peer, nil },
		NewID: func(prefix string, _ time.Time) string { return fmt.Sprintf("%s%s_%06d", prefix, w.conn, w.ids.Add(1)) },
		Now:   w.clock, Log: zerolog.Nop(),
		Retry: outbox.Retry{First: time.Second, Last: time.Hour, GiveUp: 72 * time.Hour},
		Call:  time.Minute, Quiet: quiet, At: w.at,
	}, w.conn, w.fence)
}

func (w *world) at(point string) {
	if w.point != nil {
		w.point(point)
	}
}

func (w *world) owe(e exchange.Effect) {
	w.t.Helper()
	it, err := outbox.Item(w.conn, e, w.clock())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.Commit(w.t.Context(), store.Step{Conn: w.conn, Fence: w.fence, Items: []store.Item{it}}); err != nil {
		w.t.Fatal(err)
	}
}

// pass delivers what is due, in a goroutine of its own, which a fault may end in the middle. A worker that has lost its
// connection is no failure.
func (w *world) pass() {
	w.t.Helper()
	var over sync.WaitGroup
	over.Go(func() {
		if _, err := w.worker().Pass(w.t.Context()); err != nil && !errors.Is(err, store.ErrFenced) {
			w.t.Error(err)
		}
	})
	over.Wait()
}

// outcomes are how the effect ended.
func (w *world) outcomes() []exchange.Outcome {
	w.t.Helper()
	found, _, err := w.store.Items(w.t.Context(), store.Query{Conn: w.conn, Kinds: []store.Kind{store.Event}})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []exchange.Outcome
	for _, it := range found {
		var n exchange.Notice
		if err := json.Unmarshal(it.Body, &n); err != nil {
			w.t.Fatal(err)
		}
		if n.Event.Outcome != nil {
			out = append(out, *n.Event.Outcome)
		}
	}
	return out
}

// harm has the acting call suffer once.
func (w *world) harm(f sim.Fault) {
	f.Match = w.gate.call
	if w.shop != nil {
		w.shop.Faults.Add(f)
		return
	}
	w.wms.Faults.Add(f)
}

// control steers the simulator.
func (w *world) control(route string, body any, into ...any) {
	w.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.Post(w.base+"/control/"+route, "application/json", bytes.NewReader(raw))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("control %s: %d %s %v", route, resp.StatusCode, answer, err)
	}
	for _, v := range into {
		if err := json.Unmarshal(answer, v); err != nil {
			w.t.Fatal(err)
		}
	}
}
