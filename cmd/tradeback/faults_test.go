package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

var (
	seed   = flag.Uint64("seed", 0, "of the faults; 0 draws one for each test")
	faulty = flag.Int("faulty", 3, "how many exchanges are carried through at once while the peers fail")
)

// seeded is chance that -seed, or else the time, decides on.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", s)
	return rand.New(rand.NewPCG(s, 1))
}

// TestExchangesAreCarriedThroughWhileThePeersFail plays exchanges at once while both peers fail in every way
// that the simulators can: they answer late, not at all, half, with errors before and after acting, with
// HTML, or ask to wait. What truly happened is read from their ledgers.
func TestExchangesAreCarriedThroughWhileThePeersFail(t *testing.T) {
	rnd := seeded(t)
	w := startWhole(t, "--quiet", "1s", "--rate", "100000")
	variants := w.variants()
	w.harm(rnd, w.ongoing.URL, []string{
		"GET /orders", "GET /orders/{orderId}", "PUT /orders", "PATCH /orders/{orderId}/orderStatus", "GET /orders/statuses",
		"PUT /returnOrders", "GET /returnOrders", "GET /returnOrders/{returnOrderId}",
	})
	w.harm(rnd, w.shopify.URL, []string{
		"order", "return", "returnCreate", "returnProcess", "fulfillmentCreate", "orderCapture", "productVariant", "reverseFulfillmentOrderDispose",
	})
	t.Run("all at once", func(t *testing.T) {
		for i := range *faulty {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				mine := *w
				mine.t = t
				s := mine.request(fmt.Sprintf("#%d", 1001+i), variants)
				s.play()
				s.check()
			})
		}
	})
	var o sim.OngoingLedger
	w.call("GET", w.ongoing.URL+"/control/ledger", "", &o)
	if o.MaxInFlight > 1 {
		t.Errorf("%d calls to Ongoing side by side, want one at a time", o.MaxInFlight)
	}
	for _, r := range w.shopifyLedger().Rejected {
		// What the lines come to is asked after the lines were read; an act of ours may come in between.
		if r.Operation != "ReturnFinancialOutcome" {
			t.Errorf("Shopify rejected %+v", r)
		}
	}
}

// harm orders faults of every kind for each of the calls.
func (w *whole) harm(rnd *rand.Rand, base string, calls []string) {
	w.t.Helper()
	var faults []sim.Fault
	for _, call := range calls {
		for _, kind := range []string{sim.ErrorBefore, sim.ErrorAfter, sim.DropBefore, sim.DropAfter, sim.Half, sim.SlowBefore, sim.HTML, sim.Throttle} {
			if rnd.IntN(3) != 0 {
				continue
			}
			f := sim.Fault{Match: call, Kind: kind, Times: 1, Skip: rnd.IntN(2 * *faulty)}
			if kind == sim.SlowBefore {
				f.DelayMS = 1200 // beyond the call's time-out of 1 s, within the quiet time
			}
			faults = append(faults, f)
		}
	}
	body, err := json.Marshal(faults)
	if err != nil {
		w.t.Fatal(err)
	}
	w.call("POST", base+"/control/faults", string(body), nil)
}
