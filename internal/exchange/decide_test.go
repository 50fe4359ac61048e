package exchange

import (
	"slices"
	"testing"
)

func TestARegularExchangeIsCarriedThrough(t *testing.T) {
	for _, difference := range []int64{0, testPrice} {
		m := newModel(t, 1, testPolicy(), difference)
		m.request()
		m.run()
		if m.x.Stage != Open {
			t.Fatalf("stage %s, want open; waiting for %v", m.x.Stage, m.x.Waiting())
		}
		m.receive()
		m.run()
		if m.x.Stage != Returned || m.order.Status.Role != RoleReturned {
			t.Fatalf("stage %s, order %s, want returned", m.x.Stage, m.order.Status.Role)
		}
		m.portal("return.closed")
		m.run()
		if m.x.Stage != Released || m.acts[Release] != 1 {
			t.Fatalf("stage %s, %d releases, want released once", m.x.Stage, m.acts[Release])
		}
		m.ship()
		m.run()
		if m.x.Stage != Completed {
			t.Fatalf("stage %s, want completed; waiting for %v; raised %v", m.x.Stage, m.x.Waiting(), m.x.Raised)
		}
		wantCaptures := 0
		if difference > 0 {
			wantCaptures = 1
		}
		if m.acts[Fulfill] != 1 || m.acts[Capture] != wantCaptures || m.acts[Process] != 1 {
			t.Fatalf("acts %v, want one process, one fulfillment, %d captures", m.acts, wantCaptures)
		}
		if got := m.x.Settlement().Captured.Minor; got != difference {
			t.Fatalf("captured %d, want %d", got, difference)
		}
		if len(m.x.Raised) != 0 {
			t.Fatalf("raised %v, want nothing", m.x.Raised)
		}
	}
}

func TestAnInstantExchangeGoesOutOnTheFirstScan(t *testing.T) {
	p := testPolicy()
	p.Instant = true
	m := newModel(t, 1, p, testPrice)
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	if m.x.Stage != Released {
		t.Fatalf("stage %s, want released; waiting for %v", m.x.Stage, m.x.Waiting())
	}
	m.ship()
	m.run()
	if m.x.Stage != Sent || m.acts[Capture] != 1 {
		t.Fatalf("stage %s, %d captures, want sent and captured, waiting for the return; waiting for %v", m.x.Stage, m.acts[Capture], m.x.Waiting())
	}
	m.receive()
	m.portal("return.closed")
	m.run()
	if m.x.Stage != Completed {
		t.Fatalf("stage %s, want completed; waiting for %v", m.x.Stage, m.x.Waiting())
	}
}

func TestTheWarehouseCancels(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.order.Status.Role = RoleCancelled
	m.hint(ReadOrder)
	m.run()
	if m.x.Stage != Cancelled || len(m.x.Raised) != 1 || m.x.Raised[0].Code != string(CancelledByWarehouse) {
		t.Fatalf("stage %s, raised %v, want cancelled and raised", m.x.Stage, m.x.Raised)
	}
}

func TestAPersonCancels(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
	m.run()
	if m.x.Stage != Cancelled || m.order.Status.Role != RoleCancelled || m.back.Status.Role != RoleCancelled || m.acts[RemoveExchangeLines] != 1 {
		t.Fatalf("stage %s, order %s, return order %s, acts %v, waiting %v", m.x.Stage, m.order.Status.Role, m.back.Status.Role, m.acts, m.x.Waiting())
	}
}

func TestANoFromTheWarehouseLetsTheExchangeGoOn(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.refuse[CancelOrder] = CodeOrderStarted
	m.request()
	m.run()
	m.portal("return.closed")
	m.run()
	m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
	m.run()
	if m.x.Stage != Released || !raised(m.x, CancelRefused) {
		t.Fatalf("stage %s, raised %v, want released, and the refusal raised", m.x.Stage, m.x.Raised)
	}
	m.ship()
	m.run()
	if m.x.Stage != Completed || len(m.x.Raised) != 0 {
		t.Fatalf("stage %s, raised %v, waiting %v", m.x.Stage, m.x.Raised, m.x.Waiting())
	}
}

