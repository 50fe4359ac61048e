package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

const (
	ofReturn = `{"connection":"nordwear","instant":false,"reference":"R-4711","shopify_return_id":"gid://shopify/Return/9"}`
	byLines  = `{"connection":"nordwear","shopify_order_id":"gid://shopify/Order/1",
 "return_lines":[{"fulfillment_line_item_id":"gid://shopify/FulfillmentLineItem/5","quantity":1,"reason":"SIZE_TOO_SMALL"}],
 "exchange_lines":[{"variant_id":"gid://shopify/ProductVariant/8","quantity":1}]}`
)

func TestOneReturnIsOneExchange(t *testing.T) {
	h := open(t, true)
	made := h.create("k-1", ofReturn).want(201)
	x := into[rest.Exchange](made)
	if x.Connection != "nordwear" || x.Stage != "requested" || x.Instant || x.Reference != "R-4711" ||
		x.ShopifyReturnID != "gid://shopify/Return/9" || len(x.WaitingFor) == 0 || len(x.Timeline) != 1 ||
		x.Timeline[0].Actor != "writer" || x.Settlement.Status != "none" {
		t.Errorf("made %s", made.body)
	}
	if at := made.headers.Get("Location"); at != "/v1/exchanges/"+string(x.ID) || x.Links["self"] != at {
		t.Errorf("Location %q, links %v", at, x.Links)
	}
	for name, again := range map[string]answer{
		"the same request":               h.create("k-1", ofReturn).want(200),
		"the same, written another way":  h.create("k-1", strings.ReplaceAll(ofReturn, ",", " ,\n ")).want(200),
		"another request for the return": h.create("k-2", ofReturn).want(200),
	} {
		if got := into[rest.Exchange](again); got.ID != x.ID {
			t.Errorf("%s: exchange %s, want %s", name, got.ID, x.ID)
		}
	}
	if got := into[rest.Exchange](h.get("/v1/exchanges/" + string(x.ID)).want(200)); got.ID != x.ID || len(got.Timeline) == 0 {
		t.Errorf("reads back as %+v", got)
	}
}

func TestKeyWithAnotherBodyIsRefused(t *testing.T) {
	h := open(t, true)
	h.create("k-1", ofReturn).want(201)
	p := into[problem](h.create("k-1", strings.Replace(ofReturn, "Return/9", "Return/10", 1)).want(409))
	if p.Type != "urn:tradeback:problem:key_reused" || p.ID == "" {
		t.Errorf("problem %+v", p)
	}
	events := into[list[rest.Event]](h.get("/v1/events")).Data
	if len(events) != 1 || events[0].ID != p.ID {
		t.Errorf("%d events are kept, want the first alone", len(events))
	}
}

func TestExchangeIsAskedForByLines(t *testing.T) {
	h := open(t, true)
	x := into[rest.Exchange](h.create("k-1", byLines).want(201))
	if len(x.Lines) != 2 || x.Lines[0].Direction != "return" || x.Lines[1].Direction != "exchange" || x.ShopifyOrderID != "gid://shopify/Order/1" {
		t.Errorf("lines %+v", x.Lines)
	}
	if len(x.Timeline[0].Effects) == 0 {
		t.Errorf("nothing was asked for: %+v", x.Timeline)
	}
}

func TestWhatTakesLongIsAccepted(t *testing.T) {
	h := open(t, false, func(o *rest.Options) { o.Patience = time.Millisecond })
	a := h.create("k-1", ofReturn).want(202)
	ev := into[rest.Event](a)
	if a.headers.Get("Location") != "/v1/events/"+ev.ID || a.headers.Get("Retry-After") != "1" || ev.Result != store.Waiting {
		t.Errorf("%v %s", a.headers, a.body)
	}
	if again := into[rest.Event](h.create("k-1", ofReturn).want(202)); again.ID != ev.ID {
		t.Errorf("a repeat is event %s, want %s", again.ID, ev.ID)
	}
	shown := into[rest.Event](h.get("/v1/events/" + ev.ID).want(200))
	if shown.Source != "api" || shown.Connection != "nordwear" || shown.Bytes == 0 || len(shown.Notice) == 0 {
		t.Errorf("event %+v", shown)
	}
}

func TestStoppingEndsTheWait(t *testing.T) {
	done := make(chan struct{})
	close(done)
	h := open(t, false, func(o *rest.Options) { o.Patience, o.Done = time.Hour, done })
	h.create("k-1", ofReturn).want(202)
}

