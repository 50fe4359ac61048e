package reconcile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/reconcile"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

const conn = store.Conn("nordwear")

// rig is a connection between the two simulators, with the workers of its owner and a clock of its own. Nobody sends
// it a webhook.
type rig struct {
	t         *testing.T
	warehouse *sim.Ongoing
	shop      *sim.Shopify
	at, to    string // base URLs
	store     *store.Store
	inbox     *inbox.Worker
	outbox    *outbox.Worker
	worker    *reconcile.Worker
	ids       *ident.Maker
	returnID  string
	fence     uint64

	mu  sync.Mutex
	now time.Time
}

func newRig(t *testing.T) *rig { return newRigOf(t, "199.00") }

// newRigOf is a rig in which the goods that go out have a price; those that come back cost 199.00.
func newRigOf(t *testing.T, price string) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), ids: ident.New(nil)}
	r.warehouse = sim.NewOngoing(sim.OngoingOptions{
		System: "nordwear", Now: r.clock,
		GoodsOwners: []sim.GoodsOwner{{ID: 114, Users: []sim.OngoingUser{{Username: "WSInordwear", Password: "secret"}}, Articles: []string{"TEE-S", "TEE-M"}}},
	})
	r.shop = sim.NewShopify(sim.ShopifyOptions{Now: r.clock, Switches: func(w *sim.ShopifySwitches) { w.Bucket, w.RestoreRate = 1_000_000, 1_000_000 }})
	for _, one := range []struct {
		at      *string
		handler http.Handler
		close   func()
	}{{&r.at, r.warehouse.Handler(), r.warehouse.Close}, {&r.to, r.shop.Handler(), r.shop.Close}} {
		server := httptest.NewServer(one.handler)
		*one.at = server.URL
		t.Cleanup(one.close)
		t.Cleanup(server.Close)
	}
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{Serve: true, Now: r.clock})
	if err != nil {
		t.Fatal(err)
	}
	r.store = store.New(engine)
	t.Cleanup(func() {
		if err := errors.Join(r.store.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	r.work()
	if err := r.worker.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.furnish(price)
	return r
}

// work makes the peers and the workers.
func (r *rig) work() {
	fence, err := r.store.Own(r.t.Context(), conn, "test", 1000*time.Hour)
	if err != nil {
		r.t.Fatal(err)
	}
	r.fence = fence
	client := func(o lane.Options, base string) *http.Client {
		o.AllowHosts, o.Now = []string{strings.TrimPrefix(base, "http://")}, r.clock
		l := lane.New(o)
		r.t.Cleanup(l.Close)
		return l.Client()
	}
	warehouse := ongoing.New(ongoing.Options{
		BaseURL: r.at + "/nordwear/api/v1/", GoodsOwnerID: 114, WarehouseID: 1, Username: "WSInordwear", Password: "secret",
		OrderStatuses: connection.OrderStatuses{
			Open: connection.StatusSet{"Open"}, Returned: connection.StatusSet{"Returned"}, Released: connection.StatusSet{"Released"},
			Sent: connection.StatusSet{"Sent", "Collected"}, Cancelled: connection.StatusSet{"Cancelled"},
		}.Roles(),
		ReturnOrderStatuses: connection.ReturnOrderStatuses{Notified: connection.StatusSet{"Notified"}, Returned: connection.StatusSet{"Returned"}}.Roles(),
		Client:              client(lane.Ongoing(), r.at), Now: r.clock,
	})
	shop, err := shopify.New(shopify.Options{
		URL: r.to + "/admin/api/2026-10/graphql.json", TokenURL: r.to + "/admin/oauth/access_token",
		Token: shopify.TokenSource{Access: "shpat_sim"}, ArticleNumber: "sku", LocationID: "gid://shopify/Location/1",
		Client: client(lane.Shopify(), r.to), Now: r.clock,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	policy := exchange.Policy{
		ReleaseOn: exchange.OnReturnOrder, Partial: exchange.PartialWait, MarkReturned: true, ProcessReturn: true, Payment: exchange.CaptureOnSent,
		Deposit: exchange.DepositDifference, DeadlineDays: 21, Number: "{order}-EX{n}", ReturnNumber: "{order}-R{n}", OriginalOrder: []string{"{order}"},
	}
	changes := &reconcile.Changes{}
	r.inbox = inbox.New(inbox.Options{
		Store: r.store, Settings: func(store.Conn) (inbox.Settings, bool) { return inbox.Settings{Policy: policy, AutoCreate: true}, true },
		Item: outbox.Item, Now: r.clock, Log: zerolog.Nop(), Committed: changes.Committed,
	}, conn, fence)
	r.outbox = outbox.New(outbox.Options{
		Store: r.store, NewID: r.ids.Make, Now: r.clock, Log: zerolog.Nop(), Call: 2 * time.Second, Quiet: time.Second,
		Retry: outbox.Retry{First: time.Second, Last: time.Hour, GiveUp: 72 * time.Hour},
		Peers: func(_ store.Conn, name exchange.PeerName) (outbox.Peer, error) {
			if name == exchange.PeerShopify {
				return shop, nil
			}
			return warehouse, nil
		},
	}, conn, fence)
	r.outbox.Tell = r.inbox.Tell
	r.worker = reconcile.New(reconcile.Options{
		Store: r.store, NewID: r.ids.Make, Now: r.clock, Log: zerolog.Nop(), Every: 15 * time.Minute, Changes: changes,
		Peers:   func(store.Conn) (reconcile.Warehouse, reconcile.Shop, error) { return warehouse, shop, nil },
		Creates: func(store.Conn) bool { return true },
	}, conn)
}

// furnish makes an order that was paid and sent, and a return of its line with another size to go out.
func (r *rig) furnish(price string) {
	r.control(r.at, "orders", map[string]any{"ship": true, "order": map[string]any{
		"orderNumber": "#1001", "orderLines": []map[string]any{{"rowNumber": "1", "articleNumber": "TEE-S", "numberOfItems": 1}},
		"consignee": map[string]any{"name": "Astrid Berg", "address1": "Storgatan 12", "countryCode": "SE"},
	}})
	var variants []sim.ShopifyVariant
	r.control(r.to, "variants", []sim.ShopifyVariant{{SKU: "TEE-S", Price: "199.00"}, {SKU: "TEE-M", Price: price}}, &variants)
	var made []sim.ShopifySeeded
	r.control(r.to, "orders", sim.ShopifySeed{Name: "#1001", Lines: []sim.ShopifySeedLine{{SKU: "TEE-S", Quantity: 1, Price: "199.00"}}}, &made)
	var ret sim.ShopifyReturnMade
	r.control(r.to, "returns", sim.ShopifyReturn{
		Order: "#1001", ReturnLines: []sim.ShopifyReturnedLine{{FulfillmentLineItemID: made[0].Lines[0].FulfillmentLineItemID, Reason: "SIZE_TOO_SMALL"}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: variants[1].ID}},
	}, &ret)
	r.returnID = ret.ID
}

func (r *rig) control(base, route string, body any, into ...any) {
	r.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.Post(base+"/control/"+route, "application/json", bytes.NewReader(raw))
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("control %s: %d %s %v", route, resp.StatusCode, answer, err)
	}
	for _, v := range into {
		if err := json.Unmarshal(answer, v); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// settle lets inbox and outbox work until nothing is due.
func (r *rig) settle() {
	r.t.Helper()
	for range 200 {
		told, err := r.inbox.Pass(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		done, err := r.outbox.Pass(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if told+done == 0 {
			return
		}
	}
	r.t.Fatal("there is no end to what is due")
}

// sweep reconciles, lets what follows happen, and moves the clock by less than any poll waits.
func (r *rig) sweep() reconcile.Summary {
	r.t.Helper()
	sum, err := r.worker.Pass(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	r.advance(time.Second)
	return sum
}

// exchange is the only exchange there is.
func (r *rig) exchange() exchange.Exchange {
	r.t.Helper()
	found, _, err := r.store.Exchanges(r.t.Context(), store.Query{Conn: conn})
	if err != nil || len(found) != 1 {
		r.t.Fatalf("%d exchanges, %v; want one", len(found), err)
	}
	return found[0]
}

func (r *rig) wants(stage exchange.Stage) exchange.Exchange {
	r.t.Helper()
	x := r.exchange()
	if x.Stage != stage {
		r.t.Fatalf("the exchange is %s and waits for %v, raised %v; want %s", x.Stage, x.Waiting(), x.Raised, stage)
	}
	return x
}

// hears keeps a webhook's hint.
func (r *rig) hears(source string, x exchange.Exchange, t exchange.Target) {
	r.t.Helper()
	n := exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventHint, Source: source, Hint: &exchange.Hint{Target: t}},
		About: []exchange.About{{Ref: exchange.RefID(x.ID)}},
	}
	body, err := json.Marshal(n)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.store.Receive(r.t.Context(), store.Item{
		ID: r.ids.Make("ev_", r.clock()), Conn: conn, Kind: store.Event, State: store.Waiting, Source: source, Received: r.clock(), Due: r.clock(), Body: body,
	}); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

func (r *rig) staff(what, number string, body any) {
	r.t.Helper()
	r.control(r.at, what+"?number="+url.QueryEscape(number), body)
}

// renumber gives an order another number in Ongoing, past the peer.
func (r *rig) renumber(id int64, number string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPatch, fmt.Sprintf("%s/nordwear/api/v1/orders/%d/orderNumber", r.at, id),
		strings.NewReader(fmt.Sprintf(`{"orderNumber": %q}`, number)))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth("WSInordwear", "secret")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		r.t.Fatalf("renumber: %d %s", res.StatusCode, text)
	}
}

// open brings the exchange to open: found by a sweep, since no webhook told of the return.
func (r *rig) open() exchange.Exchange {
	r.t.Helper()
	r.sweep()
	return r.wants(exchange.Open)
}

func (r *rig) state() reconcile.State {
	r.t.Helper()
	s, err := reconcile.StateOf(context.Background(), r.store, conn)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func codes(list []reconcile.Difference) string {
	var out []string
	for _, d := range list {
		out = append(out, fmt.Sprintf("%s %s", d.Code, d.Target))
	}
	return strings.Join(out, ", ")
}
