package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// I11: every command by which a person changes something leaves an entry, and the chains are whole.
func TestEveryCommandThatChangesSomethingLeavesAnEntry(t *testing.T) {
	r := dead(t)
	r.env["PASSWORD"], r.env["TRADEBACK_ALLOW_HOST"] = "hunter2-password", "127.0.0.1:9,"+strings.TrimPrefix(shopURL, "http://")
	file := r.file("connections.yaml", connectionsTo("http://127.0.0.1:9", "100"))
	r.want(0, "apply", "-f", file, "--yes")
	r.want(0, "apply", "-f", file, "--yes") // changes nothing
	var made struct{ ID, Key string }
	r.json(&made, "token", "create", "--name", "shop app", "--scopes", "read")
	var rotated struct{ ID, Key string }
	r.json(&rotated, "token", "rotate", made.ID)
	r.want(0, "token", "revoke", rotated.ID)
	var token struct{ Token string }
	r.json(&token, "token", "rotate", "--connection", "nordwear")
	r.want(0, "dead", "retry", "ex_1/capture/a", "--reason", "the gateway is back", "--by", "Ida", "--yes")
	r.want(0, "dead", "discard", "ev_1", "--reason", "told otherwise", "--yes")
	r.want(0, "replay", "--event", "ev_2")
	r.want(0, "replay", "--event", "ev_2", "--dry-run")
	r.want(0, "exchanges", "cancel", "ex_1", "--reason", "changed her mind")
	r.want(0, "token", "list")
	r.want(0, "exchanges", "list")

	var list page[audit.Linked]
	r.json(&list, "audit", "list")
	var got []string
	for _, l := range slices.Backward(list.Data) {
		if l.By != "person" || l.At.IsZero() || l.Name != "astrid" && (l.Name != "Ida" || l.User != "astrid") {
			t.Errorf("%s is by %+v at %s", l.Action, l.Actor, l.At)
		}
		got = append(got, l.Action+" "+l.Target)
	}
	slices.Sort(got)
	want := []string{
		"connections.apply nordwear", "dead.discard ev_1", "dead.retry ex_1/capture/a", "events.replay ev_2", "exchanges.cancel ex_1",
		"keys.create " + made.ID, "keys.revoke " + rotated.ID, "keys.rotate " + rotated.ID, "webhook_tokens.rotate nordwear",
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	text := r.want(0, "audit", "list").out + r.want(0, "audit", "list", "--json").out
	for _, secret := range []string{made.Key, rotated.Key, token.Token, "hunter2", "shpat_", "her mind", "gateway"} {
		if strings.Contains(text, secret) {
			t.Errorf("the audit chain shows %s", secret)
		}
	}
	r.json(&list, "audit", "list", "--connection", "nordwear", "--limit", "1", "--since", "1h")
	if len(list.Data) != 1 || list.Data[0].Chain != "nordwear" {
		t.Errorf("the newest of nordwear is %+v", list.Data)
	}
	r.want(exitNotFound, "audit", "list", "--connection", "sudwear")

	var whole page[audit.Verified]
	r.json(&whole, "audit", "verify")
	if len(whole.Data) != 2 || whole.Data[0].Entries != 5 || whole.Data[1].Entries != 4 {
		t.Fatalf("verified %+v", whole.Data)
	}
	// What serve told of it an hour ago.
	log := func(chain, link, number string) string {
		return `{"level":"info","chain":"` + chain + `","number":` + number + `,"link":"` + link + `","time":"2026-11-22T09:00:00Z","message":"audit head"}` + "\n"
	}
	r.stdin = log("", whole.Data[0].Link, "5") + log("nordwear", whole.Data[1].Link, "4")
	r.json(&whole, "audit", "verify", "--log", "-")
	if whole.Data[0].Announced != 1 || whole.Data[1].Announced != 1 {
		t.Errorf("with the log: %+v", whole.Data)
	}
	for name, text := range map[string]string{
		"a longer chain":                     log("nordwear", whole.Data[1].Link, "5"),
		"another one":                        log("nordwear", whole.Data[0].Link, "4"),
		"a chain that is not there any more": log("sudwear", whole.Data[0].Link, "4"),
	} {
		got := r.run("audit", "verify", "--log", r.file("serve.log", text))
		if got.status != exitFailed || !strings.Contains(got.out, "NOT WHOLE") {
			t.Errorf("the log tells of %s: exit status %d\n%s", name, got.status, got.out)
		}
	}
	r.want(exitNotFound, "audit", "verify", "--log", r.file("other.log", "{}\n"))

	from := r.store(false)
	for name, c := range map[string]struct {
		change func(*store.Doc) (kept bool)
		want   string
	}{
		"changed": {func(d *store.Doc) bool {
			if d.Key == store.LineKey(2) {
				d.Body = bytes.Replace(d.Body, []byte("astrid"), []byte("nobody"), 1)
			}
			return true
		}, "entry 2 is not what was linked"},
		"truncated": {func(d *store.Doc) bool { return d.Key != store.LineKey(4) }, "there are 3, and were 4"},
	} {
		r.env["TRADEBACK_STORE"] = "sqlite://" + altered(t, from, name, c.change)
		if got := r.run("audit", "verify"); got.status != exitFailed || !strings.Contains(got.out, c.want) {
			t.Errorf("%s: exit status %d, want %q told\n%s%s", name, got.status, c.want, got.out, got.errOut)
		}
	}
}

// altered is a copy of nordwear's documents in which change had its way with the audit chain.
func altered(t *testing.T, from store.Engine, name string, change func(*store.Doc) (kept bool)) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name+".db")
	to, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	for after, more := "", true; more; more = after != "" {
		var rows []store.Row
		if rows, after, err = from.Export(t.Context(), "nordwear", after, 500); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row.Part != store.DocPart || row.Doc.Bucket == store.LineBucket && !change(row.Doc) {
				continue
			}
			results, err := to.Apply(t.Context(), []store.Op{store.Import{Row: row}})
			if err = errors.Join(append(results, err)...); err != nil {
				t.Fatal(err)
			}
		}
	}
	return path
}
