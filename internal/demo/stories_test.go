package demo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestStoriesAreThoseOfTheContract(t *testing.T) {
	want := []string{
		"regular-even", "regular-upsell", "instant-even", "instant-upsell", "duplicates-and-disorder", "crash",
		"two-exchanges-one-order", "warehouse-cancels",
		"refund", "invoice", "declined-then-invoice", "deposit-secured", "never-returned", "partial-return", "split-shipment",
		"late-tracking", "cancel-at-each-stage", "legacy-workflow", "portal-processes", "jpy", "money-mismatch", "silent-sender",
	}
	if got := Stories(); !slices.Equal(got, want) {
		t.Errorf("stories are %q, want %q", got, want)
	}
	if _, err := choose("regular"); err == nil || !strings.Contains(err.Error(), "regular-even") {
		t.Errorf("a story that does not exist: %v, want the names of those that do", err)
	}
}

func TestWhoAsksChangesWithTheSeed(t *testing.T) {
	seen := map[asking]bool{}
	for seed := range uint64(askings) {
		seen[byStaff.after(seed+1)] = true
	}
	if byStaff.after(1) != byStaff || byPortal.after(2) != byReturn || len(seen) != int(askings) {
		t.Errorf("seed 1: %d, portal with seed 2: %d, %d kinds in %d seeds", byStaff.after(1), byPortal.after(2), len(seen), askings)
	}
	if got := byReturn.after(0); got != byPortal {
		t.Errorf("seed 0: %d, want the one before", got)
	}
}

func TestWhereAnExchangeStandsNamesWhatItWaitsFor(t *testing.T) {
	s := swap{ID: "ex_1", Stage: "open"}
	s.WaitingFor = append(s.WaitingFor, struct{ Condition string }{"return closed"})
	s.Raised = append(s.Raised, struct{ Code, Message string }{"payment_due", "nobody pays"})
	if got, want := s.String(), "exchange ex_1 is open, waiting for: return closed; raised payment_due: nobody pays"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAmountsOfTheDemo(t *testing.T) {
	for _, c := range []struct {
		minor          int64
		currency, want string
	}{
		{24900, "SEK", "249.00"},
		{5, "SEK", "0.05"},
		{-150, "SEK", "-1.50"},
		{0, "SEK", "0.00"},
		{24900, "JPY", "24900"},
		{-5, "JPY", "-5"},
		{7470, "KWD", "7.470"},
		{5, "KWD", "0.005"},
	} {
		if got := decimal(c.minor, c.currency); got != c.want {
			t.Errorf("decimal(%d, %s) = %q, want %q", c.minor, c.currency, got, c.want)
		}
	}
	for c, want := range map[coin]string{kronor: "249.00 SEK", yen: "2490 JPY", dinars: "7.470 KWD"} {
		if got := c.price(c.of(24900)); got != want {
			t.Errorf("24900 öre are %q, want %q", got, want)
		}
	}
}

func TestAStepIsALine(t *testing.T) {
	var out strings.Builder
	s := &steps{out: &out}
	s.tell(time.Now(), sideOngoing, "order %s is put", "#1001-EX1")
	if got, want := out.String(), "   0.00s  Ongoing    order #1001-EX1 is put\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	(*steps)(nil).tell(time.Now(), sideOngoing, "nobody listens")
}

func TestTheParcelsThatAnOrderWentOutIn(t *testing.T) {
	const body = `{"parcels":[{"parcelNumber":"1","isReturnParcel":false},{"parcelNumber":"2","isReturnParcel":true}]}`
	sent := []sim.Record{
		{Label: "order #1001-EX1 300", Body: `{"parcels":[]}`},
		{Label: "order #1001-EX1 450", Body: body},
		{Label: "order #1001-EX1 450", Body: body},
		{Label: "order #1001-EX11 450", Body: `{"parcels":[{"parcelNumber":"9"}]}`},
		{Label: "orders/paid", Body: "{}"},
	}
	if got := outbound(sent, "#1001-EX1"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("parcels %q, want the one that goes out, once", got)
	}
}
