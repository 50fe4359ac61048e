package sim

import "testing"

func (f shopFixture) refund(amount, key string) vars {
	f.t.Helper()
	payment := f.do("OrderPayments", vars{"id": f.order}).get("transactions.0.id").text()
	return vars{"idempotencyKey": key, "input": vars{"orderId": f.order, "transactions": []vars{{
		"orderId": f.order, "parentId": payment, "amount": amount, "gateway": "any", "kind": "REFUND",
	}}}}
}

func TestShopifyRefusesAKeyThatIsUnderWay(t *testing.T) {
	for _, shape := range []string{"user", "top"} {
		f := newShopFixture(t, "", func(s *ShopifySwitches) { s.RefundKeyErrors = shape })
		refund := f.refund("20", "k1")
		f.control("faults", Fault{Match: "refundCreate", Kind: Slow, DelayMS: 60_000})
		hangUp := f.begin("RefundCreate", refund)
		f.await("refunds/create", 1) // it has acted, and does not answer
		beside := f.call("RefundCreate", refund)
		if shape == "top" {
			beside.is("errors.0.extensions.code", "IDEMPOTENCY_CONCURRENT_REQUEST")
		} else {
			beside.is("data.refundCreate.userErrors.0.message", "This request is currently in progress, please try again.")
		}
		f.do("RefundCreate", f.refund("20", "k2"))
		hangUp()
		if book := f.shop.Ledger().Orders["#1001"]; book.Refunded != 4000 || len(book.RefundsMade) != 2 || book.RefundsMade[0].Return != "" {
			t.Errorf("ledger: %+v", book)
		}
	}
}

func TestShopifyKeyRefusalsAtTheTop(t *testing.T) {
	f := newShopFixture(t, "", func(s *ShopifySwitches) { s.RefundKeyErrors = "top" })
	f.do("RefundCreate", f.refund("20", "k1"))
	f.call("RefundCreate", f.refund("21", "k1")).is("errors.0.extensions.code", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
	f.refusal("RefundCreate", f.refund("500", "k2"))
	f.call("RefundCreate", f.refund("500", "k2")).is("errors.0.extensions.code", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
	f.do("RefundCreate", f.refund("20", "k1"))
	if book := f.shop.Ledger().Orders["#1001"]; book.Refunded != 2000 {
		t.Errorf("refunded %d", book.Refunded)
	}
}
