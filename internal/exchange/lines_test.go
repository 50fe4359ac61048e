package exchange

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinesThatChangeAreAgreedAnew: what comes back was reduced in Shopify after the first read, so that the buyer owes
// for what goes out; and no more for what was agreed before.
func TestLinesThatChangeAreAgreedAnew(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.shop.ReturnLines = append(m.shop.ReturnLines, ReturnLine{ID: "rl2", Article: "M", Quantity: 1, Processable: 1})
	m.x.Facts.absorbShop(m.read9(1))
	m.shop.ReturnLines, m.shop.Suggested = m.shop.ReturnLines[:1], &Money{testPrice, "SEK"}
	m.x.Facts.absorbShop(m.read9(2))
	if a := m.x.Facts.Agreed; a.Amount.Minor != testPrice || a.Stamp != (Stamp{1, 2}) {
		t.Fatalf("agreed %v at %v, want %d as of the second read", a.Amount, a.Stamp, testPrice)
	}
	m.shop.Suggested = &Money{2 * testPrice, "SEK"} // the lines are the same: so is what was agreed
	m.x.Facts.absorbShop(m.read9(3))
	if a := m.x.Facts.Agreed; a.Amount.Minor != testPrice {
		t.Fatalf("agreed %v, want %d still", a.Amount, testPrice)
	}
}

func (m *model) read9(n uint64) *Shop {
	s := m.shop
	s.Stamp = Stamp{1, n}
	return &s
}

func TestWhatWasAgreedIsTheSameInWhateverOrderLinesWereRead(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	one, two := m.shop, m.shop
	two.ReturnLines = append(two.ReturnLines[:1:1], ReturnLine{ID: "rl2", Quantity: 1, Processable: 1})
	var reads []*Shop
	for n, s := range []Shop{one, two, two, one, two, one, one} {
		s.Stamp, s.Suggested = Stamp{1, uint64(n)}, &Money{int64(n), "SEK"}
		reads = append(reads, &s)
	}
	var want Facts
	for _, s := range reads {
		want.absorbShop(s)
	}
	if want.Agreed.Amount.Minor != 0 { // as first read of the lines that it has now
		t.Fatalf("agreed %v, want what the first read said", want.Agreed.Amount)
	}
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		rnd.Shuffle(len(reads), func(i, j int) { reads[i], reads[j] = reads[j], reads[i] })
		var got Facts
		for _, s := range append(reads, reads...) {
			got.absorbShop(s)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("facts differ (-in order, +shuffled):\n%s", d)
		}
	}
}

// TestNothingIsReleasedThatTheReturnDoesNotHoldAnyMore: staff took the exchange lines off the return, since the customer
// wants the money back.
func TestNothingIsReleasedThatTheReturnDoesNotHoldAnyMore(t *testing.T) {
	for _, instant := range []bool{false, true} {
		p := testPolicy()
		p.Instant = instant
		m := newModel(t, 1, p, 0)
		m.request()
		m.run()
		lines := m.shop.ExchangeLines
		m.shop.ExchangeLines = nil
		m.hint(ReadShop)
		m.run()
		m.portal("return.closed")
		m.run()
		if m.acts[Release] != 0 || !raised(m.x, LinesChanged) {
			t.Fatalf("instant %t: %d releases, raised %v, want none, and the change raised", instant, m.acts[Release], m.x.Raised)
		}
		m.shop.ExchangeLines = lines
		m.hint(ReadShop)
		m.run()
		if m.acts[Release] != 1 || raised(m.x, LinesChanged) {
			t.Fatalf("instant %t: %d releases, raised %v, want one once they are as they were; waiting for %v", instant, m.acts[Release], m.x.Raised, m.x.Waiting())
		}
	}
}

func TestWhatTheWarehouseAddsOfItsOwnIsNoObstacle(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.portal("return.closed")
	m.run()
	m.order.Lines = append(m.order.Lines, OrderLine{Row: "2", Article: "LEAFLET", Ordered: 1, Shipped: 1})
	m.ship()
	m.run()
	if m.x.Stage != Completed || m.acts[Fulfill] != 1 || raised(m.x, LinesChanged) {
		t.Fatalf("stage %s, acts %v, raised %v, want completed; waiting for %v", m.x.Stage, m.acts, m.x.Raised, m.x.Waiting())
	}
}

// TestAnExchangeIsNotCompletedWithGoodsThatTheReturnDoesNotHold: the lines were taken off after the release.
func TestAnExchangeIsNotCompletedWithGoodsThatTheReturnDoesNotHold(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	m.portal("return.closed")
	m.run()
	m.shop.ExchangeLines = nil
	m.ship()
	m.run()
	m.stale()
	if m.x.Stage != Sent || !raised(m.x, LinesChanged) {
		t.Fatalf("stage %s, raised %v, want sent, and the change raised", m.x.Stage, m.x.Raised)
	}
}

