package exchange

import (
	"slices"
	"strings"
	"testing"
)

// within is a policy with limits: no act moves more than so much, of SEK.
func within(p Policy, act int64) Policy {
	p.Limits = []Limit{{Currency: "SEK", Act: act}}
	return p
}

func TestNoActMovesMoreThanItsLimit(t *testing.T) {
	day := testPolicy()
	day.Limits = []Limit{{Currency: "SEK", Act: 9000, Day: testPrice - 1}}
	foreign := testPolicy()
	foreign.Limits = []Limit{{Currency: "NOK", Act: 900000}}
	suggested := func(m *model) { m.shop.SuggestedRefund = []RefundFrom{{"sale", Money{testPrice, "SEK"}}} }
	mandate := func(m *model) { m.without().shop.Mandates = []string{"pm1"} }
	cases := []struct {
		name   string
		policy Policy
		owes   int64 // > 0: the buyer
		change func(*model)
		says   string
		moved  []string // once a person has let it through
	}{
		{"a capture", within(testPolicy(), testPrice-1), testPrice, nil, "50.00 SEK is to be taken, and one act may move 49.99 SEK", []string{"capture 5000"}},
		{"a charge", within(testPolicy(), testPrice-1), testPrice, mandate, "taken", []string{"charge_mandate 5000"}},
		{"an invoice", within(testPolicy(), testPrice-1), testPrice, func(m *model) { m.without() }, "taken", []string{"send_invoice 5000"}},
		{"a refund", within(testPolicy(), testPrice-1), -testPrice, nil, "50.00 SEK is to be given back, and one act may move 49.99 SEK", []string{"refund 5000"}},
		{"a refund that would go along with the lines", within(testPolicy(), testPrice-1), -testPrice, suggested, "given back", []string{"refund 5000"}},
		{"an act that would have room on no day", day, testPrice, nil, "one act may move 49.99 SEK", []string{"capture 5000"}},
		{"a currency without a limit", foreign, testPrice, nil, "there is no limit for that currency", []string{"capture 5000"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t, 1, c.policy, c.owes)
			if c.change != nil {
				c.change(m)
			}
			m.toSent()
			m.stale()
			i := slices.IndexFunc(m.x.Raised, func(r Raised) bool { return r.Code == string(OverLimit) })
			if len(m.moved) > 0 || m.net() != 0 || m.x.Stage != Sent || i < 0 || len(m.x.Raised) != 1 {
				t.Fatalf("moved %v, net %d, stage %s, raised %v; want it raised alone", m.moved, m.net(), m.x.Stage, m.x.Raised)
			}
			if r := m.x.Raised[i]; !strings.Contains(r.Message, c.says) || r.Figures["amount"] != (Money{testPrice, "SEK"}) {
				t.Fatalf("raised %q, %v", r.Message, r.Figures)
			}
			if m.acts[Process] != 1 || m.acts[Fulfill] != 1 {
				t.Fatalf("acts %v, want what was shipped processed and fulfilled", m.acts)
			}
			if why := m.x.CannotSettle(Said{What: CollectAgain}); why != "" || !m.x.Settles() {
				t.Fatalf("it cannot be let through: %s", why)
			}
			m.says(CollectAgain, nil)
			if !slices.Equal(m.moved, c.moved) || raised(m.x, OverLimit) {
				t.Fatalf("moved %v, raised %v; want %v", m.moved, m.x.Raised, c.moved)
			}
		})
	}
}

func TestWhatIsWithinTheLimitGoesByItself(t *testing.T) {
	for _, owes := range []int64{testPrice, -testPrice} {
		m := newModel(t, 1, within(testPolicy(), testPrice), owes)
		m.toSent()
		if m.x.Stage != Completed || m.net() != owes {
			t.Errorf("%d: stage %s, net %d, raised %v", owes, m.x.Stage, m.net(), m.x.Raised)
		}
	}
}

