package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// clinic is a connection between two simulators.
type clinic struct {
	*rig
	ongoing *sim.Ongoing
	shopify *sim.Shopify
	text    string                                // connections.yaml
	altered func(path string, body []byte) []byte // what becomes of the shop's answers on their way; nil: nothing
}

func openClinic(t *testing.T, oddly func(*sim.OngoingSwitches)) *clinic {
	t.Helper()
	c := &clinic{rig: newRig(t)}
	c.at = time.Now
	c.ongoing = sim.NewOngoing(sim.OngoingOptions{System: "nordwear", Switches: oddly, GoodsOwners: []sim.GoodsOwner{
		{ID: 42, Users: []sim.OngoingUser{{Username: "WSInordwear", Password: applyPassword}}},
	}})
	c.shopify = sim.NewShopify(sim.ShopifyOptions{AccessToken: "shpat_hunter2"})
	warehouse := httptest.NewServer(c.ongoing.Handler())
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		c.shopify.Handler().ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		if c.altered != nil {
			body = c.altered(r.URL.Path, body)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}))
	t.Cleanup(func() { warehouse.Close(); shop.Close(); c.ongoing.Close(); c.shopify.Close() })
	host := func(u string) string { return strings.TrimPrefix(u, "http://") }
	c.env["PASSWORD"] = applyPassword
	c.env["TRADEBACK_ALLOW_HOST"] = host(warehouse.URL) + "," + host(shop.URL)
	c.text = strings.ReplaceAll(connectionsTo(warehouse.URL, "Open"), shopURL, shop.URL)
	return c
}

// applied applies connections.yaml with some texts replaced.
func (c *clinic) applied(pairs ...string) {
	c.t.Helper()
	c.want(0, "apply", "--yes", "-f", c.file("connections.yaml", strings.NewReplacer(pairs...).Replace(c.text)))
}

// visit runs doctor, which must end with a status, and gives the checks by name.
func (c *clinic) visit(status int, args ...string) map[string]doctor.Check {
	c.t.Helper()
	got := c.want(status, append([]string{"doctor", "--json"}, args...)...)
	if strings.Contains(got.out+got.errOut, "hunter") {
		c.t.Errorf("a secret is shown: %s%s", got.out, got.errOut)
	}
	var said struct {
		State  doctor.State
		Checks []doctor.Check
	}
	decodeLine(c.t, got.out, &said)
	if (said.State == doctor.Fault) != (status == exitFailed) {
		c.t.Errorf("state %s with exit status %d", said.State, status)
	}
	by := map[string]doctor.Check{}
	for _, one := range said.Checks {
		if one.State != doctor.OK && one.State != doctor.Skipped && one.Remedy == "" {
			c.t.Errorf("%s: nobody is told what to do", one.Name)
		}
		by[one.Name] = one
	}
	return by
}

// expect holds a check against its state and a part of its evidence.
func (c *clinic) expect(by map[string]doctor.Check, name string, state doctor.State, evidence string) {
	c.t.Helper()
	if got := by[name]; got.State != state || !strings.Contains(got.Evidence, evidence) {
		c.t.Errorf("%s is %s: %s; want %s: %s", name, got.State, got.Evidence, state, evidence)
	}
}

func TestDoctorOfAConnectionThatIsWell(t *testing.T) {
	c := openClinic(t, nil)
	c.applied("sent: [Sent]", "sent: [Sent, Collected]")
	by := c.visit(0)
	for name, evidence := range map[string]string{
		"settings": "", "store.open": "t.db is open", "store.writable": "", "store.durable": "synced", "store.disk": "MiB", "key": "opens the secrets of 1 connection",
		"ongoing.credentials": "WSInordwear is let in", "ongoing.clock": "agree", "ongoing.goods_owner": "goods owner 42", "ongoing.warehouse": "warehouse 1",
		"ongoing.order_statuses": "sent is 500 Collected", "ongoing.return_order_statuses": "notified is 100 Notified", "ongoing.sent": "",
		"shopify.credentials": "", "shopify.clock": "agree", "shopify.shop": "sim.myshopify.com, in SEK", "shopify.scopes": "", "shopify.location": "Warehouse",
		"shopify.api_version": "2027-10-01", "payment": "captures from an authorisation", "webhook_tokens": "1 live",
	} {
		c.expect(by, name, doctor.OK, evidence)
	}
	for _, name := range []string{"serve", "heard.ongoing", "heard.shopify", "shopify.webhooks", "ongoing.returned"} {
		c.expect(by, name, doctor.Warning, "")
	}
	if _, there := by["heard.portal"]; there {
		t.Error("a portal that is not there should have been heard")
	}
	if got := c.want(0, "doctor", "--connection", "nordwear"); !strings.Contains(got.out, "connection nordwear\n") || !strings.Contains(got.out, " 0 faults,") {
		t.Errorf("printed %s", got.out)
	}
	c.want(exitNotFound, "doctor", "--connection", "other")
}

