package exchange

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// legacy has the exchange lines processed and held when the return is made. The prices of its lines are told.
func legacy(t tb, seed uint64, p Policy, difference int64) *model {
	m := newModel(t, seed, p, difference)
	m.sellAll(Hold{ID: "items", Reason: "AWAITING_RETURN_ITEMS"})
	m.shop.ReturnLines[0].Price = &LinePrice{Price: Money{m.in, "SEK"}}
	m.shop.ExchangeLines[0].Price = &LinePrice{Price: Money{m.out + 100, "SEK"}, Discount: Money{100, "SEK"}, Tax: Money{m.out / 5, "SEK"}}
	return m
}

func TestTheLegacyWorkflowIsCarriedThrough(t *testing.T) {
	for seed := range uint64(20) {
		for _, difference := range []int64{0, testPrice} {
			m := legacy(t, seed, testPolicy(), difference)
			m.request()
			m.run()
			if a := m.x.Facts.Agreed; m.x.Stage != Open || a == nil || a.Amount.Minor != difference || a.Balance.Minor != 0 {
				t.Fatalf("stage %s, agreed %+v, want open, %d of a balance of 0", m.x.Stage, a, difference)
			}
			if fo := m.fulfillmentOrder("fo1"); !slices.ContainsFunc(fo.Holds, func(h Hold) bool { return h.Handle == "tradeback:ex_1" }) {
				t.Fatalf("its fulfillment order is %+v, want it held by us from the start", fo)
			}
			m.receive()
			m.portal("return.closed")
			m.run()
			if m.x.Stage != Released || m.acts[ReleaseHold] != 0 {
				t.Fatalf("stage %s, acts %v, want released, and the holds kept", m.x.Stage, m.acts)
			}
			m.ship()
			m.run()
			m.stale()
			captures := 0
			if difference > 0 {
				captures = 1
			}
			if m.x.Stage != Completed || len(m.x.Raised) > 0 || m.acts[Process] != 1 || m.acts[Fulfill] != 1 || m.acts[Capture] != captures {
				t.Fatalf("seed %d: stage %s, raised %v, acts %v; waiting for %v", seed, m.x.Stage, m.x.Raised, m.acts, m.x.Waiting())
			}
			if l := m.shop.ReturnLines[0]; l.Processed != 1 {
				t.Fatalf("the return line is %+v, want it processed", l)
			}
		}
	}
}

// The order's balance may have what comes back taken off when a legacy return is made, or when that is processed.
func TestWhatALegacyReturnAgreedToIsKnownByItsPrices(t *testing.T) {
	price := func(price, tax int64) *LinePrice {
		return &LinePrice{Price: Money{price, "SEK"}, Tax: Money{tax, "SEK"}}
	}
	shop := func(outstanding, capturable, suggested int64, back, out *LinePrice) *Shop {
		return &Shop{
			Stamp: Stamp{1, 1}, ReturnStatus: ReturnOpen, Outstanding: Money{outstanding, "SEK"}, Capturable: Money{capturable, "SEK"}, Suggested: &Money{suggested, "SEK"},
			ReturnLines:   []ReturnLine{{ID: "rl1", Quantity: 1, Processable: 1, Price: back}},
			ExchangeLines: []ExchangeLine{{ID: "xl1", Quantity: 1, Processed: 1, Price: out}},
			Transactions:  []Transaction{{ID: "sale", Kind: "SALE", Status: "SUCCESS", Amount: Money{10000, "SEK"}}},
		}
	}
	cases := []struct {
		name   string
		shop   *Shop
		agreed int64
		known  bool
	}{
		{"taken off when it is processed", shop(15000, 0, 5000, price(10000, 2000), price(15000, 3000)), 5000, true},
		{"taken off when it is made", shop(5000, 0, 5000, price(10000, 2000), price(15000, 3000)), 5000, true},
		{"tax on top", shop(18000, 0, 6000, price(10000, 2000), price(15000, 3000)), 6000, true},
		{"an authorisation for it", shop(10000, 5000, 0, price(10000, 0), price(15000, 0)), 5000, true},
		{"the shop owes", shop(7000, 0, -3000, price(10000, 0), price(7000, 0)), -3000, true},
		{"even", shop(10000, 0, 0, price(10000, 2000), price(10000, 2000)), 0, true},
		{"the order owed something before, or was paid since", shop(10000, 0, 0, price(10000, 2000), price(15000, 3000)), 0, false},
		{"no prices", shop(15000, 0, 5000, nil, price(15000, 0)), 0, false},
		{"all that was paid is given back, or more", shop(-10000, 0, -10000, price(10000, 0), price(0, 0)), 0, false},
	}
	for _, c := range cases {
		var f Facts
		f.absorbShop(c.shop)
		if (f.Agreed != nil) != c.known || c.known && (f.Agreed.Amount.Minor != c.agreed || f.Agreed.Balance.Minor != 0) {
			t.Errorf("%s: agreed %+v, want %d, known %t", c.name, f.Agreed, c.agreed, c.known)
		}
		before := *c.shop
		before.Stamp, before.Suggested, before.ExchangeLines = Stamp{1, 2}, &Money{4000, "SEK"}, []ExchangeLine{{ID: "xl1", Quantity: 1, Processable: 1}}
		before.Outstanding, before.Capturable = Money{0, "SEK"}, Money{0, "SEK"}
		for _, reads := range [][]*Shop{{c.shop, &before}, {&before, c.shop}} {
			var f Facts
			f.absorbShop(reads[0])
			f.absorbShop(reads[1])
			if f.Agreed.Amount.Minor != 4000 || len(f.Overtaken) > 0 {
				t.Errorf("%s: agreed %+v, want what a read with nothing processed says", c.name, f.Agreed)
			}
		}
	}
}

