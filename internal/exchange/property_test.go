package exchange

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// story plays a whole exchange in an order that the seed chooses: events are delivered late, twice and
// shuffled, and effects carried out in any order that is due.
func story(t *rapid.T) *model {
	p := testPolicy()
	p.Instant = rapid.Bool().Draw(t, "instant")
	p.ReleaseOn = rapid.SampledFrom([]string{OnReturnClosed, OnReturnOrder, OnBoth, OnEither}).Draw(t, "release on")
	p.MarkReturned = rapid.Bool().Draw(t, "mark returned")
	difference := rapid.SampledFrom([]int64{0, testPrice}).Draw(t, "difference")
	m := newModel(t, rapid.Uint64().Draw(t, "seed"), p, difference)
	if rapid.Bool().Draw(t, "born released") {
		m.born = RoleReleased
	}
	twice := rapid.Bool().Draw(t, "everything twice")
	say := func(f func()) {
		f()
		if twice {
			m.queue = append(m.queue, m.queue...)
		}
		m.run()
	}
	say(m.request)
	say(func() { m.portal("return.label_generated"); m.portal("shipment.event.in_transit") })
	say(func() {
		if m.back != nil {
			m.receive()
		}
		m.portal("return.closed")
	})
	m.stale()
	if m.order != nil && m.order.Status.Role == RoleReleased {
		say(func() { m.ship() })
	}
	m.stale()
	return m
}

func TestAnExchangeEndsTheSameInWhateverOrderItIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := story(t)
		if m.x.Stage != Completed {
			t.Fatalf("stage %s, want completed; waiting for %v; raised %v", m.x.Stage, m.x.Waiting(), m.x.Raised)
		}
		captures := 0
		if m.auth > 0 {
			captures = 1
		}
		if m.acts[Release] != 1 || m.acts[Fulfill] != 1 || m.acts[Process] != 1 || m.acts[Capture] != captures || m.acts[PlaceOrder] != 1 {
			t.Fatalf("acts %v, want each once and %d captures", m.acts, captures)
		}
	})
}

func TestTheSameEventsInAnyOrderGiveTheSameFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := story(t)
		again := slices.Concat(m.seen, m.seen)
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 2))
		rnd.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		x := New(m.x.ID, m.x.Connection, m.x.Policy, m.x.Created)
		for _, ev := range again {
			if err := x.absorb(ev); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(m.x.Facts, x.Facts); d != "" {
			t.Fatalf("facts differ (-told, +shuffled):\n%s", d)
		}
	})
}

func TestDecideLeavesItsArgumentAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := story(t)
		x := New(m.x.ID, m.x.Connection, m.x.Policy, m.x.Created)
		for _, ev := range m.seen {
			before := text(t, x)
			next, first, err := Decide(x, ev)
			if after := text(t, x); before != after {
				t.Fatalf("Decide wrote to its argument:\n%s", cmp.Diff(before, after))
			}
			same, second, err2 := Decide(x, ev)
			if !reflect.DeepEqual(first, second) || (err == nil) != (err2 == nil) || text(t, next) != text(t, same) {
				t.Fatalf("the same question had two answers: %v and %v", first, second)
			}
			x = next
		}
	})
}

