package ongoing_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

func TestOrdersAreReadByNumberManyInOneCall(t *testing.T) {
	r := newRig(t, nil)
	r.act(r.placeOrder())
	calls := r.sim.Ledger().Calls["GET /orders"]
	got, err := r.peer.Orders(t.Context(), []string{"#1001-EX1", "#1001", "#9999"})
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, o := range got {
		numbers = append(numbers, o.Number+" "+string(o.Status.Role))
	}
	slices.Sort(numbers)
	if want := []string{"#1001 sent", "#1001-EX1 open"}; !slices.Equal(numbers, want) {
		t.Errorf("read %q, want %q", numbers, want)
	}
	if n := r.sim.Ledger().Calls["GET /orders"] - calls; n != 1 {
		t.Errorf("it took %d calls", n)
	}
	if got, err := r.peer.Orders(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("of no number %d orders, %v: it must not ask for all of them", len(got), err)
	}
}

func TestReturnOrdersAreReadByNumberAndByMark(t *testing.T) {
	r := newRig(t, nil)
	r.act(r.placeReturn())
	got, err := r.peer.ReturnOrders(t.Context(), []string{"#1001-R1", "#9999-R1"})
	if err != nil || len(got) != 1 || got[0].Number != "#1001-R1" || got[0].Lines[0].Announced != 1 {
		t.Fatalf("read %+v, %v", got, err)
	}
	if marked, err := r.peer.MarkedReturns(t.Context(), r.now.Add(-time.Hour)); err != nil || len(marked) != 0 {
		t.Errorf("before anything came back: %v, %v", marked, err)
	}
	r.control("/return-orders/receive?number="+escaped("#1001-R1"), `{}`, nil)
	marked, err := r.peer.MarkedReturns(t.Context(), r.now.Add(-time.Hour))
	if err != nil || len(marked) != 1 || len(marked[ex]) != 1 || marked[ex][0].Lines[0].Received != 1 {
		t.Errorf("by mark %+v, %v; want the return order of %s", marked, err, ex)
	}
}

func TestOrdersMadeOfLateAreReadPageByPage(t *testing.T) {
	r := newRig(t, nil)
	r.act(r.placeOrder())
	var seen, references []string
	visit := func(o exchange.Order, reference string) {
		seen, references = append(seen, o.Number), append(references, reference)
	}
	next, err := r.peer.Created(t.Context(), r.now.Add(-time.Hour), 0, visit)
	if err != nil || next != 0 {
		t.Fatalf("next %d, %v; want all of them in one page", next, err)
	}
	if !slices.Equal(seen, []string{"#1001", "#1001-EX1"}) || references[0] != "web-1001" {
		t.Errorf("visited %q with references %q", seen, references)
	}
	seen = nil
	if _, err := r.peer.Created(t.Context(), r.now.Add(-time.Hour), r.original+1, visit); err != nil || !slices.Equal(seen, []string{"#1001-EX1"}) {
		t.Errorf("from the second on %q, %v", seen, err)
	}
	seen = nil
	if _, err := r.peer.Created(t.Context(), r.now.Add(time.Hour), 0, visit); err != nil || len(seen) != 0 {
		t.Errorf("made since later than now: %q, %v", seen, err)
	}
}
