package sim_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestOngoingRefusesWhatTheDocumentDoesNotKnow(t *testing.T) {
	r := newRig(t, nil)
	cases := []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"an unknown member", "PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "2026-11-22", "consignee": {}, "status": 200}`, 400, `property \"status\" is unsupported`},
		{"an unknown member of a member", "PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "2026-11-22", "consignee": {"fullName": "A"}}`, 400, `"o.consignee`},
		{"a missing member", "PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "2026-11-22"}`, 400, "consignee"},
		{"a wrong type", "PUT", "/orders", `{"goodsOwnerId": "114", "orderNumber": "A", "deliveryDate": "2026-11-22", "consignee": {}}`, 400, "o.goodsOwnerId"},
		{"a date that is none", "PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "soon", "consignee": {}}`, 400, "DeliveryDate"},
		{"an unknown article", "PUT", "/orders", strings.Replace(exchangeOrder, "TEE-L", "TEE-XXL", 1), 400, "Article TEE-XXL was not found"},
		{"two lines with one row number", "PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "2026-11-22", "consignee": {},
			"orderLines": [{"rowNumber": "1", "articleNumber": "CAP"}, {"rowNumber": "1", "articleNumber": "CAP"}]}`, 400, "not unique"},
		{"no body", "PUT", "/orders", "", 400, "Message"},
		{"not json", "PUT", "/orders", `{"goodsOwnerId": `, 400, "ModelState"},
		{"an unknown query parameter", "GET", "/orders?goodsOwnerId=114&orderNo=A", "", 400, "orderNo"},
		{"a missing query parameter", "GET", "/orders", "", 400, "goodsOwnerId"},
		{"a number that is none", "GET", "/orders?goodsOwnerId=114&orderIdFrom=x", "", 400, "orderIdFrom"},
		{"an id that is none", "GET", "/orders/x", "", 400, "orderId"},
		{"another goods owner in the query", "GET", "/orders?goodsOwnerId=7", "", 400, "does not belong"},
		{"another goods owner in the body", "PUT", "/orders", strings.Replace(exchangeOrder, "114", "7", 1), 400, "does not belong"},
		{"an unknown order", "GET", "/orders/1", "", 404, "not found"},
		{"an unknown path", "GET", "/exchanges", "", 404, "No HTTP resource"},
		{"a method that is not documented", "POST", "/orders", "{}", 404, "No HTTP resource"},
		{"a documented call that the simulator lacks", "GET", "/orders/types?goodsOwnerId=114", "", 501, "does not know GET /orders/types"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			at := *r
			at.t = t
			at.api(c.method, c.path, c.body).want(c.status).says(c.says)
		})
	}
	r.do("GET", r.server.URL+"/other/api/v1/warehouses", "").want(404)
	if n := len(r.sim.Ledger().Orders); n != 1 {
		t.Errorf("%d orders, want the seeded one", n)
	}
}

func TestOngoingRefusalShapes(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.RefusalStatus, s.NotFoundStatus = 409, 400 })
	r.api("GET", "/orders/1", "").want(400).says(`{"message":`)
	bad := strings.Replace(exchangeOrder, "TEE-L", "TEE-XXL", 1)
	r.api("PUT", "/orders", bad).want(409)
	r.control("POST", "/switches", `{"refusals_as_200": true}`)
	r.api("PUT", "/orders", bad).want(200).says(`"orderId":null`).says("TEE-XXL")
	r.api("DELETE", "/returnOrders/9", "").want(200).says(`"returnOrderId":null`)
	id := r.putExchange().at("orderId")
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 7}`).want(200).says(`"orderId":` + id)
	r.api("GET", "/orders/1", "").want(400)
}

func TestOngoingAuthentication(t *testing.T) {
	r := newRig(t, nil)
	r.user = "WSIother"
	got := r.api("GET", "/warehouses", "").want(401)
	if got.header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate")
	}
	r.control("POST", "/goods-owners", `{"id": 115, "name": "Other AB", "users": [{"username": "WSIother", "password": "secret"}], "articles": ["CAP"]}`)
	r.api("GET", "/orders?goodsOwnerId=115", "").want(200).says("[]")
	r.api("GET", "/orders?goodsOwnerId=114", "").want(400)
	r.api("GET", "/orders/50871", "").want(404) // somebody else's
	r.api("PUT", "/orders", `{"goodsOwnerId": 115, "orderNumber": "#1001", "deliveryDate": "2026-11-22", "consignee": {}}`).want(201)
	ledger := r.ledger()
	if ledger.Unauthorized != 1 || ledger.Calls["GET /warehouses"] != 1 || ledger.Calls["GET /orders"] != 2 {
		t.Errorf("ledger = %+v", ledger)
	}
	if ledger.Orders["#1001"].GoodsOwnerID != 114 || ledger.Orders["115/#1001"].GoodsOwnerID != 115 {
		t.Errorf("orders = %+v", ledger.Orders)
	}
	r.do("POST", r.server.URL+"/control/orders/%231001/status", `{"number": 300}`).want(409).says("goods_owner_id")
	r.control("POST", "/orders/%231001/status?goods_owner_id=115", `{"number": 300}`)
	if got := r.ledger().Orders["115/#1001"].Statuses; len(got) != 2 {
		t.Errorf("statuses = %v", got)
	}
}

func TestOngoingRateLimits(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) {
		s.VolumeLimit, s.RetryAfter = sim.Window{Calls: 2, Seconds: 60}, 30
	})
	r.api("GET", "/warehouses", "").want(200)
	r.api("GET", "/warehouses", "").want(200)
	if got := r.api("GET", "/warehouses", "").want(429).header.Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After = %q", got)
	}
	r.api("GET", "/orders/statuses", "").want(200)
	r.now = r.now.Add(time.Minute)
	r.api("GET", "/warehouses", "").want(200)
	r.control("POST", "/switches", `{"volume_limit": {"calls": 0}, "failure_limit": {"calls": 2, "seconds": 60}}`)
	r.api("GET", "/orders/1", "").want(404)
	r.api("GET", "/orders/50871", "").want(200)
	r.api("GET", "/orders/1", "").want(404)
	r.api("GET", "/orders/1", "").want(404)
	r.api("GET", "/orders/50871", "").want(429)
}

