package exchange

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// exchangeOf is one of an order's exchanges: agreed upon when the order owed nothing, and processed.
func exchangeOf(id ID, agreed, outstanding, capturable int64, more ...Transaction) Exchange {
	x := New(id, "nordwear", testPolicy(), testTime)
	seen := []Transaction{{ID: "sale", Kind: "SALE", Status: "SUCCESS", Amount: Money{10000, "SEK"}}}
	x.Facts.Shop = &Shop{
		Stamp: Stamp{1, 9}, Outstanding: Money{outstanding, "SEK"}, Capturable: Money{capturable, "SEK"},
		ExchangeLines: []ExchangeLine{{ID: "xl", Quantity: 1, Processed: 1}}, Transactions: append(seen, more...),
	}
	x.Facts.Agreed = &Agreed{Stamp: Stamp{1, 1}, Amount: Money{agreed, "SEK"}, Balance: Money{0, "SEK"}, Seen: []string{"sale"}}
	return x
}

var (
	paid     = Transaction{ID: "t1", Kind: "SALE", Status: "SUCCESS", Amount: Money{5000, "SEK"}}
	refunded = Transaction{ID: "t2", Kind: "REFUND", Status: "SUCCESS", Amount: Money{3000, "SEK"}}
	captured = Transaction{ID: "t4", Kind: "CAPTURE", Status: "SUCCESS", Amount: Money{5000, "SEK"}}
	failed   = Transaction{ID: "t3", Kind: "SALE", Status: "FAILURE", Amount: Money{5000, "SEK"}}
)

// beside is x with what is known of the order's other exchanges.
func beside(x Exchange, s Siblings) Exchange {
	x.Facts.Shop.Siblings = &s
	return x
}

func TestSettledElsewhereNeedsTheMovementAndTheBalance(t *testing.T) {
	cases := []struct {
		name string
		x    Exchange
		want bool
	}{
		{"the customer paid", exchangeOf("a", 5000, 0, 0, paid), true},
		{"a payment failed", exchangeOf("a", 5000, 5000, 0, failed), false},
		{"the order nets out against another exchange of it", exchangeOf("a", 5000, -3000, 0), false},
		{"somebody else's payment, and the order still owes", exchangeOf("a", 5000, 5000, 0, paid), false},
		{"another exchange captured, and a third is owed as much", beside(exchangeOf("a", 5000, 0, 0, captured), Siblings{Taken: []string{"t4"}}), false},
		{"another exchange may have captured", beside(exchangeOf("a", 5000, 0, 0, captured), Siblings{Open: true}), false},
		{"another exchange captured, and the customer paid", beside(exchangeOf("a", 5000, 0, 0, captured, paid), Siblings{Taken: []string{"t4"}}), true},
		{"staff refunded, whatever another exchange captures", beside(exchangeOf("b", -3000, 0, 0, refunded), Siblings{Open: true}), true},
		{"staff refunded", exchangeOf("b", -3000, 0, 0, refunded), true},
		{"nobody refunded, but another exchange owes more", exchangeOf("b", -3000, -3000, 5000), false},
	}
	for _, c := range cases {
		if got := c.x.elsewhere().Minor != 0 && c.x.settled(); got != c.want {
			t.Errorf("%s: settled elsewhere %t, want %t", c.name, got, c.want)
		}
	}
}

func TestWhatAnOrderShouldOwe(t *testing.T) {
	taken := exchangeOf("a", 5000, 0, 0)
	taken.Facts.absorbOutcome(Outcome{Effect: "a/capture/auth", Kind: Capture, Result: Done, ID: "cap", Amount: &Money{5000, "SEK"}}, testTime)
	unknown := exchangeOf("c", 0, 0, 0)
	unknown.Facts.Agreed = nil
	unprocessed := exchangeOf("d", 7000, 0, 0)
	unprocessed.Facts.Shop.ExchangeLines[0].Processed = 0
	cases := []struct {
		name string
		all  []Exchange
		owed int64
		ok   bool
	}{
		{"processed by whomever, not paid", []Exchange{exchangeOf("a", 5000, 5000, 0)}, 5000, true},
		{"captured by us", []Exchange{taken}, 0, true},
		{"paid by the customer", []Exchange{exchangeOf("a", 5000, 0, 0, paid)}, 0, true},
		{"one owes, the other is owed", []Exchange{exchangeOf("a", 5000, -3000, 5000), exchangeOf("b", -3000, -3000, 5000)}, 2000, true},
		{"the other's refund was made by hand", []Exchange{exchangeOf("a", 5000, 0, 5000, refunded), exchangeOf("b", -3000, 0, 5000, refunded)}, 5000, true},
		{"one is not processed yet", []Exchange{exchangeOf("a", 5000, 5000, 0), unprocessed}, 5000, true},
		{"one was processed and nobody knows what was agreed", []Exchange{exchangeOf("a", 5000, 5000, 0), unknown}, 0, false},
	}
	for _, c := range cases {
		owed, ok := Owed(c.all)
		if ok != c.ok || ok && owed != (Money{c.owed, "SEK"}) {
			t.Errorf("%s: owed %s, %t; want %d, %t", c.name, owed, ok, c.owed, c.ok)
		}
	}
}

func TestADifferenceBetweenLedgersIsHeldAgainstANewReadAFewTimes(t *testing.T) {
	x := exchangeOf("a", 5000, 0, 5000)
	x.Facts.Shop.Transactions = append(x.Facts.Shop.Transactions, Transaction{ID: "auth", Kind: "AUTHORIZATION", Status: "SUCCESS", Capturable: true, Unsettled: Money{5000, "SEK"}})
	seen := map[EffectID]bool{}
	for range 5 {
		e, at := x.collect(x.due(), false)
		if at != wayOpen {
			break
		}
		if seen[e.ID] {
			t.Fatalf("%s was asked for twice", e.ID)
		}
		seen[e.ID] = true
		x.Facts.absorbOutcome(Outcome{Effect: e.ID, Kind: Capture, Result: Refused, Code: CodeMismatch}, testTime)
	}
	if len(seen) != 3 {
		t.Fatalf("%d captures were asked for, want three", len(seen))
	}
}

// A read that was begun first may be answered last, and see what was changed after the other was answered.
func TestWhatWasAgreedIsOfTheReadThatWasAnsweredFirst(t *testing.T) {
	read := func(begun, answered uint64, owes int64) *Shop {
		return &Shop{
			ReturnID: "gid://shopify/Return/9", ReturnStatus: ReturnOpen, Stamp: Stamp{1, begun}, Until: Stamp{1, answered},
			ReturnLines: []ReturnLine{{ID: "rl1", Quantity: 1, Processable: 1}}, ExchangeLines: []ExchangeLine{{ID: "xl1", Quantity: 1, Processable: 1}},
			Outstanding: Money{owes, "SEK"}, Capturable: Money{0, "SEK"}, Suggested: &Money{owes + testPrice, "SEK"},
		}
	}
	var facts []Facts
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		reads := []*Shop{read(2, 3, 0), read(1, 4, -testValue)} // the second saw that staff have taken something else back
		var f Facts
		for _, i := range order {
			f.absorbShop(reads[i])
		}
		if f.Agreed.Balance.Minor != 0 || f.Agreed.Amount.Minor != testPrice {
			t.Errorf("told in the order %v: agreed %+v, want what was read before anything else was changed", order, *f.Agreed)
		}
		facts = append(facts, f)
	}
	if d := cmp.Diff(facts[0], facts[1]); d != "" {
		t.Errorf("told in another order they are another (-first, +second):\n%s", d)
	}
}
