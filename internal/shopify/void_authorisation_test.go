package shopify_test

import (
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
)

func voidEffect(s *shop, snapshot *exchange.Shop) exchange.Effect {
	e := moneyEffect(s, exchange.VoidAuthorisation, snapshot, 5000)
	e.Money.ParentID = s.auth
	return e
}

func TestWhatNoAuthorisationHoldsIsNotVoided(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*shop)
		want    string // a code, or done
	}{
		"it has expired":       {func(s *shop) { s.control("authorizations/expire", map[string]any{"transaction": s.auth}) }, "authorization_gone"},
		"staff have voided it": {func(s *shop) { s.control("authorizations/void", map[string]any{"transaction": s.auth}) }, "done"},
		"it was captured": {func(s *shop) {
			s.control("transactions/capture", map[string]any{"transaction": s.auth, "amount": "50.00"})
		}, "authorization_gone"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "50.00")
			snapshot := processed(s, s.same)
			e := voidEffect(s, snapshot)
			c.happens(s)
			e.Money.Owed = s.owes(snapshot.ReturnID)
			if c.want == "done" {
				s.looks(e, exchange.Done)
				return
			}
			_, err := s.peer.Look(t.Context(), e)
			rejectedWith(t, err, c.want)
		})
	}
}

func TestNothingIsVoidedWhereTheLedgersDiffer(t *testing.T) {
	s := newShop(t, "50.00")
	e := voidEffect(s, processed(s, s.same))
	owed := sek(100)
	e.Money.Owed = &owed
	if got, err := s.peer.Look(t.Context(), e); err != nil || got.Code != exchange.CodeMismatch {
		t.Errorf("look says %+v, %v; want a mismatch", got, err)
	}
}
