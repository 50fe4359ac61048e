package sim

import (
	"slices"
	"testing"
)

func TestShopifyStaffProcessInPartsAndRefund(t *testing.T) {
	f := newShopFixture(t, "")
	r := f.create(f.cheaper)
	id, out := r.get("id").text(), r.get("exchangeLineItems.nodes.0.id").text()
	f.control("returns/process", vars{"return": id, "lines": vars{out: 1}, "refund": true})
	if book := f.book("#1001"); book.Returns[0].Exchange[0].Processed != 1 || book.Returns[0].Return[0].Processed != 0 || book.Refunded != 0 {
		t.Errorf("ledger: %+v", book)
	}
	f.control("returns/process", vars{"return": id, "refund": true})
	f.control("returns/dispose", vars{"return": id})
	book := f.book("#1001")
	if book.Refunded != 5000 || book.RefundsMade[0].By != "staff" || book.RefundsMade[0].Return != id || book.Outstanding != 0 ||
		book.Returns[0].Status != "CLOSED" || book.Returns[0].Return[0].Disposed != 1 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyStaffTakeLinesOffAReturn(t *testing.T) {
	f := newShopFixture(t, "")
	r := f.create(f.same)
	id := r.get("id").text()
	f.control("returns/remove", vars{"return": id, "lines": vars{r.get("exchangeLineItems.nodes.0.id").text(): 1}})
	f.do("ReturnById", vars{"id": id}).is("status", "OPEN", "exchangeLineItems.nodes", "[]")
	f.control("returns/remove", vars{"return": id})
	f.do("ReturnById", vars{"id": id}).is("status", "CLOSED", "totalQuantity", "0")
	if status, _ := f.post("/control/returns/remove", vars{"return": "gid://shopify/Return/9"}); status != 404 {
		t.Errorf("no such return: %d, want 404", status)
	}
}

func TestShopifyOthersDoItAtTheSameTime(t *testing.T) {
	f, mandate := owing(t, nil)
	f.control("mandates/charge", vars{"order": "#1001", "mandate": mandate})
	fo := f.do("OrderForExchange", vars{"id": f.order}).get("fulfillmentOrders.nodes.1")
	f.control("holds/release", vars{"hold": fo.get("fulfillmentHolds.0.id").text()})
	shipped := f.control("fulfillments", vars{"fulfillment_order": fo.get("id").text(), "tracking": "A"}).get("fulfillment").text()
	f.control("fulfillments/track", vars{"fulfillment": shipped, "tracking": "B"})
	book := f.book("#1001")
	if last := book.Transactions[1]; last.By != "staff" || last.Amount != 5000 || !slices.Equal(book.Fulfillments[1].Tracking, []string{"B"}) || book.Fulfillments[1].Notified != 0 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyStaffCancelAnOrder(t *testing.T) {
	f := newShopFixture(t, "")
	line, fo := f.sold(f.same)
	f.control("orders/cancel", vars{"order": "#1001"})
	f.do("FulfillmentOrderById", vars{"id": fo.get("id").text()}).is("status", "CLOSED")
	shopValue{t, f.await("orders/cancelled", 1).body}.is("admin_graphql_api_id", f.order, "cancelled_at", "2026-11-22T05:00:00-05:00")
	f.do("OrderForExchange", vars{"id": f.order}).is("lineItems.nodes.1.id", line, "lineItems.nodes.1.currentQuantity", "0", "totalOutstandingSet.shopMoney.amount", "-499.0")
}

func TestShopifySendsOrdersUpdatedOncePerCall(t *testing.T) {
	f := newShopFixture(t, "", func(s *ShopifySwitches) { s.OrdersUpdated = true })
	f.create(f.same)
	f.do("OrderPayments", vars{"id": f.order})
	f.control("authorizations", vars{"order": "#1001", "amount": "50"})
	f.await("orders/updated", 1)
	if got, want := f.topics(), []string{"returns/approve", "orders/updated", "order_transactions/create", "orders/updated"}; !slices.Equal(got, want) {
		t.Errorf("webhooks %v, want %v", got, want)
	}
}

func TestShopifySuggestionsMayPassAuthorisationsOver(t *testing.T) {
	for passed, want := range map[bool]string{false: "RefundReturnOutcome", true: "InvoiceReturnOutcome"} {
		f := newShopFixture(t, "200.00", func(s *ShopifySwitches) { s.SuggestCaptured = passed })
		in := lineVars(f.create(f.dearer))
		f.do("ReturnFinancialOutcome", vars{
			"id": in["returnId"], "returnLineItems": in["returnLineItems"], "exchangeLineItems": in["exchangeLineItems"],
		}).is("suggestedFinancialOutcome.financialTransfer.__typename", want)
	}
}
