package ongoing_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/sim"
)

func TestAnOrderIsCancelledOnce(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.RefuseSame = true })
	e := moving(exchange.CancelOrder, r.act(r.placeOrder()))
	if got := r.look(e).Result; got != exchange.NotDone {
		t.Fatalf("look = %s", got)
	}
	if out := r.act(e); out.Order.Status.Role != exchange.RoleCancelled || out.Looked {
		t.Errorf("%+v", out)
	}
	if out := r.act(e); !out.Looked {
		t.Errorf("twice: %+v", out)
	}
	if n := r.sim.Ledger().Calls["DELETE /orders/{orderId}"]; n != 1 {
		t.Errorf("%d DELETEs", n)
	}
}

func TestACancellationWhoseReplyWasLostIsFoundDone(t *testing.T) {
	r := newRig(t, nil)
	e := moving(exchange.CancelOrder, r.act(r.placeOrder()))
	r.fault("DELETE /orders/{orderId}", sim.DropAfter)
	_, err := r.peer.Act(t.Context(), e)
	wantUnknown(t, err)
	if out := r.look(e); out.Result != exchange.Done {
		t.Errorf("%+v", out)
	}
}

func TestAnOrderThatWasBegunIsNotCancelled(t *testing.T) {
	for _, as200 := range []bool{false, true} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.RefusalsAs200 = as200 })
		placed := r.act(r.placeOrder())
		r.act(moving(exchange.Release, placed))
		_, err := r.peer.Act(t.Context(), moving(exchange.CancelOrder, placed))
		if no := wantRejected(t, err, exchange.CodeOrderStarted); !strings.Contains(no.Reason, "cannot be cancelled, the warehouse has started") {
			t.Errorf("reason %q", no.Reason)
		}
		if r.book("#1001-EX1").Cancelled {
			t.Error("cancelled all the same")
		}
	}
}

// TestOurOwnMarkDoesNotKeepAnOrderFromBeingCancelled: where Returned counts as begun, as its number may well have it, the
// order that we set so is set Open again, and then cancelled.
func TestOurOwnMarkDoesNotKeepAnOrderFromBeingCancelled(t *testing.T) {
	for _, as200 := range []bool{false, true} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.ReturnedStarted, s.RefusalsAs200 = true, as200 })
		placed := r.act(r.placeOrder())
		r.act(moving(exchange.MarkReturned, placed))
		if out := r.act(moving(exchange.CancelOrder, placed)); out.Result != exchange.Done || !r.book("#1001-EX1").Cancelled {
			t.Errorf("refusals as 200 %t: %+v, want it cancelled", as200, out)
		}
	}
}

func TestAnOrderThatIsGoneCountsAsCancelled(t *testing.T) {
	for _, missing := range []int{404, 400} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.NotFoundStatus = missing })
		e := moving(exchange.CancelOrder, exchange.Outcome{})
		e.Status.ID, e.Status.Number = 1, "#9-EX1"
		if out := r.look(e); out.Result != exchange.Done || out.Order.Status.Role != exchange.RoleCancelled {
			t.Errorf("%+v", out)
		}
	}
}

func TestAReturnOrderIsCancelledOnce(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.RefuseSame = true })
	e := moving(exchange.CancelReturnOrder, r.act(r.placeReturn()))
	if got := r.look(e).Result; got != exchange.NotDone {
		t.Fatalf("look = %s", got)
	}
	if out := r.act(e); out.ReturnOrder.Status.Role != exchange.RoleCancelled {
		t.Errorf("%+v", out)
	}
	if out := r.look(e); out.Result != exchange.Done {
		t.Errorf("twice: %+v", out)
	}
}

func TestAReturnOrderCancelledUnderAnotherWordIsCancelled(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) {
		s.ReturnStatuses = []sim.Status{{Number: 100, Text: "Notified"}, {Number: 500, Text: "Returned"}, {Number: 900, Text: "Borttagen"}}
	})
	if out := r.act(moving(exchange.CancelReturnOrder, r.act(r.placeReturn()))); out.Result != exchange.Done {
		t.Errorf("%+v", out)
	}
	if !r.sim.Ledger().ReturnOrders["#1001-R1"].Cancelled {
		t.Error("not cancelled")
	}
}

func TestAReturnOrderWithGoodsInItIsNotCancelled(t *testing.T) {
	for _, as200 := range []bool{false, true} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.RefusalsAs200 = as200 })
		e := moving(exchange.CancelReturnOrder, r.act(r.placeReturn()))
		r.control("/return-orders/receive?number=%231001-R1", `{"open": true}`, nil)
		_, err := r.peer.Act(t.Context(), e) // it still reads Notified
		if no := wantRejected(t, err, exchange.CodeOrderStarted); !strings.Contains(no.Reason, "cannot be cancelled, goods have been received") {
			t.Errorf("reason %q", no.Reason)
		}
		r.control("/return-orders/status?number=%231001-R1", `{"number": 500}`, nil)
		for name, step := range map[string]func(context.Context, exchange.Effect) (exchange.Outcome, error){"look": r.peer.Look, "act": r.peer.Act} {
			out, err := step(t.Context(), e)
			if err != nil || out.Result != exchange.Refused || out.Code != exchange.CodeOrderStarted || out.ReturnOrder.Status.Role != exchange.RoleReturned {
				t.Errorf("%s = %+v, %v; want that it is refused, and the return order as it stands", name, out, err)
			}
		}
	}
}

func TestAReturnOrderThatIsGoneCountsAsCancelled(t *testing.T) {
	r := newRig(t, nil)
	e := moving(exchange.CancelReturnOrder, exchange.Outcome{})
	e.Status.ID, e.Status.Number = 1, "#9-R1"
	if out := r.look(e); out.Result != exchange.Done || out.ReturnOrder.Status.Role != exchange.RoleCancelled {
		t.Errorf("%+v", out)
	}
}

func TestAWrongPasswordNeverLooksLikeAnOrderThatIsGone(t *testing.T) {
	r := newRig(t, nil)
	e := moving(exchange.CancelOrder, r.act(r.placeOrder()))
	p := r.newPeer(func(o *ongoing.Options) { o.Password = "changed" })
	if out, err := p.Look(t.Context(), e); err == nil {
		t.Errorf("look = %+v", out)
	}
}
