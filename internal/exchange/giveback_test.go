package exchange

import (
	"slices"
	"testing"
	"time"
)

func TestWhatTheShopOwesIsGivenBackOnce(t *testing.T) {
	owed := []RefundFrom{{"sale", Money{testPrice, "SEK"}}}
	cases := []struct {
		name   string
		change func(*model)
		moved  []string
		back   int64
		stage  Stage
		raised Code
	}{
		{"along with the lines, as Shopify suggests", func(m *model) { m.shop.SuggestedRefund = owed }, nil, testPrice, Completed, ""},
		{"by itself where Shopify suggests another amount", func(m *model) {
			m.shop.SuggestedRefund = []RefundFrom{{"sale", Money{1000, "SEK"}}}
		}, []string{"refund 5000"}, testPrice, Completed, ""},
		{"by itself where the lines were processed and nothing came of the refund", func(m *model) {
			m.shop.SuggestedRefund, m.silent = owed, true
		}, []string{"refund 5000"}, testPrice, Completed, ""},
		{"by itself where processing with a refund was refused", func(m *model) {
			m.shop.SuggestedRefund, m.refuseOnce = owed, Process
		}, []string{"refund 5000"}, testPrice, Completed, ""},
		{"a refusal is raised", func(m *model) { m.refuse[Refund] = "no" }, nil, 0, Sent, RefundDue},
		{"nothing is given back to what was paid outside of Shopify", func(m *model) { m.transaction("sale").Manual = true }, nil, 0, Sent, RefundDue},
		{"nothing is moved while the ledgers disagree", func(m *model) { m.amiss = 100 }, nil, 0, Sent, MoneyMismatch},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t, 1, testPolicy(), -testPrice)
			c.change(m)
			m.toSent()
			if !slices.Equal(m.moved, c.moved) || -m.net() != c.back || m.x.Stage != c.stage {
				t.Fatalf("moved %v, %d back, stage %s; want %v, %d, %s; raised %v, waiting for %v", m.moved, -m.net(), m.x.Stage, c.moved, c.back, c.stage, m.x.Raised, m.x.Waiting())
			}
			if s := m.x.Settlement(); s.Refunded.Minor != c.back {
				t.Fatalf("settlement %+v, want %d refunded", s, c.back)
			}
			if c.raised == "" && len(m.x.Raised) > 0 || c.raised != "" && !raised(m.x, c.raised) {
				t.Fatalf("raised %v, want %q", m.x.Raised, c.raised)
			}
			if m.acts[Process] != 1 || m.acts[Fulfill] != 1 {
				t.Fatalf("acts %v, want the lines processed and fulfilled once", m.acts)
			}
		})
	}
}

func TestARefundByStaffIsNotRepeated(t *testing.T) {
	m := newModel(t, 1, testPolicy(), -testPrice)
	m.hang = Fulfill
	m.toSent()
	m.transact(Transaction{Kind: "REFUND", ParentID: "sale", Amount: Money{testPrice, "SEK"}})
	m.owe(testPrice)
	m.hint(ReadShop)
	m.run()
	if s := m.x.Settlement(); len(m.moved) > 0 || s.Status != "settled" || s.Refunded.Minor != testPrice {
		t.Fatalf("moved %v, settlement %+v", m.moved, s)
	}
}

func TestARefundGoesBackToSeveralPayments(t *testing.T) {
	x := exchangeOf("a", -5000, -5000, 0,
		Transaction{ID: "p1", Kind: "SALE", Status: "SUCCESS", Amount: Money{3000, "SEK"}},
		Transaction{ID: "r1", ParentID: "p1", Kind: "REFUND", Status: "PENDING", Amount: Money{1000, "SEK"}},
		Transaction{ID: "p2", Kind: "CAPTURE", Status: "FAILURE", Amount: Money{9000, "SEK"}},
	)
	got, ok := x.refundFrom(Money{5000, "SEK"})
	want := []RefundFrom{{"p1", Money{2000, "SEK"}}, {"sale", Money{3000, "SEK"}}}
	if !ok || !slices.Equal(got, want) {
		t.Errorf("%v, %t; want %v", got, ok, want)
	}
	if _, ok := x.refundFrom(Money{13000, "SEK"}); ok {
		t.Error("more than was paid is given back")
	}
}

// TestACancelledExchangeGivesBackWhatWasTaken is of one that was processed to secure its payment.
func TestACancelledExchangeGivesBackWhatWasTaken(t *testing.T) {
	secure := testPolicy()
	secure.Payment = SecureBeforeRelease
	mandate := func(m *model) { m.shop.Mandates = []string{"pm1"} }
	cases := []struct {
		name   string
		policy Policy
		change func(*model)
		moved  []string
	}{
		{"an authorisation is ended", secure, mandate, []string{"authorise 5000", "void_authorisation 5000"}},
		{"a paid invoice is refunded", secure, func(*model) {}, []string{"send_invoice 5000", "refund 5000"}},
		{"a deposit that was authorised is ended", depositPolicy(), mandate, []string{"authorise 25000", "void_authorisation 25000"}},
		{"a deposit that was paid is refunded", depositPolicy(), func(*model) {}, []string{"send_invoice 25000", "refund 25000"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t, 1, c.policy, testPrice).without()
			c.change(m)
			m.request()
			m.run()
			if c.policy.Instant {
				m.portal("shipment.event.in_transit")
			} else {
				m.receive()
				m.portal("return.closed")
			}
			m.run()
			if m.acts[SendInvoice] > 0 {
				m.pays(m.shop.Outstanding.Minor)
			}
			m.run()
			if m.x.Stage != Released {
				t.Fatalf("stage %s, want released; waiting for %v", m.x.Stage, m.x.Waiting())
			}
			m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
			m.run()
			m.hint(ReadShop)
			m.run()
			if m.x.Stage != Cancelled || !slices.Equal(m.moved, c.moved) || m.net() != 0 || m.shop.Capturable.Minor != 0 {
				t.Fatalf("stage %s, moved %v, net %d; want %v and nothing left; raised %v", m.x.Stage, m.moved, m.net(), c.moved, m.x.Raised)
			}
			if raised(m.x, RefundDue) {
				t.Fatalf("raised %v", m.x.Raised)
			}
		})
	}
}