// TestWhatALegacyReturnAgreedToIsKnownBesideOthers: the order owes for another exchange, too, as our ledger has it.
func TestWhatALegacyReturnAgreedToIsKnownBesideOthers(t *testing.T) {
	for name, c := range map[string]struct {
		beside Siblings
		known  bool
	}{
		"what the order owed before is the others'": {Siblings{Net: Money{3000, "SEK"}}, true},
		"it owed something else, too":               {Siblings{Net: Money{2000, "SEK"}}, false},
		"an act that takes money is open":           {Siblings{Net: Money{3000, "SEK"}, Open: true}, false},
		"an act that gives back is open":            {Siblings{Net: Money{3000, "SEK"}, Giving: true}, false},
	} {
		var f Facts
		f.absorbShop(&Shop{
			Stamp: Stamp{1, 1}, ReturnStatus: ReturnOpen, Outstanding: Money{18000, "SEK"}, Capturable: Money{0, "SEK"}, Suggested: &Money{8000, "SEK"},
			ReturnLines:   []ReturnLine{{ID: "rl1", Quantity: 1, Processable: 1, Price: &LinePrice{Price: Money{10000, "SEK"}}}},
			ExchangeLines: []ExchangeLine{{ID: "xl1", Quantity: 1, Processed: 1, Price: &LinePrice{Price: Money{15000, "SEK"}}}},
			Transactions:  []Transaction{{ID: "sale", Kind: "SALE", Status: "SUCCESS", Amount: Money{10000, "SEK"}}},
			Siblings:      &c.beside,
		})
		if (f.Agreed != nil) != c.known || c.known && (f.Agreed.Amount.Minor != 5000 || f.Agreed.Balance.Minor != 3000) {
			t.Errorf("%s: agreed %+v, want 50.00 beside 30.00, known %t", name, f.Agreed, c.known)
		}
	}
}

// TestALegacyReturnWhoseGoodsWereEditedAway: what comes back is off the order already, or is so only when it is processed.
func TestALegacyReturnWhoseGoodsWereEditedAway(t *testing.T) {
	for outstanding, want := range map[int64]int64{5000: -10000, 15000: 0} {
		x := New("ex_1", "nordwear", testPolicy(), testTime)
		x.Facts.absorbShop(&Shop{
			Stamp: Stamp{1, 1}, ReturnStatus: ReturnOpen, Outstanding: Money{outstanding, "SEK"}, Capturable: Money{0, "SEK"}, Suggested: &Money{5000, "SEK"},
			ReturnLines:   []ReturnLine{{ID: "rl1", Quantity: 1, Processable: 1, Price: &LinePrice{Price: Money{10000, "SEK"}}}},
			ExchangeLines: []ExchangeLine{{ID: "xl1", Quantity: 1, Processed: 1, Price: &LinePrice{Price: Money{15000, "SEK"}}}},
		})
		x.Facts.absorbOutcome(Outcome{Effect: "ex_1/edit_lines/1", Kind: EditLines, Result: Done, Stamp: Stamp{1, 2}}, testTime)
		if stake, ok := x.stake(); !ok || stake.Minor != want {
			t.Errorf("of an order that owed %d: it adds %s, %t; want %d", outstanding, stake, ok, want)
		}
	}
}

