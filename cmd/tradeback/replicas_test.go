package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
)

// TestAReplicaThatIsKilledIsReplacedWithinTenSeconds kills the one that works for an exchange while it is about to
// place it.
func TestAReplicaThatIsKilledIsReplacedWithinTenSeconds(t *testing.T) {
	t.Parallel()
	f := startFleet(t, [][]string{{}, {}}, "--quiet", "200ms")
	f.shared()
	s := f.request("#1001", f.variants())
	dead, _ := f.owner()
	dead.signal(syscall.SIGKILL)
	took := f.takenOver(dead)
	t.Logf("taken over after %s", took)
	if took > 10*time.Second {
		t.Errorf("the connection was taken over after %s, want within 10 s", took)
	}
	s.play()
	s.check()
}

// TestAReplicaThatIsStoppedAndComesBackLateChangesNothing stops the one that works for an exchange in the midst of
// capturing, lets the other take over, and lets the first go on when all is done. The machines' clocks are two hours
// apart.
func TestAReplicaThatIsStoppedAndComesBackLateChangesNothing(t *testing.T) {
	clocks := [][]string{{"--clock-offset", "-1h"}, {"--clock-offset", "1h"}}

	t.Run("its request lands after the other has taken over", func(t *testing.T) {
		t.Parallel()
		f := startFleet(t, clocks, "--quiet", "9s")
		f.shared()
		s := f.sent()
		f.harmCapture(sim.Fault{Match: "orderCapture", Kind: sim.SlowBefore, DelayMS: 8500})
		first, _ := f.owner()
		f.ship(s)
		f.eventually("the capture to be under way", func() bool { return f.shopifyLedger().Calls["orderCapture"] > 0 })
		first.signal(syscall.SIGSTOP)
		f.comesBack(s, first)
		if n := f.shopifyLedger().Calls["orderCapture"]; n != 1 {
			t.Errorf("%d captures were asked for, want one: whoever takes over looks when the quiet time is over", n)
		}
	})

	t.Run("it was about to send its request", func(t *testing.T) {
		t.Parallel()
		f := startFleet(t, clocks, "--quiet", "1s", "--halt-at", "before_act:capture", "--once", filepath.Join(t.TempDir(), "halted"))
		f.shared()
		s := f.sent()
		first, _ := f.owner()
		f.ship(s)
		f.eventually("the process to stop", first.stopped)
		f.comesBack(s, first)
	})
}

// sent plays an exchange until its replacement is released and about to be sent. So that the gateway would not stop
// a second capture, the customer has agreed to twice the difference.
func (f *fleet) sent() *swap {
	f.t.Helper()
	f.agreed = "100.00"
	s := f.request("#1001", f.variants())
	s.release()
	return s
}

func (f *fleet) ship(s *swap) {
	f.t.Helper()
	f.call("POST", f.ongoing.URL+"/control/orders/"+url.PathEscape(s.shown.Number)+"/ship", `{"tracking":true}`, nil)
}

func (f *fleet) harmCapture(fault sim.Fault) {
	f.t.Helper()
	f.call("POST", f.shopify.URL+"/control/faults", fmt.Sprintf(`{"match":%q,"kind":%q,"delay_ms":%d}`, fault.Match, fault.Kind, fault.DelayMS), nil)
}

// comesBack lets another take over from the first, which is stopped, and end the exchange; then the first goes on,
// and what truly happened is as if it had not.
func (f *fleet) comesBack(s *swap, first *replica) {
	t := f.t
	t.Helper()
	t.Logf("taken over after %s", f.takenOver(first))
	f.base = "http://" + f.other(first).at // the balancer would wait for the one that is stopped
	s.shown = f.until(s.shown.ID, "completed")
	s.check()
	first.signal(syscall.SIGCONT)
	f.eventually("the first to notice that it lost the connection", func() bool { return len(first.said("connection let go")) > 0 })
	f.shared()
	s.check()
}

func (f *fleet) other(than *replica) *replica {
	for _, r := range f.replicas {
		if r != than {
			return r
		}
	}
	return nil
}

