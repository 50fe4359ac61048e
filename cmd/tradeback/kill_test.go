package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

const (
	kills   = 5
	senders = 16
)

// TestWhatWasAcknowledgedIsThereOnceHoweverOftenServeIsKilled lets senders post webhooks, kills serve with
// SIGKILL in the midst of it, starts it again, and lets the senders repeat, as Ongoing does, what was not
// acknowledged. The moments are so many acknowledgements after a start, drawn from the seed.
func TestWhatWasAcknowledgedIsThereOnceHoweverOftenServeIsKilled(t *testing.T) {
	rnd := seeded(t)
	dir := t.TempDir()
	v := &victim{t: t, binary: builtBinary(t), dir: dir, store: "sqlite://" + filepath.Join(dir, "t.db")}
	v.settings()
	l := &mail{kept: map[int]string{}}
	for range kills {
		v.start()
		l.send(v.base, 1+rnd.IntN(400), v.kill)
		v.end()
	}
	v.start()
	l.rest(v.base)
	v.stop()
	if l.refused != "" {
		t.Fatalf("an event was refused: %s", l.refused)
	}
	t.Logf("%d events acknowledged, %d of them after they had been sent before; %d were kept then already", len(l.kept), l.repeated, l.duplicates)
	v.check(l.kept)
}

// victim is serve in a process of its own, on a store that outlives it.
type victim struct {
	t                 *testing.T
	binary, dir, base string
	store, ops        string
	env               []string
	cmd               *exec.Cmd
	out               io.Reader
}

func (v *victim) path(name string) string { return filepath.Join(v.dir, name) }

func (v *victim) settings() {
	v.t.Helper()
	text := fmt.Sprintf(`connections:
  - name: nordwear
    enabled: true
    ongoing:
      {server: "http://127.0.0.1:1", warehouse: nordwear, goods_owner_id: 42, username: WSInordwear, password: pw, warehouse_id: 1, webhook_tokens: [%s]}
    shopify:
      {shop: "http://127.0.0.1:1", access_token: shpat_none, webhook_secrets: [a-secret-of-some-length], location_id: gid://shopify/Location/1}
    portal:
      {webhook_secrets: [a-secret-of-some-length]}
`, hookToken)
	if err := os.WriteFile(v.path("connections.yaml"), []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// start runs serve until it says where it listens.
func (v *victim) start(args ...string) {
	v.t.Helper()
	v.cmd = exec.Command(v.binary, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0",
		"--connections", v.path("connections.yaml"), "--allow-host", "127.0.0.1:1", "--rate", "100000",
	}, args...)...)
	v.cmd.Env = append([]string{"TRADEBACK_KEY=" + testKey, "TRADEBACK_STORE=" + v.store}, v.env...)
	log, err := os.OpenFile(v.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		v.t.Fatal(err)
	}
	defer log.Close()
	v.cmd.Stderr = log
	if v.out, err = v.cmd.StdoutPipe(); err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	cmd := v.cmd
	v.t.Cleanup(func() { _ = cmd.Process.Kill() }) // where the test ended early
	var where struct{ Listening, Ops string }
	line, _ := bufio.NewReader(v.out).ReadBytes('\n')
	if err := json.Unmarshal(line, &where); err != nil {
		said, _ := os.ReadFile(v.path("log"))
		v.t.Fatalf("serve did not start: %v\n%s", err, said)
	}
	v.base, v.ops = "http://"+where.Listening, "http://"+where.Ops
}

func (v *victim) kill() { _ = v.cmd.Process.Kill() }

// end waits until serve, which was killed, is gone.
func (v *victim) end() {
	v.t.Helper()
	var exit *exec.ExitError
	err := v.cmd.Wait()
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		v.t.Fatalf("serve ended by itself: %v", err)
	}
}

// stop lets serve end as it does in service.
func (v *victim) stop() {
	v.t.Helper()
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Wait(); err != nil {
		v.t.Fatalf("serve ended badly: %v", err)
	}
}

