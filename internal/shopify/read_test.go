package shopify_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
)

func sek(minor int64) exchange.Money { return exchange.Money{Minor: minor, Currency: "SEK"} }

func TestReadOfAnOpenReturn(t *testing.T) {
	s := newShop(t, "50.00")
	got := s.read(s.staffReturn(s.dearer))
	if got.OrderID != s.order || got.OrderName != "#1001" || got.OrderCancelled || got.ReturnName != "#1001-R1" || got.ReturnStatus != exchange.ReturnOpen {
		t.Errorf("read %+v", got)
	}
	if len(got.ReturnLines) != 1 || len(got.ExchangeLines) != 1 {
		t.Fatalf("lines are %+v and %+v, want one each", got.ReturnLines, got.ExchangeLines)
	}
	back := got.ReturnLines[0]
	if back.FulfillmentLineItemID != s.shipped || back.LineItemID != s.lineItem || back.Article != "SHIRT-M" || back.Quantity != 1 ||
		back.Processable != 1 || back.Processed != 0 || back.Reason != "SIZE_TOO_SMALL" {
		t.Errorf("return line is %+v", back)
	}
	if len(back.ReverseLines) != 1 || back.ReverseLines[0].Quantity != 1 || back.ReverseLines[0].Disposed != 0 {
		t.Errorf("reverse lines are %+v", back.ReverseLines)
	}
	out := got.ExchangeLines[0]
	if out.VariantID != s.dearer || out.Article != "COAT" || out.Title != "Coat" || out.Quantity != 1 || out.Processable != 1 || out.LineItemIDs != nil {
		t.Errorf("exchange line is %+v", out)
	}
	if got.Suggested == nil || got.Capturable != sek(5000) {
		t.Fatalf("suggested %v, capturable %v", got.Suggested, got.Capturable)
	}
	// What is agreed is the outcome less the balance: an open authorisation counts as paid in both.
	if agreed, err := got.Suggested.Minus(got.Outstanding); err != nil || agreed != sek(5000) {
		t.Errorf("suggested %v less outstanding %v is %v, want 50.00 SEK", got.Suggested, got.Outstanding, agreed)
	}
	auth := got.Transactions[slices.IndexFunc(got.Transactions, func(x exchange.Transaction) bool { return x.ID == s.auth })]
	if auth.Kind != "AUTHORIZATION" || auth.Status != "SUCCESS" || !auth.Capturable || !auth.MultiCapturable || auth.Unsettled != sek(5000) || auth.Amount != sek(5000) {
		t.Errorf("authorisation is %+v", auth)
	}
	if len(got.Fulfillments) != 1 || got.Fulfillments[0].Lines[0].LineItemID != s.lineItem || len(got.Fulfillments[0].Tracking) != 1 {
		t.Errorf("fulfillments are %+v", got.Fulfillments)
	}
	s.clean()
}

func TestSuggestedHasTheSignOfWhatTheBuyerOwes(t *testing.T) {
	s := newShop(t, "")
	for name, c := range map[string]struct {
		variant string
		want    int64
	}{
		"even": {s.same, 0}, "dearer": {s.dearer, 5000}, "cheaper": {s.cheaper, -5000},
	} {
		s := newShop(t, "")
		variant := map[string]string{"even": s.same, "dearer": s.dearer, "cheaper": s.cheaper}[name]
		got := s.read(s.staffReturn(variant))
		if got.Suggested == nil || *got.Suggested != sek(c.want) {
			t.Errorf("%s: suggested %v, want %v", name, got.Suggested, sek(c.want))
		}
	}
}

