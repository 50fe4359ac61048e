package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/reconcile"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
)

// beside runs a command beside serve, on its store.
func (w *whole) beside(args ...string) (out string, err error) {
	w.t.Helper()
	var buf bytes.Buffer
	e := w.env
	e.stdout = &buf
	root, _ := newRoot(e)
	root.SetArgs(args)
	err = root.ExecuteContext(w.t.Context())
	return buf.String(), err
}

// reconciles runs reconcile.
func (w *whole) reconciles(args ...string) (out string, got reconciled) {
	w.t.Helper()
	hosts := strings.TrimPrefix(w.ongoing.URL, "http://") + "," + strings.TrimPrefix(w.shopify.URL, "http://")
	out, err := w.beside(append([]string{"reconcile", "--allow-host", hosts}, args...)...)
	if err != nil {
		w.t.Fatalf("reconcile %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	if slices.Contains(args, "--json") {
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			w.t.Fatalf("%v in %s", err, out)
		}
	}
	return out, got
}

// quiet reports whether no webhook is on its way, and nothing of the exchange is due within a minute.
func (s *swap) quiet() bool {
	w := s.w
	w.t.Helper()
	for _, base := range []string{w.ongoing.URL, w.shopify.URL} {
		var sent []sim.Record
		w.call("GET", base+"/control/deliveries", "", &sent)
		if slices.ContainsFunc(sent, func(r sim.Record) bool { return r.State == sim.Waiting }) {
			return false
		}
	}
	out, err := w.beside("exchanges", "why", s.shown.ID, "--json")
	if err != nil {
		w.t.Fatal(err)
	}
	var y rest.Why
	decodeLine(w.t, out, &y)
	var events page[rest.Event]
	if out, err = w.beside("events", "list", "--json"); err != nil {
		w.t.Fatal(err)
	}
	decodeLine(w.t, out, &events)
	return len(y.Asked) == 0 && !slices.ContainsFunc(y.Next, func(c rest.Coming) bool { return c.Due.Before(time.Now().Add(time.Minute)) }) &&
		!slices.ContainsFunc(events.Data, func(e rest.Event) bool { return string(e.Result) == string(store.Waiting) })
}

func TestReconcileComparesThreeSidesAndHasTheDifferencesRead(t *testing.T) {
	w := startWhole(t, "--reconcile", "0")
	s := w.request("#1001", w.variants())
	s.release()
	w.eventually("nothing to be on its way", func() bool { return s.quiet() })
	if err := w.stop(); err != nil { // what is told now is told to nobody
		t.Fatal(err)
	}
	w.call("POST", w.ongoing.URL+"/control/webhooks", `{"modes":{"drop":true}}`, nil)
	w.call("POST", w.ongoing.URL+"/control/orders/"+url.PathEscape(s.shown.Number)+"/ship", `{"tracking":true}`, nil)

	_, dry := w.reconciles("--dry-run", "--json")
	if len(dry.Exchanges) != 1 || dry.Told != 0 || len(dry.Exchanges[0].Differences) == 0 {
		t.Fatalf("the dry run says %+v, want one exchange with a difference, and nothing told", dry)
	}
	d := dry.Exchanges[0].Differences[0]
	if d.Code != reconcile.Moved || d.Target != "order" || d.Mend != "tradeback reconcile --connection nordwear --exchange "+s.shown.ID {
		t.Errorf("the difference is %+v", d)
	}
	row := dry.Exchanges[0].Rows[0]
	if row != (reconcile.Row{What: "exchange order", Ongoing: "450 Sent", Ours: "300 Released"}) {
		t.Errorf("the order's row is %+v", row)
	}
	out, _ := w.reconciles("--exchange", s.shown.Number)
	for _, want := range []string{s.shown.ID + " (#1001-EX1 of nordwear), released", "450 Sent", "300 Released", "has moved on in Ongoing", "it is read anew", "kept as events of source reconcile"} {
		if !strings.Contains(out, want) {
			t.Errorf("reconcile prints %s, and no %q", out, want)
		}
	}
	var list page[audit.Linked]
	beside(t, w).json(&list, "audit", "list", "--connection", "nordwear")
	if newest := list.Data[0]; newest.Action != "reconcile.tell" || newest.Target != s.shown.ID || newest.By != "person" || newest.Event == "" {
		t.Errorf("what was told is kept as %+v", newest)
	}
	w.start()
	w.call("POST", w.ongoing.URL+"/control/webhooks", `{"modes":{}}`, nil)
	w.hooks()
	s.reached("completed")
	s.check()
	out, _ = w.reconciles()
	for _, want := range []string{"serve has not reconciled it yet", "serve runs without --public-url"} {
		if !strings.Contains(out, want) {
			t.Errorf("reconcile prints %s, and no %q", out, want)
		}
	}
}