// TestAnInvoiceThatWasOverpaidIsRaised is of a cancelled exchange: while its invoice stood, the order owed something else
// as well, and the customer paid all of it. What the invoice asked for is given back.
func TestAnInvoiceThatWasOverpaidIsRaised(t *testing.T) {
	const beside = 20000
	p := testPolicy()
	p.Payment = SecureBeforeRelease
	for name, ends := range map[string]func(*model){
		"staff give it back": func(m *model) {
			m.transact(Transaction{Kind: "REFUND", ParentID: "sale", Amount: Money{beside, "SEK"}})
			m.owe(beside)
			m.hint(ReadShop)
			m.run()
		},
		"a person settles it":       func(m *model) { m.says(PaidElsewhere, nil) },
		"the order owes it, indeed": func(m *model) { m.owe(beside); m.hint(ReadShop); m.run() },
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, 1, p, testPrice).without()
			m.request()
			m.run()
			m.receive()
			m.portal("return.closed")
			m.run()
			m.owe(beside)
			m.pays(testPrice + beside)
			m.owe(-beside)
			m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
			m.run()
			if m.x.Stage != Cancelled || m.net() != beside || m.acts[Refund] != 1 || !raised(m.x, PaymentUnclear) {
				t.Fatalf("stage %s, net %d, moved %v, raised %v; want the invoice given back, and the rest raised", m.x.Stage, m.net(), m.moved, m.x.Raised)
			}
			if why := m.x.CannotSettle(Said{What: PaidElsewhere}); why != "" {
				t.Fatalf("a person cannot settle it: %s", why)
			}
			ends(m)
			if raised(m.x, PaymentUnclear) || m.acts[Refund] != 1 {
				t.Fatalf("raised %v, moved %v", m.x.Raised, m.moved)
			}
		})
	}
}

// TestARefundThatMayHaveGoneAlongWithTheLinesIsAPersonsToSettle: processing with a refund was given up, and the lines were
// processed since.
func TestARefundThatMayHaveGoneAlongWithTheLinesIsAPersonsToSettle(t *testing.T) {
	m := newModel(t, 1, testPolicy(), -testPrice)
	m.shop.SuggestedRefund = []RefundFrom{{"sale", Money{testPrice, "SEK"}}}
	m.hang = Process
	m.toSent()
	first := m.x.Asked[slices.IndexFunc(m.x.Asked, func(a Asked) bool { return a.Kind == Process })]
	if first.Amount == nil {
		t.Fatalf("%+v is without a refund: not the case to be tried", first)
	}
	m.x.Asked = append(m.x.Asked, Asked{ID: m.x.id(Process, "later"), Kind: Process})
	m.hang = ""
	m.sellAll()
	for i := range m.shop.ReturnLines {
		m.shop.ReturnLines[i].Processed, m.shop.ReturnLines[i].Processable = 1, 0
	}
	dead := Outcome{Effect: first.ID, Kind: Process, Result: Dead, Code: CodeAmbiguous}
	dead.Stamp = m.next()
	m.tell(Event{Kind: EventOutcome, Source: "tradeback", Outcome: &dead})
	m.tell(Event{Kind: EventOutcome, Source: "tradeback", Outcome: &Outcome{Effect: m.x.id(Process, "later"), Kind: Process, Result: Done, Stamp: m.next()}})
	m.stale()
	if m.acts[Refund] != 0 || !raised(m.x, EffectAmbiguous) {
		t.Fatalf("moved %v, raised %v; want nothing given back, and a person asked", m.moved, m.x.Raised)
	}
	m.x.Facts.Movements[slices.IndexFunc(m.x.Facts.Movements, func(v Movement) bool { return v.Effect == first.ID })].Code = CodeDiscarded
	m.hint(ReadShop)
	m.run()
	if m.acts[Refund] != 0 || m.acts[Fulfill] != 1 || !raised(m.x, RefundDue) {
		t.Fatalf("moved %v, acts %v, raised %v; want it raised that a refund is due", m.moved, m.acts, m.x.Raised)
	}
}

// TestAClockThatGoesBackHasNothingReadWithoutEnd: a read that came after the cancellation is one, whatever the clock says.
func TestAClockThatGoesBackHasNothingReadWithoutEnd(t *testing.T) {
	p := depositPolicy()
	p.Deposit = DepositDifference
	m := newModel(t, 1, p, testPrice).without()
	m.shop.Mandates = []string{"pm1"}
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	if m.x.Stage != Released || len(m.moved) != 1 {
		t.Fatalf("stage %s, moved %v", m.x.Stage, m.moved)
	}
	m.now = m.now.Add(time.Hour)
	m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
	m.runUntil(func() bool {
		if m.x.Stage == Cancelled {
			m.now = testTime
			for i := range m.owed {
				m.owed[i].Due = testTime
			}
		}
		return m.x.Stage == Cancelled
	})
	m.run()
	if m.shop.Capturable.Minor != 0 {
		t.Fatalf("%s still held; acts %v", m.shop.Capturable, m.acts)
	}
}
