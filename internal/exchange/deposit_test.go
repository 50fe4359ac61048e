package exchange

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func depositPolicy() Policy {
	p := testPolicy()
	p.Instant, p.Payment, p.Deposit = true, SecureBeforeRelease, DepositFullValue
	return p
}

// TestTheFullValueIsSecuredAndWhatExceedsTheDifferenceGivenBack follows an instant exchange whose goods come back. The
// replacement is worth the goods that come back and the difference.
func TestTheFullValueIsSecuredAndWhatExceedsTheDifferenceGivenBack(t *testing.T) {
	mandate := func(m *model) { m.shop.Mandates = []string{"pm1"} }
	several := func(m *model) { mandate(m); m.several = true }
	cases := []struct {
		name       string
		difference int64
		change     func(*model)
		moved      []string
		net        int64
	}{
		{"an authorisation, and the difference is captured of it", testPrice, mandate, []string{"authorise 25000", "capture 5000"}, testPrice},
		{"one that allows several captures is ended by it", testPrice, several, []string{"authorise 25000", "capture 5000"}, testPrice},
		{"an authorisation that is not needed", 0, mandate, []string{"authorise 20000", "void_authorisation 20000"}, 0},
		{"an authorisation, and the shop owes", -testPrice, mandate, []string{"authorise 15000", "refund 5000", "void_authorisation 15000"}, -testPrice},
		{"a paid invoice, refunded but for the difference", testPrice, nil, []string{"send_invoice 25000", "refund 20000"}, testPrice},
		{"a paid invoice, refunded", 0, nil, []string{"send_invoice 20000", "refund 20000"}, 0},
		{"a declined stored payment method, then an invoice", 0, func(m *model) { mandate(m); m.refuse[ChargeMandate] = "declined" }, []string{"send_invoice 20000", "refund 20000"}, 0},
	}
	for _, early := range []bool{false, true} { // the goods come back before the replacement is sent
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				m := newModel(t, 1, depositPolicy(), c.difference).without()
				if c.change != nil {
					c.change(m)
				}
				m.request()
				m.run()
				m.portal("shipment.event.in_transit")
				m.run()
				if m.acts[SendInvoice] > 0 {
					if m.x.Stage == Released {
						t.Fatal("released before the invoice was paid")
					}
					m.pays(testValue + c.difference)
					m.run()
				}
				if m.x.Stage != Released || m.acts[HoldFulfillment] != 1 {
					t.Fatalf("stage %s, acts %v; waiting for %v, raised %v", m.x.Stage, m.acts, m.x.Waiting(), m.x.Raised)
				}
				if s := m.x.Settlement(); s.Status != "secured" {
					t.Fatalf("settlement %+v, want secured", s)
				}
				back := func() { m.receive(); m.portal("return.closed"); m.run() }
				if early {
					back()
				}
				m.ship()
				m.run()
				if !early {
					if m.x.Stage != Sent || len(m.moved) != 1 || m.acts[Fulfill] != 1 {
						t.Fatalf("stage %s, moved %v, acts %v, want it to wait for the goods", m.x.Stage, m.moved, m.acts)
					}
					back()
				}
				if m.x.Stage != Completed || !slices.Equal(m.moved, c.moved) || m.net() != c.net || m.shop.Outstanding.Minor != 0 || m.shop.Capturable.Minor != 0 {
					t.Fatalf("early %t: stage %s, moved %v, net %d, owed %s; want %v, %d; waiting for %v, raised %v", early, m.x.Stage, m.moved, m.net(), m.shop.Outstanding, c.moved, c.net, m.x.Waiting(), m.x.Raised)
				}
				if m.acts[Process] != 2 || len(m.x.Raised) > 0 {
					t.Fatalf("acts %v, raised %v", m.acts, m.x.Raised)
				}
			})
		}
	}
}

func TestADepositGoesBackAlongWithTheLinesWhereShopifySuggestsIt(t *testing.T) {
	m := newModel(t, 1, depositPolicy(), 0).without()
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.pays(testValue)
	m.run()
	m.shop.SuggestedRefund = []RefundFrom{{m.shop.Transactions[len(m.shop.Transactions)-1].ID, Money{testValue, "SEK"}}}
	m.ship()
	m.receive()
	m.hint(ReadShop)
	m.run()
	m.portal("return.closed")
	m.run()
	if m.x.Stage != Completed || m.net() != 0 || m.acts[Refund] != 0 || m.acts[Process] != 2 {
		t.Fatalf("stage %s, net %d, acts %v; waiting for %v", m.x.Stage, m.net(), m.acts, m.x.Waiting())
	}
}

