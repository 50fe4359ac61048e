package exchange

import (
	"slices"
	"strings"
	"testing"
)

func partialPolicy(partial string) Policy {
	p := testPolicy()
	p.Partial = partial
	return p
}

// came is an exchange whose return is closed, and of which so many of each line have come back.
func came(t tb, seed uint64, p Policy, difference int64, back, out, received []int) *model {
	m := newModelOf(t, seed, p, difference, back, out)
	m.request()
	m.run()
	m.receive(received...)
	m.portal("return.closed") // whichever is heard of first
	m.run()
	m.stale()
	return m
}

// finish ships what there is, and lets everything come to rest.
func (m *model) finish() {
	m.ship()
	m.run()
	m.stale()
}

func (m *model) accept() {
	m.tell(Event{Kind: EventSaid, Source: "person", Actor: "kim", Said: &Said{What: ReturnAccepted, Reason: "the rest is lost"}})
	m.run()
}

func TestAPartialReturnGoesByThePolicy(t *testing.T) {
	for seed := range uint64(10) {
		m := came(t, seed, partialPolicy(PartialWait), 0, []int{2}, []int{2}, []int{1})
		if m.acts[Release] != 0 || len(m.x.Raised) > 0 || !m.waits("1 of 2 M came back") {
			t.Fatalf("wait: acts %v, raised %v, waiting for %v; want it to wait and to say so", m.acts, m.x.Raised, m.x.Waiting())
		}
		m.receive()
		m.run()
		m.finish()
		if m.x.Stage != Completed {
			t.Fatalf("wait: stage %s once all came back, waiting for %v", m.x.Stage, m.x.Waiting())
		}

		m = came(t, seed, partialPolicy(PartialReleaseAll), 0, []int{2}, []int{2}, []int{1})
		m.finish()
		if got := m.sentAndFulfilled(); m.x.Stage != Completed || got != [2]int{2, 2} {
			t.Fatalf("release_all: stage %s, sent and fulfilled %v, waiting for %v", m.x.Stage, got, m.x.Waiting())
		}

		m = came(t, seed, partialPolicy(PartialReview), testPrice, []int{2}, []int{2}, []int{1})
		if m.acts[Release] != 0 || !raised(m.x, ReturnIncomplete) {
			t.Fatalf("review: acts %v, raised %v, want it raised", m.acts, m.x.Raised)
		}
		m.accept()
		if m.acts[Release] != 1 || raised(m.x, ReturnIncomplete) || m.x.Facts.Said[0].Actor != "kim" {
			t.Fatalf("review: acts %v, raised %v, decided %+v, want it released once a person accepts", m.acts, m.x.Raised, m.x.Facts.Said)
		}
		m.finish()
		if got := m.x.Settlement().Captured.Minor; m.x.Stage != Completed || got != 2*testPrice {
			t.Fatalf("review: stage %s, captured %d, waiting for %v", m.x.Stage, got, m.x.Waiting())
		}

		m = came(t, seed, partialPolicy(PartialReview), 0, []int{2}, []int{2}, []int{1})
		m.tell(Event{Kind: EventCancel, Source: "person", Cancel: &CancelAsk{By: "person"}})
		m.run()
		if m.x.Stage != Cancelled || raised(m.x, ReturnIncomplete) {
			t.Fatalf("review: stage %s, raised %v, want it cancelled", m.x.Stage, m.x.Raised)
		}
	}
}

// waits reports whether it says that it waits for this.
func (m *model) waits(part string) bool {
	return slices.ContainsFunc(m.x.Waiting(), func(w Waiting) bool { return strings.Contains(w.Condition, part) })
}

func TestWhatCameBackIsReleased(t *testing.T) {
	for seed := range uint64(20) {
		for _, instant := range []bool{false, true} {
			p := partialPolicy(PartialReleaseMatched)
			p.Instant, p.DeadlineDays = instant, 0
			m := came(t, seed, p, testPrice, []int{2, 1}, []int{2, 1}, []int{1, 1})
			if m.x.Stage != Released || m.x.Number() != "#1001-EX2" || m.acts[PlaceOrder] != 2 || m.acts[CancelOrder] != 1 || m.acts[PlaceReturnOrder] != 1 || m.acts[Release] != 1 {
				t.Fatalf("seed %d: stage %s, number %s, acts %v, raised %v, waiting for %v", seed, m.x.Stage, m.x.Number(), m.acts, m.x.Raised, m.x.Waiting())
			}
			if m.orders[0].Status.Role != RoleCancelled || m.order.Lines[0].Ordered != 1 || m.order.Lines[1].Ordered != 1 || m.order.Status.Role != RoleReleased {
				t.Fatalf("seed %d: orders %+v and %+v, want the first cancelled, the other with what came back", seed, m.orders[0], m.order)
			}
			if a := m.x.Facts.Agreed; a.Amount.Minor != 2*testPrice {
				t.Fatalf("seed %d: agreed %v, want it agreed anew of two items", seed, a.Amount)
			}
			for _, ref := range []Ref{RefOrder("#1001-EX1"), RefOrder("#1001-EX2")} {
				if !slices.Contains(m.x.Refs(), ref) {
					t.Errorf("refs %v, want %s among them", m.x.Refs(), ref.Name)
				}
			}
			m.finish()
			// The authorisation was for three items and allows one capture: that is raised, and moves nothing.
			if got := m.sentAndFulfilled(); got != [2]int{2, 2} || m.shop.ReturnStatus != ReturnClosed || m.shop.ReturnLines[0].Processed != 1 || raised(m.x, LinesChanged) {
				t.Fatalf("seed %d: sent and fulfilled %v, return %s %+v, raised %v", seed, got, m.shop.ReturnStatus, m.shop.ReturnLines, m.x.Raised)
			}
		}
	}
}

