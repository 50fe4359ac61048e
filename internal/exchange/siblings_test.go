package exchange

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsBesideAnExchange(t *testing.T) {
	alone := exchangeOf("ex_1", 5000, 0, 0)
	took := exchangeOf("ex_2", 0, 0, 0)
	took.Facts.absorbOutcome(Outcome{Effect: "ex_2/capture/auth", Kind: Capture, Result: Done, ID: "t4", Amount: &Money{5000, "SEK"}}, testTime)
	asked := exchangeOf("ex_3", 0, 0, 0)
	asked.Asked = []Asked{{ID: "ex_3/capture/auth", Kind: Capture}}
	dead := exchangeOf("ex_4", 0, 0, 0)
	dead.Facts.absorbOutcome(Outcome{Effect: "ex_4/capture/auth", Kind: Capture, Result: Dead}, testTime)
	cases := []struct {
		name string
		all  []Exchange
		want *Siblings
	}{
		{"nothing, if it is alone", []Exchange{alone}, nil},
		{"what another took, and nothing is open", []Exchange{alone, took}, &Siblings{Taken: []string{"t4"}, Net: Money{-5000, "SEK"}}},
		{"a capture that was asked for", []Exchange{asked, alone}, &Siblings{Open: true, Net: Money{0, "SEK"}}},
		{"a capture that was given up: it may have landed", []Exchange{alone, dead}, &Siblings{Open: true, Net: Money{0, "SEK"}}},
	}
	for _, c := range cases {
		if d := cmp.Diff(c.want, Beside(c.all, "ex_1", c.all[0].Facts.Shop)); d != "" {
			t.Errorf("%s (-want, +got):\n%s", c.name, d)
		}
	}
}

// owing is an exchange that secures what it is owed before the release, agreed at a time.
func owing(id ID, due int64, agreed uint64, auths ...Transaction) Exchange {
	x := exchangeOf(id, due, 0, 0, auths...)
	x.Policy.Payment, x.Stage = SecureBeforeRelease, Returned
	x.Facts.Shop.ExchangeLines[0].Processed = 0
	x.Facts.Agreed.Stamp = Stamp{1, agreed}
	return x
}

func auth(id string, holds int64, several bool) Transaction {
	return Transaction{ID: id, Kind: "AUTHORIZATION", Status: "SUCCESS", Capturable: true, MultiCapturable: several, Unsettled: Money{holds, "SEK"}}
}

