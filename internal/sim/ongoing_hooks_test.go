package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// An inbox is a receiver of webhooks that keeps what it got.
type inbox struct {
	t   *testing.T
	url string
	got chan received
}

type received struct {
	token string
	text  string
	body  map[string]any
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{t: t, got: make(chan received, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		event := received{token: r.Header.Get("X-Auth-Token"), text: string(text)}
		_ = json.Unmarshal(text, &event.body)
		in.got <- event
	}))
	t.Cleanup(server.Close)
	in.url = server.URL
	return in
}

func (in *inbox) next() received {
	in.t.Helper()
	select {
	case event := <-in.got:
		return event
	case <-time.After(10 * time.Second):
		in.t.Fatal("no webhook came")
		return received{}
	}
}

// members returns the members' names, so that a test can compare a whole shape.
func members(body map[string]any) string {
	var names []string
	for name := range body {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func (r *rig) hooks(url string, kinds ...string) {
	r.t.Helper()
	var hooks []string
	for _, kind := range kinds {
		hooks = append(hooks, `{"kind": "`+kind+`", "url": "`+url+`", "token": "t0ken", "policy": "one_day"}`)
	}
	r.control("POST", "/webhooks", "["+strings.Join(hooks, ",")+"]")
}

func TestOngoingOrderWebhook(t *testing.T) {
	r := newRig(t, nil)
	in := newInbox(t)
	r.hooks(in.url, "orders")
	id := r.putExchange().at("orderId")
	made := in.next()
	const want = "byComputer byUser consigneeOrderNumber currentShipmentId goodsOwnerClasses goodsOwnerId goodsOwnerName " +
		"goodsOwnerOrderId orderId orderNumber orderStatus parcels path system timestamp tracking webhookEventId webhookOrdersId webhookTemplate"
	if got := members(made.body); got != want {
		t.Errorf("members = %s", got)
	}
	if made.token != "t0ken" || made.body["timestamp"] != "2026-11-22T10:00:00.1230000" || made.body["path"] != "/api/v1/orders/"+id {
		t.Errorf("token %q, body %s", made.token, made.text)
	}
	for _, part := range []string{`"orderStatus":{"number":200}`, `"byUser":null`, `"tracking":[]`, `"parcels":[]`, `"goodsOwnerOrderId":"x1"`, `"system":"nordwear"`} {
		if !strings.Contains(made.text, part) {
			t.Errorf("made: no %s in %s", part, made.text)
		}
	}
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`)
	if released := in.next(); !strings.Contains(released.text, `"orderStatus":{"number":300}`) || released.body["webhookEventId"] == made.body["webhookEventId"] {
		t.Errorf("released: %s", released.text)
	}
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`) // no change, no event
	r.control("POST", "/orders/%231001-EX1/ship", "")
	sent := in.next()
	for _, part := range []string{
		`"orderStatus":{"number":450}`, `"byUser":{"userId":37}`,
		`{"trackingUrl":"https://tracking.example.com/?id=00373500000000020713","waybill":"00373500000000020713","isReturn":false}`,
		`"isReturnParcel":true,"tracking":{"trackingUrl":"https://tracking.example.com/?id=00373500000000020714"}`,
	} {
		if !strings.Contains(sent.text, part) {
			t.Errorf("sent: no %s in %s", part, sent.text)
		}
	}
}

func TestOngoingReturnWebhooks(t *testing.T) {
	r := newRig(t, nil)
	in := newInbox(t)
	r.hooks(in.url, "orders", "return_orders", "picking")
	id := r.putReturn().at("returnOrderId")
	notified := in.next()
	const want = "goodsOwnerId goodsOwnerName path returnOrderId returnOrderNumber returnOrderStatus system timestamp webhookEventId webhookReturnOrdersId webhookTemplate"
	if got := members(notified.body); got != want || notified.body["path"] != "/api/v1/returnOrders/"+id {
		t.Errorf("members = %s, body %s", got, notified.text)
	}
	r.control("POST", "/switches", `{"return_webhook": "with_order", "webhook_path": "bare"}`)
	r.control("POST", "/return-orders/%231001-R1/receive", "")
	picking, returned, original := in.next(), in.next(), in.next()
	for _, part := range []string{`"isReturned":true`, `"articleNumber":"TEE-M"`, `"numberOfItems":1.0`, `"returnCauseCode":"SIZE"`, `"orderNumber":"#1001"`, `"rowNumber":"1"`} {
		if !strings.Contains(picking.text, part) {
			t.Errorf("picking: no %s in %s", part, picking.text)
		}
	}
	if returned.body["orderNumber"] != "#1001" || returned.body["path"] != "returnOrders/"+id || !strings.Contains(returned.text, `"returnOrderStatus":{"number":500}`) {
		t.Errorf("returned: %s", returned.text)
	}
	if original.body["orderNumber"] != "#1001" || !strings.Contains(original.text, `"orderStatus":{"number":800}`) {
		t.Errorf("original: %s", original.text)
	}
}

func TestOngoingWebhookSetUp(t *testing.T) {
	r := newRig(t, nil)
	in := newInbox(t)
	r.control("POST", "/webhooks", `{"hooks": [{"kind": "orders", "url": "`+in.url+`", "statuses": [300], "goods_owner_id": 114}], "modes": {"duplicates": 2}}`)
	id := r.putExchange().at("orderId")
	r.control("POST", "/switches", `{"lean_webhooks": true}`)
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`)
	one, two := in.next(), in.next()
	if one.text != two.text || one.token != "" {
		t.Errorf("got %s and %s", one.text, two.text)
	}
	if got := members(one.body); got != "goodsOwnerId orderId orderNumber orderStatus system timestamp webhookEventId webhookOrdersId" {
		t.Errorf("lean members = %s", got)
	}
	r.control("POST", "/switches", `{"patch_fires": false, "return_webhook": "none"}`)
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 200}`)
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`)
	r.hooks(in.url, "return_orders")
	r.putReturn().want(200)
	var records []struct{ Label, State string }
	r.control("GET", "/deliveries", "").into(&records)
	if len(records) != 2 || records[0].Label != "order #1001-EX1 300" {
		t.Errorf("deliveries = %+v", records)
	}
	for body, want := range map[string]string{
		`[{"kind": "goods", "url": "http://x"}]`:                     "kind",
		`[{"kind": "orders", "url": "x"}]`:                           "whole URL",
		`[{"kind": "orders", "url": "http://x", "policy": "often"}]`: "policy",
		`[{"kind": "orders", "link": "http://x"}]`:                   "link",
		`{"hook": []}`: "hook",
	} {
		r.do("POST", r.server.URL+"/control/webhooks", body).want(400).says(want)
	}
}

func TestOngoingHoldAndFlush(t *testing.T) {
	r := newRig(t, nil)
	in := newInbox(t)
	r.hooks(in.url, "orders")
	r.control("POST", "/webhooks", `{"modes": {"shuffle": true, "seed": 7}}`)
	r.putExchange()
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 300}`)
	if got := r.control("POST", "/flush", "").at("flushed"); got != "2" {
		t.Errorf("flushed %s", got)
	}
	in.next()
	in.next()
}
