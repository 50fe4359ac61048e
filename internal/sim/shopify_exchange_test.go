package sim

import (
	"slices"
	"testing"
)

// shopFixture seeds an order of two different shirts, shipped and paid, and a dearer variant.
type shopFixture struct {
	*shopTest
	order, shipped, same, dearer, cheaper string
	auth                                  string
}

func newShopFixture(t *testing.T, authorised string, change ...func(*ShopifySwitches)) shopFixture {
	f := shopFixture{shopTest: newShopTest(t, change...)}
	variants := f.control("variants", []ShopifyVariant{
		{SKU: "SHIRT-M", Price: "499.00"}, {SKU: "SHIRT-L", Price: "499.00"}, {SKU: "COAT", Price: "549.00"}, {SKU: "SOCKS", Price: "449.00"},
	})
	f.same, f.dearer, f.cheaper = variants.get("1.id").text(), variants.get("2.id").text(), variants.get("3.id").text()
	seed := ShopifySeed{
		Name: "#1001", Lines: []ShopifySeedLine{{SKU: "SHIRT-M", Quantity: 1, Price: "499.00"}},
		Transactions: []ShopifySeedTransaction{{Kind: "SALE", Amount: "499.00"}},
	}
	if authorised != "" {
		seed.Transactions = append(seed.Transactions, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: authorised, MultiCapturable: true})
	}
	made := f.control("orders", seed)
	f.order, f.shipped = made.get("0.id").text(), made.get("0.lines.0.fulfillment_line_item_id").text()
	if authorised != "" {
		f.auth = made.get("0.transactions.1").text()
	}
	return f
}

// create makes a return of the shirt in exchange for a variant.
func (f shopFixture) create(variant string) shopValue {
	f.t.Helper()
	return f.do("ReturnCreate", vars{"input": vars{
		"orderId":           f.order,
		"returnLineItems":   []vars{{"fulfillmentLineItemId": f.shipped, "quantity": 1, "returnReason": "SIZE_TOO_SMALL"}},
		"exchangeLineItems": []vars{{"variantId": variant, "quantity": 1}},
	}}).get("return")
}

func lineVars(r shopValue) vars {
	v := vars{"returnId": r.get("id").text()}
	for _, kind := range []string{"returnLineItems", "exchangeLineItems"} {
		lines := []vars{}
		for _, l := range r.get(kind + ".nodes").list() {
			lines = append(lines, vars{"id": l.get("id").text(), "quantity": 1})
		}
		v[kind] = lines
	}
	return v
}

// shipment is the input that fulfils a fulfillment order's only line.
func shipment(fo shopValue, quantity int, tracking string) vars {
	return vars{"input": vars{
		"lineItemsByFulfillmentOrder": []vars{{
			"fulfillmentOrderId":        fo.get("id").text(),
			"fulfillmentOrderLineItems": []vars{{"id": fo.get("lineItems.nodes.0.id").text(), "quantity": quantity}},
		}},
		"trackingInfo":   vars{"company": "PostNord", "number": tracking},
		"notifyCustomer": true,
	}}
}