// The lines of a new order may be missing from its first reads: that says nothing of them.
func TestAnOrderWhoseLinesCannotBeReadYetIsNotRaised(t *testing.T) {
	m := newModel(t, 1, testPolicy(), 0)
	m.request()
	m.run()
	lines := m.order.Lines
	m.order.Lines = nil
	m.hint(ReadOrder)
	m.run()
	if raised(m.x, LinesChanged) {
		t.Fatalf("raised %v", m.x.Raised)
	}
	m.order.Lines = append(lines[:0:0], lines...)
	m.order.Lines[0].Ordered = 2
	m.hint(ReadOrder)
	m.run()
	if !raised(m.x, LinesChanged) {
		t.Fatalf("the order holds twice what the return has to send; raised %v", m.x.Raised)
	}
}

// TestAFeeThatIsPutOnTheReturnIsNotPassedOver: the lines are the same, so is what was agreed; but Shopify suggests more.
func TestAFeeThatIsPutOnTheReturnIsNotPassedOver(t *testing.T) {
	fee := &Money{300, "SEK"}
	ledgers := map[string]Money{"ours": {0, "SEK"}, "theirs": *fee}
	carry := func(t *testing.T) *model {
		m := newModel(t, 1, testPolicy(), 0)
		m.request()
		m.run()
		m.shop.Suggested = fee
		m.hint(ReadShop)
		m.run()
		if len(m.x.Raised) != 1 || m.x.Raised[0].Code != string(MoneyMismatch) || !maps.Equal(m.x.Raised[0].Figures, ledgers) {
			t.Fatalf("raised %+v, want the mismatch with its figures %v", m.x.Raised, ledgers)
		}
		return m
	}
	send := func(m *model) {
		m.portal("return.closed")
		m.run()
		m.ship()
		m.run()
	}
	t.Run("it is waited for until it is paid", func(t *testing.T) {
		m := carry(t)
		send(m)
		if m.x.Stage != Sent || !raised(m.x, MoneyMismatch) || m.x.Settlement().Status != "due" || m.acts[Fulfill] != 1 {
			t.Fatalf("stage %s, raised %v, settlement %+v, acts %v", m.x.Stage, m.x.Raised, m.x.Settlement(), m.acts)
		}
		m.shop.Transactions = []Transaction{{ID: "t1", Kind: "SALE", Status: "SUCCESS", Amount: *fee}}
		m.shop.Outstanding.Minor = 0
		m.hint(ReadShop)
		m.run()
		if m.x.Stage != Completed || len(m.x.Raised) > 0 {
			t.Fatalf("stage %s, raised %v, want completed; waiting for %v", m.x.Stage, m.x.Raised, m.x.Waiting())
		}
	})
	t.Run("it was taken off again", func(t *testing.T) {
		m := carry(t)
		m.shop.Suggested = &Money{0, "SEK"}
		m.shop.Transactions = []Transaction{{ID: "t0", Kind: "SALE", Status: "SUCCESS", Amount: Money{testPrice, "SEK"}}}
		m.hint(ReadShop)
		m.run()
		if len(m.x.Raised) > 0 {
			t.Fatalf("raised %v, want nothing any more", m.x.Raised)
		}
		send(m)
		if m.x.Stage != Completed {
			t.Fatalf("stage %s, want completed; waiting for %v", m.x.Stage, m.x.Waiting())
		}
	})
	t.Run("it was taken off again, and nobody told", func(t *testing.T) {
		m := carry(t)
		m.portal("return.closed")
		m.run()
		m.shop.Suggested = &Money{0, "SEK"}
		m.ship()
		m.run()
		if m.x.Stage != Completed || len(m.x.Raised) > 0 {
			t.Fatalf("stage %s, raised %v, want completed; waiting for %v", m.x.Stage, m.x.Raised, m.x.Waiting())
		}
	})
}

func TestASuggestedRefundOfAllThatWasPaidTellsNothing(t *testing.T) {
	sale := Transaction{ID: "t0", Kind: "SALE", Status: "SUCCESS", Amount: Money{5000, "SEK"}}
	for suggested, want := range map[int64]int64{-4999: -4999, -5000: 0, 300: 300} {
		var f Facts
		for n, amount := range []int64{0, suggested} {
			f.absorbShop(&Shop{Stamp: Stamp{1, uint64(n)}, Suggested: &Money{amount, "SEK"}, Outstanding: Money{0, "SEK"}, Transactions: []Transaction{sale}})
		}
		if got := f.Agreed.Latest.Minor; got != want {
			t.Errorf("suggested %d: latest %d, want %d", suggested, got, want)
		}
	}
}
