package shopify_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
)

func plus(w *sim.ShopifySwitches) { w.Plus = true }

// underWay asserts that err says: begun, look again later. It answers with what the shop calls the payment.
func underWay(t *testing.T, err error) string {
	t.Helper()
	var wait *exchange.NotSentError
	if !errors.As(err, &wait) {
		t.Fatalf("got %v, want that it goes on at the shop", err)
	}
	return wait.Reference
}

// A payment by a stored method is made by a job of the shop's. It is followed to its end, and asked for once.
func TestAPaymentThatTakesItsTimeIsFollowed(t *testing.T) {
	for _, paid := range []string{"PURCHASED", "SUCCESS", "CAPTURED"} {
		t.Run(paid, func(t *testing.T) {
			s := newShop(t, "", plus, func(w *sim.ShopifySwitches) { w.MandateReads, w.MandatePaid = 6, paid })
			e := chargeEffect(s, processed(s, s.dearer), 5000)
			_, err := s.peer.Act(t.Context(), e)
			reference := underWay(t, err)
			if reference == "" {
				t.Fatal("the payment that was begun has no name")
			}
			if again := underWay(t, second(s.peer.Act(t.Context(), e))); again != reference {
				t.Errorf("a second call began %s beside %s", again, reference)
			}
			e.Money.Reference = reference
			withdrawn := e
			withdrawn.Withdraw = true
			if _, err := s.peer.Look(t.Context(), withdrawn); !errors.Is(err, exchange.ErrNotSent) {
				t.Fatalf("look for a withdrawn one says %v, want that it is still under way", err)
			}
			s.control("jobs/run", map[string]any{})
			got := s.looks(e, exchange.Done)
			if got.Amount == nil || *got.Amount != sek(5000) {
				t.Errorf("charged %v", got.Amount)
			}
			e.Money.Reference = ""
			if found := s.looks(e, exchange.Done); found.ID != got.ID {
				t.Errorf("without its name it is found as %s, want %s", found.ID, got.ID)
			}
			if n := len(s.book().Charges); n != 1 {
				t.Errorf("charged %d times", n)
			}
			s.clean()
		})
	}
}

// A job of the shop's takes seconds, and goods wait for it; what is with the gateway takes longer.
func TestAPaymentThatIsBeingMadeIsLookedForSoon(t *testing.T) {
	for _, c := range []struct {
		result string
		soon   bool
	}{{"", true}, {"PENDING", false}} {
		s := newShop(t, "", plus, func(w *sim.ShopifySwitches) { w.MandateReads, w.MandateResult = 6, c.result })
		e := chargeEffect(s, processed(s, s.dearer), 5000)
		_, err := s.peer.Act(t.Context(), e)
		e.Money.Reference = underWay(t, err)
		if c.result != "" {
			s.control("jobs/run", map[string]any{})
			_, err = s.peer.Look(t.Context(), e)
		}
		var wait *exchange.NotSentError
		if !errors.As(err, &wait) || (wait.After == 0) != c.soon {
			t.Errorf("%q: waits as %+v, want soon to be %t", c.result, err, c.soon)
		}
	}
}

func second(_ exchange.Outcome, err error) error { return err }

func TestAPaymentOnlyAuthorised(t *testing.T) {
	s := newShop(t, "", plus)
	snapshot := processed(s, s.dearer)
	e := chargeEffect(s, snapshot, 5000)
	e.Money.Authorise = true
	out := s.acts(e)
	if s.looks(e, exchange.Done).ID != out.ID {
		t.Error("the look found another one")
	}
	got := s.read(snapshot.ReturnID).Transactions
	at := slices.IndexFunc(got, func(x exchange.Transaction) bool { return x.ID == out.ID })
	if at < 0 || got[at].Kind != "AUTHORIZATION" || got[at].Unsettled != sek(5000) {
		t.Errorf("transactions are %+v, want %s to be an authorisation", got, out.ID)
	}
	s.clean()
}