func TestShopifyEvenExchange(t *testing.T) {
	f := newShopFixture(t, "")
	r := f.create(f.same)
	r.is("status", "OPEN", "name", "#1001-R1", "returnLineItems.nodes.0.processableQuantity", "1",
		"exchangeLineItems.nodes.0.processedQuantity", "0", "exchangeLineItems.nodes.0.lineItems", "null",
		"exchangeLineItems.nodes.0.variantSku", "SHIRT-L", "reverseFulfillmentOrders.nodes.0.lineItems.nodes.0.totalQuantity", "1")
	hook := f.await("returns/approve", 1)
	shopValue{t, hook.body}.is("admin_graphql_api_id", r.get("id").text(), "status", "open", "total_exchange_line_items", "1")

	in := lineVars(r)
	outcome := f.do("ReturnFinancialOutcome", vars{
		"id": in["returnId"], "returnLineItems": in["returnLineItems"], "exchangeLineItems": in["exchangeLineItems"],
	})
	outcome.is("suggestedFinancialOutcome.financialTransfer", "null", "suggestedFinancialOutcome.discountedSubtotal.shopMoney.amount", "499.0")

	f.do("ReturnProcess", vars{"input": in}).is("return.status", "OPEN")
	r = f.do("ReturnById", vars{"id": in["returnId"]})
	r.is("status", "CLOSED", "exchangeLineItems.nodes.0.processedQuantity", "1", "returnLineItems.nodes.0.unprocessedQuantity", "0")
	line := r.get("exchangeLineItems.nodes.0.lineItems.0.id").text()

	order := f.do("OrderForExchange", vars{"id": f.order})
	order.is("totalOutstandingSet.presentmentMoney.amount", "0.0", "currentTotalPriceSet.shopMoney.amount", "499.0",
		"totalPriceSet.shopMoney.amount", "998.0", "displayFulfillmentStatus", "PARTIALLY_FULFILLED", "returnStatus", "RETURNED", "lineItems.nodes.0.currentQuantity", "0")
	fo := order.get("fulfillmentOrders.nodes.1")
	fo.is("status", "OPEN", "lineItems.nodes.0.lineItem.id", line, "lineItems.nodes.0.remainingQuantity", "1",
		"supportedActions.0.action", "CREATE_FULFILLMENT", "assignedLocation.location.id", "gid://shopify/Location/1")

	made := f.do("FulfillmentCreate", shipment(fo, 1, "JJD1"))
	made.is("fulfillment.status", "SUCCESS", "fulfillment.displayStatus", "FULFILLED", "fulfillment.trackingInfo.0.number", "JJD1")
	f.do("FulfillmentOrderById", vars{"id": fo.get("id").text()}).is("status", "CLOSED", "lineItems.nodes.0.remainingQuantity", "0")

	want := "Fulfillment order " + fo.get("id").text()[len("gid://shopify/FulfillmentOrder/"):] + " has an unfulfillable status= closed. at fulfillment"
	if got := f.refusal("FulfillmentCreate", shipment(fo, 1, "JJD2")); got != want {
		t.Errorf("shipping twice: %q, want %q", got, want)
	}
	book := f.book("#1001")
	if book.Shipped != 1 || book.Captured != 0 || book.Outstanding != 0 || book.Fulfillments[1].Quantities[line] != 1 || book.Fulfillments[1].Notified != 1 {
		t.Errorf("ledger: %+v", book)
	}
	f.await("fulfillments/create", 1)
	wantTopics := []string{"returns/approve", "returns/process", "fulfillment_orders/order_routing_complete", "returns/close", "fulfillments/create"}
	if got := f.topics(); !slices.Equal(got, wantTopics) {
		t.Errorf("webhooks %v, want %v", got, wantTopics)
	}
	if a, b := f.await("returns/process", 1), f.await("returns/close", 1); a.header.Get("X-Shopify-Event-Id") != b.header.Get("X-Shopify-Event-Id") ||
		a.header.Get("X-Shopify-Webhook-Id") == b.header.Get("X-Shopify-Webhook-Id") {
		t.Error("two webhooks of one call share the event id and nothing else")
	}
	shopValue{t, f.await("returns/close", 1).body}.is("status", "closed", "order_id", f.order[len("gid://shopify/Order/"):])
	if n := len(f.await("returns/process", 1).body); n != 0 {
		t.Errorf("returns/process has %d members, want the empty object", n)
	}
}

