package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

var bulk = flag.Int("bulk", 150, "how many dead letters are retried at once")

// TestDeadLettersAreRetriedInBulkDuringLiveTraffic has two people retry all dead letters at the same time while webhooks
// come in. One of them stops half-way, and begins again (F24). Each letter is retried once, no webhook is lost, and the
// audit chain has a line of each.
func TestDeadLettersAreRetriedInBulkDuringLiveTraffic(t *testing.T) {
	dir := t.TempDir()
	v := &victim{t: t, binary: builtBinary(t), dir: dir, store: "sqlite://" + filepath.Join(dir, "t.db")}
	v.settings()
	v.start()
	v.stop() // the store is there, and knows its connection
	letters := v.die(*bulk)

	engine, err := openStore(t.Context(), v.store, opening{now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	retry := func(who string) *exec.Cmd {
		c := exec.Command(v.binary, "dead", "retry", "--all", "--reason", "mended", "--by", who, "--rate", strconv.Itoa(*bulk/2), "--json")
		c.Env = []string{"TRADEBACK_KEY=" + testKey, "TRADEBACK_STORE=" + v.store}
		c.Stdout, c.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	anna, bo := retry("anna"), retry("bo")
	chain := func() audit.Verified {
		t.Helper()
		seen, err := audit.Verify(t.Context(), engine, "nordwear", nil)
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	eventually(t, "the first tenth to be retried", func() bool { return chain().Entries > uint64(*bulk/10) })
	v.start() // so late that both have begun with every letter
	l := &mail{kept: map[int]string{}}
	load := l.toAll([]*replica{{at: strings.TrimPrefix(v.base, "http://")}})
	if err := anna.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = anna.Wait() // interrupted, or done before
	again := retry("anna")
	for _, c := range []*exec.Cmd{bo, again} {
		// 3: the other was faster, and none was left.
		if err := c.Wait(); err != nil && c.ProcessState.ExitCode() != exitNotFound {
			t.Errorf("dead retry: %v: %s", err, c.Stderr)
		}
	}
	load.end()
	q := store.Query{Conn: "nordwear", Kinds: []store.Kind{store.Event}, States: []store.State{store.Dead, store.Waiting}, Limit: 1}
	eventually(t, "everything to be taken", func() bool {
		found, _, err := engine.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return len(found) == 0
	})
	if l.refused != "" || len(l.again) > 0 {
		t.Errorf("of %d webhooks %d were taken by nobody: %s", l.last, len(l.again), l.refused)
	}
	v.stop()

	retried := map[string]int{}
	q = store.Query{Conn: "nordwear", Kinds: []store.Kind{store.Event}, Limit: 500}
	kept := map[string]bool{}
	for more := true; more; more = q.After != "" {
		var found []store.Item
		if found, q.After, err = engine.Items(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		for _, it := range found {
			kept[it.ID] = true
			if it.Source != "person" {
				continue
			}
			var n exchange.Notice
			if err := json.Unmarshal(it.Body, &n); err != nil || it.State != store.Done {
				t.Fatalf("%s: %s, %v", it.ID, it.State, err)
			}
			retried[n.Item]++
		}
	}
	for _, id := range letters {
		if retried[id] != 1 || !kept[id] {
			t.Fatalf("%s was retried %d times, want once", id, retried[id])
		}
	}
	for n, id := range l.kept {
		if !kept[id] {
			t.Errorf("webhook %d was acknowledged as %s and is lost", n, id)
		}
	}
	t.Logf("%d letters retried while %d webhooks came in", len(letters), len(l.kept))
	if seen := chain(); len(seen.Faults) > 0 || seen.Entries < uint64(len(letters)) {
		t.Errorf("the audit chain: %+v", seen)
	}
}

// die puts dead letters into the store while nobody serves, and gives their ids.
func (v *victim) die(count int) (ids []string) {
	v.t.Helper()
	engine, err := openStore(v.t.Context(), v.store, opening{now: time.Now})
	if err != nil {
		v.t.Fatal(err)
	}
	defer engine.Close()
	const c = store.Conn("nordwear")
	fence, err := engine.Own(v.t.Context(), c, "test", time.Hour)
	if err != nil {
		v.t.Fatal(err)
	}
	step := store.Step{Conn: c, Fence: fence}
	for n := range count {
		id := fmt.Sprintf("ev_%026d", n)
		body := `{"event":{"kind":"hint","source":"ongoing","topic":"order.status"},"about":[{"ref":{"name":"order:#` + strconv.Itoa(n) + `"}}]}`
		step.Items = append(step.Items, store.Item{
			ID: id, Conn: c, Kind: store.Event, State: store.Dead, Source: "ongoing", Topic: "order.status",
			Received: time.Now(), Reason: "handling it panicked (string)", Body: []byte(body),
		})
		ids = append(ids, id)
	}
	results, err := engine.Apply(v.t.Context(), []store.Op{step})
	if err != nil || results[0] != nil {
		v.t.Fatal(results, err)
	}
	if _, err := engine.Own(v.t.Context(), c, "test", 0); err != nil {
		v.t.Fatal(err)
	}
	return ids
}