// A wrong password is seen, and however often doctor is asked, Ongoing never sees more than three tries.
func TestDoctorSeesAWrongPasswordAndDoesNotTryItOften(t *testing.T) {
	c := openClinic(t, nil)
	c.env["PASSWORD"] = "hunter3-hunter3"
	c.applied()
	for n := range 8 { // apply has asked for two lists: those count too
		by := c.visit(exitFailed)
		want := "WSInordwear was refused (401 Unauthorized)"
		if n > 0 {
			want = "was refused (401) 3 times in a row: no call is made before"
		}
		c.expect(by, "ongoing.credentials", doctor.Fault, want)
		c.expect(by, "ongoing.order_statuses", doctor.Skipped, "")
		c.expect(by, "shopify.credentials", doctor.OK, "")
	}
	if tries := c.ongoing.Ledger().Unauthorized; tries != 3 {
		t.Errorf("Ongoing saw %d tries with a wrong password", tries)
	}
	c.env["PASSWORD"] = applyPassword
	c.applied()
	c.expect(c.visit(0), "ongoing.credentials", doctor.OK, "")
}

func TestDoctorOfAConnectionWithManyFaults(t *testing.T) {
	c := openClinic(t, func(s *sim.OngoingSwitches) {
		s.OrderStatuses = append(s.OrderStatuses, sim.Status{Number: 600, Text: "Hämtad"}, sim.Status{Number: 500, Text: "Hentet"})
	})
	c.applied("warehouse_id: 1", "warehouse_id: 7", "gid://shopify/Location/1", "gid://shopify/Location/99")
	c.altered = func(_ string, body []byte) []byte {
		return bytes.ReplaceAll(body, []byte(`"write_returns"`), []byte(`"write_nothing"`))
	}
	e := c.store(false)
	raw := `{"webhookOrdersId":1,"orderId":1,"orderNumber":"1","goodsOwnerId":42,"orderStatus":{"number":666}}`
	c.event(e, store.Item{ID: "ev_1", State: store.Done, Source: "ongoing", Topic: "order", Raw: []byte(raw), Received: time.Now().Add(-3 * time.Hour)})
	by := c.visit(exitFailed)
	c.expect(by, "ongoing.warehouse", doctor.Fault, "there is no warehouse 7; there are: 1 ")
	c.expect(by, "ongoing.status_numbers", doctor.Warning, "500 is Collected and Hentet")
	c.expect(by, "ongoing.sent", doctor.Warning, "600 Hämtad")
	c.expect(by, "ongoing.unmapped_statuses", doctor.Warning, "order 666")
	if p := by["ongoing.order_statuses"].Proposed; !strings.Contains(p, "Hämtad") {
		t.Errorf("proposed %q", p)
	}
	c.expect(by, "shopify.scopes", doctor.Fault, "write_returns for making")
	c.expect(by, "shopify.location", doctor.Fault, "there is no gid://shopify/Location/99; there are: gid://shopify/Location/1 Warehouse")
	c.expect(by, "heard.ongoing", doctor.OK, "3 h ago")
	text := c.want(exitFailed, "doctor")
	if !strings.Contains(text.out, "proposed mapping, for connections.yaml under ongoing of nordwear:\n  order_statuses: {") || !strings.Contains(text.out, "-> set shopify.location_id") || text.errOut != "" {
		t.Errorf("printed %s%s", text.out, text.errOut)
	}
}

