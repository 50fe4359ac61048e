package shopify_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
)

// shop is a simulated shop behind a real server, and the peer under test that speaks to it.
type shop struct {
	t    *testing.T
	sim  *sim.Shopify
	url  string
	peer *shopify.Peer

	through http.RoundTripper // that connect goes through; nil: straight

	calls sync.RWMutex // held for reading by each call that the server is at

	mu  sync.Mutex
	now time.Time

	order, orderName, shipped, lineItem string
	same, dearer, cheaper               string // variants
	auth                                string // the authorisation for the difference, if the order carries one
}

// newShop seeds an order of one shirt, shipped and paid; with authorised it carries that authorisation.
func newShop(t *testing.T, authorised string, change ...func(*sim.ShopifySwitches)) *shop {
	t.Helper()
	s := &shop{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	s.sim = sim.NewShopify(sim.ShopifyOptions{Now: s.clock, Switches: func(w *sim.ShopifySwitches) {
		w.Bucket, w.RestoreRate = 1_000_000, 1_000_000
		for _, f := range change {
			f(w)
		}
	}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.RLock()
		defer s.calls.RUnlock()
		s.sim.Handler().ServeHTTP(w, r)
	}))
	s.url = server.URL
	t.Cleanup(s.sim.Close)
	t.Cleanup(server.Close)
	s.peer = s.connect(shopify.Options{Token: shopify.TokenSource{Access: "shpat_sim"}, ArticleNumber: "sku"})

	var variants []sim.ShopifyVariant
	s.control("variants", []sim.ShopifyVariant{
		{SKU: "SHIRT-M", Title: "Shirt M", Price: "499.00", Barcode: "4006381333931"},
		{SKU: "SHIRT-L", Title: "Shirt L", Price: "499.00", Barcode: "4006381333948", Metafields: []sim.ShopifyMetafield{{Namespace: "wms", Key: "article", Value: "A-77"}}},
		{SKU: "COAT", Title: "Coat", Price: "549.00"},
		{SKU: "SOCKS", Title: "Socks", Price: "449.00"},
	}, &variants)
	s.same, s.dearer, s.cheaper = variants[1].ID, variants[2].ID, variants[3].ID
	seed := sim.ShopifySeed{
		Name: "#1001", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Quantity: 1, Price: "499.00"}},
		Transactions: []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: "499.00"}},
	}
	if authorised != "" {
		seed.Transactions = append(seed.Transactions, sim.ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: authorised, MultiCapturable: true})
	}
	s.seed(seed)
	return s
}

// seed adds an order; its first line is the one that comes back.
func (s *shop) seed(seed sim.ShopifySeed) {
	s.t.Helper()
	var made []sim.ShopifySeeded
	s.control("orders", seed, &made)
	s.order, s.orderName = made[0].ID, made[0].Name
	s.shipped, s.lineItem = made[0].Lines[0].FulfillmentLineItemID, made[0].Lines[0].ID
	if n := len(made[0].Transactions); n > 1 {
		s.auth = made[0].Transactions[1]
	}
}

func (s *shop) connect(o shopify.Options) *shopify.Peer {
	s.t.Helper()
	o.URL, o.TokenURL = s.url+"/admin/api/2026-10/graphql.json", s.url+"/admin/oauth/access_token"
	o.LocationID, o.Client, o.Now = "gid://shopify/Location/1", &http.Client{Timeout: 2 * time.Second, Transport: s.through}, s.clock
	p, err := shopify.New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shop) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// control steers the simulator. Its answer goes to into, if given.
func (s *shop) control(route string, body any, into ...any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.Post(s.url+"/control/"+route, "application/json", bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("control %s: %d %s %v", route, resp.StatusCode, answer, err)
	}
	for _, v := range into {
		if err := json.Unmarshal(answer, v); err != nil {
			s.t.Fatal(err)
		}
	}
}

// staffReturn makes a return of the shirt in exchange for a variant, and answers with its gid.
func (s *shop) staffReturn(variant string) string {
	s.t.Helper()
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order: s.order, ReturnLines: []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Reason: "SIZE_TOO_SMALL"}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: variant}},
	}, &made)
	return made.ID
}

// read reads a return, which must be there.
func (s *shop) read(returnID string) *exchange.Shop {
	s.t.Helper()
	got := s.readResult(returnID)
	if got.Shop == nil {
		s.t.Fatalf("read %s found %+v", returnID, got.Missing)
	}
	return got.Shop
}

func (s *shop) readResult(returnID string) exchange.ReadResult {
	s.t.Helper()
	got, err := s.peer.Read(s.t.Context(), exchange.Effect{Kind: exchange.KindRead, Read: &exchange.ReadAsk{Target: exchange.ReadShop, Want: 3, ReturnID: returnID}})
	if err != nil {
		s.t.Fatal(err)
	}
	if got.Want != 3 || got.Target != exchange.ReadShop {
		s.t.Errorf("read answers %+v, want the request it was asked with", got)
	}
	return got
}

// clean fails the test if the simulator refused a document, a variable or a token.
func (s *shop) clean() {
	s.t.Helper()
	if r := s.sim.Ledger().Rejected; len(r) > 0 {
		s.t.Errorf("the shop rejected %+v", r)
	}
}

func (s *shop) book() sim.ShopifyBook { return s.sim.Ledger().Orders[s.orderName] }

// idle waits until the server is at the end of all calls, also of those whose callers are gone.
func (s *shop) idle() {
	s.calls.Lock()
	defer s.calls.Unlock()
}

// looks asserts what a look at e says.
func (s *shop) looks(e exchange.Effect, want exchange.Result) exchange.Outcome {
	s.t.Helper()
	s.idle()
	got, err := s.peer.Look(s.t.Context(), e)
	if err != nil {
		s.t.Fatalf("look for %s: %v", e.Kind, err)
	}
	if got.Result != want || got.Looked != (want == exchange.Done) || got.Effect != e.ID || got.Kind != e.Kind {
		s.t.Fatalf("look for %s says %+v, want %s", e.Kind, got, want)
	}
	return got
}

// acts does e, which must be done.
func (s *shop) acts(e exchange.Effect) exchange.Outcome {
	s.t.Helper()
	s.idle()
	got, err := s.peer.Act(s.t.Context(), e)
	if err != nil {
		s.t.Fatalf("act on %s: %v", e.Kind, err)
	}
	if got.Result != exchange.Done || got.Looked || got.Effect != e.ID || got.Kind != e.Kind {
		s.t.Fatalf("act on %s came to %+v, want done", e.Kind, got)
	}
	return got
}

// fulfillmentOrder is the fulfillment order that holds the exchange line's goods.
func fulfillmentOrder(t *testing.T, snapshot *exchange.Shop) exchange.FulfillmentOrder {
	t.Helper()
	for _, fo := range snapshot.FulfillmentOrders {
		for _, l := range fo.Lines {
			if slices.Contains(snapshot.ExchangeLines[0].LineItemIDs, l.LineItemID) {
				return fo
			}
		}
	}
	t.Fatalf("no fulfillment order holds %v", snapshot.ExchangeLines)
	return exchange.FulfillmentOrder{}
}
