package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// newcomer is a clinic in which nothing is set up yet: no key, no store, no files.
func newcomer(t *testing.T, oddly func(*sim.OngoingSwitches)) *clinic {
	t.Helper()
	c := openClinic(t, oddly)
	for _, name := range []string{"TRADEBACK_KEY", "TRADEBACK_STORE", "PASSWORD"} {
		delete(c.env, name)
	}
	return c
}

// hosts are the two simulators' addresses.
func (c *clinic) hosts() (ongoing, shopify string) {
	ongoing, shopify, _ = strings.Cut(c.env["TRADEBACK_ALLOW_HOST"], ",")
	return "http://" + ongoing, "http://" + shopify
}

// answers are what a person says to init, in its order.
func (c *clinic) answers(password string) string {
	ongoing, shopify := c.hosts()
	return strings.Join([]string{
		ongoing + "/nordwear/", "42", "WSInordwear", password, // one warehouse
		"1", shopify, "", "shpat_hunter2", "hunter2-webhook-secret", // one location
		"hunter2-portal-secret", "https://tradeback.example.com",
	}, "\n") + "\n"
}

// sourced puts what the env file says into the environment, as a shell does.
func (c *clinic) sourced() {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "tradeback.env"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			c.env[name] = strings.ReplaceAll(strings.Trim(value, "'"), `'\''`, "'")
		}
	}
}

func (c *clinic) silent(got ran) {
	c.t.Helper()
	if strings.Contains(got.out+got.errOut, "hunter") {
		c.t.Errorf("a secret is shown:\n%s%s", got.out, got.errOut)
	}
}