func raised(x Exchange, c Code) bool {
	return slices.ContainsFunc(x.Raised, func(r Raised) bool { return r.Code == string(c) })
}

func TestAWarehouseThatRefusedMayStillCancel(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.refuse[CancelOrder] = CodeOrderStarted
	m.request()
	m.run()
	m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
	m.run()
	m.order.Status.Role = RoleCancelled
	m.hint(ReadOrder)
	m.run()
	if m.x.Stage != Cancelled || m.back.Status.Role != RoleCancelled {
		t.Fatalf("stage %s, return order %s, want both cancelled; waiting for %v", m.x.Stage, m.back.Status.Role, m.x.Waiting())
	}
}

// TestAnOrderIsNotOpenWhileSettingItSoIsPending: a release that overtook it would be taken back.
func TestAnOrderIsNotOpenWhileSettingItSoIsPending(t *testing.T) {
	p := testPolicy()
	p.Instant = true
	m := newModel(t, 1, p, 0)
	m.born, m.hang = RoleReleased, SetOpen
	m.request()
	m.run()
	m.order.Status.Role = RoleOpen // it landed, and the reply is lost
	m.hint(ReadOrder)
	m.portal("shipment.event.in_transit")
	m.run()
	if m.x.Stage != Requested || m.acts[Release] != 0 {
		t.Fatalf("stage %s, %d releases, want requested and none", m.x.Stage, m.acts[Release])
	}
}

func TestACancellationWhileTheReturnIsCreatedCancelsItAgain(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.hang = CreateReturn
	m.tell(Event{Kind: EventRequested, Source: "api", Request: &Request{OrderID: m.shop.OrderID, ExchangeLines: []WantedExchangeLine{{"v", 1}}}})
	m.run()
	m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
	m.run()
	m.tell(Event{Kind: EventOutcome, Outcome: &Outcome{Effect: m.x.id(CreateReturn, "1"), Kind: CreateReturn, Result: Done, ID: m.shop.ReturnID, Stamp: m.next()}})
	m.run()
	if m.x.Stage != Cancelled || m.acts[CancelReturn] != 1 || m.acts[RemoveExchangeLines] != 0 {
		t.Fatalf("stage %s, acts %v, want it cancelled, and its return", m.x.Stage, m.acts)
	}
}

func TestGoodsThatDidNotComeAreNotDisposedOf(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.shop.ReturnLines = []ReturnLine{
		{ID: "rl1", Article: "M", Quantity: 1, Processed: 1, ReverseLines: []ReverseLine{{ID: "rfo1", Quantity: 1, Disposed: 1}}},
		{ID: "rl2", Article: "M", Quantity: 1, Processed: 1, ReverseLines: []ReverseLine{{ID: "rfo2", Quantity: 1}}},
	}
	m.x.Facts.Shop = &m.shop
	m.x.Facts.ReturnOrder = &ReturnOrder{Status: Status{Role: RoleReturned}, Lines: []ReturnOrderLine{{Article: "M", Announced: 2, Received: 1}}}
	if got := m.x.dispositions(); len(got) != 0 {
		t.Fatalf("one of two came and is disposed of: asked for %+v", got)
	}
	m.x.Facts.ReturnOrder.Lines[0].Received = 2
	if got := m.x.dispositions(); len(got) != 1 || got[0].ReverseLineID != "rfo2" {
		t.Fatalf("the second came: asked for %+v, want rfo2", got)
	}
}

func TestItSaysWhatItWaitsForBeforeAnythingWasPlaced(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.deliver(0)
	var got []string
	for _, w := range m.x.Waiting() {
		got = append(got, w.Condition)
	}
	for _, want := range []string{"its lines known", "original order known"} {
		if !slices.Contains(got, want) {
			t.Errorf("waiting for %q, want %q among it", got, want)
		}
	}
}

func TestAnOrderBornReleasedIsSetOpen(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.born = RoleReleased
	m.request()
	m.run()
	if m.x.Stage != Open || m.acts[SetOpen] != 1 {
		t.Fatalf("stage %s, acts %v, want open after one patch", m.x.Stage, m.acts)
	}

	m = newModel(t, 1, testPolicy(), 0)
	m.born, m.refuse[SetOpen] = RoleReleased, CodeOrderStarted
	m.request()
	m.run()
	if m.x.Stage != Released || m.x.Raised[0].Code != string(OrderAlreadyStarted) {
		t.Fatalf("stage %s, raised %v, want released by the warehouse", m.x.Stage, m.x.Raised)
	}
}

