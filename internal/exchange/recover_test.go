package exchange

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// opened is an exchange at Open, with all that was asked for carried out.
func opened(t *testing.T) *model {
	t.Helper()
	m := newModel(t, 1, testPolicy(), testPrice)
	m.request()
	m.run()
	if m.x.Stage != Open {
		t.Fatalf("it is %s, waiting for %v", m.x.Stage, m.x.Waiting())
	}
	return m
}

func (m *model) recovered() Event {
	m.now = m.now.Add(time.Hour)
	return Event{ID: "ev_recovered", Kind: EventRecovered, Source: "tradeback", At: m.now}
}

func TestARestoredExchangeReadsEverythingAnew(t *testing.T) {
	m := opened(t)
	m.read(Effect{Kind: KindRead, Read: &ReadAsk{Target: ReadOrder, Want: m.x.reading(ReadOrder).Want}}) // asked for before
	x, effects, err := Decide(m.x, m.recovered())
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, e := range effects {
		if e.Read == nil || e.Due.After(m.now) {
			t.Errorf("asked for %+v, want reads that are due", e)
			continue
		}
		asked = append(asked, string(e.Read.Target))
	}
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"order", "return_order", "shop"}) || !x.Recovering() {
		t.Fatalf("asked for reads of %v, recovering %t", asked, x.Recovering())
	}
	m.x = x
	m.deliver(len(m.queue) - 1) // the answer to what was asked before
	for _, e := range effects {
		if !m.x.Recovering() {
			t.Fatalf("it has recovered before %s was read", e.Read.Target)
		}
		m.read(e)
		m.deliver(len(m.queue) - 1)
	}
	if m.x.Recovering() {
		t.Errorf("all was read, and it has not recovered: %+v", m.x.Reads)
	}
}

func TestARestoredExchangeAtItsEndReadsToo(t *testing.T) {
	m := opened(t)
	m.x.Stage = Completed
	x, effects, err := Decide(m.x, m.recovered())
	if err != nil || len(effects) != 3 || !x.Recovering() {
		t.Errorf("asked for %d reads, recovering %t, %v", len(effects), x.Recovering(), err)
	}
}

// TestAnOrderThatIsFoundReleasedIsNotSetBack looks at an exchange order that was placed and released after the
// backup: it was not born so, and must not be set Open and released once more.
func TestAnOrderThatIsFoundReleasedIsNotSetBack(t *testing.T) {
	for _, restored := range []bool{false, true} {
		m := newModel(t, 1, testPolicy(), testPrice)
		m.hang = PlaceOrder // the backup is of this moment
		m.request()
		m.run()
		if restored {
			m.absorb(m.recovered())
		}
		number := m.x.Number()
		m.order = &Order{ID: 50, Number: number, Status: Status{Role: RoleReleased}, Lines: []OrderLine{{ID: 1, Row: "1", Article: "L", ExternalID: "xl1", Ordered: 1}}}
		o := *m.order
		out := Outcome{Effect: m.x.id(PlaceOrder, number), Kind: PlaceOrder, Result: Done, Looked: true, Order: &o, Stamp: m.next()}
		out.Stamped(m.next())
		m.tell(Event{Kind: EventOutcome, Source: "tradeback", Outcome: &out})
		m.deliver(len(m.queue) - 1)
		if m.x.asked(SetOpen) == restored {
			t.Errorf("restored %t: asked to set it Open: %t", restored, !restored)
		}
		if !restored {
			continue
		}
		if m.x.Stage != Released || m.x.asked(Release) {
			t.Errorf("it is %s, release asked %t", m.x.Stage, m.x.asked(Release))
		}
		if len(m.x.Raised) != 1 || !strings.Contains(m.x.Raised[0].Message, "backup") {
			t.Errorf("raised %+v, want it to say that a backup was restored", m.x.Raised)
		}
	}
}

// What was given a number after the backup may have been placed under it, and have another number now.
func TestWhatIsPlacedAfterARestoreIsLookedForUnderAnyNumber(t *testing.T) {
	m := opened(t)
	if p, _ := m.x.placing(); p.out.Restored {
		t.Fatal("it was not restored")
	}
	m.absorb(m.recovered())
	if p, _ := m.x.placing(); !p.out.Restored {
		t.Fatal("it was restored, and what is placed does not say so")
	}
}