func TestInitSetsUpAConnection(t *testing.T) {
	c := newcomer(t, nil)
	c.stdin = c.answers(applyPassword)
	got := c.want(0, "init", "--dir", c.dir, "--no-wait")
	c.silent(got)
	for _, want := range []string{
		"https://tradeback.example.com/webhooks/ongoing/nordwear", "https://tradeback.example.com/webhooks/returns/nordwear",
		"X-Auth-Token: the value of NORDWEAR_WEBHOOK_TOKEN in " + c.dir + "/tradeback.env", "write_returns", "customers/redact",
		"Order status is changed: Open, Returned, Released, Sent, Collected, Cancelled", "WSInordwear is let in", " 0 faults,",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is not in\n%s", want, got.out)
		}
	}
	for _, name := range []string{"connections.yaml", "tradeback.env", "tradeback.key", "tradeback.db"} {
		info, err := os.Stat(filepath.Join(c.dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	yaml, err := os.ReadFile(filepath.Join(c.dir, "connections.yaml"))
	if err != nil || strings.Contains(string(yaml), "hunter") || !strings.Contains(string(yaml), "sent: [Sent, Collected]") {
		t.Errorf("wrote %s, %v", yaml, err)
	}

	// What was written is all that the other commands need.
	c.stdin = ""
	c.sourced()
	var report applied
	c.json(&report, "apply", "--yes", "-f", filepath.Join(c.dir, "connections.yaml"))
	if len(report.Connections[0].Changes) != 0 {
		t.Errorf("applying what init wrote changes %+v", report.Connections[0].Changes)
	}
	c.expect(c.visit(0), "key", "ok", "opens the secrets of 1 connection")

	// Nothing is overwritten by accident, and never the key.
	key, _ := os.ReadFile(filepath.Join(c.dir, "tradeback.key"))
	c.stdin = c.answers(applyPassword)
	if got := c.want(exitRefused, "init", "--dir", c.dir, "--no-wait"); !strings.Contains(got.errOut, "--force") {
		t.Errorf("said %s", got.errOut)
	}
	other := t.TempDir()
	if got := c.want(exitRefused, "init", "--dir", other, "--no-wait"); !strings.Contains(got.errOut, "there is a connection nordwear already") {
		t.Errorf("said %s", got.errOut)
	}
	for name := range c.env {
		if strings.HasPrefix(name, "NORDWEAR_") || strings.HasPrefix(name, "TRADEBACK_") && name != "TRADEBACK_ALLOW_HOST" {
			delete(c.env, name)
		}
	}
	c.silent(c.want(0, "init", "--dir", c.dir, "--no-wait", "--force"))
	if again, _ := os.ReadFile(filepath.Join(c.dir, "tradeback.key")); string(again) != string(key) {
		t.Error("the key was overwritten")
	}
}

func TestInitTakesItsAnswersFromFlagsAndEnvironment(t *testing.T) {
	c := newcomer(t, nil)
	ongoing, shopify := c.hosts()
	for name, value := range map[string]string{
		"SHOP_1_ONGOING_PASSWORD": applyPassword, "SHOP_1_SHOPIFY_CLIENT_SECRET": "sim-secret", "SHOP_1_PORTAL_SECRET": "it's hunter2's",
	} {
		c.env[name] = value
	}
	args := []string{
		"init", "--dir", c.dir, "--no-wait", "--name", "shop-1", "--ongoing-url", ongoing + "/nordwear", "--goods-owner-id", "42", "--username", "WSInordwear",
		"--warehouse-id", "1", "--shop", shopify, "--client-id", "sim-client", "--location-id", "gid://shopify/Location/1", "--release-on", "both", "--public-url", "https://x.example.com/",
	}
	at := "sqlite://" + filepath.Join(c.dir, "of-my-own.db")
	got := c.want(0, append(args, "--json", "--store", at)...)
	c.silent(got)
	var said begun
	decodeLine(t, got.out, &said)
	if said.Connection != "shop-1" || said.URLs["ongoing"] != "https://x.example.com/webhooks/ongoing/shop-1" || said.Files["key"] == "" || len(said.Checks) < 20 {
		t.Errorf("said %+v", said)
	}
	c.sourced()
	if c.env["SHOP_1_PORTAL_SECRET"] != "it's hunter2's" || c.env["TRADEBACK_PUBLIC_URL"] != "https://x.example.com" {
		t.Errorf("the env file says %q and %q", c.env["SHOP_1_PORTAL_SECRET"], c.env["TRADEBACK_PUBLIC_URL"])
	}
	if c.env["TRADEBACK_STORE"] != at {
		t.Errorf("the env file says that the store is %q", c.env["TRADEBACK_STORE"])
	}
	e, err := sqlite.Open(t.Context(), filepath.Join(c.dir, "of-my-own.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	key, err := os.ReadFile(c.env["TRADEBACK_KEY_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := connection.NewSealer(string(key))
	if err != nil {
		t.Fatal(err)
	}
	book := connection.NewBook(sealer)
	if err := book.Load(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	k, ok := book.Get("shop-1")
	if !ok || k.Exchanges.ReleaseOn != "both" || k.Portal == nil || k.Shopify.WebhookSecrets[0].Reveal() != "sim-secret" || k.Portal.WebhookSecrets[0].Reveal() != "it's hunter2's" {
		t.Errorf("applied %+v", k)
	}
	if _, ok := k.Ongoing.WebhookTokens.Match(c.env["SHOP_1_WEBHOOK_TOKEN"], time.Now()); !ok {
		t.Error("the token of the env file is not the connection's")
	}
}

func TestInitRefusesWhatWillNotDo(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		replace [2]string
		said    string
	}{
		"a wrong password":       {exitRefused, [2]string{applyPassword, "hunter3"}, "WSInordwear was refused (401): nothing was written"},
		"a wrong token":          {exitRefused, [2]string{"shpat_hunter2", "shpat_hunter3"}, "was refused (401): nothing was written"},
		"a user that is no WSI":  {exitUsage, [2]string{"WSInordwear", "nordwear"}, "must begin with WSI"},
		"an address of nobody's": {exitUsage, [2]string{"/nordwear/", ".example.com/nordwear/"}, "--ongoing-url"},
		"an id that is none":     {exitUsage, [2]string{"42\n", "hunter\n"}, "must be a number"},
		"a warehouse of another": {exitUsage, [2]string{"\n1\nhttp", "\n9\nhttp"}, "there is none of that id"},
		"an end too soon":        {exitUsage, [2]string{"shpat_hunter2\nhunter2-webhook-secret\nhunter2-portal-secret\nhttps://tradeback.example.com\n", ""}, "SHOPIFY_TOKEN"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newcomer(t, nil)
			r.stdin = strings.Replace(r.answers(applyPassword), c.replace[0], c.replace[1], 1)
			got := r.want(c.status, "init", "--dir", r.dir, "--no-wait")
			r.silent(got)
			if !strings.Contains(got.errOut, c.said) {
				t.Errorf("said %s, want %s", got.errOut, c.said)
			}
			for _, file := range []string{"connections.yaml", "tradeback.env"} {
				if _, err := os.Stat(filepath.Join(r.dir, file)); !os.IsNotExist(err) {
					t.Errorf("%s was written: %v", file, err)
				}
			}
			if tries := r.ongoing.Ledger().Unauthorized; tries > 1 {
				t.Errorf("Ongoing was asked %d times with a wrong password", tries)
			}
		})
	}
}

func TestInitReadsTheWarehousesOwnStatuses(t *testing.T) {
	c := newcomer(t, func(s *sim.OngoingSwitches) {
		for i, text := range []string{"Fel", "Öppen", "Klar att plocka", "Allokerad", "Plockad", "Skickad", "Hämtad", "Tillbaka", "Makulerad"} {
			s.OrderStatuses[i].Text = text
		}
		s.OrderStatuses[7].Number, s.ReturnedStatus = 810, 810
	})
	c.stdin = strings.Replace(c.answers(applyPassword), applyPassword+"\n", applyPassword+"\n5\n", 1)
	if got := c.want(exitUsage, "init", "--dir", c.dir, "--no-wait"); !strings.Contains(got.errOut, "810: Tillbaka") || !strings.Contains(got.errOut, "no status of that number") {
		t.Errorf("asked %s", got.errOut)
	}
	c.stdin = strings.Replace(c.answers(applyPassword), applyPassword+"\n", applyPassword+"\n810\n", 1)
	c.want(0, "init", "--dir", c.dir, "--no-wait")
	yaml, err := os.ReadFile(filepath.Join(c.dir, "connections.yaml"))
	if want := "order_statuses: {open: [Öppen], returned: [810], released: [Klar att plocka], sent: [Skickad, Hämtad], cancelled: [Makulerad]}"; err != nil || !strings.Contains(string(yaml), want) {
		t.Errorf("wrote %s, %v", yaml, err)
	}
}

func TestInitWithoutPeersAsksForTheRest(t *testing.T) {
	c := newcomer(t, nil)
	c.env["TRADEBACK_ALLOW_HOST"] = "127.0.0.1:9,127.0.0.1:10"
	lines := strings.Split(c.answers(applyPassword), "\n")
	lines = append(lines[:8:8], append([]string{"17"}, lines[8:]...)...) // the location's number
	c.stdin = strings.Join(lines, "\n")
	got := c.want(exitFailed, "init", "--dir", c.dir, "--no-wait") // doctor sees that nobody can be reached
	c.silent(got)
	yaml, err := os.ReadFile(filepath.Join(c.dir, "connections.yaml"))
	if err != nil || !strings.Contains(string(yaml), "gid://shopify/Location/17") || strings.Contains(string(yaml), "order_statuses") {
		t.Errorf("wrote %s, %v", yaml, err)
	}
	if !strings.Contains(got.errOut, "Ongoing could not be asked") || !strings.Contains(got.out, "fault") {
		t.Errorf("said %s%s", got.out, got.errOut)
	}
}

func TestInitWaitsUntilOngoingIsHeard(t *testing.T) {
	c := newcomer(t, nil)
	c.env["TRADEBACK_STORE"] = "sqlite://" + filepath.Join(c.dir, "t.db")
	c.event(c.store(false), store.Item{ID: "ev_1", State: store.Quarantined, Source: "ongoing", Raw: []byte("{}"), Received: rigTime.Add(-3 * time.Second)})
	c.at = nil // rigTime
	c.stdin = c.answers(applyPassword)
	got := c.run("init", "--dir", c.dir)
	if !strings.Contains(got.errOut, "heard from Ongoing 3 s ago") {
		t.Errorf("said %s", got.errOut)
	}

	quiet := newcomer(t, nil)
	quiet.stdin = quiet.answers(applyPassword)
	got = quiet.want(0, "init", "--dir", quiet.dir, "--wait", "1ms")
	if !strings.Contains(got.errOut, "no process serves the store yet") || !strings.Contains(got.errOut, "nothing was heard from Ongoing within 1ms") {
		t.Errorf("said %s", got.errOut)
	}
}

func TestASecretThatIsTypedIsAskedForAgain(t *testing.T) {
	c := newcomer(t, nil)
	c.tty = true
	c.stdin = strings.Replace(c.answers("hunter3"), "hunter3\n", "hunter3\n"+applyPassword+"\n", 1)
	got := c.want(0, "init", "--dir", c.dir, "--no-wait")
	c.silent(got)
	if !strings.Contains(got.errOut, "WSInordwear was refused (401)") {
		t.Errorf("said %s", got.errOut)
	}
	text, err := os.ReadFile(filepath.Join(c.dir, "tradeback.env"))
	if err != nil || strings.Contains(string(text), "hunter3") || !strings.Contains(string(text), applyPassword) {
		t.Errorf("the env file holds the wrong one, %v", err)
	}
}

func TestPastedAddressesOfOngoing(t *testing.T) {
	for text, want := range map[string][2]string{
		"https://nordwear.ongoingsystems.se/nordwear/":                      {"api", "nordwear"},
		"nordwear.ongoingsystems.se/Nordwear":                               {"api", "Nordwear"},
		"https://wms1.ongoingsystems.se/nordwear/api/v1/":                   {"wms1", "nordwear"},
		"https://api.ongoingsystems.se/nordwear/":                           {"api", "nordwear"},
		" http://127.0.0.1:7001/nordlager/ ":                                {"http://127.0.0.1:7001", "nordlager"},
		"https://nordwear.ongoingsystems.se/nordwear/#/orders?goodsOwner=7": {"api", "nordwear"},
	} {
		server, warehouse, err := connection.Pasted(text, connection.Options{AllowHosts: []string{"127.0.0.1:7001"}})
		if err != nil || server != want[0] || warehouse != want[1] {
			t.Errorf("%s: %s, %s, %v", text, server, warehouse, err)
		}
	}
	for _, text := range []string{"nordwear", "https://example.com/nordwear/", "http://nordwear.ongoingsystems.se/nordwear/", "https://nordwear.ongoingsystems.se/", "https://hunter:2@api.ongoingsystems.se/nordwear/"} {
		if _, _, err := connection.Pasted(text, connection.Options{}); err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