// What Shopify suggests rests on the balance of that moment, not on the one of a call before.
func TestSuggestedAndBalanceAreOfTheSameMoment(t *testing.T) {
	s := newShop(t, "50.00")
	id := s.staffReturn(s.dearer)
	calls := 0
	s.peer = s.connectThrough(shopify.TokenSource{Access: "shpat_sim"}, func(r *http.Request) (*http.Response, error) {
		if calls++; calls == 2 { // between the two calls the customer agrees to another 20.00
			s.control("authorizations", map[string]any{"order": s.order, "amount": "20.00", "multi_capturable": true})
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	got := s.read(id)
	if agreed, err := got.Suggested.Minus(got.Outstanding); err != nil || agreed != sek(5000) || got.Capturable != sek(7000) || calls != 2 {
		t.Errorf("suggested %v less outstanding %v is %v, capturable %v, in %d calls", got.Suggested, got.Outstanding, agreed, got.Capturable, calls)
	}
}

func TestReadAfterProcessing(t *testing.T) {
	s := newShop(t, "")
	got := processed(s, s.dearer)
	if got.ReturnStatus != exchange.ReturnClosed || got.Suggested != nil || got.Outstanding != sek(5000) || got.Capturable != sek(0) {
		t.Errorf("status %s, suggested %v, outstanding %v, capturable %v", got.ReturnStatus, got.Suggested, got.Outstanding, got.Capturable)
	}
	fo := fulfillmentOrder(t, got)
	if fo.Status != "ON_HOLD" || len(fo.Holds) != 1 || fo.Holds[0].Reason != "AWAITING_PAYMENT" || fo.Holds[0].Ours || slices.Contains(fo.CanDo, "CREATE_FULFILLMENT") {
		t.Errorf("fulfillment order is %+v, want it held for the payment", fo)
	}
	if fo.Lines[0].Remaining != 1 || fo.Lines[0].Total != 1 {
		t.Errorf("its line is %+v", fo.Lines[0])
	}
	s.acts(holdEffect(s, fo))
	fo = fulfillmentOrder(t, s.read(got.ReturnID))
	if i := slices.IndexFunc(fo.Holds, func(h exchange.Hold) bool { return h.Ours }); i < 0 || fo.Holds[i].Handle != "tradeback:ex_1" {
		t.Errorf("holds are %+v, want ours among them", fo.Holds)
	}
	s.clean()
}

func TestAmountsAreInTheCustomersCurrency(t *testing.T) {
	s := newShop(t, "")
	s.seed(sim.ShopifySeed{
		Name: "#2001", PresentmentCurrency: "JPY", Rate: "15",
		Lines:        []sim.ShopifySeedLine{{SKU: "SHIRT-M", Price: "7485"}},
		Transactions: []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: "7485"}, {Kind: "AUTHORIZATION", Amount: "750", MultiCapturable: true}},
	})
	got := s.read(s.staffReturn(s.dearer))
	if got.Capturable != (exchange.Money{Minor: 750, Currency: "JPY"}) || got.Outstanding.Currency != "JPY" || got.ShopOutstanding.Currency != "SEK" {
		t.Errorf("capturable %v, outstanding %v, in the shop's currency %v", got.Capturable, got.Outstanding, got.ShopOutstanding)
	}
	if x := got.Transactions[0]; x.Amount != (exchange.Money{Minor: 7485, Currency: "JPY"}) || x.ShopAmount != sek(49900) || x.Manual {
		t.Errorf("paid was %+v, want 7485 JPY, in the shop 499.00 SEK", x)
	}
	e := captureEffect(s, processed2(s, got), 750)
	e.Money.Amount, e.Money.Owed = exchange.Money{Minor: 750, Currency: "JPY"}, s.owes(got.ReturnID)
	s.looks(e, exchange.NotDone)
	if out := s.acts(e); out.Amount == nil || *out.Amount != e.Money.Amount {
		t.Errorf("captured %v, want 750 JPY", out.Amount)
	}
	if b := s.book(); b.Captured != 750 || b.Currency != "JPY" {
		t.Errorf("the ledger says %d %s", b.Captured, b.Currency)
	}
	s.clean()
}

// processed2 processes a return that was read, whole.
func processed2(s *shop, snapshot *exchange.Shop) *exchange.Shop {
	s.acts(processEffect(s, snapshot))
	return s.read(snapshot.ReturnID)
}

func TestReturnsThatAreNotThere(t *testing.T) {
	s := newShop(t, "")
	for _, id := range []string{"gid://shopify/Return/999999", s.order} {
		got := s.readResult(id)
		if got.Shop != nil || got.Missing == nil || got.Missing.Code != "return_not_found" || got.Missing.Target != exchange.ReadShop || got.Missing.Detail != id {
			t.Errorf("read %s found %+v, want return_not_found", id, got)
		}
	}
	if _, err := s.peer.Read(t.Context(), exchange.Effect{Read: &exchange.ReadAsk{Target: exchange.ReadOrder, ReturnID: "x"}}); !errors.Is(err, exchange.ErrRejected) {
		t.Errorf("a read of something else says %v, want a rejection", err)
	}
}

func TestArticleNumbers(t *testing.T) {
	for _, c := range []struct{ from, back, out string }{
		{"sku", "SHIRT-M", "SHIRT-L"},
		{"barcode", "4006381333931", "4006381333948"},
		{"wms.article", "", "A-77"},
	} {
		s := newShop(t, "")
		s.peer = s.connect(shopify.Options{Token: shopify.TokenSource{Access: "shpat_sim"}, ArticleNumber: c.from})
		id := s.staffReturn(s.same)
		for range 2 {
			got := s.read(id)
			if got.ReturnLines[0].Article != c.back || got.ExchangeLines[0].Article != c.out {
				t.Errorf("by %s the articles are %q and %q, want %q and %q", c.from, got.ReturnLines[0].Article, got.ExchangeLines[0].Article, c.back, c.out)
			}
		}
		if n, want := s.sim.Ledger().Calls["productVariant"], map[string]int{"sku": 0, "barcode": 2, "wms.article": 3}[c.from]; n != want {
			t.Errorf("by %s variants were asked for %d times in two reads, want %d: what is known is kept", c.from, n, want)
		}
		s.clean()
	}
	for _, bad := range []string{"", "ean", ".key", "namespace."} {
		if _, err := shopify.New(shopify.Options{ArticleNumber: bad, Client: http.DefaultClient}); err == nil {
			t.Errorf("article number %q was taken", bad)
		}
	}
}

func TestMoreThanOneReadHoldsIsSaid(t *testing.T) {
	s := newShop(t, "")
	seed := sim.ShopifySeed{Name: "#3001"}
	for i := range 51 {
		seed.Lines = append(seed.Lines, sim.ShopifySeedLine{SKU: fmt.Sprintf("S-%d", i), Price: "1.00"})
	}
	var made []sim.ShopifySeeded
	s.control("orders", seed, &made)
	in := sim.ShopifyReturn{Order: "#3001", ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.same}}}
	for _, l := range made[0].Lines {
		in.ReturnLines = append(in.ReturnLines, sim.ShopifyReturnedLine{FulfillmentLineItemID: l.FulfillmentLineItemID})
	}
	var ret sim.ShopifyReturnMade
	s.control("returns", in, &ret)
	_, err := s.peer.Read(t.Context(), exchange.Effect{Read: &exchange.ReadAsk{Target: exchange.ReadShop, ReturnID: ret.ID}})
	var no *exchange.RejectedError
	if !errors.As(err, &no) || no.Code != "too_many_lines" {
		t.Errorf("a read of 51 lines says %v, want too_many_lines", err)
	}
}