func TestANumberTakenBySomebodyElseIsPassedOver(t *testing.T) {
	for seed := range uint64(20) {
		m := newModel(t, seed, testPolicy(), 0)
		m.request()
		m.taken = map[string]string{"#1001-R1": CodeNumberTaken}
		m.run()
		if m.x.Stage != Open || m.acts[PlaceOrder] != 1 || m.acts[PlaceReturnOrder] != 1 || m.x.ReturnNumber() != "#1001-R2" {
			t.Fatalf("seed %d: stage %s, acts %v, return order %s, want one order and one return order #1001-R2", seed, m.x.Stage, m.acts, m.x.ReturnNumber())
		}
	}
}

// TestANumberOfAnotherExchangeStopsEveryPlacement: the exchange was made anew after a restore, and what it asks for
// may have gone out for the one before.
func TestANumberOfAnotherExchangeStopsEveryPlacement(t *testing.T) {
	for seed := range uint64(20) {
		m := newModel(t, seed, testPolicy(), 0)
		m.taken = map[string]string{"#1001-EX1": CodeNotOurs, "#1001-R1": CodeNumberTaken} // which alone leads to the next number
		m.request()
		m.run()
		m.stale()
		if m.acts[PlaceOrder] != 0 || m.x.Stage != Requested || !raised(m.x, NumberOfAnother) {
			t.Fatalf("seed %d: stage %s, acts %v, raised %v, want nothing placed, and raised", seed, m.x.Stage, m.acts, m.x.Raised)
		}
		m.tell(Event{Kind: EventCancel, Source: "api", Cancel: &CancelAsk{By: "api"}})
		m.run()
		if m.x.Stage != Cancelled || raised(m.x, NumberOfAnother) {
			t.Fatalf("seed %d: stage %s, raised %v, want cancelled", seed, m.x.Stage, m.x.Raised)
		}
	}
}

func TestNothingIsReleasedBeforeItIsEarned(t *testing.T) {
	paused := func(m *model) { m.portal("return.paused") }
	cases := []struct {
		name    string
		instant bool
		say     func(*model)
	}{
		{"a regular exchange by a scan", false, func(m *model) { m.portal("shipment.event.in_transit") }},
		{"a regular exchange by the return order, where the portal closes", false, func(m *model) { m.receive() }},
		{"a paused return", false, func(m *model) { paused(m); m.portal("return.closed") }},
		{"an instant exchange by the scan of its own replacement", true, func(m *model) {
			m.order.Parcels = []Parcel{{Waybill: "back"}}
			m.hint(ReadOrder)
			m.run()
			m.portal("shipment.event.in_transit")
		}},
		{"a return that the portal closed by itself without goods", false, func(m *model) {
			m.portal("return.auto_close_completed")
			m.portal("return.closed")
		}},
		{"a return whose closing the portal began by itself, whatever is told first", false, func(m *model) {
			m.portal("return.auto_close_initiated")
			m.portal("return.closed")
		}},
		{"a return closed before it was reset", false, func(m *model) { m.portal("return.closed"); m.portal("return.reset") }},
		{"a short return", false, func(m *model) {
			m.receive()
			m.back.Lines[0].Received = 0
			m.portal("return.closed")
		}},
	}
	for _, c := range cases {
		p := testPolicy()
		p.Instant = c.instant
		m := newModel(t, 1, p, 0)
		m.request()
		m.run()
		c.say(m)
		m.run()
		if m.acts[Release] != 0 || m.x.Stage == Released {
			t.Errorf("%s: released", c.name)
		}
		if len(m.x.Waiting()) == 0 {
			t.Errorf("%s: does not say why it waits", c.name)
		}
	}
}

