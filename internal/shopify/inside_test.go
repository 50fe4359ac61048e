package shopify

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/api/shopifygql"
	"github.com/tradeback/tradeback/internal/exchange"
)

func order(id string, lines ...exchange.FulfillmentOrderLine) exchange.FulfillmentOrder {
	return exchange.FulfillmentOrder{ID: id, Status: "OPEN", CanDo: []string{"CREATE_FULFILLMENT"}, Lines: lines}
}

func line(id, item string, remaining int) exchange.FulfillmentOrderLine {
	return exchange.FulfillmentOrderLine{ID: id, LineItemID: item, Total: 2, Remaining: remaining}
}

func shipment(id string, quantity int, tracking ...string) exchange.Fulfillment {
	return exchange.Fulfillment{ID: id, Lines: []exchange.FulfillmentLine{{LineItemID: "item", Quantity: quantity}}, Tracking: tracking}
}

// One of two items is to be fulfilled; the fulfillment "old" was there before.
func TestWasItFulfilled(t *testing.T) {
	ask := &exchange.FulfillAsk{
		OrderID: "order", Before: []string{"old"}, Parcels: []exchange.Parcel{{Waybill: "JJD1"}},
		Lines: []exchange.FulfillLine{{FulfillmentOrderID: "fo", LineID: "line", LineItemID: "item", Quantity: 1, Remaining: 2}},
	}
	cancelled := shipment("new", 1)
	cancelled.Cancelled = true
	for _, c := range []struct {
		name    string
		orders  []exchange.FulfillmentOrder
		shipped []exchange.Fulfillment
		want    string
	}{
		{"nothing has changed", []exchange.FulfillmentOrder{order("fo", line("line", "item", 2))}, []exchange.Fulfillment{shipment("old", 1)}, "not_done"},
		{"ours is there", []exchange.FulfillmentOrder{order("fo", line("line", "item", 1))}, []exchange.Fulfillment{shipment("old", 1), shipment("new", 1)}, "done new"},
		{"ours is there with its tracking", []exchange.FulfillmentOrder{order("fo", line("line", "item", 1))}, []exchange.Fulfillment{shipment("new", 1, "JJD1", "X")}, "done new"},
		{"one with another parcel is there", []exchange.FulfillmentOrder{order("fo", line("line", "item", 1))}, []exchange.Fulfillment{shipment("new", 1, "X")}, "ambiguous"},
		{"only the one from before is there, but less remains", []exchange.FulfillmentOrder{order("fo", line("line", "item", 1))}, []exchange.Fulfillment{shipment("old", 1)}, "ambiguous"},
		{"one with other quantities is there", []exchange.FulfillmentOrder{order("fo", line("line", "item", 0))}, []exchange.Fulfillment{shipment("new", 2)}, "ambiguous"},
		{"two of the same are there", []exchange.FulfillmentOrder{order("fo", line("line", "item", 0))}, []exchange.Fulfillment{shipment("new", 1), shipment("newer", 1)}, "ambiguous"},
		{"one is there, but nothing was taken", []exchange.FulfillmentOrder{order("fo", line("line", "item", 2))}, []exchange.Fulfillment{shipment("new", 1)}, "ambiguous"},
		{"it was made and cancelled", []exchange.FulfillmentOrder{order("fo", line("line", "item", 2))}, []exchange.Fulfillment{cancelled}, "ambiguous"},
		{"the fulfillment order was moved", []exchange.FulfillmentOrder{order("fo", line("line", "item", 0)), order("fo2", line("line2", "item", 2))}, nil, "not_done"},
		{"it was moved and is gone", []exchange.FulfillmentOrder{order("fo2", line("line2", "item", 2))}, nil, "not_done"},
		{"it was moved, and ours is there", []exchange.FulfillmentOrder{order("fo2", line("line2", "item", 1))}, []exchange.Fulfillment{shipment("new", 1)}, "done new"},
		{"it was split", []exchange.FulfillmentOrder{order("fo", line("line", "item", 1)), order("fo2", line("line2", "item", 1))}, nil, "not_done"},
		{"it was split, and ours is there", []exchange.FulfillmentOrder{order("fo", line("line", "item", 0)), order("fo2", line("line2", "item", 1))}, []exchange.Fulfillment{shipment("new", 1)}, "done new"},
		{"it is gone altogether", nil, nil, "ambiguous"},
	} {
		out, err := fulfilled(ask, c.orders, c.shipped)
		got := strings.TrimSpace(fmt.Sprint(out.Result, " ", out.ID))
		if err != nil {
			got = map[bool]string{true: "ambiguous", false: "error"}[errors.Is(err, exchange.ErrAmbiguous)]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhereTheGoodsStandNow(t *testing.T) {
	ask := []exchange.FulfillLine{{FulfillmentOrderID: "fo", LineID: "line", LineItemID: "item", Quantity: 2, Remaining: 2}}
	held := order("fo", line("line", "item", 2))
	held.Status, held.CanDo = "ON_HOLD", nil
	later := order("fo", line("line", "item", 2))
	later.Status, later.CanDo = "SCHEDULED", nil
	for _, c := range []struct {
		name   string
		orders []exchange.FulfillmentOrder
		want   string
	}{
		{"as named", []exchange.FulfillmentOrder{order("fo", line("line", "item", 2))}, "fo line 2"},
		{"moved", []exchange.FulfillmentOrder{order("fo", line("line", "item", 0)), order("fo2", line("line2", "item", 2))}, "fo2 line2 2"},
		{"held", []exchange.FulfillmentOrder{held}, "not sent 15m0s"},
		{"scheduled", []exchange.FulfillmentOrder{later}, "not sent 15m0s"},
		{"too few", []exchange.FulfillmentOrder{order("fo", line("line", "item", 1))}, "fulfillment_not_open"},
		{"gone", nil, "fulfillment_not_open"},
	} {
		lines, err := fulfillable(ask, c.orders)
		got := ""
		for _, in := range lines {
			for _, l := range in.FulfillmentOrderLineItems {
				got += fmt.Sprint(in.FulfillmentOrderId, " ", l.Id, " ", l.Quantity)
			}
		}
		var no *exchange.RejectedError
		if errors.As(err, &no) {
			got = no.Code
		}
		var wait *exchange.NotSentError
		if errors.As(err, &wait) {
			got = "not sent " + wait.After.String()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func mayCapture(ask *exchange.MoneyAsk, list []exchange.Transaction, b balance, now time.Time) (exchange.Outcome, error) {
	return mayMove(exchange.Effect{Kind: exchange.Capture, Money: ask}, payments{list, b}, now, holdsEnough)
}

func TestNothingIsCapturedWhereOurLedgerCannotTell(t *testing.T) {
	sek := exchange.Money{Minor: 5000, Currency: "SEK"}
	auth := exchange.Transaction{ID: "auth", Kind: "AUTHORIZATION", Status: "SUCCESS", Capturable: true, Amount: sek, Unsettled: sek}
	out, err := mayCapture(&exchange.MoneyAsk{OrderID: "order", ParentID: "auth", Amount: sek}, []exchange.Transaction{auth}, balance{capturable: sek}, time.Time{})
	if err != nil || out.Result != exchange.Refused || out.Code != exchange.CodeMismatch || out.Reason == "" {
		t.Errorf("%+v, %v, want refused for a money mismatch", out, err)
	}
}

func TestTrackingInput(t *testing.T) {
	text := func(s string) *string { return &s }
	type parcels = []exchange.Parcel
	for _, c := range []struct {
		name string
		in   parcels
		want *shopifygql.FulfillmentTrackingInput
	}{
		{"nothing", nil, nil},
		{"a parcel without a number", parcels{{URL: "https://t.example/1", Carrier: "DHL"}}, nil},
		{"a carrier that Shopify knows", parcels{{Waybill: "1", Carrier: "PostNord SE"}}, &shopifygql.FulfillmentTrackingInput{Numbers: []string{"1"}, Company: text("PostNord SE")}},
		{"not quite its name", parcels{{Waybill: "1", Carrier: "Postnord SE"}}, &shopifygql.FulfillmentTrackingInput{Numbers: []string{"1"}}},
		{
			"links beside numbers",
			parcels{{Waybill: "1", URL: "https://t.example/1"}, {Waybill: "2", URL: "http://t.example/2"}},
			&shopifygql.FulfillmentTrackingInput{Numbers: []string{"1", "2"}, Urls: []string{"https://t.example/1", "http://t.example/2"}},
		},
		{"a link is missing", parcels{{Waybill: "1", URL: "https://t.example/1"}, {Waybill: "2"}}, &shopifygql.FulfillmentTrackingInput{Numbers: []string{"1", "2"}}},
		{"a link that is none", parcels{{Waybill: "1", URL: "javascript:alert(1)"}}, &shopifygql.FulfillmentTrackingInput{Numbers: []string{"1"}}},
		{"two carriers", parcels{{Waybill: "1", Carrier: "DHL"}, {Waybill: "2", Carrier: "UPS"}, {Waybill: "3", Carrier: "DHL"}}, &shopifygql.FulfillmentTrackingInput{Numbers: []string{"1", "2", "3"}}},
	} {
		if diff := cmp.Diff(c.want, trackingInput(c.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestMayItBeCaptured(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	sek := func(minor int64) exchange.Money { return exchange.Money{Minor: minor, Currency: "SEK"} }
	owed := sek(5000)
	ask := &exchange.MoneyAsk{OrderID: "order", ParentID: "auth", Amount: sek(5000), Owed: &owed}
	for _, c := range []struct {
		name   string
		change func(*exchange.Transaction, *balance)
		want   string
	}{
		{"all is well", func(*exchange.Transaction, *balance) {}, "not_done"},
		{"it lasts another second", func(a *exchange.Transaction, _ *balance) { a.ExpiresAt = now.Add(time.Second) }, "not_done"},
		{"it ends now", func(a *exchange.Transaction, _ *balance) { a.ExpiresAt = now }, "authorization_gone"},
		{"it cannot be captured", func(a *exchange.Transaction, _ *balance) { a.Capturable = false }, "authorization_gone"},
		{"it failed", func(a *exchange.Transaction, _ *balance) { a.Status = "FAILURE" }, "authorization_gone"},
		{"it holds too little", func(a *exchange.Transaction, _ *balance) { a.Unsettled = sek(4999) }, "authorization_gone"},
		{"it holds nothing that is told", func(a *exchange.Transaction, _ *balance) { a.Unsettled = exchange.Money{} }, "authorization_gone"},
		{"it holds another currency", func(a *exchange.Transaction, _ *balance) { a.Unsettled.Currency = "NOK" }, "authorization_gone"},
		{"it is another one", func(a *exchange.Transaction, _ *balance) { a.ID = "other" }, "authorization_gone"},
		{"part is owed beyond the authorisation", func(_ *exchange.Transaction, b *balance) { b.outstanding = sek(1) }, "money_mismatch"},
		{"less is owed than the authorisation holds", func(_ *exchange.Transaction, b *balance) { b.outstanding = sek(-1000) }, "money_mismatch"},
		{"the balance is in two currencies", func(_ *exchange.Transaction, b *balance) { b.outstanding.Currency = "NOK" }, "error"},
	} {
		auth := exchange.Transaction{ID: "auth", Kind: "AUTHORIZATION", Status: "SUCCESS", Capturable: true, Amount: sek(5000), Unsettled: sek(5000)}
		b := balance{outstanding: sek(0), capturable: sek(5000)}
		c.change(&auth, &b)
		out, err := mayCapture(ask, []exchange.Transaction{auth}, b, now)
		got := string(out.Result)
		var no *exchange.RejectedError
		switch {
		case errors.As(err, &no):
			got = no.Code
		case err != nil:
			got = "error"
		case out.Result == exchange.Refused:
			got = out.Code
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// The lists that have no pages are cut at their length, which the reader must know.
func TestListsAreCutWhereWeThinkTheyAre(t *testing.T) {
	for text, where := range map[string]string{
		fmt.Sprintf("fulfillments(first: %d)", mostFulfillments): shopifygql.OrderShipping_Operation + shopifygql.ReturnWithOrder_Operation,
		fmt.Sprintf("taxLines(first: %d)", mostTaxes):            shopifygql.ReturnFinancialOutcome_Operation + shopifygql.ReturnPrices_Operation,
		fmt.Sprintf("transactions(first: %d)", mostTransactions): shopifygql.OrderPayments_Operation + shopifygql.ReturnWithOrder_Operation,
	} {
		if strings.Count(where, text) != 2 {
			t.Errorf("%q is not in both operations", text)
		}
	}
	if _, err := transactionsOf(make([]*shopifygql.TransactionFields, mostTransactions)); !errors.Is(err, exchange.ErrRejected) {
		t.Errorf("a list that may be cut was taken: %v", err)
	}
	if _, _, err := shippingOf(shopifygql.Shipping{Fulfillments: make([]*shopifygql.FulfillmentFields, mostFulfillments)}); !errors.Is(err, exchange.ErrRejected) {
		t.Errorf("a list that may be cut was taken: %v", err)
	}
}