// Few shops may choose an amount. Without one all that is outstanding is charged, which must be just the amount.
func TestTheWholeIsChargedWithoutAnAmount(t *testing.T) {
	s := newShop(t, "")
	e := chargeEffect(s, processed(s, s.dearer), 5000)
	_, err := s.peer.Act(t.Context(), e)
	rejectedWith(t, err, "access_denied")
	e.Money.Whole = true
	less := e
	ask := *e.Money
	ask.Amount = sek(4000)
	less.Money = &ask
	_, err = s.peer.Look(t.Context(), less)
	rejectedWith(t, err, "other_amount_owed")
	s.looks(e, exchange.NotDone)
	s.acts(e)
	if c := s.book().Charges; len(c) != 1 || c[0].Amount != 0 || c[0].Status != "PURCHASED" {
		t.Errorf("charges are %+v", c)
	}
}

func TestPaymentsThatComeToNothing(t *testing.T) {
	for result, code := range map[string]string{"FAILURE": "charge_failed", "RETRYABLE": "charge_failed", "REDIRECT_REQUIRED": "charge_needs_customer"} {
		for _, reads := range []int{0, 5} {
			s := newShop(t, "", plus, func(w *sim.ShopifySwitches) { w.MandateResult, w.MandateReads = result, reads })
			e := chargeEffect(s, processed(s, s.dearer), 5000)
			_, err := s.peer.Act(t.Context(), e)
			if reads > 0 {
				e.Money.Reference = underWay(t, err)
				s.control("jobs/run", map[string]any{})
				_, err = s.peer.Look(t.Context(), e)
			}
			rejectedWith(t, err, code)
			e.Money.Reference = "" // had it been lost, a second call with the key tells the same
			s.looks(e, exchange.NotDone)
			_, err = s.peer.Act(t.Context(), e)
			rejectedWith(t, err, code)
			if n := len(s.book().Charges); n != 1 {
				t.Errorf("%s: charged %d times", result, n)
			}
		}
	}
}

func TestAPaymentThatNobodyCouldTellOfIsAskedForSoon(t *testing.T) {
	s := newShop(t, "", plus)
	e := chargeEffect(s, processed(s, s.dearer), 5000)
	s.sim.Faults.Add(sim.Fault{Match: "orderPaymentStatus", Kind: sim.ErrorBefore, Status: 503})
	_, err := s.peer.Act(t.Context(), e)
	var begun *exchange.NotSentError
	if !errors.As(err, &begun) || begun.Reference == "" || begun.After > 0 {
		t.Fatalf("got %+v, want the payment's name, and no wait: it is not known to be pending", err)
	}
	e.Money.Reference = begun.Reference
	s.looks(e, exchange.Done)
}

func TestNothingIsChargedThatIsNotOwed(t *testing.T) {
	s := newShop(t, "", plus)
	snapshot := processed(s, s.dearer)
	e := chargeEffect(s, snapshot, 6000)
	_, err := s.peer.Look(t.Context(), e)
	rejectedWith(t, err, "other_amount_owed")
	s.control("payments", map[string]any{"order": s.order, "amount": "20.00"})
	e = chargeEffect(s, snapshot, 5000)
	got, err := s.peer.Look(t.Context(), e)
	if err != nil || got.Code != exchange.CodeMismatch || got.Theirs == nil || *got.Theirs != sek(3000) {
		t.Errorf("look says %+v, %v; want a mismatch", got, err)
	}
	even := moneyEffect(s, exchange.ChargeMandate, s.read(snapshot.ReturnID), 3000)
	even.Money.MandateID = e.Money.MandateID
	s.looks(even, exchange.NotDone)
	s.control("payments", map[string]any{"order": s.order, "amount": "30.00"})
	even.Money.Owed = s.owes(snapshot.ReturnID)
	s.looks(even, exchange.Done) // the customer was faster, and paid just that
	even.Money.Before = append(even.Money.Before, s.read(snapshot.ReturnID).Transactions[2].ID)
	_, err = s.peer.Look(t.Context(), even)
	rejectedWith(t, err, "nothing_owed")
}