// TestWhatIsLeftOfALegacyReturnIsNotToldByItsPrices: some of its exchange lines were processed when it was made, and the
// rest by us. What comes back may be off the order since then.
func TestWhatIsLeftOfALegacyReturnIsNotToldByItsPrices(t *testing.T) {
	for _, late := range []bool{false, true} {
		x := New("ex_1", "nordwear", testPolicy(), testTime)
		price := func(minor int64) *LinePrice { return &LinePrice{Price: Money{minor, "SEK"}} }
		x.Facts.Shop = &Shop{
			Stamp: Stamp{1, 9}, Outstanding: Money{0, "SEK"}, Capturable: Money{0, "SEK"}, Suggested: &Money{0, "SEK"},
			ReturnLines:   []ReturnLine{{ID: "rl1", Quantity: 1, Processable: 1, Price: price(10000)}},
			ExchangeLines: []ExchangeLine{{ID: "xl1", Quantity: 1, Processed: 1, Price: price(9000)}, {ID: "xl2", Quantity: 1, Processed: 1, Price: price(6000)}},
		}
		x.Facts.Agreed = &Agreed{Stamp: Stamp{1, 1}, Amount: Money{5000, "SEK"}, Balance: Money{0, "SEK"}, Late: late}
		x.Facts.absorbOutcome(Outcome{Effect: x.id(Process, outAlone+"1"), Kind: Process, Result: Done, Stamp: Stamp{1, 5}}, testTime)
		if stake, told := x.stake(); told == late || told && stake.Minor != 15000 {
			t.Errorf("first read with lines processed %t: it adds %s, told %t", late, stake, told)
		}
	}
}

func TestALegacyReturnWithoutPricesMovesNoMoney(t *testing.T) {
	m := legacy(t, 1, testPolicy(), testPrice)
	m.shop.ReturnLines[0].Price, m.unpriced = nil, true
	m.request()
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	m.ship()
	m.run()
	if m.x.Stage != Sent || m.acts[Fulfill] != 1 || m.acts[Capture] != 0 || !raised(m.x, AgreedUnknown) {
		t.Fatalf("stage %s, acts %v, raised %v, want it fulfilled, and raised", m.x.Stage, m.acts, m.x.Raised)
	}
}

func TestWhatWasAgreedIsNotKnownAndMustBeSecuredIsRaisedAndSettledByAPerson(t *testing.T) {
	p := testPolicy()
	p.Payment = SecureBeforeRelease
	m := legacy(t, 1, p, testPrice)
	m.shop.ReturnLines[0].Price = nil
	m.request()
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	if m.x.Stage != Returned || m.acts[Release] != 0 || !raised(m.x, AgreedUnknown) {
		t.Fatalf("stage %s, acts %v, raised %v, want it not released, and raised", m.x.Stage, m.acts, m.x.Raised)
	}
	m.tell(Event{Kind: EventSaid, Source: "person", Actor: "kim", Said: &Said{What: PaidElsewhere, Reason: "in the shop"}})
	m.run()
	if m.x.Stage != Released || m.acts[Release] != 1 || raised(m.x, AgreedUnknown) {
		t.Fatalf("stage %s, acts %v, raised %v, want it released", m.x.Stage, m.acts, m.x.Raised)
	}
}

func TestThePortalProcesses(t *testing.T) {
	p := testPolicy()
	p.ProcessReturn = false
	for _, early := range []bool{false, true} {
		m := newModel(t, 1, p, testPrice)
		m.request()
		m.run()
		portal := func() {
			m.shop.ReturnLines[0].Processed, m.shop.ReturnLines[0].Processable = 1, 0
			m.shop.Outstanding.Minor -= m.in
			m.sellAll()
			m.shop.ReturnStatus = ReturnClosed
			m.hint(ReadShop)
			m.run()
		}
		if early {
			portal()
			if m.acts[HoldFulfillment] != 1 {
				t.Fatalf("acts %v, want the fulfillment order held as ours", m.acts)
			}
		}
		m.receive()
		m.portal("return.closed")
		m.run()
		m.ship()
		m.run()
		if !early {
			waits := slices.ContainsFunc(m.x.Waiting(), func(w Waiting) bool { return w.Condition == "lines processed by the portal (`process_return: false`)" })
			if m.x.Stage != Sent || !waits || m.acts[Fulfill] != 0 {
				t.Fatalf("stage %s, acts %v, waiting for %v, want it to wait for the portal", m.x.Stage, m.acts, m.x.Waiting())
			}
			portal()
		}
		m.stale()
		if m.x.Stage != Completed || m.acts[Process] != 0 || m.acts[Fulfill] != 1 || m.acts[Capture] != 1 || len(m.x.Raised) > 0 {
			t.Fatalf("early %t: stage %s, acts %v, raised %v; waiting for %v", early, m.x.Stage, m.acts, m.x.Raised, m.x.Waiting())
		}
	}
}

