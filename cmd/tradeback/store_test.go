package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/moving"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// furnish stores n exchanges with what they are owed, and events.
func (r *rig) furnish(n int) {
	r.t.Helper()
	r.connection()
	e := r.store(true)
	for i := range n {
		x := r.exchange(e, exchange.ID(fmt.Sprintf("ex_%04d", i)), exchange.Requested, fmt.Sprintf("gid://shopify/Return/%d", i))
		r.event(e, store.Item{
			ID: fmt.Sprintf("ev_%04d", i), State: store.Done, Exchange: x.ID, Source: "ongoing", Topic: "order.status",
			Dedupe: fmt.Sprintf("ongoing/%d", i), Digest: "d", Body: []byte(`{}`), Raw: []byte{0xff, byte(i)},
		})
	}
	if err := e.Close(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) url(name string) string { return "sqlite://" + filepath.Join(r.dir, name) }

func TestAStoreIsCopiedToRedisAndBack(t *testing.T) {
	r := newRig(t)
	r.furnish(30)
	server := redistest.Start(t)
	there := "redis://user:hunter2@" + server.Addr
	if err := server.Client(t).Do(t.Context(), "ACL", "SETUSER", "user", "on", ">hunter2", "~*", "&*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	got := r.want(0, "store", "copy", "--from", r.env["TRADEBACK_STORE"], "--to", there)
	if !strings.Contains(got.out, "the same") || strings.Contains(got.out, "DIFFERS") {
		t.Errorf("got %s", got.out)
	}
	var back, again moving.Result
	r.json(&back, "store", "copy", "--from", there, "--to", r.url("back.db"))
	if len(back.Data) != 2 || back.Data[0].Exchanges != 30 || back.Data[0].DedupeKeys != 30 || !back.Data[0].Same {
		t.Errorf("got %+v", back.Data)
	}
	r.json(&again, "store", "copy", "--from", r.env["TRADEBACK_STORE"], "--to", r.url("back.db"))
	if again.Copied != 0 || again.Data[0].Checksum != back.Data[0].Checksum {
		t.Errorf("again: %+v, want nothing copied and the checksum %s", again, back.Data[0].Checksum)
	}
	var checked verified
	r.json(&checked, "store", "verify", "--store", there)
	if checked.Faults != 0 || checked.Data[0].Checksum != back.Data[0].Checksum || strings.Contains(checked.Store, "hunter2") {
		t.Errorf("verify says %+v", checked)
	}
	for _, text := range []string{got.out, got.errOut, fmt.Sprint(back)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the password is told: %s", text)
		}
	}
}

func TestACopyThatWasInterruptedGoesOn(t *testing.T) {
	r := newRig(t)
	r.furnish(400)
	from, err := openStore(t.Context(), r.env["TRADEBACK_STORE"], opening{serve: true, now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	to, err := openStore(t.Context(), r.url("to.db"), opening{serve: true, now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	pages := 0
	c := moving.Copy{From: from, To: to, Source: storeName(r.env["TRADEBACK_STORE"]), Check: func() error { return nil }, Progress: func(string, int) {
		if pages++; pages == 4 {
			cancel()
		}
	}}
	first, err := c.Run(ctx)
	if err == nil || first.Copied == 0 {
		t.Fatalf("the first run: %+v, %v; want it cut off", first, err)
	}
	if err := from.Close(); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	served := r.want(exitRefused, "serve", "--store", r.url("to.db"))
	if !strings.Contains(served.errOut, "half a copy") {
		t.Errorf("serve says %s", served.errOut)
	}
	if got := r.want(exitRefused, "store", "copy", "--from", r.url("to.db"), "--to", r.url("third.db")); !strings.Contains(got.errOut, "half a copy") {
		t.Errorf("copying from it says %s", got.errOut)
	}
	var rest moving.Result
	r.json(&rest, "store", "copy", "--from", r.env["TRADEBACK_STORE"], "--to", r.url("to.db"))
	all := 0
	for _, d := range rest.Data {
		all += d.Documents + d.Exchanges + d.JournalLines + d.Items + d.DedupeKeys
	}
	if !rest.Resumed || rest.Copied >= all || rest.Copied+first.Copied < all {
		t.Errorf("of %d rows, %d were copied first and %d then: want the rest, and not all again", all, first.Copied, rest.Copied)
	}
}

func TestACopyIsRefused(t *testing.T) {
	r := newRig(t)
	r.furnish(2)
	other := newRig(t)
	other.dir = r.dir
	other.env["TRADEBACK_STORE"] = r.url("other.db")
	other.want(0, "token", "create", "--name", "n", "--scopes", "read")
	from := r.env["TRADEBACK_STORE"]
	got := r.want(exitRefused, "store", "copy", "--from", from, "--to", r.url("other.db"))
	if !strings.Contains(got.errOut, "not empty") || !strings.Contains(got.errOut, "document keys/") {
		t.Errorf("a target with another's things: %s", got.errOut)
	}
	r.want(exitUsage, "store", "copy", "--from", from, "--to", from)
	r.want(exitUsage, "store", "copy", "--from", from)
	r.want(exitNotFound, "store", "copy", "--from", r.url("none.db"), "--to", r.url("new.db"))

	e := r.store(true) // serves it
	got = r.want(exitRefused, "store", "copy", "--from", from, "--to", r.url("new.db"))
	if !strings.Contains(got.errOut, "served") {
		t.Errorf("a source that is served: %s", got.errOut)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	server := redistest.Start(t)
	st, err := redis.Open(t.Context(), server.URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Own(t.Context(), "nordwear", "serve", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Apply(t.Context(), []store.Op{store.Put{Doc: store.Doc{Conn: "nordwear", Bucket: "b", Key: "k", Body: []byte(`{}`)}}}); err != nil {
		t.Fatal(err)
	}
	got = r.want(exitRefused, "store", "copy", "--from", server.URL(), "--to", r.url("new.db"))
	if !strings.Contains(got.errOut, "served") {
		t.Errorf("a source in Redis that is served: %s", got.errOut)
	}
	server.Kill()
	r.want(exitUnreachable, "store", "copy", "--from", server.URL(), "--to", r.url("new.db"))
}

// TestACopyIsRefusedWhileSomebodyServesWithoutALease has serve announced on a Redis of which it owns nothing: there
// are no connections yet, or they are switched off, and still its doors keep what comes.
func TestACopyIsRefusedWhileSomebodyServesWithoutALease(t *testing.T) {
	r := newRig(t)
	r.furnish(2)
	server := redistest.Start(t)
	url := server.URL() + "?space=shop"
	st, err := redis.Open(t.Context(), url, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Present(t.Context(), "serve", time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, way := range [][]string{{"--from", r.env["TRADEBACK_STORE"], "--to", url}, {"--from", url, "--to", r.url("new.db")}} {
		if got := r.want(exitRefused, append([]string{"store", "copy"}, way...)...); !strings.Contains(got.errOut, "served") {
			t.Errorf("copy %v says %s", way, got.errOut)
		}
	}
	if _, err := st.Present(t.Context(), "serve", 0); err != nil {
		t.Fatal(err)
	}
	r.want(0, "store", "copy", "--from", r.env["TRADEBACK_STORE"], "--to", url)
	r.want(0, "store", "copy", "--from", url, "--to", server.URL()+"?space=other") // another store in the same Redis
}

func TestABackupIsRestoredAndOnHold(t *testing.T) {
	r := newRig(t)
	r.furnish(5)
	e := r.store(true) // serve runs
	file := filepath.Join(r.dir, "backup.db")
	r.want(0, "store", "backup", "--to", file)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v; want it for its owner alone", info, err)
	}
	r.want(exitRefused, "store", "backup", "--to", file)
	r.exchange(e, "ex_later", exchange.Requested, "gid://shopify/Return/77")
	r.want(exitRefused, "store", "restore", "--from", file, "--force") // it is served
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var now, then verified
	r.json(&now, "store", "verify")
	r.json(&then, "store", "verify", file)
	if now.Data[0].Exchanges != 6 || then.Data[0].Exchanges != 5 || now.Faults+then.Faults > 0 {
		t.Errorf("there are %+v, in the backup %+v", now.Data, then.Data)
	}
	r.want(exitRefused, "store", "restore", "--from", file)
	var got restored
	r.json(&got, "store", "restore", "--from", file, "--force")
	if len(got.Held) != 1 || got.Data[0].Checksum != then.Data[0].Checksum {
		t.Errorf("restored %+v", got)
	}
	var list page[audit.Linked]
	r.json(&list, "audit", "list", "--connection", string(got.Held[0]))
	if list.Data[0].Action != "store.restore" || list.Data[0].Name != "astrid" {
		t.Errorf("the newest entry is %+v", list.Data[0])
	}
	r.json(&then, "store", "verify")
	if then.Data[0].Exchanges != 5 {
		t.Errorf("the restored store holds %+v", then.Data)
	}
	r.json(&then, "store", "verify", got.Aside)
	if then.Data[0].Exchanges != 6 {
		t.Errorf("what was kept aside holds %+v", then.Data)
	}
	var y rest.Why
	r.json(&y, "exchanges", "why", "ex_0001")
	if y.RecoveryHold == nil || !y.RecoveryHold.Equal(rigTime) {
		t.Errorf("why says %v of the hold", y.RecoveryHold)
	}
	if text := r.want(0, "exchanges", "why", "ex_0001").out; !strings.Contains(text, "recovery hold") {
		t.Errorf("why says\n%s", text)
	}
	r.want(exitNotFound, "store", "restore", "--from", filepath.Join(r.dir, "none.db"), "--store", r.url("new.db"))
	r.want(exitRefused, "store", "backup", "--to", filepath.Join(r.dir, "x.db"), "--store", "redis://127.0.0.1:1")
}

func TestADamagedBackupReplacesNothing(t *testing.T) {
	r := newRig(t)
	r.furnish(50)
	file := filepath.Join(r.dir, "backup.db")
	r.want(0, "store", "backup", "--to", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 20; i < 24; i++ {
		copy(text[i*4096:], make([]byte, 4096))
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got := r.want(exitFailed, "store", "verify", file, "--json")
	var said verified
	if err := json.Unmarshal([]byte(got.out), &said); err != nil || len(said.Damaged) == 0 {
		t.Errorf("verify says %s%s, %v", got.out, got.errOut, err)
	}
	if got := r.want(exitFailed, "store", "restore", "--from", file, "--force"); !strings.Contains(got.errOut, "damaged") {
		t.Errorf("restore says %s", got.errOut)
	}
	r.want(exitFailed, "store", "restore", "--from", r.file("text", "no database at all"), "--force")
	r.json(&said, "store", "verify")
	if said.Data[0].Exchanges != 50 {
		t.Errorf("after a restore that failed there are %+v", said.Data)
	}
	left, err := filepath.Glob(filepath.Join(r.dir, "*restoring*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestVerifyFindsWhatDoesNotHoldTogether(t *testing.T) {
	r := newRig(t)
	r.connection()
	e := r.store(true)
	x := r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	x.ID, x.Version = "ex_2", 3
	body, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	r.apply(e,
		store.Import{Row: store.Row{Conn: "nordwear", Part: store.ExchangePart, ID: "ex_2", Body: body}},
		store.Import{Row: store.Row{Conn: "nordwear", Part: store.LinePart, ID: "ex_1", Version: 3, Body: []byte(`{"exchange":"ex_1","version":3,"from":"open","to":"sent"}`)}},
		store.Import{Row: store.Row{Conn: "nordwear", Part: store.ItemPart, Item: &store.Item{
			ID: "ev_1", Conn: "nordwear", Kind: store.Event, State: store.Waiting, Exchange: "ex_3", Version: 1, Received: rigTime, Body: []byte(`{`),
		}}})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	got := r.want(exitFailed, "store", "verify")
	for _, want := range []string{
		"journal line 3 of ex_1 follows line 1", "exchange ex_2 is at version 3, and its journal ends at 0",
		"exchange ex_1 is at version 1, and its journal ends at 3", "item ev_1 cannot be read", "item ev_1 is of exchange ex_3, which is not there",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("not told: %s\n%s", want, got.out)
		}
	}
}

func TestAStoresNameHoldsNoPassword(t *testing.T) {
	for from, want := range map[string]string{
		"redis://:hunter2@h:1/2": "redis://h:1/2",
		"redis://h:1?space=shop": "redis://h:1?space=shop",
		"redis+sentinel://u:hunter2@h:1?master_name=m&sentinel_password=hunter2": "redis+sentinel://h:1?master_name=m",
		"sqlite:///var/lib/t.db": "sqlite:///var/lib/t.db",
		"redis://h:%zz":          "a store whose URL cannot be read",
	} {
		if got := storeName(from); got != want {
			t.Errorf("%s is called %s, want %s", url.PathEscape(from), got, want)
		}
	}
}
