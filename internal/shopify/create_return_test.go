package shopify_test

import (
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
)

func TestALookTakesNoReturnForItsOwnThatIsOverOrBegun(t *testing.T) {
	for _, c := range []struct {
		name  string
		then  string // what staff do with a return of the same lines
		wants exchange.Result
	}{
		{"it is open", "", exchange.Done},
		{"it is processed", "process", exchange.NotDone},
		{"it is closed", "close", exchange.NotDone},
		{"it is cancelled", "cancel", exchange.NotDone},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, "")
			id := s.staffReturn(s.same)
			if c.then != "" {
				s.control("returns/"+c.then, map[string]any{"return": id})
			}
			s.looks(createEffect(s, s.same), c.wants)
			s.clean()
		})
	}
}