// TestADepositIsKnownWhereShopifySuggestsNoMoreThanWasPaid: an authorisation counts as transacted, so beside a large one
// Shopify suggests a refund of what was paid, whatever comes back. The prices of the lines tell.
func TestADepositIsKnownWhereShopifySuggestsNoMoreThanWasPaid(t *testing.T) {
	const large = 1_000_000
	m := newModel(t, 1, depositPolicy(), testPrice).without()
	m.request()
	m.run()
	m.transact(Transaction{Kind: "AUTHORIZATION", Amount: Money{large, "SEK"}, Unsettled: Money{large, "SEK"}, Capturable: true, MultiCapturable: true})
	m.shop.Capturable.Minor += large
	m.owe(-large)
	m.hint(ReadShop)
	m.run()
	m.portal("shipment.event.in_transit")
	m.runUntil(func() bool { return m.acts[Process] == 1 })
	m.priced()
	m.run()
	if !m.x.Facts.Shop.capped() || len(m.x.Facts.Left) > 0 {
		t.Fatalf("Shopify suggests %s, which tells what is left: %v", m.x.Facts.Shop.Suggested, m.x.Facts.Left)
	}
	if m.x.Stage != Released || m.x.Settlement().Status != "secured" {
		t.Fatalf("stage %s, settlement %+v; waiting for %v, raised %v", m.x.Stage, m.x.Settlement(), m.x.Waiting(), m.x.Raised)
	}
	m.ship()
	m.receive()
	m.portal("return.closed")
	m.run()
	m.stale()
	if m.x.Stage != Completed || !slices.Equal(m.moved, []string{"capture 5000"}) || len(m.x.Raised) > 0 {
		t.Fatalf("stage %s, moved %v, raised %v; waiting for %v", m.x.Stage, m.moved, m.x.Raised, m.x.Waiting())
	}
}

// TestWhatIsAgreedIsKnownWhereShopifySuggestsNoMoreThanWasPaid: beside an authorisation that is larger than what is due, the
// refund that Shopify suggests at the first read is no difference. Once the exchange lines are processed, their prices and
// what the order owes for them tell what was agreed; where there are no prices nobody can, and nothing is moved until a
// person says how it was settled.
func TestWhatIsAgreedIsKnownWhereShopifySuggestsNoMoreThanWasPaid(t *testing.T) {
	const large = 1_000_000
	onSent := testPolicy()
	onSent.Payment, onSent.Instant = CaptureOnSent, true
	for _, p := range []Policy{depositPolicy(), onSent} {
		for _, told := range []bool{true, false} {
			t.Run(fmt.Sprint(p.Payment, " prices ", told), func(t *testing.T) {
				m := newModel(t, 1, p, testPrice).without()
				m.caps = true
				m.transact(Transaction{Kind: "AUTHORIZATION", Amount: Money{large, "SEK"}, Unsettled: Money{large, "SEK"}, Capturable: true, MultiCapturable: true})
				m.shop.Capturable.Minor, m.shop.Outstanding.Minor = large, -large
				m.suggest()
				m.unpriced = !told
				m.request()
				m.run()
				if s := m.x.Facts.Shop; !s.capped() {
					t.Fatalf("Shopify suggests %s", s.Suggested)
				}
				if a := m.x.Facts.Agreed; a != nil {
					t.Fatalf("agreed %+v, of which nobody can know", a)
				}
				m.portal("shipment.event.in_transit")
				m.run()
				if !told && p.Payment == SecureBeforeRelease {
					if m.x.Stage == Released || !raised(m.x, AgreedUnknown) {
						t.Fatalf("stage %s, raised %v; waiting for %v", m.x.Stage, m.x.Raised, m.x.Waiting())
					}
					m.says(WrittenOff, nil)
				}
				if m.x.Stage != Released {
					t.Fatalf("stage %s, raised %v; waiting for %v", m.x.Stage, m.x.Raised, m.x.Waiting())
				}
				m.ship()
				m.receive()
				m.portal("return.closed")
				m.run()
				m.stale()
				if !told && p.Payment == CaptureOnSent {
					if len(m.moved) > 0 || !raised(m.x, AgreedUnknown) {
						t.Fatalf("moved %v, raised %v", m.moved, m.x.Raised)
					}
					m.says(WrittenOff, nil)
				}
				want := []string{"capture 5000"}
				if !told {
					want = nil
				}
				if m.x.Stage != Completed || !slices.Equal(m.moved, want) || len(m.x.Raised) > 0 {
					t.Fatalf("stage %s, moved %v, raised %v; waiting for %v", m.x.Stage, m.moved, m.x.Raised, m.x.Waiting())
				}
			})
		}
	}
}

// TestAnEvenExchangeOfAnOrderThatIsOnlyAuthorisedIsAgreed: nothing was paid yet, so no refund is suggested, and none is due.
func TestAnEvenExchangeOfAnOrderThatIsOnlyAuthorisedIsAgreed(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.caps = true
	m.shop.Transactions = nil
	m.transact(Transaction{Kind: "AUTHORIZATION", Amount: Money{testValue, "SEK"}, Unsettled: Money{testValue, "SEK"}, Capturable: true})
	m.shop.Capturable.Minor = testValue
	m.suggest()
	m.request()
	m.run()
	if a := m.x.Facts.Agreed; a == nil || a.Amount.Minor != 0 || a.Balance.Minor != testValue {
		t.Fatalf("agreed %+v", a)
	}
}

