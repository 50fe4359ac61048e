package shopify_test

import (
	"errors"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
)

// split is an order that was paid in two parts, and owes 50.00 back.
func split(s *shop) (snapshot *exchange.Shop, first, second string) {
	s.seed(sim.ShopifySeed{Name: "#3001", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Price: "499.00"}}, Transactions: []sim.ShopifySeedTransaction{
		{Kind: "SALE", Amount: "469.00"}, {Kind: "SALE", Amount: "30.00"},
	}})
	snapshot = processed(s, s.cheaper)
	return snapshot, snapshot.Transactions[0].ID, snapshot.Transactions[1].ID
}

func inParts(e exchange.Effect, parts ...exchange.RefundFrom) exchange.Effect {
	ask := *e.Money
	ask.From = parts
	e.Money = &ask
	return e
}

func TestARefundInParts(t *testing.T) {
	s := newShop(t, "")
	snapshot, first, second := split(s)
	e := inParts(refundEffect(s, snapshot, 5000), exchange.RefundFrom{ParentID: first, Amount: sek(2000)}, exchange.RefundFrom{ParentID: second, Amount: sek(3000)})
	s.looks(e, exchange.NotDone)
	out := s.acts(e)
	if len(out.IDs) != 2 || out.Amount == nil || *out.Amount != sek(5000) {
		t.Errorf("the act came to %+v", out)
	}
	seen := s.looks(e, exchange.Done)
	if len(seen.IDs) != 2 || seen.ID != out.ID || *seen.Amount != sek(5000) {
		t.Errorf("the look found %+v", seen)
	}
	before := inParts(e, e.Money.From...)
	before.Money.Before = append(before.Money.Before, out.IDs...)
	before.Money.Owed = s.owes(snapshot.ReturnID)
	s.looks(before, exchange.NotDone)
	taken := inParts(e, e.Money.From...)
	taken.Money.Taken, taken.Money.Owed = out.IDs[:1], s.owes(snapshot.ReturnID)
	if seen := s.looks(taken, exchange.Done); *seen.Amount != sek(3000) || len(seen.IDs) != 1 {
		t.Errorf("of a refund of which one part is another exchange's the look found %+v", seen)
	}
	s.clean()
}

func TestARefundThatDoesNotAddUpIsNotBegun(t *testing.T) {
	s := newShop(t, "")
	e := refundEffect(s, processed(s, s.cheaper), 5000)
	_, err := s.peer.Act(t.Context(), inParts(e, exchange.RefundFrom{ParentID: e.Money.From[0].ParentID, Amount: sek(4000)}))
	rejectedWith(t, err, "effect_incomplete")
}

func TestNothingIsGivenBackThatOurLedgerDoesNotOwe(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.cheaper)
	e := refundEffect(s, snapshot, 5000)
	s.control("refunds", map[string]any{"order": s.order, "amount": "20.00"}) // staff gave a part of it back
	got, err := s.peer.Look(t.Context(), e)
	if err != nil || got.Code != exchange.CodeMismatch || got.Ours == nil || *got.Ours != sek(-5000) || *got.Theirs != sek(-3000) {
		t.Errorf("look says %+v, %v; want a mismatch", got, err)
	}
	s.control("refunds", map[string]any{"order": s.order, "amount": "30.00"})
	rest := refundEffect(s, snapshot, 3000)
	s.looks(rest, exchange.Done) // staff did just that
}

func TestPendingAndFailedRefunds(t *testing.T) {
	s := newShop(t, "", func(w *sim.ShopifySwitches) { w.RefundResult = "PENDING" })
	e := refundEffect(s, processed(s, s.cheaper), 5000)
	if _, err := s.peer.Act(t.Context(), e); err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotSent) {
		t.Fatalf("a pending refund says %v, want an unknown outcome", err)
	}
	_, err := s.peer.Look(t.Context(), e)
	underWay(t, err)
	s.control("transactions/settle", map[string]any{"transaction": s.book().Refunds[0].ID, "status": "SUCCESS"})
	s.looks(e, exchange.Done)

	s = newShop(t, "", func(w *sim.ShopifySwitches) { w.RefundResult = "FAILURE" })
	e = refundEffect(s, processed(s, s.cheaper), 5000)
	_, err = s.peer.Act(t.Context(), e)
	rejectedWith(t, err, "refund_failed")
	_, err = s.peer.Look(t.Context(), e)
	rejectedWith(t, err, "refund_failed")
}

