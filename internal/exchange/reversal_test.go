package exchange

import (
	"slices"
	"testing"
)

func (m *model) callOff(by string) {
	switch by {
	case "shop":
		m.shop.ReturnStatus = ReturnCanceled
		m.hint(ReadShop)
	case "portal":
		m.portal("return.canceled")
	default:
		m.tell(Event{Kind: EventCancel, Source: by, Cancel: &CancelAsk{By: by}})
	}
	m.run()
	m.stale()
}

// at carries a new exchange to a stage at which it may be called off.
func (m *model) at(stage Stage) {
	m.request()
	if stage == Requested {
		m.runUntil(func() bool { return m.x.Facts.Shop != nil })
		return
	}
	m.run()
	if stage == Returned || stage == Released {
		m.receive()
		m.run()
	}
	if stage == Released {
		m.portal("return.closed")
		m.run()
	}
	if m.x.Stage != stage {
		m.t.Fatalf("stage %s, want %s", m.x.Stage, stage)
	}
}

// shippable counts the items of exchange lines that Shopify would let anybody ship.
func (m *model) shippable() int {
	n := 0
	for _, fo := range m.shop.FulfillmentOrders {
		for _, l := range fo.Lines {
			n += l.Remaining
		}
	}
	if m.shop.ReturnStatus == ReturnOpen {
		for _, l := range m.shop.ExchangeLines {
			n += l.Processable
		}
	}
	return n
}

func TestAnExchangeIsCalledOffAtEachStage(t *testing.T) {
	for _, by := range []string{"shop", "portal", "api", "person"} {
		for _, stage := range []Stage{Requested, Open, Returned, Released} {
			for _, early := range []bool{false, true} { // processed before it was sent, as on the legacy workflow
				m := newModelOf(t, 7, testPolicy(), testPrice, []int{2}, []int{1, 1})
				if early {
					m.sellAll(Hold{ID: "items", Reason: "AWAITING_RETURN_ITEMS"})
				}
				m.at(stage)
				m.callOff(by)
				out := m.order != nil && m.order.Status.Role != RoleCancelled
				back := m.back != nil && m.back.Status.Role != RoleCancelled && m.back.Status.Role != RoleReturned
				if m.x.Stage != Cancelled || out || back || m.shippable() > 0 || m.net() != 0 || len(m.x.Raised) > 0 {
					t.Errorf("by %s at %s, early %t: stage %s, order out %t, return order out %t, %d items can be shipped, net %d, raised %v; waiting for %v",
						by, stage, early, m.x.Stage, out, back, m.shippable(), m.net(), m.x.Raised, m.x.Waiting())
				}
				if edits := m.acts[EditLines]; edits != 0 != early || by != "shop" && !early && m.acts[RemoveExchangeLines] != 1 {
					t.Errorf("by %s at %s, early %t: acts %v", by, stage, early, m.acts)
				}
			}
		}
	}
}

func TestAReturnThatWeMadeIsCancelledUnlessGoodsAreOnTheirWay(t *testing.T) {
	for _, c := range []struct {
		name           string
		say            func(*model)
		cancel, remove int
	}{
		{"nothing yet", func(*model) {}, 1, 0},
		{"a parcel was scanned", func(m *model) { m.portal("shipment.event.in_transit"); m.run() }, 0, 1},
		{"the goods are in", func(m *model) { m.receive(); m.run() }, 0, 1},
		{"Shopify does not let it be cancelled", func(m *model) { m.refuse[CancelReturn] = "invalid_state" }, 0, 1},
	} {
		m := newModel(t, 1, testPolicy(), 0)
		m.tell(Event{Kind: EventRequested, Source: "api", Request: &Request{OrderID: m.shop.OrderID, ExchangeLines: []WantedExchangeLine{{"v", 1}}}})
		m.run()
		c.say(m)
		m.callOff("api")
		if m.x.Stage != Cancelled || m.acts[CancelReturn] != c.cancel || m.acts[RemoveExchangeLines] != c.remove || len(m.x.Raised) > 0 {
			t.Errorf("%s: stage %s, acts %v, raised %v", c.name, m.x.Stage, m.acts, m.x.Raised)
		}
	}
}