func TestGoodsThatWereScrappedInPartAreDisposedOfInParts(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.shop.ReturnLines = []ReturnLine{
		{ID: "rl1", Article: "M", Quantity: 2, Processed: 2, ReverseLines: []ReverseLine{{ID: "rfo1", Quantity: 2}}},
		{ID: "rl2", Article: "M", Quantity: 1, Processed: 1, ReverseLines: []ReverseLine{{ID: "rfo2", Quantity: 1}}},
	}
	m.x.Facts.Shop = &m.shop
	m.x.Facts.ReturnOrder = &ReturnOrder{Status: Status{Role: RoleReturned}, Lines: []ReturnOrderLine{{Article: "M", Announced: 3, Received: 3, Scrapped: 2}}}
	got := m.x.dispositions()
	want := []DispositionOf{
		{ReverseLineID: "rfo1", Quantity: 1, Restock: true},
		{ReverseLineID: "rfo1", Quantity: 1},
		{ReverseLineID: "rfo2", Quantity: 1},
	}
	if !slices.Equal(got, want) {
		t.Fatalf("asked for %+v, want one restocked and two not", got)
	}
	e := dispose.build(&m.x)[0]
	m.x.Asked = append(m.x.Asked, Asked{ID: e.ID, Kind: Dispose, Cause: causeOf(e.ID)})
	if again := m.x.dispositions(); len(again) > 0 {
		t.Fatalf("asked for, and %+v is asked for again", again)
	}
}

func TestAReturnThatIsResetAfterTheReleaseIsRaised(t *testing.T) {
	for _, instant := range []bool{false, true} {
		p := testPolicy()
		p.Instant = instant
		m := newModel(t, 1, p, 0)
		m.request()
		m.run()
		m.portal("shipment.event.in_transit")
		m.portal("return.closed")
		m.run()
		if m.x.Stage != Released || raised(m.x, ReturnReset) {
			t.Fatalf("instant %t: stage %s, raised %v, want released", instant, m.x.Stage, m.x.Raised)
		}
		m.portal("return.reset")
		m.run()
		if m.x.Stage != Released || !raised(m.x, ReturnReset) {
			t.Fatalf("instant %t: stage %s, raised %v, want released still, and raised", instant, m.x.Stage, m.x.Raised)
		}
		m.portal("return.closed")
		m.run()
		if raised(m.x, ReturnReset) {
			t.Fatalf("instant %t: raised %v, want nothing once it is closed again", instant, m.x.Raised)
		}
	}
}

// TestAnItemThatCameOfALineIsDisposedOf though the rest of its line never comes.
func TestAnItemThatCameOfALineIsDisposedOf(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.shop.ReturnLines = []ReturnLine{{ID: "rl1", Article: "M", Quantity: 3, Processed: 1, Processable: 2, ReverseLines: []ReverseLine{{ID: "rfo1", Quantity: 3}}}}
	m.x.Facts.Shop = &m.shop
	m.x.Facts.ReturnOrder = &ReturnOrder{Status: Status{Role: RoleReturned}, Lines: []ReturnOrderLine{{Article: "M", Announced: 3, Received: 2}}}
	want := []DispositionOf{{ReverseLineID: "rfo1", Quantity: 1, Restock: true}}
	if got := m.x.dispositions(); !slices.Equal(got, want) {
		t.Fatalf("asked for %+v, want what is processed, %+v", got, want)
	}
}

// TestTwoLinesOfOneShippedLineAreDisposedOf by the first one's reverse lines, which are those of both.
func TestTwoLinesOfOneShippedLineAreDisposedOf(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.shop.ReturnLines = []ReturnLine{
		{ID: "rl1", FulfillmentLineItemID: "fli1", Article: "M", Quantity: 1, Processed: 1, ReverseLines: []ReverseLine{{ID: "rfo1", Quantity: 2}}},
		{ID: "rl2", FulfillmentLineItemID: "fli1", Article: "M", Quantity: 1, Processed: 1},
	}
	m.x.Facts.Shop = &m.shop
	m.x.Facts.ReturnOrder = &ReturnOrder{Status: Status{Role: RoleReturned}, Lines: []ReturnOrderLine{{Article: "M", Announced: 2, Received: 2}}}
	want := []DispositionOf{{ReverseLineID: "rfo1", Quantity: 2, Restock: true}}
	if got := m.x.dispositions(); !slices.Equal(got, want) {
		t.Fatalf("asked for %+v, want both", got)
	}
}