func TestADifferenceIsSecuredBeforeTheReleaseAndTakenWhenSent(t *testing.T) {
	p := testPolicy()
	p.Payment = SecureBeforeRelease
	for _, c := range []struct {
		name   string
		change func(*model)
		moved  []string
		raised Code
	}{
		{"an authorisation that is there", nil, []string{"capture 5000"}, ""},
		{"one that is made", func(m *model) { m.without().shop.Mandates = []string{"pm1"} }, []string{"authorise 5000", "capture 5000"}, ""},
		{"an invoice", func(m *model) { m.without() }, []string{"send_invoice 5000"}, ""},
		{"nothing", func(m *model) { m.without().refuse[SendInvoice] = "no_email" }, nil, PaymentNotSecured},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t, 1, p, testPrice)
			if c.change != nil {
				c.change(m)
			}
			m.request()
			m.run()
			m.receive()
			m.portal("return.closed")
			m.run()
			if m.acts[SendInvoice] > 0 {
				if m.x.Stage != Returned || len(m.x.Raised) > 0 || m.shop.FulfillmentOrders[0].Holds == nil {
					t.Fatalf("stage %s, raised %v, want it held and waited for", m.x.Stage, m.x.Raised)
				}
				m.pays(testPrice)
				m.run()
			}
			if c.raised != "" {
				if m.x.Stage != Returned || !raised(m.x, c.raised) {
					t.Fatalf("stage %s, raised %v, want %s", m.x.Stage, m.x.Raised, c.raised)
				}
				m.says(PaidElsewhere, nil)
			}
			if m.x.Stage != Released {
				t.Fatalf("stage %s, waiting for %v", m.x.Stage, m.x.Waiting())
			}
			m.ship()
			m.run()
			if m.x.Stage != Completed || !slices.Equal(m.moved, c.moved) || len(m.x.Raised) > 0 {
				t.Fatalf("stage %s, moved %v, want %v; raised %v; waiting for %v", m.x.Stage, m.moved, c.moved, m.x.Raised, m.x.Waiting())
			}
		})
	}
}

// TestAnAuthorisationThatEndsIsWarnedOfAndReplaced lets time pass until it has ended.
func TestAnAuthorisationThatEndsIsWarnedOfAndReplaced(t *testing.T) {
	m := newModel(t, 1, testPolicy(), testPrice)
	m.shop.Mandates = []string{"pm1"}
	ends := m.now.Add(72 * time.Hour)
	m.transaction("auth").ExpiresAt = ends
	m.request()
	m.run()
	if raised(m.x, AuthorisationExpires) {
		t.Fatal("warned of three days before")
	}
	m.now = ends.Add(-expiryWarning)
	m.run()
	if !raised(m.x, AuthorisationExpires) {
		t.Fatalf("raised %v, want a warning a day before", m.x.Raised)
	}
	m.now = ends
	m.release(m.transaction("auth"))
	m.run()
	if raised(m.x, AuthorisationExpires) {
		t.Fatalf("raised %v of one that has ended", m.x.Raised)
	}
	m.receive()
	m.portal("return.closed")
	m.run()
	m.ship()
	m.run()
	if m.x.Stage != Completed || !slices.Equal(m.moved, []string{"charge_mandate 5000"}) {
		t.Fatalf("stage %s, moved %v, want the next way", m.x.Stage, m.moved)
	}
}

// TestNothingIsProcessedTwiceAtATime: the goods come in while the exchange lines are being processed.
func TestNothingIsProcessedTwiceAtATime(t *testing.T) {
	m := newModel(t, 1, depositPolicy(), -testPrice)
	m.hang = Process
	m.request()
	m.run()
	m.portal("shipment.event.in_transit")
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	asked := 0
	for _, a := range m.x.Asked {
		if a.Kind == Process {
			asked++
		}
	}
	if asked != 1 {
		t.Fatalf("processing was asked for %d times: %+v", asked, m.x.Asked)
	}
}

// TestWhatWasProcessedByHandDoesNotComeBackTwice: staff processed the second line of one article, and one item came.
func TestWhatWasProcessedByHandDoesNotComeBackTwice(t *testing.T) {
	p := testPolicy()
	p.Instant, p.AfterDeadline = true, AfterDeadlineCharge
	m := newModelOf(t, 1, p, 0, []int{1, 1}, []int{2})
	m.shop.ReturnLines[1].Processed, m.shop.ReturnLines[1].Processable = 1, 0
	m.shop.ReturnLines[1].Article = "M"
	m.x.Facts.Shop = &m.shop
	m.x.Facts.ReturnOrder = &ReturnOrder{Status: Status{Role: RoleReturned}, Lines: []ReturnOrderLine{{Article: "M", Announced: 1, Received: 1}, {Article: "M", Announced: 1}}}
	if got := m.x.returnsBack(); len(got) > 0 {
		t.Fatalf("one came and is processed, and %+v is taken to be back", got)
	}
}
