package exchange

import (
	"slices"
	"testing"
)

func mandateAmounts(p Policy) Policy { p.MandateAmounts = true; return p }

// TestADifferenceIsCollectedByWhatExistsOnTheOrder goes up the ladder, one refusal after the other.
func TestADifferenceIsCollectedByWhatExistsOnTheOrder(t *testing.T) {
	cases := []struct {
		name   string
		policy Policy
		change func(*model)
		moved  []string
		stage  Stage
		raised Code
	}{
		{"an authorisation that covers it is captured", testPolicy(), nil, []string{"capture 5000"}, Completed, ""},
		{"without one the stored payment method is charged", testPolicy(), func(m *model) {
			m.without().shop.Mandates = []string{"pm1"}
		}, []string{"charge_mandate 5000"}, Completed, ""},
		{"a capture that was refused leads to the stored payment method", testPolicy(), func(m *model) {
			m.shop.Mandates, m.refuse[Capture] = []string{"pm1"}, "capture_failed"
		}, []string{"void_authorisation 5000", "charge_mandate 5000"}, Completed, ""},
		{"while an authorisation stands that can neither be captured nor ended, nothing is collected", testPolicy(), func(m *model) {
			m.shop.Mandates, m.refuse[Capture], m.refuse[VoidAuthorisation] = []string{"pm1"}, "capture_failed", "no"
		}, nil, Sent, PaymentDue},
		{"everything refused leads to a person", testPolicy(), func(m *model) {
			m.shop.Mandates = []string{"pm1", "pm2"}
			m.refuse[Capture], m.refuse[ChargeMandate], m.refuse[SendInvoice] = "capture_failed", "declined", "no_email"
		}, []string{"void_authorisation 5000"}, Sent, PaymentDue},
		{"a declined one leads to the invoice", testPolicy(), func(m *model) {
			m.without().shop.Mandates, m.refuse[ChargeMandate] = []string{"pm1"}, "declined"
		}, []string{"send_invoice 5000"}, Sent, ""},
		{"without either the customer gets an invoice", testPolicy(), func(m *model) { m.without() }, []string{"send_invoice 5000"}, Sent, ""},
		{"an invoice that cannot be sent leads to a person", testPolicy(), func(m *model) {
			m.without().refuse[SendInvoice] = "no_email"
		}, nil, Sent, PaymentDue},
		{"where the order owes more than that, an amount that may not be chosen leads to a person", testPolicy(), func(m *model) {
			m.without().shop.Mandates = []string{"pm1"}
			m.owe(700)
		}, nil, Sent, PaymentDue},
		{"where the order owes more than that, the amount is chosen where the shop may", mandateAmounts(testPolicy()), func(m *model) {
			m.without().shop.Mandates = []string{"pm1"}
			m.owe(700)
		}, []string{"charge_mandate 5000"}, Completed, ""},
		{"an authorisation that holds more and allows one capture is left to a person", testPolicy(), func(m *model) {
			a := m.transaction("auth")
			a.Amount.Minor += 3000
			a.Unsettled.Minor += 3000
			m.shop.Capturable.Minor += 3000
			m.owe(-3000)
			m.shop.Mandates = []string{"pm1"}
		}, nil, Sent, AuthorisationShared},
		{"nothing is moved while the ledgers disagree", testPolicy(), func(m *model) { m.amiss = 100 }, nil, Sent, MoneyMismatch},
		{"nothing is collected where no payment is wanted", func() Policy { p := testPolicy(); p.Payment = PaymentNone; return p }(), nil, nil, Completed, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t, 1, c.policy, testPrice)
			if c.change != nil {
				c.change(m)
			}
			m.toSent()
			if !slices.Equal(m.moved, c.moved) || m.x.Stage != c.stage {
				t.Fatalf("moved %v, stage %s, want %v, %s; raised %v", m.moved, m.x.Stage, c.moved, c.stage, m.x.Raised)
			}
			if c.raised == "" && len(m.x.Raised) > 0 || c.raised != "" && !raised(m.x, c.raised) {
				t.Fatalf("raised %v, want %q", m.x.Raised, c.raised)
			}
			if m.acts[Fulfill] != 1 {
				t.Fatal("what was shipped is not fulfilled")
			}
		})
	}
}

