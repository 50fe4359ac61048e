package sim

import (
	"slices"
	"strings"
	"testing"
)

func TestShopifyReturnCreateRefuses(t *testing.T) {
	f := newShopFixture(t, "")
	line := func(extra vars) vars {
		l := vars{"fulfillmentLineItemId": f.shipped, "quantity": 1, "returnReason": "STYLE"}
		for name, value := range extra {
			if l[name] = value; value == nil {
				delete(l, name)
			}
		}
		return l
	}
	create := func(lines ...vars) string {
		return f.refusal("ReturnCreate", vars{"input": vars{"orderId": f.order, "returnLineItems": append([]vars{}, lines...)}})
	}
	for _, c := range []struct{ name, got, want string }{
		{"too many", create(line(vars{"quantity": 2})), "INVALID Return line item has an invalid quantity. at returnInput.returnLineItems.0.quantity"},
		{"too many in two lines", create(line(nil), line(nil)), "INVALID Return line item has an invalid quantity. at returnInput.returnLineItems.1.quantity"},
		{"unknown", create(line(vars{"fulfillmentLineItemId": "gid://shopify/FulfillmentLineItem/9"})), "NOT_FOUND Fulfillment Line Item was not found. at returnInput.returnLineItems.0.fulfillmentLineItemId"},
		{"no reason", create(line(vars{"returnReason": nil})), "BLANK Return reason can't be blank at returnInput.returnLineItems.0.returnReason"},
		{"other without a note", create(line(vars{"returnReason": "OTHER"})), "BLANK Return reason note can't be blank at returnInput.returnLineItems.0.returnReasonNote"},
		{"a long note", create(line(vars{"returnReasonNote": strings.Repeat("å", 256)})), "TOO_LONG Return reason note is too long (maximum is 255 characters) at returnInput.returnLineItems.0.returnReasonNote"},
		{"no lines", create(), "BLANK Return line items can't be blank. at returnInput.returnLineItems"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
	f.create(f.same)
	if got, want := create(line(nil)), "INVALID Return line item has an invalid quantity. at returnInput.returnLineItems.0.quantity"; got != want {
		t.Errorf("a second return of the same: %q, want %q", got, want)
	}
	if n := len(f.do("ReturnableFulfillments", vars{"orderId": f.order}).get("nodes").list()); n != 0 {
		t.Errorf("%d returnable fulfillments, want none", n)
	}
	if book := f.book("#1001"); len(book.Returns) != 1 {
		t.Errorf("%d returns, want 1", len(book.Returns))
	}
}

func TestShopifyReturnEnds(t *testing.T) {
	f := newShopFixture(t, "")
	r := f.create(f.same)
	id := vars{"id": r.get("id").text()}
	f.do("ReturnReopen", id).is("return.status", "OPEN")
	f.do("ReturnClose", id).is("return.status", "CLOSED", "return.closedAt", "2026-11-22T10:00:00Z")
	f.do("ReturnClose", id).is("return.status", "CLOSED")
	if got, want := f.refusal("ReturnCancel", id), "INVALID_STATE Return is not cancelable. at id"; got != want {
		t.Errorf("cancelling a closed return: %q, want %q", got, want)
	}
	f.do("ReturnReopen", id).is("return.status", "OPEN")
	f.do("ReturnById", id).is("closedAt", "null")

	take := vars{"returnId": id["id"], "exchangeLineItems": []vars{{"exchangeLineItemId": r.get("exchangeLineItems.nodes.0.id").text(), "quantity": 2}}}
	if got, want := f.refusal("RemoveFromReturn", take), "INVALID Exchange line item has an invalid quantity. at exchangeLineItems.0.quantity"; got != want {
		t.Errorf("taking too much off: %q, want %q", got, want)
	}
	take["exchangeLineItems"].([]vars)[0]["quantity"] = 1
	f.do("RemoveFromReturn", take).is("return.status", "OPEN")
	f.do("ReturnById", id).is("exchangeLineItems.nodes", "[]", "totalQuantity", "1")
	f.do("ReturnCancel", id).is("return.status", "CANCELED")
	f.do("ReturnCancel", id).is("return.status", "CANCELED")
	if got, want := f.refusal("ReturnClose", id), "INVALID_STATE Return status is invalid. at id"; got != want {
		t.Errorf("closing a cancelled return: %q, want %q", got, want)
	}

	r = f.create(f.same)
	f.do("RemoveFromReturn", vars{
		"returnId":          r.get("id").text(),
		"returnLineItems":   []vars{{"returnLineItemId": r.get("returnLineItems.nodes.0.id").text(), "quantity": 1}},
		"exchangeLineItems": []vars{{"exchangeLineItemId": r.get("exchangeLineItems.nodes.0.id").text(), "quantity": 1}},
	}).is("return.status", "CLOSED")
	f.do("ReturnById", vars{"id": r.get("id").text()}).is("totalQuantity", "0")
	f.do("OrderForExchange", vars{"id": f.order}).is("returnStatus", "RETURNED")
	want := []string{
		"returns/approve", "returns/close", "returns/reopen", "returns/update", "returns/cancel",
		"returns/approve", "returns/update", "returns/close",
	}
	if got := f.topics(); !slices.Equal(got, want) {
		t.Errorf("webhooks %v, want %v", got, want)
	}
	shopValue{t, f.await("returns/update", 2).body}.is("return_line_items.removals.0.delta", "1")
}

func TestShopifyProcessesInParts(t *testing.T) {
	st := newShopTest(t)
	v := st.control("variants", ShopifyVariant{SKU: "NEW", Price: "120.00"}).get("0.id").text()
	made := st.control("orders", ShopifySeed{Lines: []ShopifySeedLine{{SKU: "OLD", Quantity: 3, Price: "100.00"}}})
	order := made.get("0.id").text()
	r := st.do("ReturnCreate", vars{"input": vars{
		"orderId": order, "returnShippingFee": vars{"amount": vars{"amount": "5", "currencyCode": "SEK"}},
		"returnLineItems": []vars{{
			"fulfillmentLineItemId": made.get("0.lines.0.fulfillment_line_item_id").text(), "quantity": 2,
			"returnReason": "COLOR", "restockingFee": vars{"percentage": 12.5},
		}},
		"exchangeLineItems": []vars{
			{"variantId": v, "quantity": 2, "appliedDiscount": vars{"value": vars{"percentage": 10}}},
			{"variantId": v, "quantity": 1, "appliedDiscount": vars{"value": vars{"amount": vars{"amount": "20", "currencyCode": "SEK"}}}},
		},
	}}).get("return")
	id := r.get("id").text()
	r.is("returnLineItems.nodes.0.restockingFee.amountSet.shopMoney.amount", "25.0", "returnShippingFees.0.amountSet.shopMoney.amount", "5.0")
	back := []vars{{"id": r.get("returnLineItems.nodes.0.id").text(), "quantity": 1}}
	out := []vars{{"id": r.get("exchangeLineItems.nodes.0.id").text(), "quantity": 1}}
	outcome := func(back, out []vars) shopValue {
		return st.do("ReturnFinancialOutcome", vars{"id": id, "returnLineItems": back, "exchangeLineItems": out}).get("suggestedFinancialOutcome.financialTransfer")
	}

	// 108 for the new one and 12.5 and 5 of fees, less 100 for the old one.
	outcome(back, out).is("__typename", "InvoiceReturnOutcome", "amount.shopMoney.amount", "25.5")
	outcome(back, []vars{}).is("__typename", "RefundReturnOutcome", "amount.shopMoney.amount", "82.5")
	st.do("ReturnProcess", vars{"input": vars{"returnId": id, "exchangeLineItems": out}})
	outcome(back, []vars{}).is("__typename", "InvoiceReturnOutcome", "amount.shopMoney.amount", "25.5")
	st.do("ReturnProcess", vars{"input": vars{"returnId": id, "returnLineItems": back}})
	st.do("OrderPayments", vars{"id": order}).is("totalOutstandingSet.shopMoney.amount", "25.5", "displayFinancialStatus", "PARTIALLY_PAID")
	st.do("ReturnById", vars{"id": id}).is("status", "OPEN", "exchangeLineItems.nodes.0.processedQuantity", "1",
		"exchangeLineItems.nodes.0.unprocessedQuantity", "1", "returnLineItems.nodes.0.processableQuantity", "1")

	if got := st.refusal("ReturnProcess", vars{"input": vars{"returnId": id, "exchangeLineItems": []vars{{"id": out[0]["id"], "quantity": 2}}}}); !strings.HasPrefix(got, "INVALID Exchange line item has an invalid quantity.") {
		t.Errorf("processing more than is left: %q", got)
	}
	if got := st.refusal("ReturnCancel", vars{"id": id}); !strings.HasPrefix(got, "INVALID_STATE") {
		t.Errorf("cancelling after processing: %q", got)
	}
	st.control("returns/process", vars{"return": id})
	st.do("ReturnById", vars{"id": id}).is("status", "CLOSED", "exchangeLineItems.nodes.0.lineItems.1.quantity", "1")
	// 216 and 100 for the new ones and 30 of fees, less 200 for the old ones.
	st.do("OrderPayments", vars{"id": order}).is("totalOutstandingSet.shopMoney.amount", "146.0", "currentTotalPriceSet.shopMoney.amount", "446.0")
	if n := len(st.book("#1001").Work); n != 3 {
		t.Errorf("%d fulfillment orders, want the first and one per processing", n)
	}
}

func TestShopifyDisposes(t *testing.T) {
	f := newShopFixture(t, "")
	r := f.create(f.same)
	line := r.get("reverseFulfillmentOrders.nodes.0.lineItems.nodes.0.id").text()
	dispose := vars{"inputs": []vars{{"reverseFulfillmentOrderLineItemId": line, "quantity": 1, "dispositionType": "RESTOCKED", "locationId": "gid://shopify/Location/1"}}}
	f.do("ReverseFulfillmentOrderDispose", dispose).is("reverseFulfillmentOrderLineItems.0.dispositions.0.type", "RESTOCKED",
		"reverseFulfillmentOrderLineItems.0.dispositions.0.location.id", "gid://shopify/Location/1")
	if got, want := f.refusal("ReverseFulfillmentOrderDispose", dispose), "INVALID Disposition has an invalid quantity. at dispositionInputs.0.quantity"; got != want {
		t.Errorf("disposing twice: %q, want %q", got, want)
	}
	if book := f.book("#1001"); book.Returns[0].Return[0].Disposed != 1 {
		t.Errorf("ledger: %+v", book.Returns)
	}
}

func TestShopifyDelaysAndDefects(t *testing.T) {
	f := newShopFixture(t, "", func(s *ShopifySwitches) { s.FulfillmentDelay = 2 })
	f.do("ReturnProcess", vars{"input": lineVars(f.create(f.same))})
	count := func() int {
		return len(f.do("OrderFulfillmentOrders", vars{"id": f.order}).get("fulfillmentOrders.nodes").list())
	}
	if a, b, c := count(), count(), count(); a != 1 || b != 1 || c != 2 {
		t.Errorf("fulfillment orders in three reads: %d %d %d, want 1 1 2", a, b, c)
	}
	f.await("fulfillment_orders/order_routing_complete", 1)

	f = newShopFixture(t, "", func(s *ShopifySwitches) { s.ZeroPriceDefect = true })
	made := f.control("returns", ShopifyReturn{
		Order: "#1001", ReturnLines: []ShopifyReturnedLine{{FulfillmentLineItemID: f.shipped}},
		ExchangeLines: []ShopifyExchanged{{VariantID: f.same, Discount: "100"}},
	})
	f.await("returns/approve", 1)
	f.control("returns/process", vars{"return": made.get("id").text()})
	f.do("OrderForExchange", vars{"id": f.order}).is("lineItems.nodes.1.sku", "SHIRT-L", "totalOutstandingSet.shopMoney.amount", "-499.0")
	book := f.book("#1001")
	if len(book.Work) != 1 || book.Returns[0].By != "staff" || book.Returns[0].Exchange[0].Processed != 1 {
		t.Errorf("ledger: %+v", book)
	}
}
