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
		{"what another took, and nothing is open", []Exchange{alone, took}, &Siblings{Taken: []string{"t4"}}},
		{"a capture that was asked for", []Exchange{asked, alone}, &Siblings{Open: true}},
		{"a capture that was given up: it may have landed", []Exchange{alone, dead}, &Siblings{Open: true}},
	}
	for _, c := range cases {
		if d := cmp.Diff(c.want, Beside(c.all, "ex_1")); d != "" {
			t.Errorf("%s (-want, +got):\n%s", c.name, d)
		}
	}
}
