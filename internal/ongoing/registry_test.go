package ongoing

import (
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
)

func TestEveryActOfOngoingsHasItsTwoHalves(t *testing.T) {
	want := map[exchange.Kind]bool{}
	for _, a := range exchange.Acts() {
		if a.Peer != exchange.PeerOngoing {
			continue
		}
		want[a.Kind] = true
		if k := kinds[a.Kind]; k.look == nil || k.act == nil || k.asks == nil {
			t.Errorf("%s is not in the registry", a.Kind)
		}
	}
	for k := range kinds {
		if !want[k] {
			t.Errorf("%s is in the registry and is no act of Ongoing's", k)
		}
	}
}

func TestAnEffectThatIsNotOursIsAnError(t *testing.T) {
	p := New(Options{})
	for _, e := range []exchange.Effect{{Kind: exchange.Capture}, {Kind: exchange.PlaceOrder}, {Kind: exchange.Release}} {
		if _, err := p.Look(t.Context(), e); err == nil {
			t.Errorf("look for %s without what it needs: no error", e.Kind)
		}
		if _, err := p.Act(t.Context(), e); err == nil {
			t.Errorf("act %s without what it needs: no error", e.Kind)
		}
	}
	if _, err := p.Read(t.Context(), exchange.Effect{Kind: exchange.KindRead, Read: &exchange.ReadAsk{Target: exchange.ReadShop}}); err == nil {
		t.Error("read of the shop: no error")
	}
}