func TestAnInvoiceIsWaitedForAndSentOnce(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice).without()
	m.toSent()
	m.stale()
	m.stale()
	if m.acts[SendInvoice] != 1 || m.x.Settlement().Status != "due" || len(m.x.Raised) > 0 {
		t.Fatalf("%d invoices, settlement %+v, raised %v", m.acts[SendInvoice], m.x.Settlement(), m.x.Raised)
	}
	m.now = m.now.Add(invoiceTime)
	m.run()
	if !raised(m.x, InvoiceUnpaid) {
		t.Fatalf("raised %v, want a person told after a week", m.x.Raised)
	}
	if !slices.ContainsFunc(m.x.Waiting(), func(w Waiting) bool { return w.Condition == invoicePaid.String() }) {
		t.Fatalf("waiting for %v, want the payment among it", m.x.Waiting())
	}
	m.pays(testPrice)
	m.run()
	if s := m.x.Settlement(); m.x.Stage != Completed || s.Status != "settled" || s.Captured.Minor != testPrice {
		t.Fatalf("stage %s, settlement %+v, waiting for %v", m.x.Stage, s, m.x.Waiting())
	}
}

func TestAPaymentInPartIsCountedAndNotTakenTwice(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice).without()
	m.toSent()
	m.pays(2000)
	m.run()
	if s := m.x.Settlement(); s.Captured.Minor != 2000 || s.Status != "due" || !slices.Equal(m.moved, []string{"send_invoice 5000", "send_invoice 3000"}) {
		t.Fatalf("settlement %+v, moved %v, want the rest asked for", s, m.moved)
	}
}

// TestAnActThatWasGivenUpStopsTheLadder: it may have landed.
func TestAnActThatWasGivenUpStopsTheLadder(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice)
	m.shop.Mandates = []string{"pm1"}
	m.hang = Capture
	m.toSent()
	id := m.x.id(Capture, "auth")
	m.tell(Event{Kind: EventOutcome, Outcome: &Outcome{Effect: id, Kind: Capture, Result: Dead, Stamp: m.next()}})
	m.run()
	m.stale()
	if len(m.moved) != 0 || !raised(m.x, EffectDead) || m.x.Settlement().Status != "refused" {
		t.Fatalf("moved %v, raised %v, settlement %+v", m.moved, m.x.Raised, m.x.Settlement())
	}
	m.hang = ""
	m.says(CollectAgain, nil)
	if m.x.Stage != Completed || !slices.Equal(m.moved, []string{"capture 5000"}) {
		t.Fatalf("stage %s, moved %v, want it collected anew; raised %v", m.x.Stage, m.moved, m.x.Raised)
	}
}

func TestARestoredStoreThatMayHaveForgottenACaptureStopsTheLadder(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice)
	m.shop.Mandates, m.refuse[Capture] = []string{"pm1"}, CodeUnclear
	m.toSent()
	if len(m.moved) != 0 || !raised(m.x, EffectRefused) {
		t.Fatalf("moved %v, raised %v, want nothing moved, and a person asked", m.moved, m.x.Raised)
	}
}

// TestTheLastUseOfAnAuthorisationIsItsEnd looks at what goes along with a capture.
func TestTheLastUseOfAnAuthorisationIsItsEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		holds int64
		multi bool
		want  bool
	}{
		{"one capture only", 5000, false, false},
		{"several captures, all of it is taken", 5000, true, true},
		{"several captures, and others may count on the rest", 8000, true, false},
	} {
		x := exchangeOf("a", 5000, 5000-c.holds, c.holds, auth("auth", c.holds, c.multi))
		e, at := x.collect(x.due(), false)
		if at != wayOpen || e.Money.Final != c.want {
			t.Errorf("%s: %+v, %d; want final %t", c.name, e.Money, at, c.want)
		}
	}
}

func TestWhatAnotherExchangeHasAuthorisedIsNotTaken(t *testing.T) {
	x := beside(exchangeOf("a", 5000, 0, 5000, auth("theirs", 5000, true)), Siblings{Taken: []string{"theirs"}})
	if _, at := x.collect(x.due(), false); at != noWay {
		t.Errorf("the ladder stands at %d, want no way", at)
	}
}