// A parcel that is scanned after the return was cancelled brings nothing back to that return.
func TestNothingIsTakenOffAReturnThatWeCancelled(t *testing.T) {
	for _, answered := range []bool{true, false} {
		m := newModel(t, 1, testPolicy(), 0)
		m.tell(Event{Kind: EventRequested, Source: "api", Request: &Request{OrderID: m.shop.OrderID, ExchangeLines: []WantedExchangeLine{{"v", 1}}}})
		m.run()
		if !answered {
			m.hang = CancelReturn
		}
		m.callOff("api")
		m.x.Facts.Shop.ReturnStatus = ReturnOpen // as it was read before that
		m.portal("shipment.event.in_transit")
		m.run()
		if m.x.Stage != Cancelled || m.x.asked(RemoveExchangeLines) || len(m.x.Raised) > 0 {
			t.Errorf("answered %t: stage %s, acts %v, raised %v", answered, m.x.Stage, m.acts, m.x.Raised)
		}
	}
}

func TestNothingIsTakenOffAReturnThatOthersEnded(t *testing.T) {
	for code, asks := range map[string]bool{CodeReturnEnded: false, "invalid_state": true} {
		m := newModel(t, 1, testPolicy(), 0)
		m.request()
		m.run()
		m.refuse[RemoveExchangeLines] = code
		m.callOff("api")
		if m.x.Stage != Cancelled || !m.x.asked(RemoveExchangeLines) || raised(m.x, EffectRefused) != asks {
			t.Errorf("%s: stage %s, raised %v; want a person to be asked to be %t", code, m.x.Stage, m.x.Raised, asks)
		}
	}
}

func TestAReturnOrderWithGoodsInItIsLeft(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.refuse[CancelReturnOrder] = CodeOrderStarted
	m.callOff("api")
	if m.x.Stage != Cancelled || len(m.x.Raised) > 0 {
		t.Errorf("stage %s, raised %v; want that nobody is asked about it", m.x.Stage, m.x.Raised)
	}
	m = newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.refuse[CancelReturnOrder] = "invalid"
	m.callOff("api")
	if !raised(m.x, EffectRefused) {
		t.Errorf("raised %v, want that another refusal is", m.x.Raised)
	}
}

func TestLinesOfAnExchangeThatTheWarehouseCancelledCanNotBeShipped(t *testing.T) {
	m := newModelOf(t, 1, testPolicy(), 0, []int{2}, []int{2})
	m.sellAll()
	m.at(Released)
	m.order.Status.Role = RoleCancelled
	m.hint(ReadOrder)
	m.run()
	if m.x.Stage != Cancelled || m.acts[EditLines] != 1 || m.shippable() > 0 || !raised(m.x, CancelledByWarehouse) {
		t.Fatalf("stage %s, acts %v, %d items can be shipped, raised %v", m.x.Stage, m.acts, m.shippable(), m.x.Raised)
	}
}

func TestOnlyWhatWasNotFulfilledIsEditedAway(t *testing.T) {
	m := newModelOf(t, 1, testPolicy(), 0, []int{3}, []int{3})
	m.sellAll()
	m.at(Open)
	fo := m.fulfillmentOrder("fo1")
	fo.Lines = []FulfillmentOrderLine{fo.Lines[0]}
	fo.Lines[0].Remaining = 2
	m.shop.Fulfillments = []Fulfillment{{ID: "theirs", Lines: []FulfillmentLine{{fo.Lines[0].LineItemID, 1}}}}
	var asked []EditLine
	m.watch = func(e Effect) {
		if e.Kind == EditLines {
			asked = e.Edit.Lines
		}
	}
	m.hint(ReadShop)
	m.run()
	m.callOff("person")
	if want := []EditLine{{LineItemID: "li-xl1-1", Before: 3, Quantity: 1}}; !slices.Equal(asked, want) {
		t.Fatalf("asked for %+v, want %+v", asked, want)
	}
}

func TestAReturnIsPausedAndGoesOn(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.at(Open)
	m.portal("return.paused")
	m.portal("return.closed")
	m.run()
	if m.acts[Release] != 0 || !m.waits("not paused") {
		t.Fatalf("acts %v, waiting for %v, want it held", m.acts, m.x.Waiting())
	}
	m.now = m.now.Add(1e9)
	m.portal("return.resumed")
	m.run()
	m.finish()
	if m.x.Stage != Completed {
		t.Fatalf("stage %s, waiting for %v", m.x.Stage, m.x.Waiting())
	}
}

// What the portal said before it reset the return does not count any more, until it says so again.
func TestAReturnIsResetBeforeTheRelease(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.at(Open)
	m.portal("return.paused")
	m.portal("return.closed")
	m.run()
	m.now = m.now.Add(1e9)
	m.portal("return.reset")
	m.run()
	if m.acts[Release] != 0 || !m.waits("return closed") {
		t.Fatalf("acts %v, waiting for %v, want it to wait for the return anew", m.acts, m.x.Waiting())
	}
	m.now = m.now.Add(1e9)
	m.portal("return.closed")
	m.run()
	m.finish()
	if m.x.Stage != Completed {
		t.Fatalf("stage %s, waiting for %v", m.x.Stage, m.x.Waiting())
	}
}