func TestDoctorComparesClocks(t *testing.T) {
	c := openClinic(t, nil)
	c.applied()
	for off, want := range map[time.Duration]doctor.State{time.Minute: doctor.Warning, 10 * time.Minute: doctor.Fault, -10 * time.Minute: doctor.Fault} {
		c.at = func() time.Time { return time.Now().Add(off) }
		status := 0
		if want == doctor.Fault {
			status = exitFailed
		}
		by := c.visit(status)
		c.expect(by, "ongoing.clock", want, map[bool]string{true: "ahead of", false: "behind"}[off > 0])
		c.expect(by, "shopify.clock", want, "")
	}
	c.at = func() time.Time { return time.Date(2027, 8, 1, 0, 0, 0, 0, time.UTC) }
	c.expect(c.visit(exitFailed), "shopify.api_version", doctor.Warning, "until 2027-10-01")
	c.at = func() time.Time { return time.Date(2027, 10, 1, 0, 0, 0, 0, time.UTC) }
	c.expect(c.visit(exitFailed), "shopify.api_version", doctor.Fault, "may have ended")
}

func TestDoctorLooksWhereTheShopsWebhooksGo(t *testing.T) {
	c := openClinic(t, nil)
	c.applied()
	subscribe := func(topic, uri string) {
		body, err := json.Marshal(map[string]any{
			"query":     `mutation($t: WebhookSubscriptionTopic!, $u: String!) { webhookSubscriptionCreate(topic: $t, webhookSubscription: {uri: $u}) { userErrors { message } } }`,
			"variables": map[string]string{"t": topic, "u": uri},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/admin/api/2026-10/graphql.json", bytes.NewReader(body))
		r.Header.Set("X-Shopify-Access-Token", "shpat_hunter2")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		c.shopify.Handler().ServeHTTP(w, r)
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"userErrors":[]`) {
			t.Fatalf("subscribe: %d %s", w.Code, w.Body)
		}
	}
	c.expect(c.visit(0), "shopify.webhooks", doctor.Warning, "no topic that was asked for by API comes to /webhooks/shopify/nordwear")
	subscribe("RETURNS_APPROVE", "https://old.example.com/webhooks/shopify/nordwear")
	c.expect(c.visit(0), "shopify.webhooks", doctor.Warning, "do not come to /webhooks/shopify/nordwear: RETURNS_REQUEST")
	c.expect(c.visit(0, "--public-url", "https://new.example.com"), "shopify.webhooks", doctor.Warning, "but some to https://old.example.com/webhooks/shopify/nordwear")
	for _, topic := range shopify.Topics() {
		subscribe(topic, "https://new.example.com/webhooks/shopify/nordwear")
	}
	c.expect(c.visit(0, "--public-url", "https://new.example.com"), "shopify.webhooks", doctor.OK, "all 20 topics")
}

func TestDoctorWithoutAWay(t *testing.T) {
	c := openClinic(t, nil)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	at := strings.TrimPrefix(secure.URL, "https://")
	c.env["TRADEBACK_ALLOW_HOST"] += "," + at + ",tradeback-doctor.invalid:443"
	lines := strings.Split(c.text, "\n")
	for i, line := range lines {
		switch {
		case strings.Contains(line, "server:"):
			lines[i] = "      server: https://" + at
		case strings.Contains(line, "shop:"):
			lines[i] = "      shop: https://tradeback-doctor.invalid"
		}
	}
	c.text = strings.Join(lines, "\n")
	c.applied()
	by := c.visit(exitFailed)
	c.expect(by, "ongoing.tls", doctor.Fault, "certificate")
	c.expect(by, "ongoing.clock", doctor.Skipped, "")
	c.expect(by, "shopify.dns", doctor.Fault, "tradeback-doctor.invalid has no address")
	c.expect(by, "shopify.credentials", doctor.Fault, "no answer")
}

func TestDoctorOfTheProcess(t *testing.T) {
	c := openClinic(t, nil)
	c.expect(c.visit(exitFailed), "store.open", doctor.Fault, "there is no store at")
	c.applied()
	c.env["TRADEBACK_LISTEN"] = "nowhere"
	c.expect(c.visit(exitFailed), "settings", doctor.Fault, "TRADEBACK_LISTEN")
	delete(c.env, "TRADEBACK_LISTEN")
	c.env["TRADEBACK_CONNECTIONS"] = c.file("other.yaml", "connections:\n  - colour: hunter-green\n")
	c.expect(c.visit(exitFailed), "connections_file", doctor.Fault, "colour")
	delete(c.env, "TRADEBACK_CONNECTIONS")
	c.env["TRADEBACK_KEY"] = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
	by := c.visit(exitFailed)
	c.expect(by, "key", doctor.Fault, "was sealed with key")
	c.expect(by, "store.writable", doctor.OK, "")
	c.want(exitRefused, "reconcile")
	c.want(exitRefused, "reconcile", "--dry-run", "--json")
	delete(c.env, "TRADEBACK_KEY")
	c.expect(c.visit(exitFailed), "key", doctor.Fault, "no key")
	delete(c.env, "TRADEBACK_STORE")
	c.expect(c.visit(exitFailed), "store.open", doctor.Skipped, "")
	if got := c.want(exitUsage, "doctor", "more"); got.out != "" {
		t.Error(got.out)
	}
	if err := os.Remove(c.dir + "/t.db"); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorWorksBesideServe(t *testing.T) {
	w := startWhole(t)
	r := beside(t, w)
	r.at = time.Now
	host := func(u string) string { return strings.TrimPrefix(u, "http://") }
	r.env["TRADEBACK_ALLOW_HOST"] = host(w.ongoing.URL) + "," + host(w.shopify.URL)
	c := &clinic{rig: r}
	if w.send(1, hookToken) != http.StatusOK {
		t.Fatal("the event was not kept")
	}
	w.portal("return.requested", "gid://shopify/Return/1")
	w.eventually("what was heard to be noted", func() bool {
		h, err := connection.HeardOf(t.Context(), r.store(false), "nordwear")
		return err == nil && len(h.Doors) == 2
	})
	by := c.visit(0)
	c.expect(by, "serve", doctor.OK, "served by")
	c.expect(by, "heard.ongoing", doctor.OK, " s ago")
	c.expect(by, "heard.portal", doctor.OK, " s ago")
	c.expect(by, "heard.shopify", doctor.Warning, "nothing was ever heard at /webhooks/shopify/nordwear")
	names := []string{}
	for name := range by {
		names = append(names, name)
	}
	if !slices.Contains(names, "webhook_tokens") {
		t.Errorf("checked %v", names)
	}

	// The API sees the same, over the lanes of serve itself.
	var made struct{ Key string }
	r.json(&made, "token", "create", "--name", "admin", "--scopes", "admin")
	w.key = made.Key
	var said rest.Diagnosis
	if status := w.api("GET", "/v1/connections/nordwear/doctor", "", &said); status != 200 || said.State != doctor.Warning || len(said.Checks) < 20 {
		t.Errorf("the API answers %d: %+v", status, said)
	}
	for _, c := range said.Checks {
		if by[c.Name].State != c.State {
			t.Errorf("%s is %s by the API, %s by the command", c.Name, c.State, by[c.Name].State)
		}
	}
	var fresh rest.NewToken
	w.api("POST", "/v1/connections/nordwear/webhook-token/rotate", `{"keep_seconds": 0}`, &fresh)
	w.eventually("the new token alone to be taken", func() bool {
		return w.send(2, fresh.Token) == http.StatusOK && w.send(3, hookToken) == http.StatusUnauthorized
	})
}

func TestDoctorOfAStoreInRedis(t *testing.T) {
	c := openClinic(t, nil)
	c.env["TRADEBACK_STORE"] = redistest.Start(t).URL()
	c.applied()
	by := c.visit(0)
	c.expect(by, "store.open", doctor.OK, "redis://")
	c.expect(by, "store.durable", doctor.OK, "is on the disk")
	c.expect(by, "store.disk", doctor.Skipped, "")
	c.expect(by, "serve", doctor.Warning, "no process serves")
	c.want(0, "token", "rotate", "--connection", "nordwear")
	c.expect(c.visit(0), "webhook_tokens", doctor.Warning, "the new token was never used")

	c.env["TRADEBACK_STORE"] = redistest.Start(t, "--appendonly", "no").URL()
	c.applied()
	c.expect(c.visit(exitFailed), "store.durable", doctor.Fault, "acknowledged events may be lost")
	c.expect(c.visit(0, "--durability", "relaxed"), "store.durable", doctor.Warning, "acknowledged events may be lost")
}
