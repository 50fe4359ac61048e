package sim

import (
	"strings"
	"testing"
)

// twoSold processes an exchange for two of the same shirt, and returns their fulfillment order and order line.
func twoSold(t *testing.T) (f shopFixture, fo shopValue, line string) {
	f = newShopFixture(t, "")
	made := f.control("returns", ShopifyReturn{
		Order: "#1001", ReturnLines: []ShopifyReturnedLine{{FulfillmentLineItemID: f.shipped}},
		ExchangeLines: []ShopifyExchanged{{VariantID: f.cheaper, Quantity: 2, Discount: "50"}},
	})
	f.control("returns/process", vars{"return": made.get("id").text()})
	order := f.do("OrderForExchange", vars{"id": f.order})
	return f, order.get("fulfillmentOrders.nodes.1"), order.get("lineItems.nodes.1.id").text()
}

func TestShopifySplitsAndMergesWork(t *testing.T) {
	f, fo, line := twoSold(t)
	id := fo.get("id").text()
	f.control("holds", vars{"fulfillment_order": id, "handle": "fraud"})
	half := f.control("fulfillment-orders/split", vars{"fulfillment_order": id, "lines": vars{line: 1}}).get("fulfillment_order").text()
	for _, each := range []string{id, half} {
		f.do("FulfillmentOrderById", vars{"id": each}).is("status", "ON_HOLD", "lineItems.nodes.0.lineItem.id", line, "lineItems.nodes.0.remainingQuantity", "1")
	}
	shopValue{t, f.await("fulfillment_orders/split", 1).body}.is("fulfillment_order.id", id, "remaining_fulfillment_order.id", half, "split_line_items.0.quantity", "1")
	f.control("fulfillment-orders/merge", vars{"fulfillment_order": half, "into": id})
	f.do("FulfillmentOrderById", vars{"id": id}).is("lineItems.nodes.0.remainingQuantity", "2")
	f.do("FulfillmentOrderById", vars{"id": half}).is("status", "CLOSED")
	shopValue{t, f.await("fulfillment_orders/merged", 1).body}.is("fulfillment_order_merges.fulfillment_order.id", id)
	if n := len(f.query(`query($id: ID!) { order(id: $id) { fulfillmentOrders(first: 9, displayable: true) { nodes { id } } } }`, vars{"id": f.order}).get("data.order.fulfillmentOrders.nodes").list()); n != 2 {
		t.Errorf("%d displayable, want 2", n)
	}
	for route, body := range map[string]vars{
		"split": {"fulfillment_order": id, "lines": vars{line: 2}},
		"merge": {"fulfillment_order": half, "into": id},
		"move":  {"fulfillment_order": half},
	} {
		if status, _ := f.post("/control/fulfillment-orders/"+route, body); status != 409 {
			t.Errorf("%s: %d, want 409", route, status)
		}
	}
}

