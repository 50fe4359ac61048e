package sim

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestShopifyHarms(t *testing.T) {
	for _, c := range []struct {
		kind   string
		status int
		acts   bool
	}{
		{ErrorBefore, 500, false},
		{ErrorAfter, 500, true},
		{DropBefore, 0, false},
		{DropAfter, 0, true},
		{Half, 0, true},
		{HTML, 502, false},
		{Throttle, 200, false},
		{Slow, 200, true},
		{SlowBefore, 200, true},
	} {
		st, order, auth := newShopAuthorised(t, nil, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100", MultiCapturable: true})
		st.control("faults", Fault{Match: "orderCapture", Kind: c.kind, DelayMS: 1})
		capture := vars{"query": st.ops, "operationName": "OrderCapture", "variables": captureVars(order, auth[0], "40")}
		status, answer := st.post("/admin/api/2026-10/graphql.json", capture)
		if status != c.status {
			t.Errorf("%s: %d %s", c.kind, status, answer)
		}
		if c.kind == Throttle && !strings.Contains(string(answer), `"THROTTLED"`) {
			t.Errorf("throttle: %s", answer)
		}
		if acted := len(st.book("#1001").Captures) == 1; acted != c.acts {
			t.Errorf("%s: acted %v, want %v", c.kind, acted, c.acts)
		}
		if status, _ := st.post("/admin/api/2026-10/graphql.json", capture); status != http.StatusOK {
			t.Errorf("%s: the next call is harmed too", c.kind)
		}
		if n := st.shop.Ledger().Calls["orderCapture"]; n != 2 {
			t.Errorf("%s: %d calls, want 2", c.kind, n)
		}
	}
	st, order, auth := newShopAuthorised(t, nil, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100", MultiCapturable: true})
	st.control("faults", Fault{Match: "orderCapture", Kind: ActLate})
	capture := vars{"query": st.ops, "operationName": "OrderCapture", "variables": captureVars(order, auth[0], "40")}
	if status, answer := st.post("/admin/api/2026-10/graphql.json", capture); status != 0 || len(st.book("#1001").Captures) != 0 {
		t.Errorf("act_late: %d %s", status, answer)
	}
	st.control("acts", vars{}).is("acted", "1")
	if book := st.book("#1001"); book.Captured != 4000 {
		t.Errorf("act_late: captured %d, want 4000", book.Captured)
	}
	st = newShopTest(t)
	st.control("faults", []Fault{{Match: "*", Kind: ErrorBefore, Status: 200}})
	st.query(`{ shop { id } }`, nil).is("errors.0.extensions.code", "INTERNAL_SERVER_ERROR")
	st.control("switches", vars{"denied": []string{"orderCapture", "shop"}})
	st.query(`{ shop { id } }`, nil).is("errors.0.extensions.code", "ACCESS_DENIED")
}

func TestShopifyWebhookSubscriptions(t *testing.T) {
	st := newShopTest(t)
	subscribe := vars{"topic": "RETURNS_APPROVE", "input": vars{"uri": "https://example.com/hooks", "name": "ours"}}
	made := st.do("WebhookSubscriptionCreate", subscribe)
	made.is("webhookSubscription.topic", "RETURNS_APPROVE", "webhookSubscription.apiVersion.handle", "2026-10")
	if got := st.refusal("WebhookSubscriptionCreate", subscribe); !strings.HasPrefix(got, "Address for this topic has already been taken") {
		t.Errorf("twice: %q", got)
	}
	st.do("WebhookSubscriptions", vars{"first": 10}).is("nodes.0.uri", "https://example.com/hooks", "pageInfo.hasNextPage", "false")
	st.do("WebhookSubscriptionDelete", vars{"id": made.get("webhookSubscription.id").text()})
	if n := len(st.do("WebhookSubscriptions", vars{"first": 10}).get("nodes").list()); n != 0 {
		t.Errorf("%d subscriptions, want none", n)
	}
	st.control("uninstall", vars{})
	shopValue{t, st.await("app/uninstalled", 1).body}.is("myshopify_domain", "sim.myshopify.com")
	if status, _ := st.post("/admin/api/2026-10/graphql.json", vars{"query": "{ shop { id } }"}); status != http.StatusUnauthorized {
		t.Errorf("after uninstalling: %d", status)
	}
	status, answer := st.post("/control/webhooks", vars{"hooks": []ShopifyHook{{"returns/nope", "http://x"}}})
	if status != http.StatusBadRequest || !strings.Contains(string(answer), "no topic") {
		t.Errorf("%d %s", status, answer)
	}
}

func TestShopifyManyAtOnce(t *testing.T) {
	st, order, auth := newShopAuthorised(t, nil, ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "100", MultiCapturable: true})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				st.post("/admin/api/2026-10/graphql.json", vars{"query": st.ops, "operationName": "OrderCapture", "variables": captureVars(order, auth[0], "30")})
				st.post("/admin/api/2026-10/graphql.json", vars{"query": st.ops, "operationName": "OrderForExchange", "variables": vars{"id": order}})
				st.shop.Ledger()
			}
		})
	}
	wait.Wait()
	if book := st.book("#1001"); book.Captured != 9000 {
		t.Errorf("captured %d of 100.00 in pieces of 30, want 9000", book.Captured)
	}
}