func TestNoMoreThanTheLimitIsAuthorised(t *testing.T) {
	p := within(testPolicy(), testPrice-1)
	p.Payment = SecureBeforeRelease
	m := newModel(t, 1, p, testPrice).without()
	m.shop.Mandates = []string{"pm1"}
	m.request()
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	if len(m.moved) > 0 || m.x.Stage != Returned || !raised(m.x, OverLimit) {
		t.Fatalf("moved %v, stage %s, raised %v", m.moved, m.x.Stage, m.x.Raised)
	}
	m.says(CollectAgain, nil)
	if m.x.Stage != Released || len(m.x.Raised) > 0 {
		t.Fatalf("stage %s, raised %v, waiting for %v", m.x.Stage, m.x.Raised, m.x.Waiting())
	}
	m.ship()
	m.run()
	if m.x.Stage != Completed || !slices.Equal(m.moved, []string{"authorise 5000", "capture 5000"}) {
		t.Fatalf("moved %v, stage %s, raised %v", m.moved, m.x.Stage, m.x.Raised)
	}
}

func TestACancelledExchangeGivesBackNoMoreThanTheLimit(t *testing.T) {
	p := within(testPolicy(), testPrice-1)
	p.Payment = SecureBeforeRelease
	m := newModel(t, 1, p, testPrice).without()
	m.request()
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	m.says(CollectAgain, nil)
	m.pays(testPrice)
	m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
	m.run()
	m.hint(ReadShop)
	m.run()
	if m.x.Stage != Cancelled || !raised(m.x, OverLimit) || m.acts[Refund] != 0 {
		t.Fatalf("stage %s, moved %v, raised %v", m.x.Stage, m.moved, m.x.Raised)
	}
	m.says(CollectAgain, nil)
	if m.acts[Refund] != 1 || m.net() != 0 || raised(m.x, OverLimit) {
		t.Fatalf("moved %v, net %d, raised %v", m.moved, m.net(), m.x.Raised)
	}
}

// TestAPersonLetsJustOneAmountThroughOnce: another amount, or the same for a second time, is asked about anew.
func TestAPersonLetsJustOneAmountThroughOnce(t *testing.T) {
	m := newModel(t, 1, within(testPolicy(), 1000), testPrice).without()
	m.toSent()
	m.says(CollectAgain, nil)
	if !slices.Equal(m.moved, []string{"send_invoice 5000"}) {
		t.Fatalf("moved %v", m.moved)
	}
	m.pays(2000)
	m.run()
	if !slices.Equal(m.moved, []string{"send_invoice 5000"}) || !raised(m.x, OverLimit) {
		t.Fatalf("moved %v, raised %v; want another amount asked about", m.moved, m.x.Raised)
	}

	x := &Exchange{Policy: within(testPolicy(), 1000)}
	amount := Money{5000, "SEK"}
	x.Facts.Said = []Decided{{At: testTime, Actor: "ida", Said: Said{What: CollectAgain}, LetThrough: &amount}}
	if x.overLimit(amount) || !x.overLimit(less(Money{}, amount)) || !x.overLimit(Money{5001, "SEK"}) {
		t.Error("something else was let through than what was said")
	}
	x.Asked = []Asked{{ID: "a", Kind: Capture, Amount: &amount}}
	x.Facts.Movements = []Movement{{Effect: "a", Kind: Capture, Result: Done, At: testTime}}
	if !x.overLimit(amount) {
		t.Error("it is let through twice")
	}
}

// TestNothingIsLetThroughThatWasNotShown: a word that was spoken before it was raised, or without a name.
func TestNothingIsLetThroughThatWasNotShown(t *testing.T) {
	m := newModel(t, 1, within(testPolicy(), 1000), testPrice)
	m.toSent()
	for name, ev := range map[string]Event{
		"before it was raised": {ID: "e1", Kind: EventSaid, At: m.x.Raised[0].Since.Add(-1), Actor: "ida", Said: &Said{What: CollectAgain}},
		"by nobody":            {ID: "e2", Kind: EventSaid, At: m.now, Said: &Said{What: CollectAgain}},
		"another word":         {ID: "e3", Kind: EventSaid, At: m.now, Actor: "ida", Said: &Said{What: ReturnAccepted}},
	} {
		next, effects, err := Decide(m.x, ev)
		if err != nil || len(effects) > 0 || !raised(next, OverLimit) {
			t.Errorf("%s: asked for %v, raised %v, %v", name, effects, next.Raised, err)
		}
	}
}
