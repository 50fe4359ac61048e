package exchange

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestAPersonSettlesWhatCannotBeCollected(t *testing.T) {
	part := &Money{2000, "SEK"}
	cases := []struct {
		name       string
		difference int64
		say        func(*model)
		status     string
		stage      Stage
	}{
		{"paid elsewhere", testPrice, func(m *model) { m.says(PaidElsewhere, nil) }, "settled", Completed},
		{"written off", testPrice, func(m *model) { m.says(WrittenOff, nil) }, "written_off", Completed},
		{"given back elsewhere", -testPrice, func(m *model) { m.says(PaidElsewhere, nil) }, "settled", Completed},
		{"in part, then the rest", testPrice, func(m *model) { m.says(PaidElsewhere, part); m.says(WrittenOff, &Money{3000, "SEK"}) }, "written_off", Completed},
		{"in part", testPrice, func(m *model) { m.says(PaidElsewhere, part) }, "refused", Sent},
		{"more than is due", testPrice, func(m *model) { m.says(PaidElsewhere, &Money{9000, "SEK"}) }, "settled", Completed},
		{"of another currency", testPrice, func(m *model) { m.says(PaidElsewhere, &Money{5000, "NOK"}) }, "refused", Sent},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t, 1, testPolicy(), c.difference).without()
			m.refuse[SendInvoice], m.refuse[Refund] = "no", "no"
			m.toSent()
			if m.x.Stage != Sent || m.x.Settlement().Status != "refused" && c.difference > 0 {
				t.Fatalf("stage %s, settlement %+v", m.x.Stage, m.x.Settlement())
			}
			c.say(m)
			if got := m.x.Settlement().Status; m.x.Stage != c.stage || got != c.status {
				t.Fatalf("stage %s, %s; want %s, %s; raised %v", m.x.Stage, got, c.stage, c.status, m.x.Raised)
			}
			if c.stage == Completed && len(m.x.Raised) > 0 {
				t.Fatalf("raised %v", m.x.Raised)
			}
			if m.net() != 0 {
				t.Fatalf("%d moved", m.net())
			}
		})
	}
}

func TestTheLadderIsBegunAnew(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice).without()
	m.shop.Mandates, m.refuse[ChargeMandate], m.refuse[SendInvoice] = []string{"pm1"}, "declined", "no"
	m.toSent()
	delete(m.refuse, ChargeMandate)
	m.stale()
	if len(m.moved) > 0 {
		t.Fatalf("moved %v, and nobody said that it should be tried again", m.moved)
	}
	m.says(CollectAgain, nil)
	if m.x.Stage != Completed || m.net() != testPrice || len(m.moved) != 1 {
		t.Fatalf("stage %s, moved %v; raised %v", m.x.Stage, m.moved, m.x.Raised)
	}
}

// TestAClockThatGoesBackSendsNoInvoiceTwice: what was done after a person's word is known by the order in which it was
// asked for, not by a clock.
func TestAClockThatGoesBackSendsNoInvoiceTwice(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice).without()
	m.refuse[SendInvoice] = "no"
	m.toSent()
	delete(m.refuse, SendInvoice)
	m.watch = func(e Effect) {
		if e.Kind == SendInvoice {
			m.now = testTime
		}
	}
	m.now = m.now.Add(time.Hour)
	m.says(CollectAgain, nil)
	if m.acts[SendInvoice] != 1 {
		t.Fatalf("%d invoices sent", m.acts[SendInvoice])
	}
}

func TestWhatIsRefusedAgainIsNotTriedForEver(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice).without()
	m.refuse[SendInvoice] = "no"
	m.toSent()
	tried := 0
	m.watch = func(e Effect) {
		if e.Kind == SendInvoice {
			m.now, tried = testTime, tried+1
		}
	}
	m.now = m.now.Add(time.Hour)
	m.says(CollectAgain, nil)
	if tried != 1 {
		t.Fatalf("tried %d times", tried)
	}
}

func TestNothingIsDecidedOfACompletedExchange(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.toSent()
	if _, _, err := Decide(m.x, Event{ID: "ev", Kind: EventSaid, At: m.now, Said: &Said{What: WrittenOff}}); err == nil {
		t.Error("no error")
	}
}

