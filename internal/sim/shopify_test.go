package sim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// A shopTest is a simulated shop behind a real server, a client that calls it and a receiver of its webhooks.
type shopTest struct {
	t      *testing.T
	shop   *Shopify
	url    string
	now    time.Time
	ops    string
	mu     sync.Mutex
	heard  []shopHeard
	onHear chan struct{}
}

type shopHeard struct {
	topic  string
	header http.Header
	body   map[string]any
}

var shopOperations = sync.OnceValue(func() string {
	text, err := os.ReadFile("testdata/shopify-operations.graphql")
	if err != nil {
		panic(err)
	}
	return string(text)
})

func newShopTest(t *testing.T, change ...func(*ShopifySwitches)) *shopTest {
	st := &shopTest{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), ops: shopOperations(), onHear: make(chan struct{}, 1000)}
	st.shop = NewShopify(ShopifyOptions{
		Now:          func() time.Time { st.mu.Lock(); defer st.mu.Unlock(); return st.now },
		WebhookRetry: time.Millisecond,
		Switches: func(s *ShopifySwitches) {
			s.Bucket, s.RestoreRate = 1_000_000, 1_000_000
			for _, f := range change {
				f(s)
			}
		},
	})
	t.Cleanup(st.shop.Close)
	server := httptest.NewServer(st.shop.Handler())
	t.Cleanup(server.Close)
	st.url = server.URL
	receiver := httptest.NewServer(http.HandlerFunc(st.hear))
	t.Cleanup(receiver.Close)
	st.control("webhooks", map[string]any{"hooks": []ShopifyHook{{"*", receiver.URL}}})
	return st
}

func (st *shopTest) advance(d time.Duration) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.now = st.now.Add(d)
}

func (st *shopTest) hear(_ http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		st.t.Error(err)
	}
	if want := signed("sim-secret", raw); !hmac.Equal([]byte(want), []byte(r.Header.Get("X-Shopify-Hmac-Sha256"))) {
		st.t.Errorf("%s: signature %q, want %q", r.Header.Get("X-Shopify-Topic"), r.Header.Get("X-Shopify-Hmac-Sha256"), want)
	}
	heard := shopHeard{topic: r.Header.Get("X-Shopify-Topic"), header: r.Header, body: map[string]any{}}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&heard.body); err != nil {
		st.t.Error(err)
	}
	st.mu.Lock()
	st.heard = append(st.heard, heard)
	st.mu.Unlock()
	st.onHear <- struct{}{}
}

// await returns the n-th webhook of a topic.
func (st *shopTest) await(topic string, n int) shopHeard {
	st.t.Helper()
	for {
		st.mu.Lock()
		seen := 0
		for _, h := range st.heard {
			if h.topic == topic {
				if seen++; seen == n {
					st.mu.Unlock()
					return h
				}
			}
		}
		st.mu.Unlock()
		select {
		case <-st.onHear:
		case <-time.After(5 * time.Second):
			st.t.Fatalf("webhook %s number %d did not come", topic, n)
		}
	}
}

// topics returns the topics of all webhooks, which are given up or delivered by now.
func (st *shopTest) topics() []string {
	var list []string
	for _, r := range st.shop.Courier.Records() {
		list = append(list, r.Label)
	}
	return list
}