func TestLegacyWorkflowIsReadAsItIs(t *testing.T) {
	s := newShop(t, "", func(w *sim.ShopifySwitches) { w.Workflow = "legacy" })
	got := s.read(s.staffReturn(s.same))
	if got.ExchangeLines[0].Processed != 1 || len(got.ExchangeLines[0].LineItemIDs) != 1 {
		t.Errorf("exchange line is %+v, want it an order line from the start", got.ExchangeLines[0])
	}
	if fo := fulfillmentOrder(t, got); fo.Holds[0].Reason != "AWAITING_RETURN_ITEMS" {
		t.Errorf("fulfillment order is %+v, want it held for the goods", fo)
	}
	s.clean()
}

func TestWhereAShopSuggestsToGiveBack(t *testing.T) {
	s := newShop(t, "")
	got := s.read(s.staffReturn(s.cheaper))
	if len(got.SuggestedRefund) != 1 || got.SuggestedRefund[0].Amount != sek(5000) || got.SuggestedRefund[0].ParentID != got.Transactions[0].ID {
		t.Errorf("suggested is %+v, want 50.00 to %s", got.SuggestedRefund, got.Transactions[0].ID)
	}
	s = newShop(t, "")
	if got := s.read(s.staffReturn(s.dearer)); got.SuggestedRefund != nil {
		t.Errorf("suggested is %+v where the buyer owes", got.SuggestedRefund)
	}
}

