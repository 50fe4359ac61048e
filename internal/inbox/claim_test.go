package inbox_test

import (
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