func TestOngoingFaults(t *testing.T) {
	r := newRig(t, nil)
	r.control("POST", "/faults", `[{"match": "PUT /orders", "kind": "error_after"}, {"match": "GET /orders/{orderId}", "kind": "throttle", "retry_after": 3}]`)
	r.putExchange().want(500).says(`{"Message":"An error has occurred."}`)
	if book := r.book("#1001-EX1"); book.Puts != 1 {
		t.Errorf("error_after did not act: %+v", book)
	}
	if got := r.api("GET", "/orders/50871", "").want(429).header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After = %q", got)
	}
	r.control("POST", "/faults", `{"match": "*", "kind": "html", "times": -1}`)
	r.api("GET", "/warehouses", "").want(502).says("<html>")
	r.control("DELETE", "/faults", "")
	r.api("GET", "/warehouses", "").want(200)
	r.do("POST", r.server.URL+"/control/faults", `{"match": "*", "kind": "explode"}`).want(400).says("explode")
	r.do("POST", r.server.URL+"/control/faults", `{"match": "*", "kind": "html", "often": 1}`).want(400).says("often")
	r.do("GET", r.server.URL+"/control/nothing", "").want(404).says(`{"error":`)
}

func TestOngoingCountsCallsInFlight(t *testing.T) {
	r := newRig(t, nil)
	for range 3 {
		r.api("GET", "/orders?goodsOwnerId=114", "")
	}
	if n := r.ledger().MaxInFlight; n != 1 {
		t.Errorf("one after another: max in flight %d", n)
	}
	r.control("POST", "/faults", `{"match": "GET /warehouses", "kind": "slow", "delay_ms": 100, "times": 2}`)
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() { r.api("GET", "/warehouses", "") })
	}
	wait.Wait()
	if n := r.ledger().MaxInFlight; n != 2 {
		t.Errorf("side by side: max in flight %d", n)
	}
}

