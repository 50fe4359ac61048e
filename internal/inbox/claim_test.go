package inbox_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// race takes what is waiting with the first two commits side by side: neither knows of the other.
func (r *rig) race() {
	r.t.Helper()
	var both sync.WaitGroup
	both.Add(2)
	var commits atomic.Int32
	w := r.worker()
	w.At = func(point string) {
		if point == "before_commit" && commits.Add(1) <= 2 {
			both.Done()
			both.Wait()
		}
	}
	if _, err := w.Pass(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func TestWhoLosesARaceForAReturnIsToldToTheWinner(t *testing.T) {
	r := newRig(t)
	first, second := r.receive("api", byReturn()), r.receive("api", byReturn())
	r.race()
	got := r.exchanges()
	if len(got) != 1 {
		t.Fatalf("%d exchanges of one return, want one", len(got))
	}
	for _, id := range []string{first, second} {
		if it := r.item(id); it.State != store.Done || it.Exchange != got[0].ID {
			t.Errorf("%s is %s (%s), told to %q, want done and told to %s", id, it.State, it.Reason, it.Exchange, got[0].ID)
		}
	}
}

func TestWhoLosesARaceToCreateAReturnWaitsForTheWinner(t *testing.T) {
	r := newRig(t)
	ids := []string{r.receive("api", byLines()), r.receive("api", byLines())}
	r.race()
	count := map[store.State]int{}
	for _, id := range ids {
		it := r.item(id)
		count[it.State]++
		if it.State == store.Parked && it.Ref != exchange.RefCreating(order).Name {
			t.Errorf("%s is parked on %s", id, it.Ref)
		}
	}
	if count[store.Done] != 1 || count[store.Parked] != 1 || len(r.exchanges()) != 1 {
		t.Fatalf("%v with %d exchanges, want one done, one parked and one exchange", count, len(r.exchanges()))
	}
}

func TestAReturnCreateThatEndedInAnothersReturnIsRefused(t *testing.T) {
	r := newRig(t)
	r.receive("api", byReturn())
	r.pass()
	owner := r.exchanges()[0].ID
	r.receive("api", byLines())
	r.pass()
	var x exchange.ID
	for _, other := range r.exchanges() {
		if other.ID != owner {
			x = other.ID
		}
	}
	r.outcome(x, exchange.Outcome{Kind: exchange.CreateReturn, Result: exchange.Done, ID: ret})
	found, err := r.store.Load(t.Context(), conn, x)
	if err != nil {
		t.Fatal(err)
	}
	if len(found[0].Facts.Movements) != 1 {
		t.Fatalf("movements %+v, want the returnCreate alone", found[0].Facts.Movements)
	}
	m := found[0].Facts.Movements[0]
	if m.Result != exchange.Refused || m.Code != "return_claimed" || !strings.Contains(m.Reason, string(owner)) {
		t.Errorf("the returnCreate ended as %s, %s, %q; want refused, return_claimed, and whose the return is", m.Result, m.Code, m.Reason)
	}
	if !slices.ContainsFunc(found[0].Raised, func(r exchange.Raised) bool { return r.Code == string(exchange.EffectRefused) }) {
		t.Errorf("raised %v, want %s", found[0].Raised, exchange.EffectRefused)
	}
	if ids, err := r.store.Find(t.Context(), conn, exchange.RefCreating(order)); err != nil || len(ids) != 0 {
		t.Errorf("%v is creating a return still (%v): others of the order wait for it", ids, err)
	}
}
