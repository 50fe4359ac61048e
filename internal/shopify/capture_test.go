package shopify_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
)

func rejectedWith(t *testing.T, err error, code string) {
	t.Helper()
	var no *exchange.RejectedError
	if !errors.As(err, &no) || no.Code != code || errors.Is(err, exchange.ErrNotSent) {
		t.Errorf("got %v, want rejected with %s", err, code)
	}
}

// owes is what an order owes by Shopify now.
func (s *shop) owes(returnID string) *exchange.Money {
	s.t.Helper()
	snapshot := s.read(returnID)
	owed, err := snapshot.Outstanding.Plus(snapshot.Capturable)
	if err != nil {
		s.t.Fatal(err)
	}
	return &owed
}

func TestNothingIsCapturedWhereTheOrderOwesSomethingElse(t *testing.T) {
	for name, c := range map[string]struct {
		owed    exchange.Money
		happens func(*shop)
	}{
		"our ledger says more":      {owed: sek(6000)},
		"our ledger says nothing":   {owed: sek(0)},
		"another currency":          {owed: exchange.Money{Minor: 5000, Currency: "DKK"}},
		"the customer paid already": {owed: sek(5000), happens: func(s *shop) { s.control("payments", map[string]any{"order": s.order, "amount": "50.00"}) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "50.00")
			e := captureEffect(s, processed(s, s.dearer), 5000)
			e.Money.Owed = &c.owed
			if c.happens != nil {
				c.happens(s)
			}
			got, err := s.peer.Look(t.Context(), e)
			if err != nil || got.Result != exchange.Refused || got.Code != "money_mismatch" || got.Ours == nil || got.Theirs == nil || *got.Ours != c.owed || got.Looked {
				t.Fatalf("look says %+v, %v, want refused for a money mismatch", got, err)
			}
			if *got.Theirs == c.owed {
				t.Errorf("both figures are %v", c.owed)
			}
			e.Withdraw = true
			s.looks(e, exchange.NotDone)
		})
	}
}

// An open authorisation counts as paid in what is outstanding, so the two together are compared.
func TestOwedIsComparedWithOutstandingAndCapturable(t *testing.T) {
	s := newShop(t, "50.00")
	snapshot := processed(s, s.dearer)
	if snapshot.Outstanding != sek(0) || snapshot.Capturable != sek(5000) {
		t.Fatalf("outstanding %v, capturable %v: not the case to be tried", snapshot.Outstanding, snapshot.Capturable)
	}
	s.looks(captureEffect(s, snapshot, 5000), exchange.NotDone)
}

func TestWhoseCaptureItIs(t *testing.T) {
	s := newShop(t, "50.00")
	snapshot := processed(s, s.dearer)
	e := captureEffect(s, snapshot, 5000)
	out := s.acts(e)
	if out.Amount == nil || *out.Amount != sek(5000) {
		t.Errorf("captured %v", out.Amount)
	}
	seen := s.looks(e, exchange.Done)
	if seen.ID != out.ID || seen.Amount == nil || *seen.Amount != sek(5000) {
		t.Errorf("look found %+v, want %s", seen, out.ID)
	}
	for name, change := range map[string]func(*exchange.MoneyAsk){
		"it was there before":           func(a *exchange.MoneyAsk) { a.Before = append(a.Before, out.ID) },
		"it is another exchange's":      func(a *exchange.MoneyAsk) { a.Taken = []string{out.ID} },
		"it has another amount":         func(a *exchange.MoneyAsk) { a.Amount = sek(4000) },
		"it is of another transaction":  func(a *exchange.MoneyAsk) { a.ParentID = snapshot.Transactions[0].ID },
		"it is another currency's 5000": func(a *exchange.MoneyAsk) { a.Amount.Currency = "NOK" },
	} {
		other := *e.Money
		other.Owed = s.owes(snapshot.ReturnID)
		change(&other)
		got, err := s.peer.Look(t.Context(), exchange.Effect{Kind: exchange.Capture, Money: &other})
		if err == nil && got.Result == exchange.Done {
			t.Errorf("%s, and the look took it for ours", name)
		}
		rejectedWith(t, err, "authorization_gone") // nothing is left to capture
	}
	s.clean()
}

func TestAuthorisationsThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		minor   int64
		happens func(*shop)
	}{
		"expired":   {5000, func(s *shop) { s.control("authorizations/expire", map[string]any{"transaction": s.auth}) }},
		"too small": {5001, func(*shop) {}},
		"used by the shop": {5000, func(s *shop) {
			s.control("transactions/capture", map[string]any{"transaction": s.auth, "amount": "10.00"})
		}},
		"another id": {5000, func(s *shop) { s.auth = "gid://shopify/OrderTransaction/4711" }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "50.00")
			snapshot := processed(s, s.dearer)
			c.happens(s)
			e := captureEffect(s, snapshot, c.minor)
			e.Money.Owed = s.owes(snapshot.ReturnID)
			_, err := s.peer.Look(t.Context(), e)
			rejectedWith(t, err, "authorization_gone")
		})
	}
}

