package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

func TestAnExchangeThatWaitsIsExplained(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	x := r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	r.hears(e, x, exchange.Event{
		ID: "ev_paused", Kind: exchange.EventPortal, At: rigTime.Add(-time.Hour), Source: "portal", Topic: "return.paused",
		Portal: &exchange.PortalEvent{Name: "return.paused", At: rigTime.Add(-time.Hour)},
	})
	golden(t, "exchanges_why.txt", r.want(0, "exchanges", "why", "ex_1").out)
	var w rest.Why
	r.json(&w, "exchanges", "why", "ex_1")
	if w.Served || len(w.WaitingFor) == 0 || len(w.Next) != 1 || w.Next[0].What != "read shop" || len(w.Heard) != 2 {
		t.Errorf("explained %+v", w)
	}
	if s := w.Sides[2]; s.Side != "portal" || s.Told == nil || s.Told.EventID != "ev_paused" || w.Sides[0].Told != nil {
		t.Errorf("heard last %+v", w.Sides)
	}
	r.want(exitNotFound, "exchanges", "why", "ex_2")
}

func TestAnExchangeThatIsRaisedIsExplained(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	x := r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	r.hears(e, x, exchange.Event{ID: "ev_read", Kind: exchange.EventRead, At: rigTime.Add(-time.Hour), Source: "tradeback", Read: &exchange.ReadResult{
		Target: exchange.ReadShop, Want: 1, Missing: &exchange.Missing{Target: exchange.ReadShop, Code: string(exchange.ReturnNotFound)},
	}})
	golden(t, "exchanges_why_raised.txt", r.want(0, "exchanges", "why", "ex_1").out)
}

// died stores an exchange whose return could not be created in Shopify.
func died(t *testing.T, r *rig, e *sqlite.Engine) exchange.Exchange {
	t.Helper()
	at := rigTime.Add(-2 * time.Hour)
	x := r.hears(e, exchange.New("ex_1", "nordwear", rigPolicy, at), exchange.Event{
		ID: "ev_1", Kind: exchange.EventRequested, At: at, Source: "api", Topic: "exchanges.create", Actor: "shop app", Policy: &rigPolicy,
		Request: &exchange.Request{
			OrderID:       "gid://shopify/Order/1",
			ReturnLines:   []exchange.WantedReturnLine{{FulfillmentLineItemID: "gid://shopify/FulfillmentLineItem/5", Quantity: 1}},
			ExchangeLines: []exchange.WantedExchangeLine{{VariantID: "gid://shopify/ProductVariant/8", Quantity: 1}},
		},
	})
	act := x.Asked[0]
	found, _, err := e.Items(t.Context(), store.Query{Conn: "nordwear", IDs: []string{string(act.ID)}})
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	at = rigTime.Add(-time.Hour)
	x = r.hears(e, x, exchange.Event{ID: "ev_2", Kind: exchange.EventOutcome, At: at, Source: "tradeback", Outcome: &exchange.Outcome{
		Effect: act.ID, Kind: act.Kind, Result: exchange.Dead, Code: "gave_up", Reason: "503 Service Unavailable", Attempts: 14,
	}})
	fence, err := e.Own(t.Context(), "nordwear", "rig", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	it := found[0]
	it.State, it.Attempt, it.Reason = store.Dead, 14, "gave_up: 503 Service Unavailable"
	r.apply(e, store.Step{Conn: "nordwear", Fence: fence, Items: []store.Item{it}})
	return x
}

func TestAnExchangeWithADeadEffectIsExplained(t *testing.T) {
	r := newRig(t)
	died(t, r, r.store(false))
	got := r.want(0, "exchanges", "why", "ex_1")
	golden(t, "exchanges_why_dead.txt", got.out)
	for _, line := range strings.Split(got.out, "\n") {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "tradeback dead retry "); ok {
			r.want(0, append([]string{"dead", "retry"}, strings.Fields(strings.ReplaceAll(command, `"…"`, "mended"))...)...)
			return
		}
	}
	t.Error("it does not say how the effect is tried again")
}

func TestAnExchangeThatIsDoneWaitsForNothing(t *testing.T) {
	r := newRig(t)
	r.exchange(r.store(false), "ex_1", exchange.Completed, "gid://shopify/Return/1")
	var w rest.Why
	r.json(&w, "exchanges", "why", "ex_1")
	if len(w.WaitingFor) != 0 || len(w.Asked) != 0 || len(w.Raised) != 0 || w.Stage != exchange.Completed {
		t.Errorf("explained %+v", w)
	}
	for _, m := range w.May {
		if strings.Contains(m.Command, "cancel") || strings.Contains(m.Command, "settle") {
			t.Errorf("a person may %+v", m)
		}
	}
	if got := r.want(0, "exchanges", "why", "ex_1").out; !strings.Contains(got, "it waits for nothing") {
		t.Errorf("said %s", got)
	}
}