// The key guards a second call for a day; after that only the look does.
func TestARefundHasAKey(t *testing.T) {
	s := newShop(t, "")
	e := refundEffect(s, processed(s, s.cheaper), 2000)
	s.acts(e)
	s.acts(e)
	if n := len(s.book().Refunds); n != 1 {
		t.Fatalf("refunded %d times with one key", n)
	}
	s.advance(25 * time.Hour)
	s.looks(e, exchange.Done)
	s.acts(e)
	if n := len(s.book().Refunds); n != 2 {
		t.Fatalf("%d refunds: the key is no longer remembered, so the look was what kept it from happening", n)
	}
}

// Of a key whose attempt failed Shopify wants a new one.
func TestAKeyWhoseAttemptFailedIsReplaced(t *testing.T) {
	for _, level := range []string{"user", "top"} {
		t.Run(level, func(t *testing.T) {
			s := newShop(t, "", func(w *sim.ShopifySwitches) { w.RefundKeyErrors = level })
			snapshot := processed(s, s.cheaper)
			much := refundEffect(s, snapshot, 50000)
			s.sim.Faults.Add(sim.Fault{Match: "refundCreate", Kind: sim.DropAfter})
			if _, err := s.peer.Act(t.Context(), much); err == nil || errors.Is(err, exchange.ErrRejected) {
				t.Fatalf("act with a lost reply says %v", err)
			}
			s.idle()
			_, err := s.peer.Act(t.Context(), much)
			rejectedWith(t, err, "user_error")
			if n := len(s.book().Refunds); n != 0 {
				t.Errorf("%d refunds", n)
			}
			other := much
			ask := *much.Money
			ask.Amount, ask.From = sek(100), []exchange.RefundFrom{{ParentID: ask.From[0].ParentID, Amount: sek(100)}}
			other.Money = &ask
			_, err = s.peer.Act(t.Context(), other) // the same key with something else
			if !errors.Is(err, exchange.ErrRejected) {
				t.Errorf("a key with other parameters says %v", err)
			}
		})
	}
}

func TestAKeyUnderWayIsNoRefusal(t *testing.T) {
	for _, level := range []string{"user", "top"} {
		s := newShop(t, "", func(w *sim.ShopifySwitches) { w.RefundKeyErrors = level })
		e := refundEffect(s, processed(s, s.cheaper), 5000)
		s.sim.Faults.Add(sim.Fault{Match: "refundCreate", Kind: sim.SlowBefore, DelayMS: 300})
		first := make(chan error)
		go func() {
			_, err := s.peer.Act(t.Context(), e)
			first <- err
		}()
		for s.sim.Ledger().Calls["refundCreate"] == 0 { // until it is there
			runtime.Gosched()
		}
		_, err := s.peer.Act(t.Context(), e)
		if !errors.Is(err, exchange.ErrNotSent) {
			t.Errorf("%s: beside one with its key a call says %v, want to come back later", level, err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		if n := len(s.book().Refunds); n != 1 {
			t.Errorf("%d refunds", n)
		}
	}
}

// processRefund processes everything and gives back what is owed, in one call.
func processRefund(s *shop, snapshot *exchange.Shop) exchange.Effect {
	e := processEffect(s, snapshot)
	e.Money = refundEffect(s, snapshot, 5000).Money
	e.Money.From = snapshot.SuggestedRefund
	return e
}

func TestProcessingGivesBackInTheSameCall(t *testing.T) {
	for _, f := range []string{"", sim.DropAfter} {
		s := newShop(t, "")
		e := processRefund(s, s.read(s.staffReturn(s.cheaper)))
		s.looks(e, exchange.NotDone)
		var out exchange.Outcome
		if f == "" {
			out = s.acts(e)
		} else {
			s.sim.Faults.Add(sim.Fault{Match: "returnProcess", Kind: f})
			if _, err := s.peer.Act(t.Context(), e); err == nil {
				t.Fatal("no error for a lost reply")
			}
			out = s.looks(e, exchange.Done)
		}
		if out.Amount == nil || *out.Amount != sek(5000) || len(out.IDs) != 1 {
			t.Errorf("it came to %+v, want 50.00 given back", out)
		}
		if b := s.book(); b.Refunded != 5000 || len(b.Refunds) != 1 || b.Outstanding != 0 {
			t.Errorf("the shop's ledger has %+v refunded, %d outstanding", b.Refunds, b.Outstanding)
		}
		s.clean()
	}
}

// Refunds are made in the customer's currency, whatever its decimals.
func TestGivingBackInTheCustomersCurrency(t *testing.T) {
	for currency, c := range map[string]struct {
		paid, price string
		owed        int64
	}{"JPY": {"7485", "7485", 750}, "KWD": {"14.970", "14.970", 1500}} {
		t.Run(currency, func(t *testing.T) {
			rate := map[string]string{"JPY": "15", "KWD": "0.03"}[currency]
			for _, along := range []bool{true, false} {
				s := newShop(t, "")
				s.seed(sim.ShopifySeed{
					Name: "#2001", PresentmentCurrency: currency, Rate: rate, Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Price: c.price}},
					Transactions: []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: c.paid}},
				})
				snapshot := s.read(s.staffReturn(s.cheaper))
				owed := exchange.Money{Minor: c.owed, Currency: currency}
				if len(snapshot.SuggestedRefund) != 1 || snapshot.SuggestedRefund[0].Amount != owed {
					t.Fatalf("suggested is %+v, want %v", snapshot.SuggestedRefund, owed)
				}
				var e exchange.Effect
				if along {
					e = processRefund(s, snapshot)
				} else {
					e = refundEffect(s, processed2(s, snapshot), 0)
				}
				e.Money.Amount, e.Money.From = owed, snapshot.SuggestedRefund
				s.looks(e, exchange.NotDone)
				if out := s.acts(e); out.Amount == nil || *out.Amount != owed {
					t.Errorf("given back was %v, want %v", out.Amount, owed)
				}
				s.looks(e, exchange.Done)
				if b := s.book(); b.Refunded != c.owed || b.Outstanding != 0 {
					t.Errorf("the ledger has %d refunded and %d outstanding", b.Refunded, b.Outstanding)
				}
				s.clean()
			}
		})
	}
}