// Stored payment methods are asked for where something is owed. An app that may not see them reads on without.
func TestStoredPaymentMethods(t *testing.T) {
	s := newShop(t, "")
	id := s.stores(sim.ShopifyMandate{})
	even := s.staffReturn(s.same)
	if got := s.read(even); got.Mandates != nil || s.sim.Ledger().Calls["order"] != 0 {
		t.Errorf("nothing is owed, and read were %v", got.Mandates)
	}
	s.acts(exchange.Effect{Kind: exchange.CancelReturn, End: &exchange.EndAsk{ReturnID: even}})
	dear := s.staffReturn(s.dearer)
	if got := s.read(dear); !slices.Equal(got.Mandates, []string{id}) {
		t.Errorf("stored are %v, want %s", got.Mandates, id)
	}
	s.control("switches", map[string]any{"denied": []string{"order"}})
	before := s.sim.Ledger().Calls["order"]
	for range 3 {
		if got := s.read(dear); got.Mandates != nil {
			t.Errorf("stored are %v, and the app may not see them", got.Mandates)
		}
	}
	if n := s.sim.Ledger().Calls["order"] - before; n != 1 {
		t.Errorf("asked %d times within an hour for what is denied, want once", n)
	}
}

func TestWhatLinesComeTo(t *testing.T) {
	s := newShop(t, "")
	s.seed(sim.ShopifySeed{
		Name: "#5001", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Quantity: 2, Price: "449.10", Original: "499.00"}},
		Transactions: []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: "898.20"}},
	})
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order: s.order, ReturnLines: []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: 2, RestockingFee: "10"}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.dearer, Quantity: 2}},
	}, &made)
	open := s.read(made.ID)
	back := open.ReturnLines[0].Price
	if back == nil || back.Price != sek(99800) || back.Discount != sek(9980) || back.Fee != sek(8982) {
		t.Errorf("the return line comes to %+v", back)
	}
	if open.ExchangeLines[0].Price != nil {
		t.Errorf("the exchange line comes to %+v before Shopify has priced it", open.ExchangeLines[0].Price)
	}
	s.acts(processEffect(s, open))
	for range 2 {
		got := s.read(made.ID)
		if p := got.ReturnLines[0].Price; p == nil || *p != *back {
			t.Errorf("the return line comes to %+v once processed, want %+v", p, back)
		}
		if p := got.ExchangeLines[0].Price; p == nil || p.Price != sek(109800) || p.Discount.Minor != 0 {
			t.Errorf("the exchange line comes to %+v", p)
		}
	}
	if n := s.sim.Ledger().Calls["return"]; n != 5 {
		t.Errorf("%d reads of the return, want 5: two while it is open, one later with one for the prices, and one more", n)
	}
	s.clean()
}

// Where prices do not include tax it is told beside them, as far as Shopify's figures go.
func TestTaxThatComesOnTop(t *testing.T) {
	for _, c := range []struct {
		added     bool
		back      int // of three
		tax, goes int64
	}{{true, 3, 7500, 13725}, {true, 1, 2500, 13725}, {false, 3, 0, 0}} {
		s := newShop(t, "")
		s.seed(sim.ShopifySeed{
			Name: "#6001", TaxRate: "25", TaxAdded: c.added, Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Quantity: 3, Price: "100.00"}},
		})
		var made sim.ShopifyReturnMade
		s.control("returns", sim.ShopifyReturn{
			Order: s.order, ReturnLines: []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: c.back}},
			ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.dearer, Quantity: 1}},
		}, &made)
		open := s.read(made.ID)
		p := open.ReturnLines[0].Price
		if p == nil || p.Price != sek(int64(c.back)*10000) || p.Tax.Minor != c.tax {
			t.Errorf("%+v: the return line comes to %+v", c, p)
		}
		got := processed2(s, open).ExchangeLines[0].Price
		if got == nil || got.Price != sek(54900) || got.Tax.Minor != c.goes {
			t.Errorf("%+v: the exchange line comes to %+v", c, got)
		}
		if c.added { // what the lines come to is what the buyer is to pay
			if sum := got.Price.Minor + got.Tax.Minor - p.Price.Minor - p.Tax.Minor; open.Suggested.Minor != sum {
				t.Errorf("%+v: suggested is %v, and the lines come to %d", c, open.Suggested, sum)
			}
		}
		s.clean()
	}
}
