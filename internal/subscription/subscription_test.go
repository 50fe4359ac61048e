package subscription_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
	"github.com/tradeback/tradeback/internal/subscription"
)

const conn = store.Conn("nordwear")

// rig is a worker between a simulated shop and a real store.
type rig struct {
	t      *testing.T
	sim    *sim.Shopify
	url    string
	served atomic.Pointer[string] // what the answers say of the version; nil: what the simulator says
	store  *store.Store
	worker *subscription.Worker
	log    bytes.Buffer
	now    time.Time
}

func newRig(t *testing.T, public string) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return r.now }
	r.sim = sim.NewShopify(sim.ShopifyOptions{Now: clock, Switches: func(w *sim.ShopifySwitches) { w.Bucket, w.RestoreRate = 1_000_000, 1_000_000 }})
	handler := r.sim.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		handler.ServeHTTP(&versioned{w, r.served.Load()}, req)
	}))
	t.Cleanup(r.sim.Close)
	t.Cleanup(server.Close)
	r.url = server.URL
	peer, err := shopify.New(shopify.Options{
		URL: server.URL + "/admin/api/2026-10/graphql.json", Token: shopify.TokenSource{Access: "shpat_sim"}, ArticleNumber: "sku",
		Client: &http.Client{Timeout: 5 * time.Second}, Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{Serve: true, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	r.store = store.New(engine)
	t.Cleanup(func() { _ = r.store.Close(); _ = engine.Close() })
	r.worker = subscription.New(subscription.Options{
		Store: r.store, Shops: func(store.Conn) (subscription.Shop, error) { return peer, nil }, Topics: shopify.Topics(),
		URL: public, Now: clock, Log: zerolog.New(&r.log), Every: time.Hour,
	}, conn)
	return r
}

// versioned says another version than the simulator.
type versioned struct {
	http.ResponseWriter
	version *string
}

func (v *versioned) WriteHeader(status int) {
	if v.version != nil {
		v.Header().Set("X-Shopify-API-Version", *v.version)
	}
	v.ResponseWriter.WriteHeader(status)
}

func (r *rig) pass() (int, subscription.State) {
	r.t.Helper()
	made, err := r.worker.Pass(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := subscription.StateOf(r.t.Context(), r.store, conn)
	if err != nil {
		r.t.Fatal(err)
	}
	return made, s
}

func (r *rig) control(route string, body any) {
	r.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.Post(r.url+"/control/"+route, "application/json", bytes.NewReader(raw))
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r.t.Fatalf("control %s: %d", route, resp.StatusCode)
	}
}

func TestSubscriptionsThatShopifyDroppedAreMadeAnew(t *testing.T) {
	r := newRig(t, "https://tb.example.com")
	all := len(shopify.Topics())
	if made, s := r.pass(); made != all || s.There != all || s.URI != "https://tb.example.com/webhooks/shopify/nordwear" {
		t.Fatalf("made %d, %+v; want all %d", made, s, all)
	}
	if made, s := r.pass(); made != 0 || s.There != all || s.Made != uint64(all) {
		t.Fatalf("made %d the second time, %+v", made, s)
	}
	r.control("webhooks", map[string]any{"hooks": []sim.ShopifyHook{{Topic: "returns/approve", URL: "https://tb.example.com/webhooks/shopify/nordwear"}}})
	r.now = r.now.Add(time.Hour)
	made, s := r.pass()
	if made != all-1 || !s.LastMade.Equal(r.now) || !strings.Contains(r.log.String(), "made anew") {
		t.Errorf("made %d of the %d that were dropped; %+v; log %s", made, all-1, s, &r.log)
	}
	if rejected := r.sim.Ledger().Rejected; len(rejected) > 0 {
		t.Errorf("the shop rejected %+v", rejected)
	}
}

func TestWithoutAPublicURLNothingIsSubscribed(t *testing.T) {
	r := newRig(t, "")
	if made, s := r.pass(); made != 0 || s.URI != "" || r.sim.Ledger().Calls["webhookSubscriptions"] != 0 {
		t.Errorf("made %d, %+v", made, s)
	}
	r.pass()
	if n := strings.Count(r.log.String(), "--public-url"); n != 1 {
		t.Errorf("it is said %d times, want once", n)
	}
}

func TestATopicThatIsRefusedDoesNotKeepTheOthers(t *testing.T) {
	r := newRig(t, "https://tb.example.com")
	r.control("switches", map[string]any{"denied": []string{"webhookSubscriptionCreate"}})
	made, s := r.pass()
	if made != 0 || len(s.Missing) != len(shopify.Topics()) || !strings.Contains(s.Missing[0].Reason, "ACCESS_DENIED") {
		t.Errorf("made %d, %+v; want all refused, each with its reason", made, s)
	}
	r.control("switches", map[string]any{"denied": []string{}})
	r.sim.Faults.Add(sim.Fault{Match: "webhookSubscriptionCreate", Kind: sim.ErrorBefore, Skip: 3})
	if made, err := r.worker.Pass(t.Context()); err == nil || made != 3 {
		t.Errorf("made %d, %v; want it broken off after three", made, err)
	}
	if _, s := r.pass(); s.There != s.Wanted || s.Trouble != "" {
		t.Errorf("afterwards %+v, want all there", s)
	}
}

func TestAVersionThatIsNotServedAnyMoreIsNoticed(t *testing.T) {
	r := newRig(t, "https://tb.example.com")
	if _, s := r.pass(); s.FallenForward() {
		t.Errorf("%+v is said to have fallen forward", s)
	}
	later := "2027-01"
	r.served.Store(&later)
	_, s := r.pass()
	if !s.FallenForward() || s.Served != later || !strings.Contains(r.log.String(), "reached its end") {
		t.Errorf("%+v, log %s; want the end of the version noticed", s, &r.log)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	r := newRig(t, "https://tb.example.com")
	r.worker.Every = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	r.worker.Kept = func(store.Conn, subscription.State, int) { cancel() }
	if err := r.worker.Run(ctx); err == nil {
		t.Error("it ended without a reason")
	}
}
