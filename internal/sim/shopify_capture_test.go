package sim

import (
	"strings"
	"testing"
	"time"
)

// newShopAuthorised seeds an unpaid order with authorisations.
func newShopAuthorised(t *testing.T, change func(*ShopifySwitches), auths ...ShopifySeedTransaction) (*shopTest, string, []string) {
	if change == nil {
		change = func(*ShopifySwitches) {}
	}
	st := newShopTest(t, change)
	made := st.control("orders", ShopifySeed{Lines: []ShopifySeedLine{{SKU: "A", Price: "100.00"}}, Transactions: auths})
	ids := make([]string, len(auths))
	for i := range auths {
		ids[i] = made.get("0.transactions").list()[i].text()
	}
	return st, made.get("0.id").text(), ids
}

func captureVars(order, auth, amount string) vars {
	return vars{"input": vars{"id": order, "parentTransactionId": auth, "amount": amount}}
}

func TestShopifyCapturesASingleAuthorisationOnce(t *testing.T) {
	for _, twice := range []bool{false, true} {
		st, order, auth := newShopAuthorised(t, func(s *ShopifySwitches) { s.CaptureTwice = twice }, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100"})
		st.do("OrderPayments", vars{"id": order}).is("displayFinancialStatus", "AUTHORIZED", "totalOutstandingSet.shopMoney.amount", "0.0", "capturable", "true", "unpaid", "true")
		final := captureVars(order, auth[0], "40")
		final["input"].(vars)["finalCapture"] = true
		if got := st.refusal("OrderCapture", final); !strings.HasPrefix(got, "Setting final capture is not supported for this transaction's payment gateway.") {
			t.Errorf("final capture: %q", got)
		}
		st.do("OrderCapture", captureVars(order, auth[0], "40"))
		if !twice {
			if got, want := st.refusal("OrderCapture", captureVars(order, auth[0], "60")), "Cannot capture more than the authorized 0.00 for this payment. at amount"; got != want {
				t.Errorf("second capture: %q, want %q", got, want)
			}
			st.do("OrderPayments", vars{"id": order}).is("totalOutstandingSet.shopMoney.amount", "60.0", "canMarkAsPaid", "true")
			continue
		}
		st.do("OrderCapture", captureVars(order, auth[0], "60"))
		st.do("OrderPayments", vars{"id": order}).is("displayFinancialStatus", "PAID", "capturable", "false", "canMarkAsPaid", "false")
	}
}

func TestShopifyCaptureRefusals(t *testing.T) {
	st, order, auth := newShopAuthorised(t, nil, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100", MultiCapturable: true})
	other := st.control("orders", ShopifySeed{Lines: []ShopifySeedLine{{SKU: "A", Price: "1"}}}).get("0.transactions.0").text()
	currency := captureVars(order, auth[0], "1")
	currency["input"].(vars)["currency"] = "EUR"
	for _, c := range []struct {
		name string
		in   vars
		want string
	}{
		{"another order's transaction", captureVars(order, other, "1"), "Unable to find parent transaction at parentTransactionId"},
		{"no transaction", captureVars(order, "gid://shopify/OrderTransaction/9", "1"), "Unable to find parent transaction at parentTransactionId"},
		{"no order", captureVars("gid://shopify/Order/9", auth[0], "1"), "Order does not exist at id"},
		{"below zero", captureVars(order, auth[0], "-1"), "Amount must be greater than zero for capture transactions at amount"},
		{"half an öre", captureVars(order, auth[0], "1.005"), "Amount is invalid at amount"},
		{"another currency", currency, "Currency Currency must match parent transaction SEK at currency"},
	} {
		if got := st.refusal("OrderCapture", c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	st.call("OrderCapture", captureVars(auth[0], auth[0], "1")).is("errors.0.extensions.code", "RESOURCE_NOT_FOUND", "data.orderCapture", "null")
}

func TestShopifyPendingAndFailedCaptures(t *testing.T) {
	st, order, auth := newShopAuthorised(t, func(s *ShopifySwitches) { s.CaptureResult = "PENDING" }, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100"})
	made := st.do("OrderCapture", captureVars(order, auth[0], "100"))
	made.is("transaction.status", "PENDING")
	id := made.get("transaction.id").text()
	st.do("OrderPayments", vars{"id": order}).is("totalReceivedSet.shopMoney.amount", "0.0", "totalOutstandingSet.shopMoney.amount", "0.0", "totalCapturableSet.shopMoney.amount", "0.0",
		"transactions.0.totalUnsettledSet.shopMoney.amount", "100.0")
	st.control("transactions/settle", vars{"transaction": id, "status": "FAILURE"})
	shopValue{t, st.await("order_transactions/create", 1).body}.is("status", "failure", "error_code", "card_declined")
	st.control("switches", vars{"capture_result": "FAILURE", "capture_error": "INSUFFICIENT_FUNDS"})
	st.do("OrderCapture", captureVars(order, auth[0], "100")).is("transaction.status", "FAILURE", "transaction.errorCode", "INSUFFICIENT_FUNDS")
	if book := st.book("#1001"); book.Captured != 0 || len(book.Captures) != 2 || book.Outstanding != 0 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyAuthorisationsEnd(t *testing.T) {
	st, order, auth := newShopAuthorised(t, func(s *ShopifySwitches) { s.Plus = true },
		ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "50", ExpiresAt: time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)},
		ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "50"})
	st.do("OrderPayments", vars{"id": order}).is("transactions.0.authorizationExpiresAt", "2026-11-22T11:00:00Z", "totalCapturableSet.shopMoney.amount", "100.0")
	st.do("TransactionVoid", vars{"parentTransactionId": auth[1]}).is("transaction.kind", "VOID", "transaction.amountSet.shopMoney.amount", "50.0")
	st.do("OrderPayments", vars{"id": order}).is("totalOutstandingSet.shopMoney.amount", "50.0")
	for id, want := range map[string]string{auth[1]: "AUTH_NOT_VOIDABLE", "gid://shopify/OrderTransaction/9": "TRANSACTION_NOT_FOUND"} {
		if got := st.refusal("TransactionVoid", vars{"parentTransactionId": id}); !strings.HasPrefix(got, want) {
			t.Errorf("voiding %s: %q, want %s", id, got, want)
		}
	}
	st.advance(time.Hour)
	st.do("OrderPayments", vars{"id": order}).is("displayFinancialStatus", "EXPIRED", "totalOutstandingSet.shopMoney.amount", "100.0", "transactions.0.manuallyCapturable", "false")
	st.do("OrderCapture", captureVars(order, auth[0], "50")).is("transaction.status", "FAILURE", "transaction.errorCode", "AUTHORIZATION_EXPIRED")
	more := st.control("authorizations", vars{"order": "#1001", "amount": "100", "multi_capturable": true}).get("transaction").text()
	st.control("transactions/capture", vars{"transaction": more, "amount": "30"})
	st.control("authorizations/expire", vars{"transaction": more})
	st.do("OrderMarkAsPaid", vars{"input": vars{"id": order}}).is("order.displayFinancialStatus", "PAID", "order.totalReceivedSet.shopMoney.amount", "100.0")
	if got, want := st.refusal("OrderMarkAsPaid", vars{"input": vars{"id": order}}), "Order cannot be marked as paid. at id"; got != want {
		t.Errorf("marking twice: %q, want %q", got, want)
	}
	if book := st.book("#1001"); book.Captured != 3000 || book.Captures[1].By != "shop" || book.Voids[0].Amount != 5000 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyRefundsOncePerKey(t *testing.T) {
	f := newShopFixture(t, "")
	payment := f.do("OrderPayments", vars{"id": f.order}).get("transactions.0.id").text()
	refund := func(amount, key string) vars {
		return vars{"idempotencyKey": key, "input": vars{"orderId": f.order, "transactions": []vars{{
			"orderId": f.order, "parentId": payment, "amount": amount, "gateway": "any", "kind": "REFUND",
		}}}}
	}
	bare := f.query(`mutation($input: RefundInput!) { refundCreate(input: $input) { refund { id } userErrors { message } } }`, vars{"input": refund("1", "")["input"]})
	bare.is("errors.0.extensions.code", "BAD_REQUEST", "data.refundCreate", "null",
		"errors.0.message", "The @idempotent directive is required for this mutation but was not provided.")
	first := f.do("RefundCreate", refund("20", "k1"))
	first.is("refund.totalRefundedSet.shopMoney.amount", "20.0", "order.displayFinancialStatus", "PARTIALLY_REFUNDED", "order.refundDiscrepancySet.shopMoney.amount", "-20.0")
	f.do("RefundCreate", refund("20", "k1")).is("refund.id", first.get("refund.id").text())
	for _, c := range []struct{ amount, key, want string }{
		{"21", "k1", "The same idempotency key cannot be used with different operation parameters."},
		{"500", "k2", "Refund amount is greater than the amount available to refund"},
		{"500", "k2", "The previous attempt with this idempotency key failed."},
	} {
		if got := f.refusal("RefundCreate", refund(c.amount, c.key)); !strings.HasPrefix(got, c.want) {
			t.Errorf("refund %s with %s: %q, want %q", c.amount, c.key, got, c.want)
		}
	}
	f.advance(shopKeyLife)
	f.do("RefundCreate", refund("20", "k1"))
	if book := f.shop.Ledger().Orders["#1001"]; book.Refunded != 4000 || len(book.Refunds) != 2 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyCurrencies(t *testing.T) {
	for _, c := range []struct {
		shop, presentment, rate, price, line, capture string
		total, shopTotal                              string
		minor                                         int64
	}{
		{"SEK", "SEK", "", "99.90", "99.90", "99.9", "99.9", "99.9", 9990},
		{"JPY", "JPY", "", "1200", "1200", "1200", "1200.0", "1200.0", 1200},
		{"KWD", "KWD", "", "1.250", "1.25", "1.250", "1.25", "1.25", 1250},
		{"SEK", "EUR", "0.0915", "109.29", "10.00", "10", "10.0", "109.29", 1000},
		{"SEK", "JPY", "14.37", "100", "1437", "1437", "1437.0", "100.0", 1437},
	} {
		shop := NewShopify(ShopifyOptions{Currency: c.shop})
		o, err := shop.seedOrder(ShopifySeed{
			PresentmentCurrency: c.presentment, Rate: c.rate, Lines: []ShopifySeedLine{{SKU: "A", Price: c.line}},
			Transactions: []ShopifySeedTransaction{{Kind: "AUTHORIZATION", Amount: c.line}},
		})
		if err != nil {
			t.Fatal(err)
		}
		bag := o.set(o.current())
		money := func(side string) string {
			return bag.gqlField(side, nil).(gqlObject).gqlField("amount", nil).(string)
		}
		if got := money("presentmentMoney"); got != c.total {
			t.Errorf("%s/%s: presentment %s, want %s", c.shop, c.presentment, got, c.total)
		}
		if got := money("shopMoney"); got != c.shopTotal {
			t.Errorf("%s/%s: shop %s, want %s", c.shop, c.presentment, got, c.shopTotal)
		}
		minor, err := shopMinor(c.capture, c.presentment)
		if err != nil || minor != c.minor {
			t.Errorf("%s %s is %d, want %d (%v)", c.capture, c.presentment, minor, c.minor, err)
		}
		in := gqlArgs{"id": gid("Order", o.id), "parentTransactionId": gid("OrderTransaction", o.transactions[0].id), "amount": c.capture}
		refusal := shop.refusal(shop.orderCapture(in))
		if c.shop != c.presentment {
			if refusal == nil {
				t.Errorf("%s/%s: captured without a currency", c.shop, c.presentment)
			}
			in["currency"] = c.presentment
			refusal = shop.refusal(shop.orderCapture(in))
		}
		if refusal != nil || o.outstanding() != 0 || o.received() != c.minor {
			t.Errorf("%s/%s: %v, outstanding %d, received %d", c.shop, c.presentment, refusal, o.outstanding(), o.received())
		}
		shop.Close()
	}
}
