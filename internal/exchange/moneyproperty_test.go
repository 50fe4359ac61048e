package exchange

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// moneyStory plays an exchange of any difference under any policy on any order: with or without an authorisation, stored
// payment methods that are declined, invoices that are paid or not, goods that come back or not, acts that are refused
// and lines that are processed while nothing comes of the refund.
func moneyStory(t *rapid.T) (m *model, back bool) {
	p := testPolicy()
	p.Instant = rapid.Bool().Draw(t, "instant")
	p.Payment = rapid.SampledFrom([]string{CaptureOnSent, SecureBeforeRelease, PaymentNone}).Draw(t, "payment")
	p.Deposit = rapid.SampledFrom([]string{DepositDifference, DepositFullValue}).Draw(t, "deposit")
	p.AfterDeadline = rapid.SampledFrom([]string{"", AfterDeadlineRaise, AfterDeadlineCharge}).Draw(t, "after deadline")
	p.MandateAmounts = rapid.Bool().Draw(t, "mandate amounts")
	m = newModel(t, rapid.Uint64().Draw(t, "seed"), p, rapid.SampledFrom([]int64{-testPrice, 0, testPrice}).Draw(t, "difference"))
	if rapid.Bool().Draw(t, "no authorisation") {
		m.without()
	}
	m.shop.Mandates = rapid.SampledFrom([][]string{nil, {"pm1"}, {"pm1", "pm2"}}).Draw(t, "mandates")
	for _, k := range []Kind{Capture, ChargeMandate, SendInvoice, Refund, VoidAuthorisation} {
		if rapid.IntRange(0, 3).Draw(t, string(k)) == 0 {
			m.refuse[k] = "no"
		}
	}
	m.several, m.silent = rapid.Bool().Draw(t, "several captures"), rapid.Bool().Draw(t, "no refund in process")
	m.refuseOnce = rapid.SampledFrom([]Kind{"", Process, Refund}).Draw(t, "refused once")
	if owed := -m.shop.Suggested.Minor; owed > 0 && rapid.Bool().Draw(t, "suggested refund") {
		m.shop.SuggestedRefund = []RefundFrom{{"sale", Money{owed, "SEK"}}}
	}
	pays := func() {
		if m.acts[SendInvoice] > 0 && m.shop.Outstanding.Minor > 0 && rapid.Bool().Draw(t, "pays") {
			m.pays(m.shop.Outstanding.Minor)
			m.run()
		}
	}
	m.request()
	m.run()
	back = rapid.Bool().Draw(t, "comes back") || !p.Instant
	early := rapid.Bool().Draw(t, "comes back early") || !p.Instant
	comes := func() {
		m.receive()
		m.portal("return.closed")
		m.run()
	}
	m.portal("shipment.event.in_transit")
	m.run()
	if back && early {
		comes()
	}
	pays()
	m.stale()
	if m.order.Status.Role == RoleReleased {
		m.ship()
		m.run()
	}
	pays()
	if back && !early {
		comes()
	}
	m.stale()
	m.later(60)
	pays()
	m.stale()
	return m, back
}

func TestTheMoneyIsRightInTheEndOfAnyExchange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, back := moneyStory(t)
		want := m.x.Facts.Agreed.Amount.Minor
		if !back && m.x.Policy.AfterDeadline == AfterDeadlineCharge {
			want += testValue
		}
		if m.x.Policy.Payment == PaymentNone {
			want = 0
		}
		if m.acts[Process] > 2 || m.acts[Release] > 1 || m.acts[Fulfill] > 1 {
			t.Fatalf("acts %v", m.acts)
		}
		asked := map[string]int{}
		for _, what := range m.moved {
			asked[what]++
			if asked[what] > 1 {
				t.Fatalf("moved %v: the same twice", m.moved)
			}
		}
		if m.x.Stage != Completed {
			if len(m.x.Raised) == 0 && len(m.x.Waiting()) == 0 {
				t.Fatalf("stage %s, and nobody can see why", m.x.Stage)
			}
			if low, high := min(want, 0), max(want, 0, want+testValue); m.net() < low || m.net() > high {
				t.Fatalf("stage %s: %d moved, want %d in the end; moved %v; raised %v", m.x.Stage, m.net(), want, m.moved, m.x.Raised)
			}
			return
		}
		if m.net() != want {
			t.Fatalf("%d moved, want %d; moved %v; settlement %+v", m.net(), want, m.moved, m.x.Settlement())
		}
		for _, tr := range m.shop.Transactions {
			if m.x.holds(tr.ID) && tr.Unsettled.Minor > 0 && m.refuse[VoidAuthorisation] == "" {
				t.Fatalf("an authorisation of ours is left: %+v; moved %v", tr, m.moved)
			}
		}
		if s := m.x.Settlement(); want != 0 && s.Status != "settled" {
			t.Fatalf("settlement %+v", s)
		}
	})
}

func TestTheMoneysFactsAreTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, _ := moneyStory(t)
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
