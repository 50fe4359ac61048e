package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/reconcile"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
)

func TestAnExchangeEndsThoughNoWebhookIsEverSent(t *testing.T) {
	r := newRig(t)
	if sum := r.sweep(); sum.Returns != 1 {
		t.Fatalf("%d returns found that nobody told of, want the one", sum.Returns)
	}
	x := r.wants(exchange.Open)
	r.staff("return-orders/receive", x.ReturnNumber(), map[string]any{})
	if sum := r.sweep(); sum.Told[exchange.ReadReturnOrder] != 1 {
		t.Errorf("told %v, want the return order", sum.Told)
	}
	r.sweep()
	r.wants(exchange.Released)
	r.staff("orders/ship", x.Number(), map[string]any{"tracking": true})
	r.sweep()
	r.sweep()
	r.sweep()
	x = r.wants(exchange.Completed)
	if len(x.Raised) > 0 {
		t.Errorf("raised %v", x.Raised)
	}
	if sum := r.sweep(); sum.Exchanges != 0 {
		t.Errorf("%d exchanges are compared after the end", sum.Exchanges)
	}
	if r.clock().Sub(x.Created) > time.Minute {
		t.Errorf("it took %s: polls may have done it", r.clock().Sub(x.Created))
	}
	r.advance(reconcile.Grace)
	r.sweep()
	got := r.state().Tally[exchange.PeerOngoing]
	if got.Changes == 0 || got.Missed != got.Changes {
		t.Errorf("counted %+v, want all changes missed", got)
	}
	if got := r.state().Tally[exchange.PeerShopify]; got != (reconcile.Tally{}) {
		t.Errorf("counted %+v of the shop, where all that changed was done by us", got)
	}
	s := r.state()
	if advice := strings.Join(s.Advice(), "\n"); !strings.Contains(advice, "none of its webhooks arrives") {
		t.Errorf("the advice is %q", advice)
	}
	for _, rejected := range r.shop.Ledger().Rejected {
		t.Errorf("the shop rejected %+v", rejected)
	}
	for range 2 {
		r.advance(24 * time.Hour)
		r.sweep()
	}
	if n := r.worker.Remembered(); n != 0 {
		t.Errorf("what was told of %d objects is remembered for days after the end", n)
	}
}

func TestWhatAWebhookToldIsNoGap(t *testing.T) {
	r := newRig(t)
	x := r.open()
	r.staff("return-orders/receive", x.ReturnNumber(), map[string]any{})
	r.hears("ongoing", x, exchange.ReadReturnOrder)
	r.wants(exchange.Released)
	if sum := r.sweep(); len(sum.Told) > 0 {
		t.Errorf("told %v again", sum.Told)
	}
	r.advance(reconcile.Grace)
	r.sweep()
	if got := r.state().Tally[exchange.PeerOngoing]; got != (reconcile.Tally{Changes: 1}) {
		t.Errorf("counted %+v, want one change that was told", got)
	}
	s := r.state()
	if advice := s.Advice(); len(advice) > 0 {
		t.Errorf("advice %q where nothing was missed", advice)
	}
	r.staff("orders/ship", x.Number(), map[string]any{"tracking": true})
	r.sweep()
	r.hears("ongoing", x, exchange.ReadOrder) // it was only late
	r.advance(2 * reconcile.Grace)
	r.sweep()
	if got := r.state().Tally[exchange.PeerOngoing]; got.Changes < 2 || got.Missed != 0 {
		t.Errorf("counted %+v, want none missed: the webhook came within the grace", got)
	}
}