func TestExpiryIsReckonedWithOurOwnClock(t *testing.T) {
	s := newShop(t, "", func(w *sim.ShopifySwitches) { w.Plus = true })
	s.control("authorizations", map[string]any{"order": s.order, "amount": "50.00", "multi_capturable": true, "expires_at": s.clock().Add(7 * 24 * time.Hour)})
	snapshot := processed(s, s.dearer)
	for _, x := range snapshot.Transactions {
		if x.Kind == "AUTHORIZATION" {
			s.auth = x.ID
			if !x.ExpiresAt.Equal(s.clock().Add(7 * 24 * time.Hour)) {
				t.Errorf("expires at %v", x.ExpiresAt)
			}
		}
	}
	e := captureEffect(s, snapshot, 5000)
	s.looks(e, exchange.NotDone)
	s.advance(7 * 24 * time.Hour)
	_, err := s.peer.Look(t.Context(), e)
	rejectedWith(t, err, "authorization_gone")
}

func TestPendingCaptures(t *testing.T) {
	s := newShop(t, "50.00", func(w *sim.ShopifySwitches) { w.CaptureResult = "PENDING" })
	e := captureEffect(s, processed(s, s.dearer), 5000)
	if _, err := s.peer.Act(t.Context(), e); err == nil || errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotSent) {
		t.Fatalf("a pending capture says %v, want an unknown outcome", err)
	}
	_, err := s.peer.Look(t.Context(), e)
	var wait *exchange.NotSentError
	if !errors.As(err, &wait) || wait.After != time.Minute {
		t.Fatalf("look at a pending capture says %v, want another look after a minute", err)
	}
	s.control("transactions/settle", map[string]any{"transaction": s.book().Captures[0].ID, "status": "SUCCESS"})
	s.looks(e, exchange.Done)
	if n := len(s.book().Captures); n != 1 {
		t.Errorf("captured %d times", n)
	}
}

func TestFailedCaptures(t *testing.T) {
	s := newShop(t, "50.00", func(w *sim.ShopifySwitches) { w.CaptureResult = "FAILURE" })
	e := captureEffect(s, processed(s, s.dearer), 5000)
	_, err := s.peer.Act(t.Context(), e)
	rejectedWith(t, err, "capture_failed")
	_, err = s.peer.Look(t.Context(), e)
	rejectedWith(t, err, "capture_failed")
	e.Money.Before = append(e.Money.Before, s.book().Captures[0].ID) // asked for anew, the failure is one from before
	s.looks(e, exchange.NotDone)
}

// What is left of an authorisation may be another exchange's, or the shop's own: no capture is called the final one.
func TestACaptureLeavesTheRestOfTheAuthorisation(t *testing.T) {
	s := newShop(t, "")
	s.seed(sim.ShopifySeed{Name: "#4001", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Price: "499.00"}}, Transactions: []sim.ShopifySeedTransaction{
		{Kind: "SALE", Amount: "499.00"}, {Kind: "AUTHORIZATION", Amount: "80.00", MultiCapturable: true},
	}})
	snapshot := processed(s, s.dearer)
	s.acts(captureEffect(s, snapshot, 5000))
	for _, x := range s.read(snapshot.ReturnID).Transactions {
		if x.ID == s.auth && (!x.Capturable || x.Unsettled != sek(3000)) {
			t.Errorf("the authorisation is %+v, want 30.00 left of it", x)
		}
	}
	s.clean()
}

// The last capture lets go of the rest, where the gateway can; where it cannot, it is made without that, once.
func TestTheFinalCapture(t *testing.T) {
	for name, c := range map[string]struct {
		multi bool
		rest  int64
		calls int
	}{"the gateway knows it": {true, 0, 1}, "the gateway refuses it": {false, 0, 2}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "")
			s.seed(sim.ShopifySeed{Name: "#4001", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Price: "499.00"}}, Transactions: []sim.ShopifySeedTransaction{
				{Kind: "SALE", Amount: "499.00"}, {Kind: "AUTHORIZATION", Amount: "80.00", MultiCapturable: c.multi},
			}})
			snapshot := processed(s, s.dearer)
			e := captureEffect(s, snapshot, 5000)
			e.Money.Final = true
			s.acts(e)
			s.looks(e, exchange.Done)
			for _, x := range s.read(snapshot.ReturnID).Transactions {
				if x.ID == s.auth && (x.Capturable || x.Unsettled.Minor != c.rest) {
					t.Errorf("the authorisation is %+v, want nothing left", x)
				}
			}
			if n := s.sim.Ledger().Calls["orderCapture"]; n != c.calls || s.book().Captured != 5000 {
				t.Errorf("%d calls captured %d, want %d and 5000", n, s.book().Captured, c.calls)
			}
			s.clean()
		})
	}
}

// A final capture whose reply is lost is not asked for again without that.
func TestALostFinalCaptureIsUnknown(t *testing.T) {
	s := newShop(t, "50.00")
	e := captureEffect(s, processed(s, s.dearer), 5000)
	e.Money.Final = true
	s.sim.Faults.Add(sim.Fault{Match: "orderCapture", Kind: sim.DropAfter})
	if _, err := s.peer.Act(t.Context(), e); err == nil || errors.Is(err, exchange.ErrRejected) {
		t.Fatalf("act says %v, want an unknown outcome", err)
	}
	s.looks(e, exchange.Done)
	if n := len(s.book().Captures); n != 1 {
		t.Errorf("captured %d times", n)
	}
}