// TestOneAuthorisationSecuresNoMoreThanItHolds: of two exchanges that count on it, the one agreed first has it, or the
// one whose goods may be gone.
func TestOneAuthorisationSecuresNoMoreThanItHolds(t *testing.T) {
	released := func(x *Exchange) { x.Stage, x.Fixed = Released, new(bool) }
	asks := func(_, x *Exchange) { // for an authorisation of its own
		x.Asked = []Asked{{ID: x.id(ChargeMandate, authorising+"m1"), Kind: ChargeMandate, Amount: &Money{5000, "SEK"}}}
	}
	cases := []struct {
		name          string
		auths         []Transaction
		first, second int64 // due
		change        func(first, second *Exchange)
		want          [2]bool
	}{
		{"it holds both, and allows several captures", []Transaction{auth("t1", 8000, true)}, 5000, 3000, nil, [2]bool{true, true}},
		{"it holds one of them", []Transaction{auth("t1", 7000, true)}, 5000, 3000, nil, [2]bool{true, false}},
		{"it is just one's, and allows one capture", []Transaction{auth("t1", 5000, false)}, 5000, 5000, nil, [2]bool{true, false}},
		{"each has one", []Transaction{auth("t1", 5000, true), auth("t2", 5000, false)}, 5000, 3000, nil, [2]bool{true, true}},
		{"the second one was released", []Transaction{auth("t1", 5000, true)}, 5000, 5000, func(_, x *Exchange) { released(x) }, [2]bool{false, false}},
		{"the first one has its money", []Transaction{auth("t1", 5000, true)}, 5000, 5000, func(x, _ *Exchange) {
			x.Facts.absorbOutcome(Outcome{Effect: "ex_1/capture/t0", Kind: Capture, Result: Done, ID: "t4", Amount: &Money{5000, "SEK"}}, testTime)
		}, [2]bool{true, true}},
		{"the first one was cancelled", []Transaction{auth("t1", 5000, true)}, 5000, 5000, func(x, _ *Exchange) { x.Stage = Cancelled }, [2]bool{true, true}},
		{"the first one takes no payment", []Transaction{auth("t1", 5000, true)}, 5000, 5000, func(x, _ *Exchange) { x.Policy.Payment = PaymentNone }, [2]bool{true, true}},
		{"the first one is owed", []Transaction{auth("t1", 5000, true)}, -5000, 5000, nil, [2]bool{true, true}},
		{"it may be what the second one asks for", []Transaction{auth("t1", 5000, true)}, 5000, 5000, asks, [2]bool{false, false}},
		{"it was there before", []Transaction{auth("t1", 5000, true)}, 5000, 5000, func(first, second *Exchange) {
			asks(first, second)
			first.Facts.Agreed.Seen = []string{"t1"}
		}, [2]bool{true, false}},
		{"one of two may be", []Transaction{auth("t1", 5000, true), auth("t2", 5000, true)}, 5000, 5000, asks, [2]bool{true, true}},
		{"it is the second one's", []Transaction{auth("t1", 5000, true)}, 5000, 5000, func(first, second *Exchange) {
			asks(first, second)
			second.Facts.absorbOutcome(Outcome{Effect: second.Asked[0].ID, Kind: ChargeMandate, Result: Done, ID: "t1"}, testTime)
		}, [2]bool{false, true}},
		{"nothing is agreed for the second yet", []Transaction{auth("t1", 5000, true)}, 5000, 5000, func(_, x *Exchange) { x.Facts.Agreed = nil }, [2]bool{true, false}},
	}
	for _, c := range cases {
		all := []Exchange{owing("ex_1", c.first, 1, c.auths...), owing("ex_2", c.second, 2, c.auths...)}
		if c.change != nil {
			c.change(&all[0], &all[1])
		}
		for i := range all {
			all[i].Facts.Shop.Siblings = Beside(all, all[i].ID, all[i].Facts.Shop)
		}
		if got := [2]bool{all[0].secured(), all[1].secured()}; got != c.want {
			t.Errorf("%s: secured %v, want %v", c.name, got, c.want)
		}
	}
}

// TestNothingIsCapturedOfWhatAnotherExchangeMayHaveHadAuthorised: its act has no outcome yet, or was given up.
func TestNothingIsCapturedOfWhatAnotherExchangeMayHaveHadAuthorised(t *testing.T) {
	gaveUp := func(_, x *Exchange) {
		x.Facts.absorbOutcome(Outcome{Effect: x.Asked[0].ID, Kind: ChargeMandate, Result: Dead}, testTime)
	}
	refused := func(_, x *Exchange) {
		x.Facts.absorbOutcome(Outcome{Effect: x.Asked[0].ID, Kind: ChargeMandate, Result: Refused}, testTime)
	}
	cases := []struct {
		name   string
		auths  []Transaction
		change func(first, second *Exchange)
		want   string // the authorisation that is captured
	}{
		{"under way", []Transaction{auth("t1", 5000, true)}, nil, ""},
		{"given up", []Transaction{auth("t1", 5000, true)}, gaveUp, ""},
		{"refused", []Transaction{auth("t1", 5000, true)}, refused, "t1"},
		{"another amount", []Transaction{auth("t1", 7000, true)}, nil, "t1"},
		{"one of two", []Transaction{auth("t1", 5000, true), auth("t2", 5000, true)}, nil, "t2"},
		{"it was there before", []Transaction{auth("t1", 5000, true)}, func(first, _ *Exchange) { first.Facts.Agreed.Seen = []string{"t1"} }, "t1"},
	}
	for _, c := range cases {
		all := []Exchange{owing("ex_1", 5000, 1, c.auths...), owing("ex_2", 5000, 2, c.auths...)}
		all[1].Asked = []Asked{{ID: all[1].id(ChargeMandate, authorising+"m1"), Kind: ChargeMandate, Amount: &Money{5000, "SEK"}}}
		if c.change != nil {
			c.change(&all[0], &all[1])
		}
		x := &all[0]
		x.Stage = Sent
		x.Facts.Shop.Siblings = Beside(all, x.ID, x.Facts.Shop)
		got := ""
		if e, at := x.collect(Money{5000, "SEK"}, false); at == wayOpen && e.Kind == Capture {
			got = e.Money.ParentID
		}
		if got != c.want {
			t.Errorf("%s: captured of %q, want %q", c.name, got, c.want)
		}
	}
}