func text(t tb, x any) string {
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The inbox remembers the exchanges that it committed last instead of reading them back, and is told what effects
// have found out without reading it back.
func TestWhatIsReadBackDecidesAsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := story(t)
		kept := New(m.x.ID, m.x.Connection, m.x.Policy, m.x.Created)
		stored := kept
		for _, ev := range m.seen {
			next, entry, err := Step(kept, ev)
			var read Event
			if err := json.Unmarshal([]byte(text(t, ev)), &read); err != nil {
				t.Fatal(err)
			}
			again, same, errAgain := Step(stored, read)
			if (err == nil) != (errAgain == nil) {
				t.Fatalf("%s: %v, and of what was read back %v", ev.Kind, err, errAgain)
			}
			if d := cmp.Diff(text(t, entry), text(t, same)) + cmp.Diff(text(t, next), text(t, again)); d != "" {
				t.Fatalf("%s (-remembered, +read back):\n%s", ev.Kind, d)
			}
			kept, stored = next, Exchange{}
			if err := json.Unmarshal([]byte(text(t, again)), &stored); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestAFinalStageIsNeverLeftAndAsksForNothingNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := story(t)
		x := m.x
		for _, ev := range m.seen {
			ev.At = ev.At.Add(time.Hour)
			next, effects, err := Decide(x, ev)
			if err != nil {
				continue
			}
			if next.Stage != x.Stage {
				t.Fatalf("%s was left for %s by %s", x.Stage, next.Stage, ev.Kind)
			}
			for _, e := range effects {
				if !slices.Contains([]Kind{KindRead, UpdateTracking, Dispose}, e.Kind) {
					t.Fatalf("a completed exchange asked for %s", e.Kind)
				}
			}
			x = next
		}
	})
}