func (st *shopTest) post(path string, body any) (int, []byte) {
	st.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		st.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(st.t.Context(), http.MethodPost, st.url+path, bytes.NewReader(raw))
	if err != nil {
		st.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Shopify-Access-Token", "shpat_sim")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return resp.StatusCode, answer
}

// control calls a control route, which must not refuse.
func (st *shopTest) control(route string, body any) shopValue {
	st.t.Helper()
	status, answer := st.post("/control/"+route, body)
	if status != http.StatusOK {
		st.t.Fatalf("%s: %d %s", route, status, answer)
	}
	return shopJSON(st.t, answer)
}

type vars = map[string]any

// call runs an operation of the file and returns its whole answer.
func (st *shopTest) call(operation string, v vars) shopValue {
	st.t.Helper()
	status, answer := st.post("/admin/api/2026-10/graphql.json", vars{"query": st.ops, "operationName": operation, "variables": v})
	if status != http.StatusOK {
		st.t.Fatalf("%s: %d %s", operation, status, answer)
	}
	return shopJSON(st.t, answer)
}

// begin sends an operation and does not wait for its answer; hangUp ends that.
func (st *shopTest) begin(operation string, v vars) (hangUp func()) {
	st.t.Helper()
	raw, err := json.Marshal(vars{"query": st.ops, "operationName": operation, "variables": v})
	if err != nil {
		st.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(st.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, st.url+"/admin/api/2026-10/graphql.json", bytes.NewReader(raw))
	if err != nil {
		st.t.Fatal(err)
	}
	req.Header.Set("X-Shopify-Access-Token", "shpat_sim")
	var sent sync.WaitGroup
	sent.Go(func() {
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	})
	return func() { cancel(); sent.Wait() }
}

// do runs an operation that must succeed, and returns what its root field holds.
func (st *shopTest) do(operation string, v vars) shopValue {
	st.t.Helper()
	answer := st.call(operation, v)
	if answer.get("errors").value != nil {
		st.t.Fatalf("%s: %v", operation, answer.get("errors").value)
	}
	for _, root := range answer.get("data").value.(map[string]any) {
		field := shopValue{st.t, root}
		if m, is := root.(map[string]any); is {
			if errs, is := m["userErrors"].([]any); is && len(errs) > 0 {
				st.t.Fatalf("%s: %v", operation, errs)
			}
		}
		return field
	}
	return shopValue{st.t, nil}
}

// refusal runs a mutation that must be refused, and returns "CODE message at field.path".
func (st *shopTest) refusal(operation string, v vars) string {
	st.t.Helper()
	answer := st.call(operation, v)
	if _, has := answer.value.(map[string]any)["errors"]; has {
		st.t.Fatalf("%s: %v", operation, answer.value)
	}
	for _, root := range answer.get("data").value.(map[string]any) {
		errs := (shopValue{st.t, root}).get("userErrors").list()
		if len(errs) != 1 {
			st.t.Fatalf("%s was not refused once: %v", operation, answer.value)
		}
		var path []string
		for _, step := range errs[0].get("field").list() {
			path = append(path, step.text())
		}
		text := errs[0].get("message").text() + " at " + strings.Join(path, ".")
		if code, is := errs[0].value.(map[string]any)["code"].(string); is {
			text = code + " " + text
		}
		return text
	}
	return ""
}

func (st *shopTest) query(document string, v vars) shopValue {
	st.t.Helper()
	_, answer := st.post("/admin/api/2026-10/graphql.json", vars{"query": document, "variables": v})
	return shopJSON(st.t, answer)
}

// book returns the ledger of an order.
func (st *shopTest) book(name string) ShopifyBook {
	st.t.Helper()
	ledger := st.shop.Ledger()
	for _, r := range ledger.Rejected {
		st.t.Errorf("rejected: %s: %s", r.Operation, r.Reason)
	}
	return ledger.Orders[name]
}

// A shopValue is a decoded JSON value.
type shopValue struct {
	t     *testing.T
	value any
}

func shopJSON(t *testing.T, raw []byte) shopValue {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return shopValue{t, v}
}

// get follows a path of members and places: "lines.0.id".
func (v shopValue) get(path string) shopValue {
	v.t.Helper()
	at := v.value
	for step := range strings.SplitSeq(path, ".") {
		switch here := at.(type) {
		case map[string]any:
			at = here[step]
		case []any:
			i := int(step[0] - '0')
			if i >= len(here) {
				v.t.Fatalf("%s: only %d in %v", path, len(here), here)
			}
			at = here[i]
		default:
			v.t.Fatalf("%s: no %s in %v", path, step, v.value)
		}
	}
	return shopValue{v.t, at}
}

func (v shopValue) list() []shopValue {
	items, _ := v.value.([]any)
	list := make([]shopValue, len(items))
	for i, item := range items {
		list[i] = shopValue{v.t, item}
	}
	return list
}

func (v shopValue) text() string {
	switch s := v.value.(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	case bool:
		if s {
			return "true"
		}
		return "false"
	case nil:
		return "null"
	}
	raw, _ := json.Marshal(v.value)
	return string(raw)
}

// is checks several paths at once: path, want, path, want …
func (v shopValue) is(pairs ...string) {
	v.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := v.get(pairs[i]).text(); got != pairs[i+1] {
			v.t.Errorf("%s = %s, want %s", pairs[i], got, pairs[i+1])
		}
	}
}