// TestAPaymentThatIsNotOursGoesToTheOneDueLongest shares out what the customer paid and staff gave back.
func TestAPaymentThatIsNotOursGoesToTheOneDueLongest(t *testing.T) {
	pays := func(id string, minor int64) Transaction {
		return Transaction{ID: id, Kind: "SALE", Status: "SUCCESS", Amount: Money{minor, "SEK"}}
	}
	back := func(id string, minor int64) Transaction {
		return Transaction{ID: id, Kind: "REFUND", Status: "SUCCESS", Amount: Money{minor, "SEK"}}
	}
	cases := []struct {
		name   string
		agreed [3]int64
		new    []Transaction
		change func(all []Exchange)
		want   [3]int64
	}{
		{"the oldest has it", [3]int64{5000, 5000, 5000}, []Transaction{pays("p", 5000)}, nil, [3]int64{5000, 0, 0}},
		{"what is more goes to the next", [3]int64{5000, 5000, 5000}, []Transaction{pays("p", 7000)}, nil, [3]int64{5000, 2000, 0}},
		{"two payments", [3]int64{5000, 3000, 4000}, []Transaction{pays("p", 4000), pays("q", 4000)}, nil, [3]int64{5000, 3000, 0}},
		{"one that is owed takes no payment", [3]int64{-5000, 5000, 0}, []Transaction{pays("p", 5000)}, nil, [3]int64{0, 5000, 0}},
		{"what staff gave back goes to the oldest that is owed", [3]int64{5000, -3000, -3000}, []Transaction{back("r", 3000)}, nil, [3]int64{0, -3000, 0}},
		{"each way at once", [3]int64{5000, -3000, 0}, []Transaction{pays("p", 5000), back("r", 3000)}, nil, [3]int64{5000, -3000, 0}},
		{"one that was processed first goes first", [3]int64{5000, 5000, 0}, []Transaction{pays("p", 5000)}, func(all []Exchange) {
			all[0].Facts.Agreed.Last = Stamp{1, 9}
		}, [3]int64{0, 5000, 0}},
		{"one that was paid by an act of ours does not want it", [3]int64{5000, 5000, 0}, []Transaction{pays("p", 5000), pays("ours", 5000)}, func(all []Exchange) {
			all[0].Facts.absorbOutcome(Outcome{Effect: "ex_0/charge_mandate/pm", Kind: ChargeMandate, Result: Done, ID: "ours", Amount: &Money{5000, "SEK"}}, testTime)
		}, [3]int64{0, 5000, 0}},
		{"nor does one that a person has settled", [3]int64{5000, 5000, 0}, []Transaction{pays("p", 5000)}, func(all []Exchange) {
			all[0].Facts.absorbSaid(Event{ID: "ev", Said: &Said{What: WrittenOff}}, nil)
		}, [3]int64{0, 5000, 0}},
		{"one that is not processed is not due", [3]int64{5000, 5000, 0}, []Transaction{pays("p", 5000)}, func(all []Exchange) {
			all[0].Facts.Shop.ExchangeLines = []ExchangeLine{{ID: "xl", Quantity: 1, Processable: 1}}
		}, [3]int64{0, 5000, 0}},
		{"what was paid before one was agreed is not for it", [3]int64{5000, 5000, 0}, []Transaction{pays("p", 5000)}, func(all []Exchange) {
			all[0].Facts.Agreed.Seen = append(all[0].Facts.Agreed.Seen, "p")
		}, [3]int64{0, 5000, 0}},
	}
	for _, c := range cases {
		var all []Exchange
		for i, agreed := range c.agreed {
			x := exchangeOf(ID("ex_"+string(rune('0'+i))), agreed, 0, 0, c.new...)
			x.Facts.Agreed.Stamp, x.Facts.Agreed.Last = Stamp{1, uint64(i + 1)}, Stamp{1, uint64(i + 4)}
			all = append(all, x)
		}
		if c.change != nil {
			c.change(all)
		}
		var owes int64
		for i := range all {
			stake, _ := all[i].stake()
			owes += stake.Minor
		}
		for _, n := range c.new {
			owes += map[string]int64{"SALE": -1, "REFUND": 1}[n.Kind] * n.Amount.Minor
		}
		for i := range all {
			all[i].Facts.Shop.Outstanding.Minor = owes
			all[i].Facts.Shop.Siblings = Beside(all, all[i].ID, all[i].Facts.Shop)
		}
		var got [3]int64
		for i := range all {
			got[i] = all[i].elsewhere().Minor
		}
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestWhatWasPaidForAnotherIsNotGivenBack is of a cancelled exchange whose invoice may be paid still.
func TestWhatWasPaidForAnotherIsNotGivenBack(t *testing.T) {
	pays := func(minor int64) Transaction {
		return Transaction{ID: "p", Kind: "SALE", Status: "SUCCESS", Amount: Money{minor, "SEK"}}
	}
	cases := []struct {
		name    string
		paid    int64
		balance int64
		beside  int64 // agreed by another exchange of the order
		change  func(other *Exchange)
		back    int64
		unclear bool
	}{
		{"the invoice was paid", 5000, -5000, 0, nil, 5000, false},
		{"the other was paid", 3000, 0, 3000, nil, 0, false},
		{"both were", 8000, -5000, 3000, nil, 5000, false},
		{"the other, and some of the invoice", 5000, -2000, 3000, nil, 2000, false},
		{"something else of the order was", 5000, 0, 0, nil, 0, false},
		{"an act of the other has no outcome yet", 3000, 0, 3000, func(other *Exchange) {
			other.Asked = []Asked{{ID: other.id(ChargeMandate, "pm1"), Kind: ChargeMandate, Amount: &Money{3000, "SEK"}}}
		}, 0, true},
		{"what the other agreed to is not known", 3000, 0, 3000, func(other *Exchange) { other.Facts.Agreed = nil }, 0, true},
	}
	for _, processed := range []int{0, 1} {
		for _, c := range cases {
			all := []Exchange{exchangeOf("ex_1", 5000, c.balance, 0, pays(c.paid)), exchangeOf("ex_2", c.beside, c.balance, 0, pays(c.paid))}
			x, other := &all[0], &all[1]
			other.Facts.Agreed.Last = Stamp{1, 7}
			if c.change != nil {
				c.change(other)
			}
			x.Stage = Cancelled
			x.Facts.Shop.ExchangeLines[0].Processed = processed
			invoice := x.id(SendInvoice, "5000SEK")
			x.Asked = []Asked{{ID: invoice, Kind: SendInvoice, Amount: &Money{5000, "SEK"}}}
			x.Facts.absorbOutcome(Outcome{Effect: invoice, Kind: SendInvoice, Result: Done, Stamp: Stamp{1, 5}}, testTime)
			x.Facts.absorbOutcome(Outcome{Effect: x.id(EditLines, "1"), Kind: EditLines, Result: Done, Stamp: Stamp{1, 6}}, testTime)
			x.Reads = []Reading{{Target: ReadShop, Want: 1, Have: 1, At: testTime}}
			x.Facts.Shop.Siblings = Beside(all, x.ID, x.Facts.Shop)
			if got := x.owedBack().Minor; got != c.back || c.back == 0 && x.overpaid() != c.unclear || x.watches(ReadShop) != c.unclear {
				t.Errorf("%s (processed %d): %d is given back, unclear %t, read again %t; want %d, %t", c.name, processed, got, x.overpaid(), x.watches(ReadShop), c.back, c.unclear)
			}
			x.Facts.absorbSaid(Event{ID: "ev", At: testTime, Said: &Said{What: PaidElsewhere}}, nil)
			if x.overpaid() || x.watches(ReadShop) {
				t.Errorf("%s (processed %d): a person has settled it, and it is unclear still", c.name, processed)
			}
		}
	}
}