func TestAFulfillmentOrderThatDoesNotAppearIsRaised(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.portal("return.closed")
	m.run()
	m.ship()
	m.runUntil(func() bool { return m.acts[Process] == 1 })
	orders := m.shop.FulfillmentOrders
	m.shop.FulfillmentOrders = nil
	m.run()
	if m.x.Stage != Sent || raised(m.x, NoFulfillmentOrder) {
		t.Fatalf("stage %s, raised %v, want sent, and time for it to appear", m.x.Stage, m.x.Raised)
	}
	m.now = m.now.Add(routingTime + time.Minute)
	m.run()
	if !raised(m.x, NoFulfillmentOrder) {
		t.Fatalf("raised %v, want the missing fulfillment order", m.x.Raised)
	}
	m.shop.FulfillmentOrders = orders
	m.stale()
	if m.x.Stage != Completed || len(m.x.Raised) > 0 {
		t.Fatalf("stage %s, raised %v, want completed once it is there; waiting for %v", m.x.Stage, m.x.Raised, m.x.Waiting())
	}
}

func TestAFulfillmentOrderIsFollowedWhereItMoves(t *testing.T) {
	move := func(m *model, id string, parts ...int) {
		old := m.fulfillmentOrder(id)
		line := old.Lines[0]
		old.Lines, old.Holds = nil, nil
		for _, n := range parts {
			m.shop.FulfillmentOrders = append(m.shop.FulfillmentOrders, FulfillmentOrder{
				ID: id + "-" + string(rune('a'+len(m.shop.FulfillmentOrders))), Lines: []FulfillmentOrderLine{{ID: line.ID + string(rune('a'+len(m.shop.FulfillmentOrders))), LineItemID: line.LineItemID, Total: n, Remaining: n}},
			})
		}
		m.hint(ReadShop)
		m.run()
	}
	for _, parts := range [][]int{{3}, {1, 2}} {
		m := newModelOf(t, 1, testPolicy(), 0, []int{3}, []int{3})
		m.sellAll()
		m.request()
		m.run()
		move(m, "fo1", parts...)
		if m.acts[HoldFulfillment] != 1+len(parts) {
			t.Fatalf("acts %v, want every part held", m.acts)
		}
		refs := m.x.Refs()
		for _, fo := range m.shop.FulfillmentOrders[1:] {
			if !slices.Contains(refs, RefFulfillmentOrder(fo.ID)) {
				t.Errorf("its refs are %v, want %s among them", refs, fo.ID)
			}
		}
		m.portal("return.closed")
		m.run()
		m.ship(2)
		m.run()
		m.ship(1)
		m.run()
		m.stale()
		if got := m.sentAndFulfilled(); got != [2]int{3, 3} || m.acts[Fulfill] != 2 || len(m.x.Facts.Sent) != 2 {
			t.Fatalf("sent and fulfilled %v, acts %v, raised %v, waiting for %v", got, m.acts, m.x.Raised, m.x.Waiting())
		}
	}
}

// sentAndFulfilled counts the items of all exchange lines.
func (m *model) sentAndFulfilled() (n [2]int) {
	for _, l := range m.order.Lines {
		n[0] += l.Shipped
	}
	for _, f := range m.shop.Fulfillments {
		for _, l := range f.Lines {
			n[1] += l.Quantity
		}
	}
	return n
}

func TestWhatAnotherConnectorFulfilledIsRaisedAndNotReleased(t *testing.T) {
	m := legacy(t, 1, testPolicy(), 0)
	m.hang = HoldFulfillment
	m.request()
	m.run()
	fo := m.fulfillmentOrder("fo1")
	fo.Holds, fo.Lines = nil, []FulfillmentOrderLine{{ID: fo.Lines[0].ID, LineItemID: fo.Lines[0].LineItemID, Total: 1}}
	m.shop.Fulfillments = []Fulfillment{{ID: "theirs", Lines: []FulfillmentLine{{fo.Lines[0].LineItemID, 1}}}}
	m.hint(ReadShop)
	m.run()
	m.portal("return.closed")
	m.run()
	if m.acts[Release] != 0 || !raised(m.x, FulfilledElsewhere) {
		t.Fatalf("acts %v, raised %v, want it raised and not released", m.acts, m.x.Raised)
	}
}