// check looks for every acknowledged event in the store, and for what nobody acknowledged.
func (v *victim) check(kept map[int]string) {
	v.t.Helper()
	engine, err := openStore(v.t.Context(), v.store, opening{now: time.Now})
	if err != nil {
		v.t.Fatal(err)
	}
	defer engine.Close()
	stored := map[string]int{}
	q := store.Query{Conn: exchange.Conn("nordwear"), Kinds: []store.Kind{store.Event}, Limit: 500}
	for more := true; more; more = q.After != "" {
		var found []store.Item
		if found, q.After, err = engine.Items(v.t.Context(), q); err != nil {
			v.t.Fatal(err)
		}
		for _, it := range found {
			stored[it.ID]++
		}
	}
	lost := 0
	for n, id := range kept {
		switch stored[id] {
		case 0:
			lost++
			v.t.Logf("event %d was acknowledged as %s and is lost", n, id)
		case 1:
			delete(stored, id)
		default:
			v.t.Errorf("event %d is there %d times, or two events share its id %s", n, stored[id], id)
		}
	}
	if lost > 0 || len(stored) > 0 {
		v.t.Fatalf("of %d events that were acknowledged, %d are lost; %d are kept that are none of them, or twice", len(kept), lost, len(stored))
	}
}

// mail is webhooks, numbered from 1, each sent until it is acknowledged.
type mail struct {
	mu         sync.Mutex
	last       int
	again      []int          // sent, and not acknowledged
	kept       map[int]string // the id that each was acknowledged under
	repeated   int
	duplicates int
	refused    string
	patient    bool // 503 is an answer too: send it again
}

// next is an event to send: one that was sent before, if there is any.
func (l *mail) next(fresh bool) (n int, again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.again) > 0 {
		n, l.again = l.again[0], l.again[1:]
		return n, true
	}
	if !fresh {
		return 0, false
	}
	l.last++
	return l.last, false
}

// ack notes how the sending of n ended, and counts what was acknowledged.
func (l *mail) ack(n int, again bool, id string, duplicate bool, err error) (acknowledged int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.again = append(l.again, n)
		return len(l.kept)
	}
	if again {
		l.repeated++
	}
	if duplicate {
		l.duplicates++
	}
	l.kept[n] = id
	return len(l.kept)
}

// send posts events, and goes on until the connections break. After so many more acknowledgements it calls kill.
func (l *mail) send(base string, after int, kill func()) {
	after += len(l.kept)
	var once sync.Once
	l.all(base, true, func(acknowledged int) {
		if acknowledged >= after {
			once.Do(kill)
		}
	})
	once.Do(kill) // an answer that is not 200 ended them before: the test fails at its end
}

// rest posts what is left.
func (l *mail) rest(base string) { l.all(base, false, func(int) {}) }

func (l *mail) all(base string, fresh bool, heard func(acknowledged int)) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for {
				n, again := l.next(fresh)
				if n == 0 {
					return
				}
				id, duplicate, err := l.post(client, base, n)
				heard(l.ack(n, again, id, duplicate, err))
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// post sends event n. err says that it was not acknowledged.
func (l *mail) post(client *http.Client, base string, n int) (id string, duplicate bool, err error) {
	body := fmt.Sprintf(`{"webhookOrdersId":21,"webhookEventId":%[1]d,"system":"nordwear","timestamp":"2026-11-22T12:00:00.0000000",`+
		`"orderId":%[1]d,"orderNumber":"#%[1]d","goodsOwnerId":42,"orderStatus":{"number":450},"webhookTemplate":"OrderStatusChanged"}`, n)
	req, err := http.NewRequest(http.MethodPost, base+"/webhooks/ongoing/nordwear", strings.NewReader(body))
	if err != nil {
		return "", false, err
	}
	req.GetBody = nil // the client repeats nothing by itself
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Auth-Token", hookToken)
	resp, err := client.Do(req)
	if err != nil {
		return "", false, err
	}
	defer resp.Body.Close()
	var said struct {
		ID        string
		Duplicate bool
	}
	if l.patient && resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "" {
		return "", false, errors.New(resp.Status)
	}
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		l.mu.Lock()
		l.refused = fmt.Sprintf("event %d: %s: %s", n, resp.Status, text)
		l.mu.Unlock()
		return "", false, errors.New(resp.Status)
	}
	err = json.NewDecoder(resp.Body).Decode(&said)
	return said.ID, said.Duplicate, err
}
