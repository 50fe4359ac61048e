package ongoing_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
)

// verdicts is what each of the three moves makes of an order that reads a status: not_done, done,
// ambiguous, or the code of a refusal.
var verdicts = []struct {
	name                                   string
	status                                 int
	ship                                   bool
	setOpen, markReturned, release, cancel string
}{
	{"open", 200, false, "done", "not_done", "not_done", "not_done"},
	{"returned", 800, false, "order_started", "done", "not_done", "not_done"},
	{"released", 300, false, "not_done", "not_open", "done", "not_done"},
	{"allocated, a status without a role", 320, false, "order_started", "not_open", "done", "not_done"},
	{"in error, a status without a role, goods untouched", 150, false, "not_done", "not_open", "ambiguous", "not_done"},
	{"sent", 450, true, "order_started", "not_open", "done", "not_done"},
	{"returned after it was sent", 800, true, "order_started", "not_open", "done", "not_done"},
	{"cancelled", 1000, false, "order_cancelled", "order_cancelled", "order_cancelled", "done"},
}

func TestWhatAMoveMakesOfAStatus(t *testing.T) {
	for _, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			r := newRig(t, nil)
			placed := r.act(r.placeOrder())
			if v.ship {
				r.control("/orders/ship?number=%231001-EX1", `{"force": true}`, nil)
			}
			r.status("#1001-EX1", v.status)
			for k, want := range map[exchange.Kind]string{
				exchange.SetOpen: v.setOpen, exchange.MarkReturned: v.markReturned, exchange.Release: v.release, exchange.CancelOrder: v.cancel,
			} {
				if got := r.verdict(moving(k, placed)); got != want {
					t.Errorf("look for %s = %s, want %s", k, got, want)
				}
			}
		})
	}
}

func (r *rig) verdict(e exchange.Effect) string {
	out, err := r.peer.Look(r.t.Context(), e)
	var no *exchange.RejectedError
	switch {
	case errors.As(err, &no):
		return no.Code
	case errors.Is(err, exchange.ErrAmbiguous):
		return "ambiguous"
	case err != nil:
		return err.Error()
	case out.Looked != (out.Result == exchange.Done) || out.Order == nil:
		r.t.Errorf("outcome %+v", out)
	}
	return string(out.Result)
}

func TestAnOrderGoesItsWay(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.BornStatus = 300 })
	placed := r.act(r.placeOrder())
	for _, step := range []struct {
		kind exchange.Kind
		role exchange.Role
	}{{exchange.SetOpen, exchange.RoleOpen}, {exchange.MarkReturned, exchange.RoleReturned}, {exchange.Release, exchange.RoleReleased}} {
		e := moving(step.kind, placed)
		if got := r.look(e).Result; got != exchange.NotDone {
			t.Fatalf("look for %s = %s", step.kind, got)
		}
		out := r.act(e)
		if out.Order.Status.Role != step.role || out.Looked {
			t.Errorf("%s: %+v", step.kind, out)
		}
		if out = r.act(e); !out.Looked {
			t.Errorf("%s twice: %+v", step.kind, out)
		}
	}
	if got := r.book("#1001-EX1"); !slices.Equal(got.Patches, []int{200, 800, 300}) || got.Releases != 1 {
		t.Errorf("patches %v, releases %d", got.Patches, got.Releases)
	}
}

func TestAReleaseWhoseReplyWasLostIsFoundDone(t *testing.T) {
	r := newRig(t, nil)
	e := moving(exchange.Release, r.act(r.placeOrder()))
	r.fault("PATCH /orders/{orderId}/orderStatus", sim.DropAfter)
	_, err := r.peer.Act(t.Context(), e)
	wantUnknown(t, err)
	r.status("#1001-EX1", 320) // the warehouse goes on meanwhile
	if out := r.look(e); out.Result != exchange.Done {
		t.Errorf("look = %+v", out)
	}
	if n := r.book("#1001-EX1").Releases; n != 1 {
		t.Errorf("%d releases", n)
	}
}

func TestAReadBackThatFailsAfterAPatchLeavesTheOutcomeOpen(t *testing.T) {
	for _, kind := range []string{sim.Throttle, sim.ErrorBefore, sim.HTML} {
		r := newRig(t, nil)
		e := moving(exchange.Release, r.act(r.placeOrder()))
		r.sim.Faults.Add(sim.Fault{Match: "GET /orders/{orderId}", Kind: kind, Skip: 1})
		_, err := r.peer.Act(t.Context(), e)
		wantUnknown(t, err)
		if r.book("#1001-EX1").Releases != 1 {
			t.Errorf("%s: not released", kind)
		}
	}
}

func TestARefusedStatusIsRefused(t *testing.T) {
	for _, as200 := range []bool{false, true} {
		// The order reads Open to us, but goods are set aside for it: PATCH is refused, as 400 or as 200 with a message.
		r := newRig(t, func(s *sim.OngoingSwitches) { s.AllocatedFrom, s.RefusalsAs200 = 200, as200 })
		e := moving(exchange.Release, r.act(r.placeOrder()))
		r.status("#1001-EX1", 200)
		_, err := r.peer.Act(t.Context(), e)
		if no := wantRejected(t, err, "status_refused"); no.Reason == "" {
			t.Error("no reason")
		}
	}
}

func TestAnOrderThatIsGoneCannotBeMoved(t *testing.T) {
	for _, missing := range []int{404, 400} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.NotFoundStatus = missing })
		e := moving(exchange.Release, exchange.Outcome{})
		e.Status.ID, e.Status.Number = 1, "#9-EX1"
		_, err := r.peer.Look(t.Context(), e)
		wantRejected(t, err, string(exchange.OrderNotFound))
		_, err = r.peer.Act(t.Context(), e)
		wantRejected(t, err, string(exchange.OrderNotFound))
	}
}

func TestAnOrderOfAnUnknownIDIsFoundByItsNumber(t *testing.T) {
	r := newRig(t, nil)
	e := moving(exchange.Release, r.act(r.placeOrder()))
	e.Status.ID = 0
	if out := r.act(e); out.Order.Status.Role != exchange.RoleReleased {
		t.Errorf("%+v", out)
	}
	r.control("/orders", `{"order": {"orderNumber": "#7-EX1", "goodsOwnerOrderId": "another"}}`, nil)
	e.Status.Number = "#7-EX1"
	_, err := r.peer.Look(t.Context(), e)
	wantRejected(t, err, string(exchange.OrderNotFound))
}

func TestNumbersMeanWhatTheWarehouseSays(t *testing.T) {
	// Everything renumbered, Sent below Open and Returned below both.
	r := newRig(t, func(s *sim.OngoingSwitches) {
		s.OrderStatuses = []sim.Status{{Number: 90, Text: "OPEN"}, {Number: 5, Text: "Returned"}, {Number: 95, Text: "Released"}, {Number: 450, Text: "Sent"}, {Number: 20, Text: "Collected"}, {Number: 1, Text: "Cancelled"}}
		s.ReleasedStatus, s.SentStatus, s.ReturnedStatus, s.CancelledStatus, s.BornStatus = 95, 450, 5, 1, 90
		s.StartedFrom, s.AllocatedFrom = 96, 96
	})
	placed := r.act(r.placeOrder())
	if placed.Order.Status.Role != exchange.RoleOpen {
		t.Fatalf("%+v", placed.Order.Status)
	}
	r.act(moving(exchange.MarkReturned, placed))
	r.act(moving(exchange.Release, placed))
	if got := r.book("#1001-EX1"); !slices.Equal(got.Patches, []int{5, 95}) {
		t.Errorf("patches %v", got.Patches)
	}
}