func TestWrongFieldsAreNamed(t *testing.T) {
	h := open(t, true)
	for _, c := range []struct {
		name, body string
		fields     map[string]string // part of the message
	}{
		{"nothing", `{}`, map[string]string{"connection": "missing", "shopify_return_id": "missing"}},
		{"no such connection", strings.Replace(ofReturn, "nordwear", "nobody", 1), map[string]string{"connection": "no such"}},
		{
			"a return that is an order", `{"connection":"nordwear","shopify_return_id":"gid://shopify/Order/9"}`,
			map[string]string{"shopify_return_id": "gid://shopify/Return/1"},
		},
		{
			"both ways at once", strings.Replace(byLines, `"shopify_order_id"`, `"shopify_return_id":"gid://shopify/Return/9","shopify_order_id"`, 1),
			map[string]string{"shopify_return_id": "beside shopify_order_id", "return_lines": "beside", "exchange_lines": "beside"},
		},
		{
			"an order without lines", `{"connection":"nordwear","shopify_order_id":"gid://shopify/Order/1"}`,
			map[string]string{"return_lines": "missing", "exchange_lines": "missing"},
		},
		{
			"wrong lines", `{"connection":"nordwear","shopify_order_id":"gid://shopify/Order/1",
			"return_lines":[{"fulfillment_line_item_id":"gid://shopify/FulfillmentLineItem/5","quantity":1},{"fulfillment_line_item_id":"5","quantity":0,"reason":"TOO_UGLY"}],
			"exchange_lines":[{"quantity":10001}]}`,
			map[string]string{
				"return_lines[1].fulfillment_line_item_id": "FulfillmentLineItem/1", "return_lines[1].quantity": "at least 1",
				"return_lines[1].reason": "SIZE_TOO_SMALL", "exchange_lines[0].variant_id": "missing", "exchange_lines[0].quantity": "at most 10000",
			},
		},
		{
			"empty lines", `{"connection":"nordwear","shopify_order_id":"gid://shopify/Order/1","return_lines":[],"exchange_lines":[]}`,
			map[string]string{"return_lines": "not be empty", "exchange_lines": "not be empty"},
		},
		{"another type", `{"connection":"nordwear","instant":"yes"}`, map[string]string{"instant": "true or false"}},
		{"a fraction", strings.Replace(byLines, `"quantity":1`, `"quantity":1.5`, 1), map[string]string{"return_lines.quantity": "whole number"}},
		{"a field that is none", `{"connection":"nordwear","shopify_return":"x"}`, map[string]string{"shopify_return": "not a field"}},
		{"a field in other letters", `{"connection":"nordwear","Connection":"other","shopify_return_id":"gid://shopify/Return/9"}`, map[string]string{"Connection": "not a field"}},
		{"a line's field in other letters", strings.Replace(byLines, `"quantity"`, `"Quantity"`, 1), map[string]string{"Quantity": "not a field"}},
		{"control characters", strings.Replace(ofReturn, "R-4711", `R\u0000`, 1), map[string]string{"reference": "control"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := into[problem](h.create("k-1", c.body).want(422))
			got := p.fields()
			for field, part := range c.fields {
				if !strings.Contains(got[field], part) {
					t.Errorf("%s: %q, want it to say %q", field, got[field], part)
				}
			}
			if len(got) != len(c.fields) {
				t.Errorf("wrong fields %v, want %v", got, c.fields)
			}
		})
	}
	for _, headers := range [][]string{nil, {"Idempotency-Key", ""}, {"Idempotency-Key", "a b"}, {"Idempotency-Key", strings.Repeat("k", 256)}, {"Idempotency-Key", "a", "Idempotency-Key", "b"}} {
		p := into[problem](h.ask("POST", "/v1/exchanges", ofReturn, h.writer, headers...).want(422))
		if p.fields()["Idempotency-Key"] == "" {
			t.Errorf("%q: %+v", headers, p)
		}
	}
	if events := into[list[rest.Event]](h.get("/v1/events")).Data; len(events) != 0 {
		t.Errorf("%d wrong requests were kept", len(events))
	}
}

func TestBodiesThatCannotBeReadAreRefused(t *testing.T) {
	h := open(t, true)
	for name, body := range map[string]string{
		"truncated": ofReturn[:40], "a key twice": `{"connection":"nordwear","connection":"nordwear"}`, "no object": `[]`,
		"nested": strings.Repeat("[", 10000) + strings.Repeat("]", 10000), "trailing": ofReturn + "{}", "no JSON": "connection=nordwear",
	} {
		if p := into[problem](h.create("k-1", body).want(422)); p.Detail == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	h.ask("POST", "/v1/exchanges", ofReturn, h.writer, "Idempotency-Key", "k", "Content-Type", "text/plain").want(415)
	h.ask("POST", "/v1/exchanges", ofReturn, h.writer, "Idempotency-Key", "k", "Content-Encoding", "gzip").want(415)
	h.ask("POST", "/v1/exchanges", strings.Repeat(" ", 1<<20)+ofReturn, h.writer, "Idempotency-Key", "k").want(413)
	p := into[problem](h.create("k-1", strings.Replace(ofReturn, "nordwear", "switched-off", 1)).want(409))
	if p.Type != "urn:tradeback:problem:connection_off" {
		t.Errorf("problem %+v", p)
	}
}