func TestReconcileSaysWhoCouldNotBeAsked(t *testing.T) {
	w := startWhole(t, "--reconcile", "0")
	s := w.request("#1001", w.variants())
	s.reached("open")
	w.call("POST", w.shopify.URL+"/control/faults", `{"match":"return","kind":"error_before","times":-1}`, nil)
	hosts := strings.TrimPrefix(w.ongoing.URL, "http://") + "," + strings.TrimPrefix(w.shopify.URL, "http://")
	out, err := w.beside("reconcile", "--allow-host", hosts)
	if exitStatus(err) != exitUnreachable || !strings.Contains(out, "not known: the return") || !strings.Contains(out, "200 Open") {
		t.Errorf("exit %d, %v, prints %s; want what Ongoing has, and that Shopify could not be asked", exitStatus(err), err, out)
	}
	if _, err := w.beside("reconcile", "--connection", "nobody"); exitStatus(err) != exitNotFound {
		t.Errorf("of a connection that is not there it says %v", err)
	}
}

func TestServeKeepsTheShopsWebhookSubscriptions(t *testing.T) {
	w := startWhole(t, "--public-url", "http://127.0.0.1:9/", "--reconcile", "0")
	all := len(shopify.Topics())
	w.eventually("the subscriptions", func() bool { return w.shopifyLedger().Calls["webhookSubscriptionCreate"] == all })
	w.eventually("their state", func() bool {
		_, got := w.reconciles("--json")
		s := got.Connections[0].Subscriptions
		return s.There == all && s.URI == "http://127.0.0.1:9/webhooks/shopify/nordwear" && s.Served == s.Asked
	})
	text := w.text(w.ops + "/metrics")
	for _, want := range []string{
		"tradeback_shopify_subscriptions_made_total 20", "tradeback_shopify_subscriptions_missing 0", "tradeback_shopify_api_version_fallen_forward 0",
		"tradeback_shopify_api_version_end_timestamp_seconds 1.8223488e+09", `tradeback_peer_changes_total{peer="ongoing",told="no"} 0`,
		`tradeback_reconcile_sweeps_total{result="broken_off"} 0`, `tradeback_reconcile_found_total{object="return_order"} 0`, "tradeback_reconcile_strays 0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

func TestATokenOfClientCredentialsOutlivesServe(t *testing.T) {
	w, conns := simulated(t)
	text, err := os.ReadFile(conns)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "access_token: shpat_sim", "client_id: sim-client\n      client_secret: sim-secret", 1)
	if err := os.WriteFile(conns, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	at := "sqlite://" + filepath.Join(w.dir, "t.db")
	w.env = env{
		getenv: func(k string) string { return map[string]string{"TRADEBACK_KEY": testKey, "TRADEBACK_STORE": at}[k] },
		now:    time.Now, stdin: strings.NewReader(""), stderr: w.log, isTerminal: func(any) bool { return false }, user: func() string { return "test" },
	}
	host := func(u string) string { return strings.TrimPrefix(u, "http://") }
	w.args = []string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--connections", conns, "--allow-host", host(w.ongoing.URL),
		"--allow-host", host(w.shopify.URL), "--reconcile", "50ms",
	}
	grants := func() int { return w.shopifyLedger().Calls["oauth/access_token"] }
	w.start()
	w.eventually("a call of the first serve", func() bool { return w.shopifyLedger().Calls["orders"] > 0 })
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	before := w.shopifyLedger().Calls["orders"]
	w.start()
	w.eventually("a call of the second serve", func() bool { return w.shopifyLedger().Calls["orders"] > before })
	if grants() != 1 {
		t.Errorf("a token was got %d times, want once: the second serve has the first one's", grants())
	}
	for _, name := range []string{"t.db", "t.db-wal"} {
		if raw, err := os.ReadFile(filepath.Join(w.dir, name)); err == nil && bytes.Contains(raw, []byte("shpat_")) {
			t.Errorf("%s holds the token as it is", name)
		}
	}
}