func TestOngoingActsLate(t *testing.T) {
	r := newRig(t, nil)
	r.control("POST", "/faults", `{"match": "PUT /orders", "kind": "act_late"}`)
	req, _ := http.NewRequestWithContext(t.Context(), "PUT", r.server.URL+"/nordwear/api/v1/orders", strings.NewReader(exchangeOrder))
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(r.user, "secret")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Fatal("the call was answered")
	}
	if n := len(r.sim.Ledger().Orders); n != 1 {
		t.Errorf("%d orders before it acts, want the original", n)
	}
	r.control("POST", "/acts", "").want(200).says(`"acted":1`)
	if book := r.book("#1001-EX1"); book.Puts != 1 {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingACallGivenUpIsNotInFlight(t *testing.T) {
	r := newRig(t, nil)
	r.control("POST", "/faults", `{"match": "GET /warehouses", "kind": "slow", "delay_ms": 5000}`)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", r.server.URL+"/nordwear/api/v1/warehouses", nil)
	req.SetBasicAuth(r.user, "secret")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Fatal("the call was answered")
	}
	r.await(func() bool { return r.sim.Ledger().InFlight == 0 })
	r.api("GET", "/warehouses", "").want(200)
	if n := r.ledger().MaxInFlight; n != 1 {
		t.Errorf("max in flight %d", n)
	}
}

func TestOngoingParallelCallsCanHang(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.ParallelHangs = true })
	r.control("POST", "/faults", `{"match": "GET /warehouses", "kind": "slow", "delay_ms": 150}`)
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { r.api("GET", "/warehouses", "").want(200) })
	r.await(func() bool { return r.sim.Ledger().InFlight > 0 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "PUT", r.server.URL+"/nordwear/api/v1/orders", strings.NewReader(exchangeOrder))
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(r.user, "secret")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Error("the call beside another was answered")
	}
	if _, made := r.ledger().Orders["#1001-EX1"]; made {
		t.Error("the call beside another acted")
	}
}

func TestOngoingReset(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	r.control("POST", "/switches", `{"born_status": 300}`)
	r.control("POST", "/faults", `{"match": "*", "kind": "html", "times": -1}`)
	r.control("POST", "/reset", "")
	r.api("GET", "/orders?goodsOwnerId=114", "").want(200).says("[]")
	again := r.putExchange().want(201)
	if again.at("orderId") == id {
		t.Error("an id was given twice")
	}
	if got := r.book("#1001-EX1").Statuses[0]; got != 200 {
		t.Errorf("born with %d", got)
	}
}

func TestOngoingSeedsAreChecked(t *testing.T) {
	r := newRig(t, nil)
	for body, want := range map[string]string{
		`{}`:                                  "no order",
		`{"order": {"orderNumber": "#1001"}}`: "is there already",
		`{"order": {"orderNumber": "A", "colour": "red"}}`:   "colour",
		`{"order": {"orderNumber": "A", "goodsOwnerId": 7}}`: "no goods owner 7",
		`{"order": {"orderNumber": "A"}, "ship": true}`:      "nothing to ship",
	} {
		if got := r.do("POST", r.server.URL+"/control/orders", body).says(want); got.status < 400 {
			t.Errorf("%s: status %d", body, got.status)
		}
	}
	r.do("POST", r.server.URL+"/control/goods-owners", `{"name": "no id"}`).want(400)
	r.control("POST", "/orders", `[{"order": {"orderNumber": "B", "orderLines": [{"rowNumber": "1", "articleNumber": "X", "numberOfItems": 1}]}, "status": 300}]`).
		says(`"article_number":"X"`)
	if got := r.book("B").Statuses; len(got) != 1 || got[0] != 300 {
		t.Errorf("statuses = %v", got)
	}
}

func TestOngoingLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	o := sim.NewOngoing(sim.OngoingOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- o.Run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
