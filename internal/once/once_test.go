package once

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
)

// short is how long a call may take where the peer's answer is to come too late.
const short = 300 * time.Millisecond

// abreast is how many worlds there are at a time. Most of them wait, for a disk or a time-out, so there are more than -parallel.
const abreast = 24

// A trouble is what goes wrong, once, while an act is delivered.
type trouble struct {
	name   string
	begins func(w *world, e exchange.Effect) // before the first attempt
	call   time.Duration                     // how long a call may take; a minute if 0
	never  bool                              // it is refused: the thing is not there then
	lost   bool                              // the peer acts, and nobody is told
	guards bool                              // what keeps it from happening twice is the peer alone
}

// troubles are all that each kind must get through.
var troubles = []trouble{
	{name: "nothing", begins: func(*world, exchange.Effect) {}},
	{name: "a crash before the call", begins: crash("before_act")},
	{name: "a crash after the peer acted", begins: crash("after_act"), lost: true},
	{name: "the reply is lost", begins: harm(sim.Fault{Kind: sim.DropAfter}), lost: true},
	{name: "half of the reply is lost", begins: harm(sim.Fault{Kind: sim.Half}), lost: true},
	{name: "the reply is late", begins: harm(sim.Fault{Kind: sim.Slow, DelayMS: 60_000}), call: short, lost: true},
	{name: "the peer acts after our look, within the quiet time", begins: late, call: short, lost: true},
	{name: "the peer acts after our second look", begins: later, call: short, lost: true, guards: true},
	{name: "500 after acting", begins: harm(sim.Fault{Kind: sim.ErrorAfter}), lost: true},
	{name: "500 before acting", begins: harm(sim.Fault{Kind: sim.ErrorBefore})},
	{name: "it is refused", begins: harm(sim.Fault{Kind: sim.ErrorBefore, Status: http.StatusUnprocessableEntity}), never: true},
	{name: "it is throttled", begins: harm(sim.Fault{Kind: sim.Throttle, Status: http.StatusTooManyRequests, RetryAfter: 7})},
	{name: "the connection is lost to another owner before the call", begins: lose("before_act"), lost: true},
	{name: "the connection is lost to another owner while the call is under way", begins: lose("after_act"), lost: true},
	{name: "somebody else does the same just before", begins: func(w *world, e exchange.Effect) { w.acts(e) }, lost: true},
	{name: "somebody else does the same between our look and our call", begins: meanwhile, lost: true, guards: true},
}

// TestEveryActIsDoneOnce walks over every kind of act there is. By the peer's own ledger it was done once, whatever went
// wrong, and has one outcome.
func TestEveryActIsDoneOnce(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	slots := make(chan struct{}, abreast)
	var all sync.WaitGroup
	defer all.Wait()
	for n, a := range exchange.Acts() {
		if len(rows[a.Kind]) == 0 {
			t.Errorf("%s has no row: nobody has shown that it is done once", a.Kind)
		}
		for m, r := range rows[a.Kind] {
			r.peer = a.Peer
			for i, x := range troubles {
				if x.guards && r.unguarded != "" { // the row says why nobody can promise it
					continue
				}
				name := string(a.Kind) + "/" + x.name
				if r.part {
					name = string(a.Kind) + " in part/" + x.name
				}
				slots <- struct{}{}
				all.Go(func() {
					defer func() { <-slots }()
					t.Run(name, func(t *testing.T) {
						once(t, st, store.Conn(fmt.Sprintf("c%d-%d-%d", n, m, i)), r, x)
					})
				})
			}
		}
	}
}

func once(t *testing.T, st *store.Store, conn store.Conn, r row, x trouble) {
	call := x.call
	if call == 0 {
		call = time.Minute
	}
	w := newWorld(t, st, conn, r, call)
	e := r.owe(w)
	if n := r.did(w); n != 0 {
		t.Fatalf("it was done %d times before it was asked for", n)
	}
	w.owe(e)
	x.begins(w, e)
	for over := 0; over < 2; { // once more than it takes
		w.pass()
		w.gate.idle()
		w.advance(10 * time.Minute)
		if over += min(1, len(w.outcomes())); w.clock().After(start.Add(3 * time.Hour)) {
			t.Fatal("it has no outcome after three hours")
		}
	}
	want, result := 1, exchange.Done
	if x.never {
		want, result = 0, exchange.Refused
	}
	most := want
	if x.lost && r.blind != "" {
		most++
	}
	if n := r.did(w); n < want || n > most {
		t.Errorf("it was done %d times by the peer's ledger, want %d to %d", n, want, most)
	}
	got := w.outcomes()
	if len(got) != 1 || got[0].Result != result {
		t.Errorf("outcomes are %+v, want one: %s", got, result)
	}
}

func harm(f sim.Fault) func(*world, exchange.Effect) {
	return func(w *world, _ exchange.Effect) { w.harm(f) }
}

// at does something the n-th time that a delivery comes to a point.
func (w *world) atPoint(point string, n int, do func()) {
	w.point = func(p string) {
		if name, _, _ := strings.Cut(p, ":"); name != point {
			return
		}
		if n--; n == 0 {
			do()
		}
	}
}

// crash ends the worker at a point. Another owner takes over.
func crash(point string) func(*world, exchange.Effect) {
	return func(w *world, _ exchange.Effect) {
		w.atPoint(point, 1, func() {
			w.lose()
			runtime.Goexit()
		})
	}
}

// lose gives the connection to another owner at a point, and the first one goes on as if nothing had happened.
func lose(point string) func(*world, exchange.Effect) {
	return func(w *world, _ exchange.Effect) { w.atPoint(point, 1, w.lose) }
}

// late has the peer get the first call after its caller has given up, and before anybody looks.
func late(w *world, _ exchange.Effect) {
	w.gate.close()
	w.atPoint("after_act", 1, func() {
		if !w.gate.open() {
			w.t.Error("no call was held back")
		}
	})
}

// later has the peer get the first call when a second look has said that it was not done: the quiet time was too short.
func later(w *world, _ exchange.Effect) {
	w.gate.close()
	w.atPoint("before_act", 2, func() {
		if !w.gate.open() {
			w.t.Error("no call was held back")
		}
	})
}

// meanwhile has somebody else do the same when our look has said that it was not done.
func meanwhile(w *world, e exchange.Effect) {
	other := e
	w.atPoint("before_act", 1, func() {
		if _, err := w.peek().Act(w.t.Context(), other); err != nil {
			w.t.Error(err)
		}
	})
}
