package sim

import (
	"strings"
	"testing"
	"time"
)

// owing processes an exchange for the dearer shirt of an order with a stored payment method: 50.00 are due.
func owing(t *testing.T, change func(*ShopifySwitches)) (f shopFixture, mandate string) {
	if change == nil {
		change = func(*ShopifySwitches) {}
	}
	f = newShopFixture(t, "", change)
	mandate = f.control("mandates", vars{"order": "#1001"}).get("mandate").text()
	f.do("ReturnProcess", vars{"input": lineVars(f.create(f.dearer))})
	return f, mandate
}

func (f shopFixture) charge(mandate, key string, more ...vars) vars {
	v := vars{"id": f.order, "mandateId": mandate, "idempotencyKey": key, "autoCapture": true}
	for _, m := range more {
		for name, value := range m {
			v[name] = value
		}
	}
	return v
}

func TestShopifyChargesAMandateOncePerKey(t *testing.T) {
	f, mandate := owing(t, func(s *ShopifySwitches) { s.MandateReads = 2 })
	f.do("OrderPayments", vars{"id": f.order}).is("paymentCollectionDetails.vaultedPaymentMethods.0.id", mandate)
	made := f.do("OrderCreateMandatePayment", f.charge(mandate, "k1"))
	made.is("job.done", "false")
	reference, job := made.get("paymentReferenceId").text(), made.get("job.id").text()
	for range 2 {
		f.do("JobById", vars{"id": job}).is("done", "false")
	}
	f.do("JobById", vars{"id": job}).is("done", "true")
	f.do("OrderPaymentStatus", vars{"orderId": f.order, "paymentReferenceId": reference}).is("status", "PURCHASED",
		"transactions.0.kind", "SALE", "transactions.0.amountSet.presentmentMoney.amount", "50.0")
	f.do("OrderCreateMandatePayment", f.charge(mandate, "k1")).is("paymentReferenceId", reference, "job.done", "true")
	if got, want := f.refusal("OrderCreateMandatePayment", f.charge(mandate, "k2")), "ORDER_MANDATE_PAYMENT_ERROR_CODE The order has no outstanding balance at id"; got != want {
		t.Errorf("with nothing due: %q, want %q", got, want)
	}
	f.await("orders/paid", 1)
	f.do("OrderPayments", vars{"id": f.order}).is("paymentCollectionDetails.additionalPaymentCollectionUrl", "null", "totalOutstandingSet.shopMoney.amount", "0.0")
	if f.do("OrderPaymentStatus", vars{"orderId": f.order, "paymentReferenceId": "other"}).value != nil || f.do("JobById", vars{"id": "gid://shopify/Job/other"}).value != nil {
		t.Error("a payment and a job that nobody asked for are there")
	}
	book := f.book("#1001")
	if len(book.Transactions) != 2 || book.Transactions[1].Amount != 5000 || !book.Transactions[1].Mandate || book.Charges[0].Calls != 2 || book.Received != 54900 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyMandateEnds(t *testing.T) {
	for _, c := range []struct {
		name       string
		result     string
		paid       string
		capture    bool
		status     string
		kinds      string
		received   int64
		authorised int64
	}{
		{"it succeeds", "SUCCESS", "PURCHASED", true, "PURCHASED", "SALE SUCCESS", 54900, 0},
		{"it succeeds, and is called so", "SUCCESS", "SUCCESS", true, "SUCCESS", "SALE SUCCESS", 54900, 0},
		{"it is authorised and captured", "SUCCESS", "CAPTURED", true, "CAPTURED", "AUTHORIZATION SUCCESS, CAPTURE SUCCESS", 54900, 0},
		{"it is authorised only", "SUCCESS", "PURCHASED", false, "AUTHORIZED", "AUTHORIZATION SUCCESS", 49900, 5000},
		{"the card is declined", "FAILURE", "PURCHASED", true, "ERROR", "SALE FAILURE", 49900, 0},
		{"the gateway takes its time", "PENDING", "PURCHASED", true, "PENDING", "SALE PENDING", 49900, 0},
		{"the gateway takes its time with the capture", "PENDING", "CAPTURED", true, "PENDING", "AUTHORIZATION SUCCESS, CAPTURE PENDING", 49900, 0},
		{"the bank wants to see the customer", "REDIRECT_REQUIRED", "PURCHASED", true, "REDIRECT_REQUIRED", "", 49900, 0},
		{"it may be tried again", "RETRYABLE", "PURCHASED", true, "RETRYABLE", "", 49900, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, mandate := owing(t, func(s *ShopifySwitches) { s.MandateResult, s.MandatePaid = c.result, c.paid })
			made := f.do("OrderCreateMandatePayment", f.charge(mandate, "k1", vars{"autoCapture": c.capture}))
			f.do("OrderPaymentStatus", vars{"orderId": f.order, "paymentReferenceId": made.get("paymentReferenceId").text()}).is("status", c.status)
			book := f.book("#1001")
			var kinds []string
			for _, m := range book.Transactions[1:] {
				kinds = append(kinds, m.Kind+" "+m.Status)
			}
			if got := strings.Join(kinds, ", "); got != c.kinds || book.Received != c.received || book.Authorized != c.authorised {
				t.Errorf("transactions %s, received %d, authorised %d; want %s, %d, %d", got, book.Received, book.Authorized, c.kinds, c.received, c.authorised)
			}
		})
	}
}