func TestShopifyUpsellWithAuthorisation(t *testing.T) {
	f := newShopFixture(t, "200.00")
	f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "-200.0", "totalCapturableSet.shopMoney.amount", "200.0",
		"transactions.1.multiCapturable", "true", "transactions.1.manuallyCapturable", "true", "displayFinancialStatus", "PAID")
	r := f.create(f.dearer)
	f.do("ReturnProcess", vars{"input": lineVars(r)})
	f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "-150.0", "displayFinancialStatus", "PARTIALLY_PAID")

	capture := func(amount string, final bool) vars {
		return vars{"input": vars{"id": f.order, "parentTransactionId": f.auth, "amount": amount, "currency": "SEK", "finalCapture": final}}
	}
	for _, c := range []struct{ amount, want string }{
		{"0", "Amount must be greater than zero for capture transactions at amount"},
		{"200.01", "Cannot capture more than the authorized 200.00 for this payment. at amount"},
	} {
		if got := f.refusal("OrderCapture", capture(c.amount, false)); got != c.want {
			t.Errorf("capture %s: %q, want %q", c.amount, got, c.want)
		}
	}
	made := f.do("OrderCapture", capture("50.00", false))
	made.is("transaction.kind", "CAPTURE", "transaction.status", "SUCCESS", "transaction.parentTransaction.id", f.auth, "transaction.amountSet.shopMoney.amount", "50.0")
	shopValue{t, f.await("order_transactions/create", 1).body}.is("kind", "capture", "status", "success", "amount", "50.00",
		"parent_id", f.auth[len("gid://shopify/OrderTransaction/"):])
	shopValue{t, f.await("orders/paid", 1).body}.is("admin_graphql_api_id", f.order, "financial_status", "paid")
	f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "-150.0", "totalCapturableSet.shopMoney.amount", "150.0",
		"displayFinancialStatus", "PAID", "transactions.1.totalUnsettledSet.shopMoney.amount", "150.0")

	f.do("OrderCapture", capture("1", true))
	if got, want := f.refusal("OrderCapture", capture("1", false)), "Cannot capture more than the authorized 0.00 for this payment. at amount"; got != want {
		t.Errorf("after the final capture: %q, want %q", got, want)
	}
	book := f.book("#1001")
	if book.Captured != 5100 || len(book.Captures) != 2 || book.Captures[0].Amount != 5000 || book.Captures[0].By != "app" || book.Outstanding != -100 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyUnpaidUpsellIsHeld(t *testing.T) {
	for _, released := range []bool{false, true} {
		f := newShopFixture(t, "", func(s *ShopifySwitches) { s.ReleaseWhenPaid = released })
		r := f.create(f.dearer)
		in := lineVars(r)
		f.do("ReturnFinancialOutcome", vars{
			"id": in["returnId"], "returnLineItems": in["returnLineItems"], "exchangeLineItems": in["exchangeLineItems"],
		}).is("suggestedFinancialOutcome.financialTransfer.__typename", "InvoiceReturnOutcome", "suggestedFinancialOutcome.financialTransfer.amount.shopMoney.amount", "50.0")
		f.do("ReturnProcess", vars{"input": in})
		fo := f.do("OrderFulfillmentOrders", vars{"id": f.order}).get("fulfillmentOrders.nodes.1")
		fo.is("status", "ON_HOLD", "fulfillmentHolds.0.reason", "AWAITING_PAYMENT", "fulfillmentHolds.0.heldByApp", "null", "fulfillmentHolds.0.displayReason", "Awaiting payment")
		shopValue{t, f.await("fulfillment_orders/placed_on_hold", 1).body}.is("fulfillment_order.status", "on_hold", "created_fulfillment_hold.reason", "awaiting_payment")
		id := fo.get("id").text()
		want := "Fulfillment order " + id[len("gid://shopify/FulfillmentOrder/"):] + " has an unfulfillable status= on_hold. at fulfillment"
		if got := f.refusal("FulfillmentCreate", shipment(fo, 1, "X")); got != want {
			t.Errorf("shipping what is held: %q, want %q", got, want)
		}
		f.control("payments", vars{"order": "#1001"})
		now := f.do("FulfillmentOrderById", vars{"id": id})
		if released {
			now.is("status", "OPEN")
			f.await("fulfillment_orders/hold_released", 1)
			continue
		}
		now.is("status", "ON_HOLD")
		f.do("FulfillmentOrderReleaseHold", vars{"id": id, "holdIds": []string{fo.get("fulfillmentHolds.0.id").text()}}).is("fulfillmentOrder.status", "OPEN")
	}
}

