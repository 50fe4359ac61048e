package ongoing_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/sim"
)

func TestStatusesThatDoNotExistAreNamedWithThoseThatDo(t *testing.T) {
	r := newRig(t, nil)
	if err := r.peer.Statuses(t.Context()); err != nil {
		t.Error(err)
	}
	wrong, wrongReturns := orderRoles, returnRoles
	wrong.Released, wrong.Sent = set("Frisläppt"), set("451")
	wrongReturns.Returned = set("Received")
	p := r.newPeer(func(o *ongoing.Options) {
		o.OrderStatuses, o.ReturnOrderStatuses = wrong.Roles(), wrongReturns.Roles()
	})
	err := p.Statuses(t.Context())
	var unresolved *connection.UnresolvedError
	if !errors.As(err, &unresolved) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"Frisläppt", "451", "300 Released", "Received", "500 Returned"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	p = r.newPeer(func(o *ongoing.Options) { o.ReturnOrderStatuses = wrongReturns.Roles() })
	var which *ongoing.StatusesError
	if err := p.Statuses(t.Context()); !errors.As(err, &which) || !which.OfReturnOrders {
		t.Errorf("error %v, want one of return orders", err)
	}
	p = r.newPeer(func(o *ongoing.Options) { o.OrderStatuses = wrong.Roles() })
	if err := p.Statuses(t.Context()); !errors.As(err, &which) || which.OfReturnOrders {
		t.Errorf("error %v, want one of orders", err)
	}
	e := moving(exchange.Release, r.act(r.placeOrder()))
	if _, err := p.Act(t.Context(), e); !errors.Is(err, exchange.ErrNotSent) {
		t.Errorf("an act without statuses: %v, want not carried out", err)
	}
}

func TestStatusesAreKeptAnHour(t *testing.T) {
	r := newRig(t, nil)
	const call = "GET /orders/statuses"
	placed := r.act(r.placeOrder())
	ask := exchange.ReadAsk{Target: exchange.ReadOrder, ID: placed.Order.ID, Number: placed.Order.Number}
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {59 * time.Minute, 1}, {time.Minute, 2}, {time.Minute, 2}} {
		r.now = r.now.Add(step.wait)
		r.read(ask)
		if n := r.sim.Ledger().Calls[call]; n != step.want {
			t.Errorf("after %v more: read %d times, want %d", step.wait, n, step.want)
		}
	}
}

func TestARenumberingIsNoticedAtOnce(t *testing.T) {
	r := newRig(t, nil)
	placed := r.act(r.placeOrder())
	r.now = r.now.Add(2 * time.Minute)
	// Open and Released change places, and Sent gets a number of its own.
	r.control("/switches", `{"order_statuses": [{"number": 300, "text": "Open"}, {"number": 200, "text": "Released"}, {"number": 450, "text": "Sent"},
		{"number": 500, "text": "Collected"}, {"number": 800, "text": "Returned"}, {"number": 1000, "text": "Cancelled"}],
		"released_status": 200, "born_status": 300, "started_from": 450, "allocated_from": 450}`, nil)
	r.status("#1001-EX1", 300)
	out := r.act(moving(exchange.Release, placed))
	if out.Looked || out.Order.Status != (exchange.Status{Number: 200, Text: "Released", Role: exchange.RoleReleased}) {
		t.Errorf("%+v", out.Order.Status)
	}
}

func TestAReturnOrdersCancelledIsKnownByItsText(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) {
		s.ReturnStatuses = []sim.Status{{Number: 100, Text: "Notified"}, {Number: 500, Text: "Returned"}, {Number: 900, Text: "Makulerad "}}
	})
	placed := r.act(r.placeReturn())
	r.control("/return-orders/status?number=%231001-R1", `{"number": 900}`, nil)
	got := r.read(exchange.ReadAsk{Target: exchange.ReadReturnOrder, ID: placed.ReturnOrder.ID, Number: "#1001-R1"})
	if got.ReturnOrder.Status.Role != exchange.RoleCancelled {
		t.Errorf("%+v", got.ReturnOrder.Status)
	}
}