// TestARollingRestartRefusesNothing restarts two replicas, one after the other, under a load of webhooks and while an
// exchange is carried through with slow peers. The sender has both addresses, as a load balancer has: it goes to the
// next where there is no answer.
func TestARollingRestartRefusesNothing(t *testing.T) {
	t.Parallel()
	f := startFleet(t, [][]string{{}, {}}, "--quiet", "200ms")
	f.shared()
	for _, base := range []string{f.ongoing.URL, f.shopify.URL} {
		f.call("POST", base+"/control/faults", `{"match":"*","kind":"slow","delay_ms":200,"times":-1}`, nil)
	}
	l := &mail{kept: map[int]string{}}
	load := l.toAll(f.replicas)
	s := f.request("#1001", f.variants())
	var played sync.WaitGroup
	played.Go(func() {
		s.play()
		s.check()
	})
	for _, r := range f.replicas {
		before := load.acknowledged()
		r.signal(syscall.SIGTERM)
		began := time.Now()
		if err := r.cmd.Wait(); err != nil {
			t.Errorf("serve ended badly: %v", err)
		}
		t.Logf("it took %s to stop; %d events were acknowledged meanwhile", time.Since(began), load.acknowledged()-before)
		r.start()
		f.shared()
	}
	played.Wait()
	load.end()
	if l.refused != "" || len(l.again) > 0 {
		t.Errorf("of %d events %d were taken by nobody; an answer was %q", l.last, len(l.again), l.refused)
	}
	f.accounted(l.kept)
}

// load is senders at work.
type load struct {
	l    *mail
	over atomic.Bool
	wg   sync.WaitGroup
}

// toAll sends events until it is ended, each to one replica and, where there is no answer, to the next.
func (l *mail) toAll(replicas []*replica) *load {
	o := &load{l: l}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	for range 4 {
		o.wg.Go(func() {
			for !o.over.Load() {
				n, again := l.next(true)
				var err error
				for i := range replicas {
					var id string
					var duplicate bool
					if id, duplicate, err = l.post(client, "http://"+replicas[(n+i)%len(replicas)].at, n); err == nil {
						l.ack(n, again || i > 0, id, duplicate, nil)
						break
					}
				}
				if err != nil {
					l.mu.Lock()
					l.refused += fmt.Sprintf(" event %d: %v;", n, err)
					l.mu.Unlock()
					return
				}
			}
		})
	}
	return o
}

func (o *load) acknowledged() int {
	o.l.mu.Lock()
	defer o.l.mu.Unlock()
	return len(o.l.kept)
}

func (o *load) end() {
	o.over.Store(true)
	o.wg.Wait()
}

// accounted looks for every acknowledged event in the store.
func (f *fleet) accounted(kept map[int]string) {
	t := f.t
	t.Helper()
	engine, err := openStore(t.Context(), f.store, opening{now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	ids := map[string]bool{}
	lost := 0
	for n, id := range kept {
		if ids[id] {
			t.Errorf("event %d was acknowledged under the id of another, %s", n, id)
		}
		ids[id] = true
		found, _, err := engine.Items(t.Context(), store.Query{Conn: exchange.Conn("nordwear"), IDs: []string{id}})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 {
			lost++
		}
	}
	t.Logf("%d events were acknowledged", len(kept))
	if lost > 0 || len(kept) == 0 {
		t.Errorf("of %d events that were acknowledged, %d are lost", len(kept), lost)
	}
}

func TestAReplicaThatStopsGivesItsConnectionUpAtOnce(t *testing.T) {
	t.Parallel()
	f := startFleet(t, [][]string{{}, {}}, "--quiet", "200ms")
	f.shared()
	first, _ := f.owner()
	first.signal(syscall.SIGTERM)
	took := f.takenOver(first)
	t.Logf("taken over after %s", took)
	if took > 4*time.Second { // a lease that is not given up runs for four seconds at least
		t.Errorf("the connection was taken over after %s, want at once", took)
	}
	if err := first.cmd.Wait(); err != nil {
		t.Errorf("serve ended badly: %v", err)
	}
}