func TestShopifyRefundInsideProcessing(t *testing.T) {
	f := newShopFixture(t, "")
	r := f.create(f.cheaper)
	in := lineVars(r)
	outcome := f.do("ReturnFinancialOutcome", vars{
		"id": in["returnId"], "returnLineItems": in["returnLineItems"], "exchangeLineItems": in["exchangeLineItems"],
	}).get("suggestedFinancialOutcome.financialTransfer")
	outcome.is("__typename", "RefundReturnOutcome", "amount.presentmentMoney.amount", "50.0", "suggestedTransactions.0.amountSet.shopMoney.amount", "50.0")
	parent := outcome.get("suggestedTransactions.0.parentTransaction.id").text()
	refund := func(amount string) vars {
		return vars{"issueRefund": vars{"orderTransactions": []vars{{
			"parentId": parent, "transactionAmount": vars{"amount": amount, "currencyCode": "SEK"},
		}}}}
	}
	in["financialTransfer"] = refund("500")
	if got, want := f.refusal("ReturnProcess", vars{"input": in}), "INVALID Refund amount is greater than the amount available to refund. at "+
		"input.financialTransfer.issueRefund.orderTransactions.0.transactionAmount"; got != want {
		t.Errorf("too much: %q, want %q", got, want)
	}
	f.do("ReturnById", vars{"id": in["returnId"]}).is("returnLineItems.nodes.0.processedQuantity", "0")
	in["financialTransfer"] = refund("50")
	f.do("ReturnProcess", vars{"input": in})
	f.do("ReturnById", vars{"id": in["returnId"]}).is("refunds.nodes.0.totalRefundedSet.shopMoney.amount", "50.0", "transactions.nodes.0.kind", "REFUND")
	f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "0.0", "displayFinancialStatus", "PARTIALLY_REFUNDED", "refundDiscrepancySet.shopMoney.amount", "0.0")
	f.await("refunds/create", 1)
	if got, want := f.refusal("ReturnProcess", vars{"input": in}), "INVALID_STATE Return status is invalid. at input.returnId"; got != want {
		t.Errorf("processing twice: %q, want %q", got, want)
	}
	if book := f.book("#1001"); book.Refunded != 5000 || len(book.Refunds) != 1 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyLegacyWorkflow(t *testing.T) {
	f := newShopFixture(t, "", func(s *ShopifySwitches) { s.Workflow = "legacy" })
	r := f.create(f.dearer)
	r.is("exchangeLineItems.nodes.0.processedQuantity", "1", "exchangeLineItems.nodes.0.processableQuantity", "0", "returnLineItems.nodes.0.processedQuantity", "0")
	fo := f.do("OrderFulfillmentOrders", vars{"id": f.order}).get("fulfillmentOrders.nodes.1")
	fo.is("status", "ON_HOLD", "fulfillmentHolds.0.reason", "AWAITING_RETURN_ITEMS")
	f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "50.0")
	f.do("FulfillmentOrderReleaseHold", vars{"id": fo.get("id").text(), "holdIds": []string{fo.get("fulfillmentHolds.0.id").text()}})
	f.do("FulfillmentCreate", shipment(fo, 1, "JJD1"))
	in := lineVars(r)
	delete(in, "exchangeLineItems")
	f.do("ReturnProcess", vars{"input": in})
	f.do("ReturnById", vars{"id": in["returnId"]}).is("status", "CLOSED")
	f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "50.0", "currentTotalPriceSet.shopMoney.amount", "549.0")
}