// Closing a return in Shopify releases nothing, and reopening it takes nothing back.
func TestAReturnIsClosedAndReopenedInShopify(t *testing.T) {
	for _, stage := range []Stage{Open, Released} {
		m := newModel(t, 1, testPolicy(), 0)
		m.at(stage)
		releases := m.acts[Release]
		for _, status := range []string{ReturnClosed, ReturnOpen} {
			m.shop.ReturnStatus = status
			m.hint(ReadShop)
			m.run()
			if m.x.Stage != stage || m.acts[Release] != releases || raised(m.x, ReturnClosedInShop) != (stage == Released && status == ReturnClosed) {
				t.Fatalf("%s at %s: stage %s, acts %v, raised %v", status, stage, m.x.Stage, m.acts, m.x.Raised)
			}
		}
		m.portal("return.closed")
		m.run()
		m.finish()
		if m.x.Stage != Completed || len(m.x.Raised) > 0 {
			t.Fatalf("at %s: stage %s, raised %v, waiting for %v", stage, m.x.Stage, m.x.Raised, m.x.Waiting())
		}
	}
}

func TestAnOrderThatStaffMovedBackGoesOnWhenTheyReleaseIt(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.at(Released)
	m.order.Status.Role = RoleOpen
	m.hint(ReadOrder)
	m.run()
	m.stale()
	if m.x.Stage != Released || m.acts[Release] != 1 || !raised(m.x, MovedBackByWarehouse) {
		t.Fatalf("stage %s, acts %v, raised %v, want it raised and not released again by us", m.x.Stage, m.acts, m.x.Raised)
	}
	m.order.Status.Role = RoleReleased
	m.hint(ReadOrder)
	m.run()
	if raised(m.x, MovedBackByWarehouse) {
		t.Fatalf("raised %v", m.x.Raised)
	}
	m.finish()
	if m.x.Stage != Completed || m.acts[Release] != 1 {
		t.Fatalf("stage %s, acts %v, waiting for %v", m.x.Stage, m.acts, m.x.Waiting())
	}
}

func TestAParcelThatCameBackIsRaised(t *testing.T) {
	p := testPolicy()
	p.Instant = true
	m := newModel(t, 1, p, 0)
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.ship()
	m.run()
	if m.x.Stage != Sent || raised(m.x, ParcelReturned) {
		t.Fatalf("stage %s, raised %v, want sent", m.x.Stage, m.x.Raised)
	}
	m.order.Lines = slices.Clone(m.order.Lines)
	m.order.Lines[0].Returned = 1
	m.hint(ReadOrder)
	m.run()
	if m.acts[Fulfill] != 1 || !raised(m.x, ParcelReturned) {
		t.Fatalf("acts %v, raised %v, want it fulfilled once, and raised", m.acts, m.x.Raised)
	}
}

// TestAReturnWhoseGoodsWereChargedIsClosed: its return lines are never processed.
func TestAReturnWhoseGoodsWereChargedIsClosed(t *testing.T) {
	p := testPolicy()
	p.Instant, p.AfterDeadline = true, AfterDeadlineCharge
	m := newModel(t, 1, p, 0)
	m.shop.Mandates = []string{"pm1"}
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.ship()
	m.run()
	m.now = m.now.AddDate(0, 0, 60)
	m.run()
	m.stale()
	if m.x.Stage != Completed || m.acts[CloseReturn] != 1 || m.shop.ReturnStatus != ReturnClosed || m.net() != testValue {
		t.Fatalf("stage %s, acts %v, return %s, net %d; raised %v, waiting for %v", m.x.Stage, m.acts, m.shop.ReturnStatus, m.net(), m.x.Raised, m.x.Waiting())
	}
}

// What is still on its way at the end is said: a return order that is being cancelled, money that is being given back.
func TestTheEndStillSaysWhatIsOnItsWay(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.hang = CancelReturnOrder
	m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "person"}})
	m.run()
	if m.x.Stage != Cancelled || !m.waits("outcome of cancel_return_order") || len(m.x.Waiting()) > 1 {
		t.Errorf("stage %s, waiting for %v; want cancelled, and the outcome of cancel_return_order alone", m.x.Stage, m.x.Waiting())
	}
}
