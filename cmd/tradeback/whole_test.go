package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

const (
	testKey   = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	hookToken = "a-token-of-at-least-sixteen-characters"
	portalKey = "portal-secret-of-some-length"
)

// whole is serve in this process, between two simulators.
type whole struct {
	t                *testing.T
	ongoing, shopify *httptest.Server
	base, ops, key   string
	log              *lockedBuffer
	dir              string
	env              env
	args             []string // of serve
	agreed           string   // what a customer lets be captured; empty: 50.00, the difference
	stop             func() error
}

// simulated is the two simulators, and a connections.yaml that joins them.
func simulated(t *testing.T) (w *whole, conns string) {
	t.Helper()
	w = &whole{t: t, dir: t.TempDir(), log: &lockedBuffer{}}
	o := sim.NewOngoing(sim.OngoingOptions{System: "nordwear", WebhookRetry: 20 * time.Millisecond, GoodsOwners: []sim.GoodsOwner{
		{ID: 42, Name: "Nordwear", Users: []sim.OngoingUser{{Username: "WSInordwear", Password: "pw"}}, Articles: []string{"SHIRT-M", "SHIRT-L"}},
	}})
	s := sim.NewShopify(sim.ShopifyOptions{WebhookSecret: "shop-secret-of-some-length", WebhookRetry: 20 * time.Millisecond})
	w.ongoing, w.shopify = httptest.NewServer(o.Handler()), httptest.NewServer(s.Handler())
	t.Cleanup(func() { w.ongoing.Close(); w.shopify.Close(); o.Close(); s.Close() })
	conns = filepath.Join(w.dir, "connections.yaml")
	text := fmt.Sprintf(`connections:
  - name: nordwear
    enabled: true
    ongoing:
      server: %s
      warehouse: nordwear
      goods_owner_id: 42
      username: WSInordwear
      password: pw
      warehouse_id: 1
      webhook_tokens: [%s]
      order_statuses: {open: [Open], returned: [Returned], released: [Released], sent: [Sent, Collected], cancelled: [Cancelled]}
      return_order_statuses: {notified: [Notified], returned: [Returned]}
    shopify:
      shop: %s
      access_token: shpat_sim
      webhook_secrets: [shop-secret-of-some-length]
      location_id: gid://shopify/Location/1
    portal:
      webhook_secrets: [%s]
`, w.ongoing.URL, hookToken, w.shopify.URL, portalKey)
	if err := os.WriteFile(conns, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return w, conns
}

func startWhole(t *testing.T, args ...string) *whole {
	t.Helper()
	return startWholeOn(t, "", args...)
}

// startWholeOn starts it on a store; empty: on a file of its own.
func startWholeOn(t *testing.T, store string, args ...string) *whole {
	t.Helper()
	w, conns := simulated(t)
	if store == "" {
		store = "sqlite://" + filepath.Join(w.dir, "t.db")
	}
	e := env{
		getenv: func(k string) string { return map[string]string{"TRADEBACK_KEY": testKey, "TRADEBACK_STORE": store}[k] },
		now:    time.Now, stdin: strings.NewReader(""), stderr: w.log, isTerminal: func(any) bool { return false }, user: func() string { return "test" },
	}
	if testing.Verbose() {
		e.stderr = io.MultiWriter(w.log, os.Stderr)
	}
	host := func(u string) string { return strings.TrimPrefix(u, "http://") }
	w.env, w.args = e, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--connections", conns, "--allow-host", host(w.ongoing.URL),
		"--allow-host", host(w.shopify.URL), "--call-timeout", "1s", "--quiet", "200ms", "--retry-first", "100ms",
	}, args...)
	w.start()
	var key bytes.Buffer
	e.stdout = &key
	root, _ := newRoot(e)
	root.SetArgs([]string{"token", "create", "--name", "test", "--scopes", "read,write", "--json"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var made struct{ Key string }
	if err := json.Unmarshal(key.Bytes(), &made); err != nil {
		t.Fatalf("%v in %s", err, key.String())
	}
	w.key = made.Key
	w.hooks()
	return w
}

// hooks lets both simulators send their webhooks to serve.
func (w *whole) hooks() {
	w.t.Helper()
	w.call("POST", w.ongoing.URL+"/control/webhooks", fmt.Sprintf(`[{"kind":"orders","url":"%[1]s/webhooks/ongoing/nordwear","token":"%[2]s","policy":"one_day"},{"kind":"return_orders","url":"%[1]s/webhooks/ongoing/nordwear","token":"%[2]s","policy":"one_day"}]`, w.base, hookToken), nil)
	w.call("POST", w.shopify.URL+"/control/webhooks", fmt.Sprintf(`[{"topic":"*","url":"%s/webhooks/shopify/nordwear"}]`, w.base), nil)
}

// start starts serve, on the store as it is, and waits until it says where it listens.
func (w *whole) start() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	e := w.env
	r, out := io.Pipe()
	e.stdout = out
	ended := make(chan error, 1)
	go func() {
		root, _ := newRoot(e)
		root.SetArgs(w.args)
		ended <- root.ExecuteContext(ctx)
		_ = out.Close()
	}()
	var where struct{ Listening, Ops string }
	if err := json.NewDecoder(r).Decode(&where); err != nil {
		w.t.Fatalf("serve did not start: %v, %v", err, <-ended)
	}
	w.base, w.ops = "http://"+where.Listening, "http://"+where.Ops
	w.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	stop := w.stop
	w.t.Cleanup(func() {
		if err := stop(); err != nil {
			w.t.Errorf("serve ended: %v", err)
		}
	})
}