func TestShopifyOthersShipAPart(t *testing.T) {
	f, fo, line := twoSold(t)
	id := fo.get("id").text()
	made := f.control("fulfillments", vars{"fulfillment_order": id, "tracking": "X1", "lines": vars{line: 1}})
	f.do("FulfillmentOrderById", vars{"id": id}).is("lineItems.nodes.0.remainingQuantity", "1")
	f.control("fulfillments/cancel", vars{"fulfillment": made.get("fulfillment").text()})
	f.do("FulfillmentOrderById", vars{"id": id}).is("lineItems.nodes.0.remainingQuantity", "2")
	if book := f.book("#1001"); book.Fulfillments[1].By != "other" || !book.Fulfillments[1].Cancelled || book.Shipped != 0 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyStaffMakeTheMissingWork(t *testing.T) {
	f := newShopFixture(t, "", func(s *ShopifySwitches) { s.ZeroPriceDefect = true })
	made := f.control("returns", ShopifyReturn{
		Order: "#1001", ReturnLines: []ShopifyReturnedLine{{FulfillmentLineItemID: f.shipped}},
		ExchangeLines: []ShopifyExchanged{{VariantID: f.same, Discount: "100"}},
	})
	f.control("returns/process", vars{"return": made.get("id").text()})
	id := f.control("fulfillment-orders/create", vars{"order": "#1001"}).get("fulfillment_order").text()
	f.do("FulfillmentOrderById", vars{"id": id}).is("status", "OPEN", "lineItems.nodes.0.remainingQuantity", "1")
	f.await("fulfillment_orders/order_routing_complete", 1)
	if status, _ := f.post("/control/fulfillment-orders/create", vars{"order": "#1001"}); status != 409 {
		t.Errorf("again: %d, want 409", status)
	}
}

func TestShopifyShowsDelayedWork(t *testing.T) {
	f := newShopFixture(t, "", func(s *ShopifySwitches) { s.FulfillmentDelay = 100 })
	f.do("ReturnProcess", vars{"input": lineVars(f.create(f.same))})
	f.control("fulfillment-orders/show", vars{"order": "#1001"})
	f.do("OrderFulfillmentOrders", vars{"id": f.order}).is("fulfillmentOrders.nodes.1.status", "OPEN")
	f.await("fulfillment_orders/order_routing_complete", 1)
}

func TestShopifyHoldsAnExchangeOnlyWhereTheBuyerOwes(t *testing.T) {
	for _, c := range []struct {
		name, authorised, status string
		variant                  func(shopFixture) string
	}{
		{"even", "", "OPEN", func(f shopFixture) string { return f.same }},
		{"cheaper", "", "OPEN", func(f shopFixture) string { return f.cheaper }},
		{"dearer", "", "ON_HOLD", func(f shopFixture) string { return f.dearer }},
		{"dearer, and authorised", "50.00", "OPEN", func(f shopFixture) string { return f.dearer }},
		{"dearer, and authorised in part", "49.00", "ON_HOLD", func(f shopFixture) string { return f.dearer }},
	} {
		f := newShopFixture(t, c.authorised)
		if _, fo := f.sold(c.variant(f)); fo.get("status").text() != c.status {
			t.Errorf("%s: %s, want %s", c.name, fo.get("status").text(), c.status)
		}
	}
	f := newShopFixture(t, "") // the exchange line alone owes its full price, until the return line follows
	in := lineVars(f.create(f.same))
	alone := vars{"returnId": in["returnId"], "exchangeLineItems": in["exchangeLineItems"]}
	f.do("ReturnProcess", vars{"input": alone})
	f.do("OrderForExchange", vars{"id": f.order}).is("fulfillmentOrders.nodes.1.status", "ON_HOLD", "totalOutstandingSet.shopMoney.amount", "499.0", "displayFinancialStatus", "PARTIALLY_PAID")
	f.do("ReturnFinancialOutcome", vars{"id": in["returnId"], "returnLineItems": in["returnLineItems"], "exchangeLineItems": []vars{}}).is("suggestedFinancialOutcome.financialTransfer", "null")
}

func TestShopifyLegacyHolds(t *testing.T) {
	for _, lifted := range []bool{false, true} {
		f := newShopFixture(t, "", func(s *ShopifySwitches) { s.Workflow, s.ReleaseReturned = "legacy", lifted })
		r := f.create(f.same)
		in := lineVars(r)
		delete(in, "exchangeLineItems")
		f.do("ReturnProcess", vars{"input": in})
		fo := f.do("OrderFulfillmentOrders", vars{"id": f.order}).get("fulfillmentOrders.nodes.1")
		if got := fo.get("status").text() == "OPEN"; got != lifted {
			t.Errorf("lifted %v, want %v", got, lifted)
		}
	}
}

func TestShopifyCapturesByItselfWhenGoodsGoOut(t *testing.T) {
	for _, c := range []struct {
		setting, authorised string
		captured            int64
	}{
		{"", "100.00", 0},
		{"fulfillment", "100.00", 5000},
		{"order", "100.00", 5000},
		{"fulfillment", "30.00", 3000},
	} {
		f := newShopFixture(t, c.authorised, func(s *ShopifySwitches) { s.AutoCapture = c.setting })
		_, fo := f.sold(f.dearer)
		for _, h := range fo.get("fulfillmentHolds").list() {
			f.control("holds/release", vars{"hold": h.get("id").text()})
		}
		f.do("FulfillmentCreate", shipment(fo, 1, "JJD1"))
		book := f.book("#1001")
		if book.Captured != c.captured || (c.captured > 0 && book.Captures[0].By != "shop") {
			t.Errorf("%q with %s: captured %d, want %d: %+v", c.setting, c.authorised, book.Captured, c.captured, book.Captures)
		}
	}
	for _, too := range []bool{false, true} {
		f, mandate := owing(t, func(s *ShopifySwitches) { s.AutoCapture, s.AutoCaptureMandate = "order", too })
		f.do("OrderCreateMandatePayment", f.charge(mandate, "k1", vars{"autoCapture": false}))
		fo := f.do("OrderForExchange", vars{"id": f.order}).get("fulfillmentOrders.nodes.1")
		f.control("holds/release", vars{"hold": fo.get("fulfillmentHolds.0.id").text()})
		f.do("FulfillmentCreate", shipment(fo, 1, "JJD1"))
		if captured := f.book("#1001").Captured > 0; captured != too {
			t.Errorf("what a mandate authorised: captured %v, want %v", captured, too)
		}
	}
}

func TestShopifyGatewayRefusesTheRefundOfProcessing(t *testing.T) {
	for _, atomic := range []bool{false, true} {
		f := newShopFixture(t, "", func(s *ShopifySwitches) { s.RefundResult, s.ProcessAtomic = "FAILURE", atomic })
		in := lineVars(f.create(f.cheaper))
		payment := f.do("OrderPayments", vars{"id": f.order}).get("transactions.0.id").text()
		in["financialTransfer"] = vars{"issueRefund": vars{"orderTransactions": []vars{{"parentId": payment, "transactionAmount": vars{"amount": "50", "currencyCode": "SEK"}}}}}
		if atomic {
			if got := f.refusal("ReturnProcess", vars{"input": in}); !strings.HasPrefix(got, "INTERNAL_ERROR") {
				t.Errorf("refused with %q", got)
			}
		} else {
			f.do("ReturnProcess", vars{"input": in})
		}
		book := f.book("#1001")
		if processed := book.Returns[0].Return[0].Processed == 1; processed == atomic || book.Refunded != 0 || len(book.Refunds) == 0 == !atomic {
			t.Errorf("atomic %v: %+v", atomic, book)
		}
	}
}