func TestAMatchedReturnComesToItsEnd(t *testing.T) {
	for _, c := range []struct {
		name                string
		back, out, received []int
		orders, sent        int
	}{
		{"the first of two lines", []int{1, 1}, []int{1, 1}, []int{0, 1}, 2, 1},
		{"two for one: it stands beside the one that came", []int{2}, []int{1}, []int{1}, 1, 1},
		{"one more than comes back, with the last", []int{1, 1}, []int{3}, []int{1, 0}, 2, 1},
		{"several of several", []int{3, 2}, []int{1, 4}, []int{2, 2}, 2, 4},
	} {
		m := came(t, 3, partialPolicy(PartialReleaseMatched), 0, c.back, c.out, c.received)
		m.finish()
		if got := m.sentAndFulfilled(); m.x.Stage != Completed || got != [2]int{c.sent, c.sent} || m.acts[PlaceOrder] != c.orders || m.acts[Release] != 1 {
			t.Errorf("%s: stage %s, sent and fulfilled %v, acts %v, raised %v, waiting for %v", c.name, m.x.Stage, got, m.acts, m.x.Raised, m.x.Waiting())
		}
		back := 0
		for _, l := range m.shop.ReturnLines {
			back += l.Processed
		}
		want := 0
		for _, n := range c.received {
			want += n
		}
		if back != want || m.shop.ReturnStatus != ReturnClosed {
			t.Errorf("%s: %d items processed of a return %s, want the %d that came back", c.name, back, m.shop.ReturnStatus, want)
		}
	}
}

func TestWhatCannotBeMatchedIsReviewed(t *testing.T) {
	scrapped := func(m *model) { m.back.Lines[0].Scrapped = 1 }
	for _, c := range []struct {
		name                string
		back, out, received []int
		spoil               func(*model)
	}{
		{"nothing came", []int{2}, []int{2}, []int{0}, nil},
		{"nothing that goes with anything", []int{1, 1}, []int{1}, []int{0, 1}, nil},
		{"more came than was announced", []int{1, 1}, []int{1, 1}, []int{2, 0}, nil},
		{"some were scrapped", []int{2}, []int{2}, []int{2}, scrapped},
		{"the lines are processed", []int{2}, []int{2}, []int{1}, func(m *model) { m.sellAll(); m.hint(ReadShop) }},
		{"the return has other lines now", []int{2}, []int{2}, []int{1}, func(m *model) {
			m.shop.ReturnLines[0].Quantity, m.shop.ReturnLines[0].Processable = 1, 1
			m.hint(ReadShop)
		}},
	} {
		m := newModelOf(t, 1, partialPolicy(PartialReleaseMatched), 0, c.back, c.out)
		m.request()
		m.run()
		m.receive(c.received...)
		if c.spoil != nil {
			c.spoil(m)
		}
		m.run()
		m.portal("return.closed")
		m.run()
		if m.acts[Release] != 0 || m.acts[CancelOrder] != 0 || m.acts[RemoveExchangeLines] != 0 || !raised(m.x, ReturnIncomplete) {
			t.Errorf("%s: acts %v, raised %v, want it reviewed", c.name, m.acts, m.x.Raised)
		}
		m.accept()
		if m.acts[Release] != 1 {
			t.Errorf("%s: acts %v, want it released once it is accepted; waiting for %v", c.name, m.acts, m.x.Waiting())
		}
	}
}

func TestAWarehouseThatKeepsTheOrderIsRaised(t *testing.T) {
	m := newModelOf(t, 1, partialPolicy(PartialReleaseMatched), 0, []int{2}, []int{2})
	m.refuse[CancelOrder] = CodeOrderStarted
	m.request()
	m.run()
	m.receive(1)
	m.run()
	m.portal("return.closed")
	m.run()
	if m.acts[Release] != 0 || m.acts[RemoveExchangeLines] != 0 || !raised(m.x, ReturnIncomplete) {
		t.Fatalf("acts %v, raised %v, want it raised and nothing taken off", m.acts, m.x.Raised)
	}
	if i := slices.IndexFunc(m.x.Raised, func(r Raised) bool { return r.Code == string(ReturnIncomplete) }); !strings.Contains(m.x.Raised[i].Message, "would not take the exchange order back") {
		t.Errorf("it says %q", m.x.Raised[i].Message)
	}
	delete(m.refuse, CancelOrder) // and a person may still call it off, as it was not asked to yet
	m.tell(Event{Kind: EventCancel, Source: "person", Cancel: &CancelAsk{By: "person"}})
	m.run()
	if m.x.Stage != Cancelled {
		t.Fatalf("stage %s, waiting for %v", m.x.Stage, m.x.Waiting())
	}
}