// call posts or gets JSON; out may be nil.
func (w *whole) call(method, url, body string, out any, header ...string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode >= 300 && out == nil {
		w.t.Fatalf("%s %s: %d %s", method, url, resp.StatusCode, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			w.t.Fatalf("%s %s: %d %s: %v", method, url, resp.StatusCode, text, err)
		}
	}
	return resp.StatusCode
}

func (w *whole) api(method, path, body string, out any, header ...string) int {
	w.t.Helper()
	return w.call(method, w.base+path, body, out, append(header, "Authorization", "Bearer "+w.key)...)
}

func (w *whole) portal(name, ret string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"id":"evt_%s_%s","event":%q,"created_at":%q,"data":{"shopify_return_id":%q,"tracking_number":"BACK1"}}`, name, ret, name, time.Now().UTC().Format(time.RFC3339), ret)
	w.eventually("the portal's "+name+" to be kept", func() bool { // as a portal does, it sends again what was not kept
		var said any
		status := w.call("POST", w.base+"/webhooks/returns/nordwear", body, &said, "X-Webhook-Signature", signature(portalKey, body))
		if status != http.StatusOK && status != http.StatusServiceUnavailable {
			w.t.Fatalf("%s: %d %v", name, status, said)
		}
		return status == http.StatusOK
	})
}

// signature is how a portal signs body.
func signature(secret, body string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

type shown struct {
	ID, Stage, Number string
	ReturnNumber      string `json:"return_number"`
	WaitingFor        []any  `json:"waiting_for"`
	Raised            []any
	Settlement        any
}

// until polls the exchange until it is at a stage.
func (w *whole) until(id, stage string) shown {
	w.t.Helper()
	var x shown
	for deadline := time.Now().Add(longest); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		w.api("GET", "/v1/exchanges/"+id, "", &x)
		if x.Stage == stage {
			return x
		}
	}
	w.t.Fatalf("exchange %s is %s, want %s: waiting for %v, raised %v", id, x.Stage, stage, x.WaitingFor, x.Raised)
	return x
}

// swap is an exchange of the shop's order name: a shirt of 100.00 against one of 150.00, the difference
// authorised.
type swap struct {
	w        *whole
	name     string
	shown    shown
	returned string             // the Shopify return
	at       func(stage string) // hears of each stage that play has come to; may be nil
}

// variants puts the two shirts into the shop.
func (w *whole) variants() (ids [2]string) {
	w.t.Helper()
	var got []struct{ ID string }
	w.call("POST", w.shopify.URL+"/control/variants", `[{"sku":"SHIRT-M","price":"100.00"},{"sku":"SHIRT-L","price":"150.00"}]`, &got)
	return [2]string{got[0].ID, got[1].ID}
}

// request seeds the order on both sides and asks for the exchange by lines.
func (w *whole) request(name string, variants [2]string) *swap {
	w.t.Helper()
	w.call("POST", w.ongoing.URL+"/control/orders", fmt.Sprintf(`{"order":{"orderNumber":%q,"deliveryDate":"2026-11-01","consignee":{"name":"Astrid Berg","address1":"Storgatan 12","postCode":"11453","city":"Stockholm","countryCode":"SE"},"orderLines":[{"rowNumber":"1","articleNumber":"SHIRT-M","numberOfItems":1}]},"status":450,"ship":true}`, name), nil)
	var orders []struct {
		ID    string
		Lines []struct {
			FulfillmentLineItemID string `json:"fulfillment_line_item_id"`
		}
	}
	w.call("POST", w.shopify.URL+"/control/orders", fmt.Sprintf(`[{"name":%q,"lines":[{"variant_id":%q,"quantity":1,"price":"100.00"}],"transactions":[{"kind":"SALE","amount":"100.00"},{"kind":"AUTHORIZATION","amount":%q,"multi_capturable":true}]}]`, name, variants[0], cmp.Or(w.agreed, "50.00")), &orders)
	s := &swap{w: w, name: name}
	status := w.api("POST", "/v1/exchanges", fmt.Sprintf(`{"connection":"nordwear","reference":"R-%s","shopify_order_id":%q,"return_lines":[{"fulfillment_line_item_id":%q,"quantity":1,"reason":"SIZE_TOO_SMALL"}],"exchange_lines":[{"variant_id":%q,"quantity":1}]}`,
		name, orders[0].ID, orders[0].Lines[0].FulfillmentLineItemID, variants[1]), &s.shown, "Idempotency-Key", name)
	if status != http.StatusCreated || s.shown.ID == "" {
		w.t.Fatalf("request %s: %d %+v", name, status, s.shown)
	}
	return s
}

// again asks for the same goods of the same order once more.
func (s *swap) again(key string, order, line, variant string) *swap {
	w := s.w
	w.t.Helper()
	next := &swap{w: w, name: s.name}
	status := w.api("POST", "/v1/exchanges", fmt.Sprintf(`{"connection":"nordwear","shopify_order_id":%q,"return_lines":[{"fulfillment_line_item_id":%q,"quantity":1}],"exchange_lines":[{"variant_id":%q,"quantity":1}]}`,
		order, line, variant), &next.shown, "Idempotency-Key", key)
	if status != http.StatusCreated && status != http.StatusAccepted {
		w.t.Fatalf("request %s again: %d %+v", s.name, status, next.shown)
	}
	return next
}

// play carries the exchange to its end as warehouse and portal do.
func (s *swap) play() {
	w := s.w
	w.t.Helper()
	s.release()
	w.call("POST", w.ongoing.URL+"/control/orders/"+url.PathEscape(s.shown.Number)+"/ship", `{"tracking":true}`, nil)
	s.reached("completed")
}

// release carries the exchange until its replacement is released.
func (s *swap) release() {
	w := s.w
	w.t.Helper()
	s.reached("open")
	w.eventually("the return order of "+s.name, func() bool {
		var o sim.OngoingLedger
		w.call("GET", w.ongoing.URL+"/control/ledger", "", &o)
		w.api("GET", "/v1/exchanges/"+s.shown.ID, "", &s.shown)
		return len(o.ReturnOrders[s.shown.ReturnNumber].Statuses) > 0
	})
	s.returned = w.shopifyLedger().Orders[s.name].Returns[0].ID
	w.call("POST", w.ongoing.URL+"/control/return-orders/"+url.PathEscape(s.shown.ReturnNumber)+"/receive", `{}`, nil)
	s.reached("returned")
	w.portal("return.closed", s.returned)
	s.reached("released")
	w.eventually("the release of "+s.name, func() bool {
		var o sim.OngoingLedger
		w.call("GET", w.ongoing.URL+"/control/ledger", "", &o)
		return o.Orders[s.shown.Number].Releases > 0
	})
}

// reached waits until the exchange is at a stage.
func (s *swap) reached(stage string) {
	s.w.t.Helper()
	s.shown = s.w.until(s.shown.ID, stage)
	if s.at != nil {
		s.at(stage)
	}
}

func (w *whole) shopifyLedger() (l sim.ShopifyLedger) {
	w.t.Helper()
	w.call("GET", w.shopify.URL+"/control/ledger", "", &l)
	return l
}

// check holds the exchange against what truly happened on both sides.
func (s *swap) check() {
	w := s.w
	w.t.Helper()
	book := w.shopifyLedger().Orders[s.name]
	var o sim.OngoingLedger
	w.call("GET", w.ongoing.URL+"/control/ledger", "", &o)
	if len(book.Returns) != 1 || book.Captured != 5000 || book.Shipped != 1 || book.Refunded != 0 {
		w.t.Errorf("%s: %d returns, captured %d, %d shipped, refunded %d; want one, 5000, 1 and none", s.name, len(book.Returns), book.Captured, book.Shipped, book.Refunded)
	}
	order := o.Orders[s.shown.Number]
	if order.Releases != 1 || order.Shipments != 1 || order.ShippedUnreleased {
		w.t.Errorf("%s: order %s %+v; want one release and one shipment", s.name, s.shown.Number, order)
	}
	numbers := 0
	for number := range o.Orders {
		if strings.HasPrefix(number, s.name+"-EX") {
			numbers++
		}
	}
	if numbers != 1 {
		w.t.Errorf("%s: %d exchange orders, want one", s.name, numbers)
	}
}

// eventually polls until ok, for a bounded time.
func (w *whole) eventually(what string, ok func() bool) {
	w.t.Helper()
	eventually(w.t, what, ok)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(longest); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

const longest = time.Minute

func TestARegularExchangeWithADifferenceFromTheRequestToTheCapture(t *testing.T) {
	w := startWhole(t)
	s := w.request("#1001", w.variants())
	s.play()
	s.check()
	if l := w.shopifyLedger(); len(l.Rejected) != 0 {
		t.Fatalf("Shopify rejected %v", l.Rejected)
	}
}

// TestTwoExchangesOfTheSameGoodsAreTwo asks twice for the same exchange of an order that holds the goods twice.
func TestTwoExchangesOfTheSameGoodsAreTwo(t *testing.T) {
	w := startWhole(t)
	v := w.variants()
	w.call("POST", w.ongoing.URL+"/control/orders", `{"order":{"orderNumber":"#1001","deliveryDate":"2026-11-01","consignee":{"name":"Astrid Berg"},"orderLines":[{"rowNumber":"1","articleNumber":"SHIRT-M","numberOfItems":2}]},"status":450,"ship":true}`, nil)
	var orders []struct {
		ID    string
		Lines []struct {
			FulfillmentLineItemID string `json:"fulfillment_line_item_id"`
		}
	}
	w.call("POST", w.shopify.URL+"/control/orders", fmt.Sprintf(`[{"name":"#1001","lines":[{"variant_id":%q,"quantity":2,"price":"150.00"}]}]`, v[0]), &orders)
	first := &swap{w: w, name: "#1001"}
	var made [2]*swap
	for i := range made {
		made[i] = first.again(fmt.Sprint("k", i), orders[0].ID, orders[0].Lines[0].FulfillmentLineItemID, v[1])
	}
	for i := range made {
		made[i].shown = w.until(made[i].shown.ID, "open")
	}
	if a, b := made[0].shown, made[1].shown; a.ID == b.ID || a.Number == b.Number {
		t.Fatalf("%+v and %+v are not two exchanges", a, b)
	}
	if got := len(w.shopifyLedger().Orders["#1001"].Returns); got != 2 {
		t.Fatalf("%d returns were created, want two", got)
	}
}

// TestWhatAnExchangeSentIsExchangedAgain returns the goods that an exchange has sent: they went out with its order.
func TestWhatAnExchangeSentIsExchangedAgain(t *testing.T) {
	w := startWhole(t)
	v := w.variants()
	s := w.request("#1001", v)
	s.play()
	order := w.shopifyLedger().Orders["#1001"].ID
	var sent struct {
		Data struct {
			Order struct {
				Fulfillments []struct {
					FulfillmentLineItems struct {
						Nodes []struct {
							ID       string
							LineItem struct{ Sku string }
						}
					}
				}
			}
		}
	}
	w.call("POST", w.shopify.URL+"/admin/api/2026-10/graphql.json", fmt.Sprintf(`{"query":"query Sent($id: ID!) { order(id: $id) { fulfillments(first: 10) { fulfillmentLineItems(first: 10) { nodes { id lineItem { sku } } } } } }","variables":{"id":%q}}`, order),
		&sent, "X-Shopify-Access-Token", "shpat_sim")
	line := ""
	for _, f := range sent.Data.Order.Fulfillments {
		for _, l := range f.FulfillmentLineItems.Nodes {
			if l.LineItem.Sku == "SHIRT-L" {
				line = l.ID
			}
		}
	}
	again := s.again("again", order, line, v[1])
	again.shown = w.until(again.shown.ID, "open")
	w.eventually("the second return order", func() bool {
		var o sim.OngoingLedger
		w.call("GET", w.ongoing.URL+"/control/ledger", "", &o)
		return o.ReturnOrders[again.shown.ReturnNumber].OriginalOrder == s.shown.Number
	})
}