// TestTheRulesAlwaysStop decides over facts put together at random, reachable or not.
func TestTheRulesAlwaysStop(t *testing.T) {
	roles := []Role{RoleNone, RoleOpen, RoleReturned, RoleReleased, RoleSent, RoleCancelled}
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t, 1, testPolicy(), rapid.SampledFrom([]int64{-testPrice, 0, testPrice}).Draw(t, "difference"))
		x := m.x
		x.Policy.Payment = rapid.SampledFrom([]string{CaptureOnSent, SecureBeforeRelease, PaymentNone}).Draw(t, "payment")
		x.Policy.Deposit = rapid.SampledFrom([]string{DepositDifference, DepositFullValue}).Draw(t, "deposit")
		x.Policy.Partial = rapid.SampledFrom([]string{PartialWait, PartialReview, PartialReleaseAll, PartialReleaseMatched}).Draw(t, "partial")
		x.Policy.Instant = rapid.Bool().Draw(t, "instant")
		x.Policy.AfterDeadline = rapid.SampledFrom([]string{AfterDeadlineRaise, AfterDeadlineCharge}).Draw(t, "after deadline")
		m.shop.Mandates = rapid.SampledFrom([][]string{nil, {"pm1"}}).Draw(t, "mandates")
		x.Stage = rapid.SampledFrom(Stages()).Draw(t, "stage")
		f := &x.Facts
		if rapid.Bool().Draw(t, "asked") {
			f.Request.ReturnID = m.shop.ReturnID
		}
		f.Sequence = rapid.IntRange(0, 1).Draw(t, "number")
		if rapid.Bool().Draw(t, "shop") {
			s := m.shop
			if rapid.Bool().Draw(t, "processed") {
				s.ExchangeLines = []ExchangeLine{{ID: "xl1", Article: "L", Quantity: 1, Processed: 1, LineItemIDs: []string{"li"}}}
				s.FulfillmentOrders = []FulfillmentOrder{{
					ID: "fo1", CanDo: []string{"CREATE_FULFILLMENT"}, Lines: []FulfillmentOrderLine{{"fol", "li", 1, 1}},
					Holds: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Hold {
						return Hold{ID: "h", Reason: rapid.SampledFrom([]string{"OTHER", "AWAITING_PAYMENT"}).Draw(t, "hold")}
					}), 0, 1).Draw(t, "holds"),
				}}
			}
			s.ReturnStatus = rapid.SampledFrom([]string{ReturnOpen, ReturnClosed, ReturnCanceled}).Draw(t, "return status")
			s.Stamp = Stamp{1, 5}
			f.absorbShop(&s)
		}
		if rapid.Bool().Draw(t, "original") {
			f.Original = &Original{ID: 40, Lines: []OrderLine{{ID: 7, Article: "M", Ordered: 1}}}
		}
		if rapid.Bool().Draw(t, "order") {
			o := Order{Stamp: Stamp{1, 2}, Status: Status{Role: rapid.SampledFrom(roles).Draw(t, "order role")}, Lines: []OrderLine{{Row: "1", ExternalID: "xl1", Ordered: 1, Shipped: rapid.IntRange(0, 1).Draw(t, "shipped")}}}
			f.absorbOrder(&o)
		}
		if rapid.Bool().Draw(t, "return order") {
			f.ReturnOrder = &ReturnOrder{ID: 60, Status: Status{Role: rapid.SampledFrom(roles).Draw(t, "return role")}, Lines: []ReturnOrderLine{{Announced: 1, Received: rapid.IntRange(0, 2).Draw(t, "received")}}}
		}
		for _, name := range rapid.SliceOf(rapid.SampledFrom(portalNames)).Draw(t, "portal") {
			f.Portal.absorb(PortalEvent{Name: name, At: m.now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "at")) * time.Second)})
		}
		if rapid.Bool().Draw(t, "called off") {
			f.Cancel.By = "api"
		}
		f.Deadline = rapid.Bool().Draw(t, "deadline")
		if f.Deadline {
			x.Since = append(x.Since, StageAt{Released, m.now.AddDate(0, 0, -30)})
		}
		kinds := []Kind{ChargeMandate, SendInvoice, Refund, VoidAuthorisation, EditLines}
		for _, a := range Acts() {
			kinds = append(kinds, a.Kind)
		}
		for _, k := range kinds {
			if r := rapid.SampledFrom([]Result{NotDone, Done, Refused, Dead, Withdrawn}).Draw(t, string(k)); r != NotDone {
				cause := rapid.SampledFrom([]string{"1", "auth", authorising + "pm1", outAlone + "0"}).Draw(t, "cause")
				amount := &Money{rapid.SampledFrom([]int64{testPrice, testValue}).Draw(t, "amount"), "SEK"}
				f.absorbOutcome(Outcome{Effect: x.id(k, cause), Kind: k, Result: r, Stamp: Stamp{1, rapid.Uint64Range(4, 6).Draw(t, "stamp")}, Amount: amount, ID: "auth"}, m.now)
			}
		}
		for i, what := range rapid.SliceOfN(rapid.SampledFrom([]Decision{PaidElsewhere, WrittenOff, CollectAgain}), 0, 2).Draw(t, "said") {
			f.absorbSaid(Event{ID: fmt.Sprint(i), At: m.now.Add(time.Duration(i-1) * time.Second), Said: &Said{What: what}}, nil)
		}
		next, _, err := Decide(x, Event{ID: "ev", Kind: EventHint, At: m.now, Hint: &Hint{ReadOrder}})
		if err != nil {
			t.Fatal(err)
		}
		again, _, _ := Decide(next, Event{ID: "ev", Kind: EventHint, At: m.now, Hint: &Hint{ReadOrder}})
		if again.Stage != next.Stage {
			t.Fatalf("the rules had not come to rest: %s, then %s", next.Stage, again.Stage)
		}
	})
}

var portalNames = []string{
	"return.created", "return.completed", "return.processed", "return.canceled", "return.paused", "return.resumed", "return.closed",
	"return.instant_exchange", "return.reset", "return.label_generated", "return.auto_close_initiated", "return.auto_close_cancelled",
	"return.auto_close_completed", "return.auto_close_failed", "shipment.event.in_transit", "shipment.event.delivered",
}

func TestEveryReasonIsExplained(t *testing.T) {
	for _, r := range rules {
		if r.Raise != "" && (reasons[r.Raise].message == "" || len(reasons[r.Raise].remedies) == 0) {
			t.Errorf("%s has no message or no remedy", r.Raise)
		}
	}
	for code, r := range reasons {
		if strings.Contains(strings.Join(r.remedies, " "), "(settle)") != r.settles {
			t.Errorf("%s: settles is %t, its remedies are %q", code, r.settles, r.remedies)
		}
	}
}