// TestAMatchedReturnThatIsCalledOffOnTheWayIsCancelled looks at every moment of it.
func TestAMatchedReturnThatIsCalledOffOnTheWayIsCancelled(t *testing.T) {
	for _, kind := range []Kind{CancelOrder, RemoveExchangeLines, PlaceOrder} {
		for seed := range uint64(10) {
			m := newModelOf(t, seed, partialPolicy(PartialReleaseMatched), 0, []int{2}, []int{2})
			m.request()
			m.run()
			m.receive(1)
			m.run()
			m.portal("return.closed")
			n := m.acts[kind]
			m.runUntil(func() bool { return m.acts[kind] > n })
			m.tell(Event{Kind: EventCancel, Source: "person", Cancel: &CancelAsk{By: "person"}})
			m.run()
			m.stale()
			open := slices.ContainsFunc(m.orders, func(o *Order) bool { return o.Status.Role != RoleCancelled })
			if m.x.Stage != Cancelled || open || len(m.shop.ExchangeLines) > 0 && m.shop.ReturnStatus == ReturnOpen {
				t.Fatalf("after %s, seed %d: stage %s, orders %v, return %s %+v; waiting for %v", kind, seed, m.x.Stage, m.orders, m.shop.ReturnStatus, m.shop.ExchangeLines, m.x.Waiting())
			}
		}
	}
}

// A new order may be born with another status than the first.
func TestTheSmallerOrderIsHeldAsTheFirstWas(t *testing.T) {
	for seed := range uint64(10) {
		m := newModelOf(t, seed, partialPolicy(PartialReleaseMatched), 0, []int{2}, []int{2})
		m.request()
		m.run()
		m.born = RoleReleased
		m.receive(1)
		m.run()
		m.portal("return.closed")
		m.run()
		if m.acts[SetOpen] != 1 || m.acts[MarkReturned] != 2 || m.acts[Release] != 1 || raised(m.x, ReleasedByWarehouse) {
			t.Fatalf("seed %d: acts %v, raised %v, want it set Open, marked and released", seed, m.acts, m.x.Raised)
		}
		m.finish()
		if m.x.Stage != Completed {
			t.Fatalf("seed %d: stage %s, waiting for %v", seed, m.x.Stage, m.x.Waiting())
		}
	}
}

func TestAnInstantExchangeThatIsShortIsAcceptedByAPerson(t *testing.T) {
	p := partialPolicy(PartialReview)
	p.Instant, p.ReleaseOn = true, OnReturnOrder
	m := newModelOf(t, 1, p, 0, []int{2}, []int{2})
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.ship()
	m.run()
	m.receive(1)
	m.run()
	if m.x.Stage != Sent || !raised(m.x, ReturnIncomplete) {
		t.Fatalf("stage %s, raised %v, want sent, and raised", m.x.Stage, m.x.Raised)
	}
	m.accept()
	if m.x.Stage != Completed {
		t.Fatalf("stage %s, want completed; waiting for %v", m.x.Stage, m.x.Waiting())
	}
}

func TestADecisionThatHasNoPlaceIsRefused(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	for _, stage := range []Stage{Requested, Cancelling, Cancelled, Completed} {
		m.x.Stage = stage
		x, effects, err := Decide(m.x, Event{ID: "ev", Kind: EventSaid, At: m.now, Said: &Said{What: ReturnAccepted}})
		if err == nil || len(effects) > 0 || len(x.Facts.Said) > 0 {
			t.Errorf("at %s: %v, decided %v, want it refused", stage, err, x.Facts.Said)
		}
	}
}

// The warehouse may have found less than the closing says, and be about to tell so.
func TestAClosedReturnIsComparedWithWhatTheWarehouseFound(t *testing.T) {
	t.Run("which no webhook tells", func(t *testing.T) {
		m := newModelOf(t, 1, partialPolicy(PartialWait), 0, []int{2}, []int{2})
		m.request()
		m.run()
		m.receive(1)
		m.queue = nil // the webhook is late
		m.portal("return.closed")
		m.run()
		if m.acts[Release] != 0 || !m.waits("1 of 2 M came back") {
			t.Errorf("%d releases, waiting for %v; want none, and for the rest of the return", m.acts[Release], m.x.Waiting())
		}
	})
	t.Run("nobody knowing whether it has heard of the return", func(t *testing.T) {
		m := newModel(t, 1, testPolicy(), 0)
		m.hang = PlaceReturnOrder
		m.request()
		m.run()
		m.portal("return.closed")
		m.run()
		if m.acts[Release] != 0 || !m.waits("what the warehouse's return order says") {
			t.Errorf("%d releases, waiting for %v; want none, and for what the return order says", m.acts[Release], m.x.Waiting())
		}
	})
}
