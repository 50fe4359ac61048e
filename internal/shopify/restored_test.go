package shopify_test

import (
	"errors"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
)

func TestAfterARestoreNothingIsCapturedBesideAPaymentThatNobodyClaims(t *testing.T) {
	s := newShop(t, "50.00")
	snapshot := processed(s, s.dearer)
	first := captureEffect(s, snapshot, 5000)
	first.Money.Amount.Minor = 2000 // of another exchange of the order, made after the backup
	lost := s.acts(first)

	e := captureEffect(s, s.read(snapshot.ReturnID), 3000)
	s.looks(e, exchange.NotDone)
	e.Money.Restored = true
	for _, t := range snapshot.Transactions {
		e.Money.Known = append(e.Money.Known, t.ID)
	}
	got, err := s.peer.Look(t.Context(), e)
	if err != nil || got.Result != exchange.Refused || got.Code != "capture_unclear" || got.Reason == "" {
		t.Fatalf("look says %+v, %v; want refused, since %s may be ours", got, err, lost.ID)
	}
	e.Money.Taken = []string{lost.ID} // that exchange is known after all
	s.looks(e, exchange.NotDone)
}

func TestAfterARestoreNothingIsGivenBackBesideARefundThatNobodyClaims(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.cheaper)
	lost := s.acts(refundEffect(s, snapshot, 2000)) // made after the backup

	e := refundEffect(s, s.read(snapshot.ReturnID), 3000)
	s.looks(e, exchange.NotDone)
	e.Money.Restored = true
	for _, t := range snapshot.Transactions {
		e.Money.Known = append(e.Money.Known, t.ID)
	}
	got, err := s.peer.Look(t.Context(), e)
	if err != nil || got.Result != exchange.Refused || got.Code != "capture_unclear" {
		t.Fatalf("look says %+v, %v; want refused, since %s may be ours", got, err, lost.ID)
	}
	e.Money.Known = append(e.Money.Known, lost.ID)
	s.looks(e, exchange.NotDone)
}

func TestAfterARestoreAReturnThatIsFurtherOnMayBeOurs(t *testing.T) {
	for _, c := range []struct {
		then  string
		wants exchange.Result // empty: nobody can tell
	}{{"", exchange.Done}, {"process", ""}, {"close", ""}, {"cancel", exchange.NotDone}} {
		t.Run("then "+c.then, func(t *testing.T) {
			s := newShop(t, "")
			id := s.staffReturn(s.same)
			if c.then != "" {
				s.control("returns/"+c.then, map[string]any{"return": id})
			}
			e := createEffect(s, s.same)
			e.Return.Restored = true
			if c.wants != "" {
				s.looks(e, c.wants)
				return
			}
			if got, err := s.peer.Look(t.Context(), e); !errors.Is(err, exchange.ErrAmbiguous) {
				t.Errorf("look says %+v, %v; want that nobody can tell", got, err)
			}
			e.Return.Taken = []string{id}
			s.looks(e, exchange.NotDone)
		})
	}
}