func TestADifferenceIsToldOnceUntilItIsRead(t *testing.T) {
	r := newRig(t)
	x := r.open()
	r.staff("return-orders/receive", x.ReturnNumber(), map[string]any{})
	told := 0
	for range 3 { // nothing reads in between
		sum, err := r.worker.Pass(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		told += sum.Told[exchange.ReadReturnOrder]
	}
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}

func TestASweepThatIsBrokenOffSaysWhyAndGoesOn(t *testing.T) {
	r := newRig(t)
	r.open()
	r.warehouse.Faults.Add(sim.Fault{Match: "GET /orders", Kind: sim.ErrorBefore})
	if _, err := r.worker.Pass(t.Context()); err == nil {
		t.Fatal("a sweep while Ongoing fails says nothing")
	}
	if s := r.state(); s.Trouble == "" || s.Last.IsZero() {
		t.Errorf("the state says %+v, want why it was broken off", s)
	}
	r.sweep()
	if s := r.state(); s.Trouble != "" {
		t.Errorf("trouble %q after a sweep that went well", s.Trouble)
	}
}

func TestAnOrderThatWasRenumberedIsFoundAgain(t *testing.T) {
	r := newRig(t)
	x := r.open()
	r.renumber(x.Facts.Order.ID, "#1001-X")
	if got := codes(r.compare().Differences); got != "gone order" {
		t.Fatalf("differences %q, want the order gone", got)
	}
	r.sweep()
	if got := codes(r.compare().Differences); got != "" || r.exchange().Facts.Order.Number != "#1001-X" {
		t.Errorf("differences %q, want it found under its new number", got)
	}
}

func TestGoodsThatComeAfterTheEndAreFoundWithinADay(t *testing.T) {
	r := newRig(t)
	x := r.open()
	r.staff("return-orders/receive", x.ReturnNumber(), map[string]any{})
	r.sweep()
	r.sweep()
	r.staff("orders/ship", x.Number(), map[string]any{"tracking": false})
	for range 3 {
		r.sweep()
	}
	r.wants(exchange.Completed)
	r.staff("orders/track", x.Number(), map[string]any{})
	if sum := r.sweep(); len(sum.Told) != 0 {
		t.Errorf("told %v within the day, want what has ended looked at once a day", sum.Told)
	}
	r.advance(24 * time.Hour)
	if sum := r.sweep(); sum.Told[exchange.ReadOrder] != 1 {
		t.Errorf("told %v, want the order whose tracking came late", sum.Told)
	}
	if parcels := r.exchange().Facts.Order.Parcels; len(parcels) == 0 || parcels[0].Waybill == "" {
		t.Errorf("parcels %+v, want their tracking", parcels)
	}
}

// compare is the comparison of the only exchange.
func (r *rig) compare() reconcile.Comparison {
	r.t.Helper()
	list, err := r.worker.Compare(r.t.Context(), []exchange.Exchange{r.exchange()})
	if err != nil {
		r.t.Fatal(err)
	}
	return list[0]
}

func TestThreeSidesAreCompared(t *testing.T) {
	r := newRig(t)
	x := r.open()
	r.staff("orders/status", x.Number(), map[string]any{"number": 300})
	r.control(r.to, "returns/process", map[string]any{"return": r.returnID})
	c := r.compare()
	if got := codes(c.Differences); got != "moved order, moved shop" {
		t.Errorf("differences %q", got)
	}
	for _, want := range []reconcile.Row{
		{What: "exchange order", Ongoing: "300 Released", Ours: "200 Open"},
		{What: "processed", Shopify: "1 back, 1 out", Ours: "0 back, 0 out"},
	} {
		found := false
		for _, row := range c.Rows {
			found = found || row == want
		}
		if !found {
			t.Errorf("rows %+v lack %+v", c.Rows, want)
		}
	}
	for _, d := range c.Differences {
		if !strings.HasPrefix(d.Mend, "tradeback reconcile --connection nordwear --exchange "+string(x.ID)) {
			t.Errorf("%s is mended by %q", d.Text, d.Mend)
		}
	}
}

func TestASecondOrderForTheSameGoodsIsFound(t *testing.T) {
	r := newRig(t)
	x := r.open()
	order := func(number, owner, reference, article string) {
		r.control(r.at, "orders", map[string]any{"order": map[string]any{
			"orderNumber": number, "goodsOwnerOrderId": owner, "referenceNumber": reference,
			"orderLines": []map[string]any{{"rowNumber": "1", "articleNumber": article, "numberOfItems": 1}},
		}})
	}
	order("#1001-F2", "", "#1001", "TEE-M")                              // another connector's
	order("#1001-COPY", string(x.ID), "", "TEE-M")                       // our mark, and not our order
	order("#0900-EX1", "ex_01JAAAAAAAAAAAAAAAAAAAAAAA", "#900", "TEE-M") // an exchange that is not here
	order("#1002", "", "#1002", "TEE-M")                                 // none of our business
	order("#1001-B", "", "#1001", "CAP")                                 // other goods of the same customer's
	if sum := r.sweep(); sum.Strays != 0 {
		t.Fatalf("%d strays within the day, want them looked for once a day", sum.Strays)
	}
	r.advance(24 * time.Hour)
	sum := r.sweep()
	got := map[string]string{}
	for _, s := range r.state().Strays {
		got[s.About] = s.Code
	}
	want := map[string]string{"#1001-F2": reconcile.SecondOrder, "#1001-COPY": reconcile.SecondOrder, "#0900-EX1": reconcile.UnknownOrder}
	if len(got) != len(want) || len(sum.New) != len(want) {
		t.Errorf("strays %v, want %v", got, want)
	}
	for about, code := range want {
		if got[about] != code {
			t.Errorf("%s is %q, want %q", about, got[about], code)
		}
	}
	r.advance(24 * time.Hour)
	if sum := r.sweep(); len(sum.New) != 0 {
		t.Errorf("%+v are new again", sum.New)
	}
}

func TestGoodsThatAnotherAppShippedAreFound(t *testing.T) {
	r := newRig(t)
	x := r.open()
	r.control(r.to, "returns/process", map[string]any{"return": r.returnID})
	r.sweep()
	for _, o := range r.shop.Ledger().Orders {
		for _, h := range o.Holds {
			r.control(r.to, "holds/release", map[string]any{"hold": h.ID}) // ours, which keeps such an app from it
		}
	}
	for _, fo := range r.exchange().Facts.Shop.FulfillmentOrders {
		if fo.Lines[0].Remaining > 0 {
			r.control(r.to, "fulfillments", map[string]any{"fulfillment_order": fo.ID, "tracking": "X1"})
		}
	}
	r.sweep()
	sum := r.sweep()
	if len(sum.New) != 1 || sum.New[0].Code != reconcile.ByAnother || sum.New[0].Exchange != x.ID {
		t.Errorf("strays %+v, want the fulfillment of another app", sum.New)
	}
}

func TestOngoingIsAskedInOneCallForAll(t *testing.T) {
	r := newRig(t)
	r.open()
	before := r.warehouse.Ledger().Calls
	r.sweep()
	after := r.warehouse.Ledger().Calls
	for call, n := range after {
		if n-before[call] > 1 {
			t.Errorf("%s was called %d times in one sweep", call, n-before[call])
		}
	}
}

func TestAShopThatIsAwayIsAskedOnce(t *testing.T) {
	r := newRig(t)
	r.open()
	x := r.exchange()
	r.shop.Faults.Add(sim.Fault{Match: "return", Kind: sim.ErrorBefore, Status: http.StatusBadGateway, Times: 1})
	list, err := r.worker.Compare(t.Context(), []exchange.Exchange{x, x})
	if err == nil || errors.Is(err, store.ErrNotFound) {
		t.Fatalf("a shop that is away says %v", err)
	}
	for _, c := range list {
		if len(c.Unknown) != 1 || !strings.Contains(c.Unknown[0], "return") {
			t.Errorf("not known: %q, want the return alone", c.Unknown)
		}
		if codes(c.Differences) != "" {
			t.Errorf("differences %q where the shop could not be asked", codes(c.Differences))
		}
	}
}

// half says less of transactions than what is stored, as a read that sees more or less than the other would.
type half struct{ reconcile.Shop }

func (h half) Brief(ctx context.Context, id string) (*exchange.Shop, error) {
	s, err := h.Shop.Brief(ctx, id)
	if s != nil {
		s.Transactions = nil
	}
	return s, err
}

func TestADifferenceThatAReadDoesNotMendIsNotReadForEver(t *testing.T) {
	r := newRig(t)
	r.open()
	peers := r.worker.Peers
	r.worker.Peers = func(c store.Conn) (reconcile.Warehouse, reconcile.Shop, error) {
		w, s, err := peers(c)
		return w, half{s}, err
	}
	told := 0
	for range 5 {
		told += r.sweep().Told[exchange.ReadShop]
	}
	if told != 1 {
		t.Errorf("told %d times, want once: the read brings the two no nearer", told)
	}
	r.worker.Peers = peers
	r.sweep()
	r.control(r.to, "returns/process", map[string]any{"return": r.returnID})
	if sum := r.sweep(); sum.Told[exchange.ReadShop] != 1 {
		t.Errorf("told %v of what is new, want it told", sum.Told)
	}
}

// unpaid is an exchange at sent that the customer has yet to pay for.
func unpaid(t *testing.T, faults ...sim.Fault) *rig {
	t.Helper()
	r := newRigOf(t, "299.00")
	x := r.open()
	for _, f := range faults {
		r.shop.Faults.Add(f)
	}
	r.staff("return-orders/receive", x.ReturnNumber(), map[string]any{})
	r.sweep()
	r.sweep()
	r.staff("orders/ship", x.Number(), map[string]any{"tracking": true})
	for range 3 {
		r.sweep()
	}
	r.wants(exchange.Sent)
	return r
}

func TestOurOwnFulfillmentIsNoStray(t *testing.T) {
	r := unpaid(t)
	if n := len(r.exchange().Facts.Shop.Fulfillments); n != 2 {
		t.Fatalf("%d fulfillments, want the customer's first and ours", n)
	}
	if sum := r.sweep(); sum.Strays != 0 || codes(r.compare().Differences) != "" {
		t.Errorf("strays %+v, differences %q; want none", r.state().Strays, codes(r.compare().Differences))
	}
}

func TestWhatWasSentAndNotFulfilledIsADifferenceOfThePeers(t *testing.T) {
	r := unpaid(t, sim.Fault{Match: "fulfillmentCreate", Kind: sim.ErrorBefore, Times: -1})
	c := r.compare()
	if got := codes(c.Differences); got != "not_fulfilled " {
		t.Fatalf("differences %q", got)
	}
	if d := c.Differences[0]; d.Text != "Ongoing has sent 1, and Shopify knows of 0" || d.Mend != "tradeback exchanges why "+string(r.exchange().ID) {
		t.Errorf("the difference is %+v", d)
	}
}

// first is the id of the exchange that comes first.
func (r *rig) first() exchange.ID {
	r.t.Helper()
	found, _, err := r.store.Exchanges(r.t.Context(), store.Query{Conn: conn, Limit: 1})
	if err != nil {
		r.t.Fatal(err)
	}
	return found[0].ID
}

func TestWhereOngoingIsAwayShopifyIsAskedAllTheSame(t *testing.T) {
	r := newRig(t)
	r.open()
	r.control(r.to, "returns/process", map[string]any{"return": r.returnID})
	r.warehouse.Faults.Add(sim.Fault{Match: "*", Kind: sim.ErrorBefore, Times: -1})
	if sum, err := r.worker.Pass(t.Context()); err == nil || sum.Told[exchange.ReadShop] != 1 {
		t.Errorf("told %v, %v; want what Shopify has, and that Ongoing is away", sum.Told, err)
	}
}

func TestASweepThatWasBrokenOffBeginsElsewhere(t *testing.T) {
	r := newRig(t)
	r.open()
	for i := range 25 { // of which nothing can be asked
		x := exchange.New(exchange.ID(fmt.Sprintf("ex_ZZ%024d", i)), conn, exchange.Policy{}, r.clock())
		x.Version = 1
		if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &x, Refs: x.Refs()}); err != nil {
			t.Fatal(err)
		}
	}
	r.warehouse.Faults.Add(sim.Fault{Match: "GET /orders", Kind: sim.ErrorBefore})
	if sum, err := r.worker.Pass(t.Context()); err == nil || sum.Exchanges != 26 || r.state().After == "" {
		t.Fatalf("%d compared, %v, the next after %q; want all of them, and trouble", sum.Exchanges, err, r.state().After)
	}
	var seen []exchange.ID
	if err := r.worker.Each(t.Context(), r.state().After, func(some []reconcile.Comparison, _ string, _ error) error {
		for _, c := range some {
			seen = append(seen, c.Exchange)
		}
		return nil
	}); err != nil || len(seen) != 26 || seen[0] == r.first() {
		t.Errorf("compared %v, %v; want all 26, the first one not at first", seen, err)
	}
	if sum := r.sweep(); sum.Exchanges != 26 || r.state().After != "" {
		t.Errorf("%d compared, the next after %q", sum.Exchanges, r.state().After)
	}
}

func TestAReturnFromBeforeTheConnectionWasServedIsLeftAlone(t *testing.T) {
	r := newRig(t)
	state := r.state()
	doc := store.Doc{Conn: conn, Bucket: reconcile.Bucket, Key: "state", Version: 1}
	state.Since = r.clock().Add(time.Minute) // as if it had been served a minute after the return was opened
	var err error
	if doc.Body, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	if err := r.store.Put(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	r.advance(time.Hour)
	if sum := r.sweep(); sum.Returns != 0 {
		t.Errorf("%d returns told, want none: people have taken care of it", sum.Returns)
	}
}