func TestShopifyMandateOfAnExpiredCardIsDeclined(t *testing.T) {
	f, mandate := owing(t, nil)
	f.control("mandates", vars{"order": "#1001", "id": mandate, "expired": true})
	f.do("OrderCreateMandatePayment", f.charge(mandate, "k1"))
	if book := f.book("#1001"); book.Transactions[1].Error != "EXPIRED_CARD" || book.Received != 49900 || len(book.Charges) != 1 {
		t.Errorf("ledger: %+v", book)
	}
	f.control("mandates", vars{"order": "#1001", "id": mandate, "result": "FAILURE"})
	f.do("OrderCreateMandatePayment", f.charge(mandate, "k2"))
	if book := f.book("#1001"); book.Transactions[2].Error != "CARD_DECLINED" {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyMandateAmountsArePlusOnly(t *testing.T) {
	amount := func(a string) vars { return vars{"amount": vars{"amount": a, "currencyCode": "SEK"}} }
	f, mandate := owing(t, nil)
	f.call("OrderCreateMandatePayment", f.charge(mandate, "k1", amount("20"))).is("errors.0.extensions.code", "ACCESS_DENIED")
	f.control("switches", vars{"amount_refusal": "user_error"})
	if got := f.refusal("OrderCreateMandatePayment", f.charge(mandate, "k1", amount("20"))); !strings.Contains(got, "Plus") {
		t.Errorf("an amount on a Basic shop: %q", got)
	}
	f.control("switches", vars{"plus": true})
	for _, c := range []struct{ amount, want string }{{"0", "Amount is invalid"}, {"50.01", "Amount exceeds the outstanding balance"}} {
		if got := f.refusal("OrderCreateMandatePayment", f.charge(mandate, "k1", amount(c.amount))); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %s", c.amount, got, c.want)
		}
	}
	f.do("OrderCreateMandatePayment", f.charge(mandate, "k1", amount("20"), vars{"autoCapture": false}))
	payments := f.do("OrderPayments", vars{"id": f.order})
	payments.is("transactions.1.kind", "AUTHORIZATION", "transactions.1.multiCapturable", "true", "totalOutstandingSet.shopMoney.amount", "30.0",
		"transactions.1.authorizationExpiresAt", "2026-11-29T10:00:00Z")
	f.advance(shopAuthorisationLife + time.Second)
	f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "50.0")
	f.control("switches", vars{"mandate_over": true})
	f.do("OrderCreateMandatePayment", f.charge(mandate, "k2", amount("500")))
	if book := f.shop.Ledger().Orders["#1001"]; book.Received != 99900 || book.Charges[1].Amount != 50000 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyJobsThatWaitCanBeRun(t *testing.T) {
	f, mandate := owing(t, func(s *ShopifySwitches) { s.MandateReads = 100 })
	f.do("OrderCreateMandatePayment", f.charge(mandate, "k1"))
	f.control("jobs/run", vars{}).is("ran", "1")
	f.control("jobs/run", vars{}).is("ran", "0")
	if book := f.book("#1001"); book.Received != 54900 {
		t.Errorf("received %d", book.Received)
	}
}

func TestShopifyManualPayments(t *testing.T) {
	f, _ := owing(t, func(s *ShopifySwitches) { s.Plus = true })
	pay := func(amount string, at string) vars {
		return vars{"id": f.order, "amount": vars{"amount": amount, "currencyCode": "SEK"}, "paymentMethodName": "Swish", "processedAt": at}
	}
	for _, c := range []struct {
		in   vars
		want string
	}{
		{pay("50.01", "2026-11-22T09:00:00Z"), "AMOUNT_EXCEEDS_BALANCE"},
		{pay("0", "2026-11-22T09:00:00Z"), "AMOUNT_NOT_POSITIVE"},
		{pay("20", "2026-11-23T09:00:00Z"), "PROCESSED_AT_INVALID"},
		{vars{"id": "gid://shopify/Order/9"}, "ORDER_NOT_FOUND"},
	} {
		if got := f.refusal("OrderCreateManualPayment", c.in); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q, want %s", got, c.want)
		}
	}
	f.do("OrderCreateManualPayment", pay("20", "2026-11-22T09:00:00Z")).is("order.totalOutstandingSet.shopMoney.amount", "30.0")
	f.control("orders/mark-paid", vars{"order": "#1001"})
	f.do("OrderPayments", vars{"id": f.order}).is("transactions.1.gateway", "Swish", "transactions.1.manualPaymentGateway", "true",
		"transactions.2.manualPaymentGateway", "true", "displayFinancialStatus", "PAID")
	if book := f.book("#1001"); book.Transactions[2].By != "staff" || book.Transactions[2].Amount != 3000 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyInvoices(t *testing.T) {
	f, _ := owing(t, nil)
	if got, want := f.refusal("OrderInvoiceSend", vars{"id": f.order}), "ORDER_INVOICE_SEND_UNSUCCESSFUL The order has no email address at email.to"; got != want {
		t.Errorf("without an address: %q, want %q", got, want)
	}
	send := vars{"id": f.order, "email": vars{"to": "astrid@example.com"}}
	f.do("OrderInvoiceSend", send)
	f.control("switches", vars{"invoice_event": false})
	f.do("OrderInvoiceSend", send)
	f.query(`query($id: ID!) { order(id: $id) { events(first: 5) { nodes { action createdAt attributeToApp } } } }`, vars{"id": f.order}).is(
		"data.order.events.nodes.0.action", "mail_sent", "data.order.events.nodes.0.attributeToApp", "true")
	f.control("payments", vars{"order": "#1001", "status": "PENDING"})
	f.do("OrderPayments", vars{"id": f.order}).is("transactions.1.kind", "SALE", "transactions.1.status", "PENDING", "totalOutstandingSet.shopMoney.amount", "0.0")
	id := f.book("#1001").Transactions[1].ID
	f.control("transactions/settle", vars{"transaction": id, "status": "FAILURE"})
	f.control("payments", vars{"order": "#1001"})
	f.await("orders/paid", 1)
	f.await("order_transactions/create", 2)
	if got, want := f.refusal("OrderInvoiceSend", send), "ORDER_INVOICE_SEND_UNSUCCESSFUL The order has no outstanding balance at id"; got != want {
		t.Errorf("with nothing due: %q, want %q", got, want)
	}
	f.control("switches", vars{"invoice_settled": true})
	f.do("OrderInvoiceSend", send)
	book := f.book("#1001")
	if len(book.Invoices) != 3 || book.Invoices[0].Amount != 5000 || book.Invoices[0].By != "app" || book.Received != 54900 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyInvoicesOfMultiCurrencyOrders(t *testing.T) {
	for _, sent := range []bool{false, true} {
		st := newShopTest(t, func(s *ShopifySwitches) { s.InvoiceMultiCurrency = sent })
		order := st.control("orders", ShopifySeed{
			PresentmentCurrency: "EUR", Rate: "0.09", Email: "a@example.com", Lines: []ShopifySeedLine{{SKU: "A", Price: "10"}},
			Transactions: []ShopifySeedTransaction{},
		}).get("0.id").text()
		if sent {
			st.do("OrderInvoiceSend", vars{"id": order})
		} else if got := st.refusal("OrderInvoiceSend", vars{"id": order}); !strings.Contains(got, "multi-currency") {
			t.Errorf("refused with %q", got)
		}
	}
}

func TestShopifyPendingTransactionsAreAnsweredAfterReads(t *testing.T) {
	for end, received := range map[string]int64{"SUCCESS": 10000, "FAILURE": 0} {
		st, order, auth := newShopAuthorised(t, func(s *ShopifySwitches) { s.CaptureResult, s.PendingReads, s.PendingEnd = "PENDING", 2, end },
			ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100"})
		st.do("OrderCapture", captureVars(order, auth[0], "100"))
		for range 2 {
			st.do("OrderPayments", vars{"id": order}).is("transactions.1.status", "PENDING")
		}
		st.do("OrderPayments", vars{"id": order}).is("transactions.1.status", end)
		if got := st.book("#1001").Received; got != received {
			t.Errorf("%s: received %d, want %d", end, got, received)
		}
	}
}

func TestShopifyAuthorisationsMayDecline(t *testing.T) {
	st, order, auth := newShopAuthorised(t, nil, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100", Result: "FAILURE"},
		ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100"})
	st.do("OrderCapture", captureVars(order, auth[0], "100")).is("transaction.status", "FAILURE", "transaction.errorCode", "CARD_DECLINED")
	st.do("OrderCapture", captureVars(order, auth[1], "100")).is("transaction.status", "SUCCESS")
	st.control("authorizations/void", vars{"transaction": auth[0]})
	if book := st.book("#1001"); book.Voids[0].By != "staff" || book.Authorized != 0 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyStaffPayBack(t *testing.T) {
	f := newShopFixture(t, "")
	f.control("refunds", vars{"order": "#1001", "amount": "20"})
	book := f.book("#1001")
	if book.Refunded != 2000 || len(book.RefundsMade) != 1 || book.RefundsMade[0].By != "staff" || book.Refunds[0].Parent != book.Transactions[0].ID {
		t.Errorf("ledger: %+v", book)
	}
	f.await("refunds/create", 1)
	if status, _ := f.post("/control/refunds", vars{"order": "#1001", "amount": "480"}); status != 409 {
		t.Errorf("more than was paid: %d, want 409", status)
	}
	// The order is worth 499.00 still, so nothing is owed by the shop.
	if status, _ := f.post("/control/refunds", vars{"order": "#1001"}); status != 409 {
		t.Errorf("what is not owed: %d, want 409", status)
	}
}