func TestAReturnThatStaffClosedInShopifyGoesOnWhenItIsReopened(t *testing.T) {
	for _, told := range []bool{false, true} { // else the act finds out
		m := newModel(t, 1, testPolicy(), 0)
		m.request()
		m.run()
		m.portal("return.closed")
		m.run()
		m.shop.ReturnStatus = ReturnClosed
		if told {
			m.hint(ReadShop)
			m.run()
		}
		m.ship()
		m.run()
		m.stale()
		if m.x.Stage != Sent || m.acts[Process] != 0 || !raised(m.x, ReturnClosedInShop) {
			t.Fatalf("told %t: stage %s, acts %v, raised %v, want it raised", told, m.x.Stage, m.acts, m.x.Raised)
		}
		m.shop.ReturnStatus = ReturnOpen
		m.hint(ReadShop)
		m.run()
		m.stale()
		if m.x.Stage != Completed || m.acts[Process] != 1 || len(m.x.Raised) > 0 {
			t.Fatalf("told %t: stage %s, acts %v, raised %v; waiting for %v", told, m.x.Stage, m.acts, m.x.Raised, m.x.Waiting())
		}
	}
}

// TestALegacyReturnBesideAnotherIsDueNoMoreThanTheOrderOwes: whoever paid meanwhile, and in whatever order the reads come
// back, what both are due is what the order owes, or the second is not known.
func TestALegacyReturnBesideAnotherIsDueNoMoreThanTheOrderOwes(t *testing.T) {
	for _, c := range []struct {
		paid  int64 // by the customer, since the other was agreed
		known bool
	}{
		{0, true},
		{3000, true},  // what the other is due
		{2000, true},  // a part of it
		{5000, false}, // what this one comes to: it was paid before it was known
		{8000, false},
	} {
		var more []Transaction
		if c.paid > 0 {
			more = append(more, Transaction{ID: "p", Kind: "SALE", Status: "SUCCESS", Amount: Money{c.paid, "SEK"}})
		}
		balance := 8000 - c.paid
		all := []Exchange{exchangeOf("ex_1", 3000, balance, 0, more...), New("ex_2", "nordwear", testPolicy(), testTime)}
		other, x := &all[0], &all[1]
		other.Facts.Shop.Suggested = &Money{balance, "SEK"}
		read := func(n uint64) *Shop {
			s := &Shop{
				Stamp: Stamp{1, n}, ReturnStatus: ReturnOpen, Outstanding: Money{balance, "SEK"}, Capturable: Money{0, "SEK"}, Suggested: &Money{balance, "SEK"},
				ReturnLines:   []ReturnLine{{ID: "rl1", Quantity: 1, Processable: 1, Price: &LinePrice{Price: Money{10000, "SEK"}}}},
				ExchangeLines: []ExchangeLine{{ID: "xl1", Quantity: 1, Processed: 1, Price: &LinePrice{Price: Money{15000, "SEK"}}}},
				Transactions:  other.Facts.Shop.Transactions,
			}
			s.Siblings = Beside(all, x.ID, s)
			return s
		}
		busy := read(10)
		busy.Siblings.Open = true // an act of the other had no outcome yet
		first, second := read(11), read(12)
		var facts []Facts
		for _, reads := range [][]*Shop{{busy, first, second}, {second, first, busy}, {first, second, busy, first}, {second, busy, first}} {
			var f Facts
			for _, s := range reads {
				f.absorbShop(s)
			}
			facts = append(facts, f)
			if d := cmp.Diff(facts[0], f); d != "" {
				t.Fatalf("paid %d: the facts depend on the order of the reads (-want, +got):\n%s", c.paid, d)
			}
		}
		x.Facts.Agreed, x.Facts.Shop, x.Facts.Left = facts[0].Agreed, facts[0].Shop, facts[0].Left
		if (x.Facts.Agreed != nil) != c.known {
			t.Errorf("paid %d: agreed %+v, want it known %t", c.paid, x.Facts.Agreed, c.known)
		}
		if !c.known {
			continue
		}
		for i := range all {
			all[i].Facts.Shop.Siblings = Beside(all, all[i].ID, all[i].Facts.Shop)
		}
		owed, ok := Owed(all)
		if due := x.due().Minor + other.due().Minor; due != balance || !ok || owed.Minor != balance {
			t.Errorf("paid %d: %s and %s are due, our ledger says %s, %t; the order owes %d", c.paid, x.due(), other.due(), owed, ok, balance)
		}
	}
}