// What is processed without the refund that was asked for is done, without an amount: the refund is asked for by itself.
func TestProcessedWithoutTheRefund(t *testing.T) {
	s := newShop(t, "")
	snapshot := s.read(s.staffReturn(s.cheaper))
	e := processRefund(s, snapshot)
	s.acts(processEffect(s, snapshot)) // the shop, or somebody else, without a refund
	if got := s.looks(e, exchange.Done); got.Amount != nil || got.IDs != nil {
		t.Errorf("look says %+v, want done without an amount", got)
	}

	s = newShop(t, "", func(w *sim.ShopifySwitches) { w.RefundResult = "FAILURE" })
	e = processRefund(s, s.read(s.staffReturn(s.cheaper)))
	if got := s.acts(e); got.Amount != nil {
		t.Errorf("with a refund that the gateway refused it came to %+v", got)
	}

	s = newShop(t, "", func(w *sim.ShopifySwitches) { w.RefundResult = "PENDING" })
	e = processRefund(s, s.read(s.staffReturn(s.cheaper)))
	if _, err := s.peer.Act(t.Context(), e); err == nil || errors.Is(err, exchange.ErrNotSent) || errors.Is(err, exchange.ErrRejected) {
		t.Errorf("with a pending refund act says %v, want an unknown outcome", err)
	}
	_, err := s.peer.Look(t.Context(), e)
	underWay(t, err)
	s.control("transactions/settle", map[string]any{"transaction": s.book().Refunds[0].ID, "status": "SUCCESS"})
	if got := s.looks(e, exchange.Done); got.Amount == nil || *got.Amount != sek(5000) {
		t.Errorf("look says %+v, want 50.00 given back", got)
	}
}

// After the call a read that fails says nothing of the call.
func TestProcessedAndTheReadAfterItFails(t *testing.T) {
	s := newShop(t, "")
	e := processRefund(s, s.read(s.staffReturn(s.cheaper)))
	s.sim.Faults.Add(sim.Fault{Match: "order", Kind: sim.Throttle, Status: http.StatusTooManyRequests})
	if _, err := s.peer.Act(t.Context(), e); err == nil || errors.Is(err, exchange.ErrNotSent) || errors.Is(err, exchange.ErrRejected) {
		t.Fatalf("act says %v, want an unknown outcome", err)
	}
	s.looks(e, exchange.Done)
}

func TestNothingIsProcessedWithARefundWhereTheLedgersDiffer(t *testing.T) {
	s := newShop(t, "")
	e := processRefund(s, s.read(s.staffReturn(s.cheaper)))
	owed := sek(100)
	e.Money.Owed = &owed
	if got, err := s.peer.Look(t.Context(), e); err != nil || got.Code != exchange.CodeMismatch {
		t.Errorf("look says %+v, %v; want a mismatch", got, err)
	}
	e.Withdraw = true
	s.looks(e, exchange.NotDone)
}
