package main

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/sim"
)

const applyPassword = "hunter2-hunter2"

// shopURL is where nothing listens: apply calls no shop.
const shopURL = "http://127.0.0.1:9"

// connectionsTo is a connection to an Ongoing at a base URL.
func connectionsTo(ongoing, open string) string {
	return `connections:
  - name: nordwear
    ongoing:
      server: ` + ongoing + `
      warehouse: nordwear
      goods_owner_id: 42
      username: WSInordwear
      password: ${PASSWORD}
      warehouse_id: 1
      order_statuses: {open: [` + open + `], returned: [Returned], released: [Released], sent: [Sent], cancelled: [Cancelled]}
      return_order_statuses: {notified: [Notified], returned: [Returned]}
      webhook_tokens: ["hunter2-token-hunter2"]
    shopify:
      shop: ` + shopURL + `
      access_token: shpat_hunter2
      webhook_secrets: ["hunter2-secret-hunter2"]
      location_id: gid://shopify/Location/1
    exchanges:
      release_on: return_order
`
}

// applyRig is a rig beside a simulated Ongoing.
func applyRig(t *testing.T) (r *rig, ongoing string, apply func(args ...string) []string) {
	t.Helper()
	o := sim.NewOngoing(sim.OngoingOptions{System: "nordwear", GoodsOwners: []sim.GoodsOwner{
		{ID: 42, Users: []sim.OngoingUser{{Username: "WSInordwear", Password: applyPassword}}},
	}})
	server := httptest.NewServer(o.Handler())
	t.Cleanup(func() { server.Close(); o.Close() })
	r = newRig(t)
	r.env["PASSWORD"] = applyPassword
	r.env["TRADEBACK_ALLOW_HOST"] = strings.TrimPrefix(server.URL, "http://") + "," + strings.TrimPrefix(shopURL, "http://")
	return r, server.URL, func(args ...string) []string {
		return append([]string{"apply", "-f", r.dir + "/connections.yaml"}, args...)
	}
}

func TestApplyShowsWhatChangesAndNoSecret(t *testing.T) {
	r, ongoing, apply := applyRig(t)
	r.file("connections.yaml", connectionsTo(ongoing, "Open"))
	first := r.want(0, apply("--yes")...)
	text := connectionsTo(ongoing, "200")
	r.file("connections.yaml", strings.ReplaceAll(text, "shpat_hunter2", "shpat_hunter3"))
	second := r.want(0, apply("--yes")...)
	third := r.want(0, apply("--yes")...)
	all := first.out + "----\n" + second.out + "----\n" + third.out
	golden(t, "apply.txt", strings.ReplaceAll(all, ongoing, "http://ONGOING"))
	asJSON := r.want(0, apply("--json", "--dry-run")...)
	if !strings.Contains(asJSON.out, `"changes":[]`) {
		t.Errorf("without a change it prints %s", asJSON.out)
	}
	for _, got := range []ran{first, second, third, asJSON} {
		if strings.Contains(got.out+got.errOut, "hunter") {
			t.Errorf("a secret is shown: %s%s", got.out, got.errOut)
		}
	}
}

func TestEveryFaultOfTheFileIsReportedAndNothingIsApplied(t *testing.T) {
	r, ongoing, apply := applyRig(t)
	text := connectionsTo(ongoing, "Open")
	for old, bad := range map[string]string{
		"WSInordwear": "nordwear", "goods_owner_id: 42": "goods_owner_id: many", "location_id: gid://shopify/Location/1": "colour: red",
		"${PASSWORD}": "${UNSET}", "return_order\n": "christmas\n",
	} {
		text = strings.Replace(text, old, bad, 1)
	}
	path := r.file("connections.yaml", text)
	got := r.want(exitRefused, apply("--yes")...)
	golden(t, "apply_faults.txt", strings.ReplaceAll(got.errOut, path, "connections.yaml"))
	if got.out != "" {
		t.Errorf("printed %s", got.out)
	}
	if _, err := os.Stat(r.dir + "/t.db"); err == nil {
		t.Error("a store was made for a file that cannot be applied")
	}
	var report struct {
		Applied bool
		Faults  []struct {
			Line  int
			Field string
		}
	}
	decodeLine(t, r.want(exitRefused, apply("--yes", "--json")...).out, &report)
	if report.Applied || len(report.Faults) != strings.Count(got.errOut, "\n")-1 {
		t.Errorf("reported %+v", report)
	}
}

func TestAStatusNameThatTheWarehouseDoesNotHaveIsRefused(t *testing.T) {
	r, ongoing, apply := applyRig(t)
	path := r.file("connections.yaml", connectionsTo(ongoing, "Ope"))
	got := r.want(exitRefused, apply("--yes")...)
	golden(t, "apply_statuses.txt", strings.ReplaceAll(got.errOut, path, "connections.yaml"))
	r.store(false)
	r.want(exitNotFound, "exchanges", "list", "--connection", "nordwear")
}

func TestAnOngoingThatCannotBeReachedIsSaidAndNotFatal(t *testing.T) {
	r, _, apply := applyRig(t)
	r.env["TRADEBACK_ALLOW_HOST"] = "127.0.0.1:9"
	r.file("connections.yaml", connectionsTo("http://127.0.0.1:9", "Ope"))
	var report applied
	r.json(&report, apply("--yes")...)
	if !report.Applied || len(report.Notes) == 0 || !strings.Contains(report.Notes[0], "could not be checked") {
		t.Errorf("reported %+v", report)
	}
}

func TestADryRunAppliesNothing(t *testing.T) {
	r, ongoing, apply := applyRig(t)
	r.file("connections.yaml", connectionsTo(ongoing, "Open"))
	for range 2 { // without a store, and with one
		var report applied
		r.json(&report, apply("--dry-run")...)
		if report.Applied || !report.DryRun || len(report.Connections) != 1 || !report.Connections[0].New {
			t.Errorf("reported %+v", report)
		}
		r.store(false)
	}
}

func TestOnATerminalApplyAsks(t *testing.T) {
	r, ongoing, apply := applyRig(t)
	r.file("connections.yaml", connectionsTo(ongoing, "Open"))
	r.tty = true
	for _, answer := range []string{"", "n\n", "perhaps\n"} {
		r.stdin = answer
		if got := r.want(exitRefused, apply()...); !strings.Contains(got.errOut, "[y/N]") {
			t.Errorf("asked %q", got.errOut)
		}
	}
	r.stdin = "y\n"
	if got := r.want(0, apply()...); !strings.Contains(got.out, "applied\n") {
		t.Errorf("said %q", got.out)
	}
	r.stdin = ""
	r.want(0, apply()...) // nothing changes: nobody is asked
}

func TestAnotherKeyIsRefused(t *testing.T) {
	r, ongoing, apply := applyRig(t)
	r.file("connections.yaml", connectionsTo(ongoing, "Open"))
	r.want(0, apply("--yes")...)
	r.env["TRADEBACK_KEY"] = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
	if got := r.want(exitRefused, apply("--yes")...); !strings.Contains(got.errOut, "TRADEBACK_KEY") {
		t.Errorf("said %q", got.errOut)
	}
}