// TestAWordOnTheDifferenceIsNoneOnWhatDoesNotComeBack: the deadline came later.
func TestAWordOnTheDifferenceIsNoneOnWhatDoesNotComeBack(t *testing.T) {
	p := testPolicy()
	p.Instant, p.AfterDeadline = true, AfterDeadlineCharge
	m := newModel(t, 1, mandateAmounts(p), testPrice).without()
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.ship()
	m.run()
	m.says(WrittenOff, nil)
	if m.x.Stage != Sent || m.x.due().Minor != 0 {
		t.Fatalf("stage %s, due %s", m.x.Stage, m.x.due())
	}
	m.shop.Mandates = []string{"pm1"}
	m.hint(ReadShop)
	m.run()
	m.later(60)
	if m.x.Stage != Completed || m.net() != testValue {
		t.Fatalf("stage %s, %d charged, want the goods; raised %v; waiting for %v", m.x.Stage, m.net(), m.x.Raised, m.x.Waiting())
	}
}

func TestDecisionsAreTheSameInWhateverOrderTheyAreHeard(t *testing.T) {
	var a, b Facts
	one := Event{ID: "e1", At: testTime, Said: &Said{What: PaidElsewhere}}
	two := Event{ID: "e2", At: testTime.Add(time.Second), Actor: "ida", Said: &Said{What: CollectAgain}}
	for _, ev := range []Event{one, two} {
		a.absorbSaid(ev, nil)
	}
	for _, ev := range []Event{two, one, two, one} {
		b.absorbSaid(ev, nil)
	}
	if text(t, a) != text(t, b) || len(a.Said) != 2 {
		t.Errorf("%s, and in another order %s", text(t, a), text(t, b))
	}
}

// TestADifferenceOfTheLedgersThatIsExplained: staff took back another piece of the order. What they refund for it is no
// matter of the exchange.
func TestADifferenceOfTheLedgersThatIsExplained(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice)
	m.request()
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	m.owe(-24900)
	m.ship()
	m.run()
	if !raised(m.x, MoneyMismatch) || len(m.moved) > 0 {
		t.Fatalf("moved %v, raised %v", m.moved, m.x.Raised)
	}
	m.transact(Transaction{Kind: "REFUND", ParentID: "sale", Amount: Money{24900, "SEK"}})
	m.owe(24900)
	m.hint(ReadShop)
	m.says(CollectAgain, nil)
	if m.x.Stage != Completed || !slices.Equal(m.moved, []string{"capture 5000"}) || len(m.x.Raised) > 0 {
		t.Fatalf("stage %s, moved %v, raised %v", m.x.Stage, m.moved, m.x.Raised)
	}
}

func TestTheLastWordOnAnOrderCounts(t *testing.T) {
	sek := func(minor int64) *Money { return &Money{minor, "SEK"} }
	at := func(n int) time.Time { return testTime.Add(time.Duration(n) * time.Minute) }
	differ := func(x *Exchange, n int, ours, theirs int64) {
		x.Facts.absorbOutcome(Outcome{
			Effect: x.id(Capture, fmt.Sprint(n)), Kind: Capture, Result: Refused, Code: CodeMismatch, Ours: sek(ours), Theirs: sek(theirs),
		}, at(n))
	}
	again := func(x *Exchange, n int) {
		x.Facts.absorbSaid(Event{ID: fmt.Sprint("ev", n), At: at(n), Said: &Said{What: CollectAgain}}, nil)
	}
	cases := []struct {
		name string
		say  func(a, b *Exchange)
		want int64
	}{
		{"nobody has said anything", func(a, _ *Exchange) { differ(a, 1, 5000, 4000) }, 0},
		{"nothing was shown", func(a, _ *Exchange) { again(a, 1); differ(a, 2, 5000, 4000) }, 0},
		{"what was shown last", func(a, _ *Exchange) { differ(a, 1, 5000, 4000); differ(a, 2, 5000, 3000); again(a, 3) }, -2000},
		{"once more, after that", func(a, _ *Exchange) { differ(a, 1, 5000, 4000); again(a, 2); differ(a, 3, 4000, 4500); again(a, 4) }, -500},
		{"the same of two exchanges", func(a, b *Exchange) { differ(a, 1, 5000, 4000); differ(b, 2, 5000, 4000); again(a, 3); again(b, 4) }, -1000},
		{"of one after the other", func(a, b *Exchange) { differ(a, 1, 5000, 4000); again(a, 2); differ(b, 3, 4000, 3800); again(b, 4) }, -1200},
	}
	for _, c := range cases {
		a, b := exchangeOf("a", 5000, 0, 0), exchangeOf("b", 0, 0, 0)
		c.say(&a, &b)
		if got := explained([]Exchange{a, b}); got.Minor != c.want {
			t.Errorf("%s: %d, want %d", c.name, got.Minor, c.want)
		}
	}
}
