package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// listener is a subscriber who answers its first and its last message with 500 the first time that they come.
type listener struct {
	t      *testing.T
	server *httptest.Server

	mu     sync.Mutex
	secret string
	asked  map[string]int    // how often a message came, by its id
	taken  map[string]string // its type, once it was answered 200
}

func newListener(t *testing.T) *listener {
	r := &listener{t: t, asked: map[string]int{}, taken: map[string]string{}}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *listener) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	var m struct{ Type string }
	signed, unknown := standardwebhooks.NewWebhook(r.secret)
	if err = errors.Join(err, unknown, json.Unmarshal(body, &m)); err == nil {
		err = signed.Verify(body, req.Header)
	}
	if err != nil {
		r.t.Errorf("%s %s: %v", req.Header.Get("webhook-id"), body, err)
	}
	id := req.Header.Get("webhook-id")
	if r.asked[id]++; r.asked[id] == 1 && (m.Type == "exchange.created" || m.Type == "exchange.completed") {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if r.taken[id] != "" {
		r.t.Errorf("%s came again after it was taken", m.Type)
	}
	r.taken[id] = m.Type
}

// heard are the types of what was taken, sorted, and how many messages there were in all.
func (r *listener) heard() (types []string, all int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.taken {
		types = append(types, t)
	}
	slices.Sort(types)
	return types, len(r.asked)
}

// TestASubscriberOfTheAPIIsToldOfAnExchangeToItsEnd is on the real binary. The subscriber answers 500 at first.
func TestASubscriberOfTheAPIIsToldOfAnExchangeToItsEnd(t *testing.T) {
	r := newListener(t)
	f := startFleet(t, [][]string{nil}, "--allow-host", strings.TrimPrefix(r.server.URL, "http://"))
	cmd := exec.CommandContext(t.Context(), builtBinary(t), "token", "create", "--name", "admin", "--scopes", "admin", "--json")
	cmd.Env = f.environ()
	out, err := cmd.Output()
	var admin struct{ Key string }
	if err := errors.Join(err, json.Unmarshal(out, &admin)); err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string, out any) {
		t.Helper()
		var said json.RawMessage
		f.eventually("the key to be known", func() bool {
			return f.call(method, f.base+"/v1/connections/nordwear/subscribers"+path, body, &said, "Authorization", "Bearer "+admin.Key) < 300
		})
		if err := json.Unmarshal(said, out); err != nil {
			t.Fatal(err)
		}
	}
	var made struct{ Secret string }
	ask("POST", "", fmt.Sprintf(`{"name": "erp", "url": %q, "events": ["exchange.*"]}`, r.server.URL+"/hooks"), &made)
	r.mu.Lock()
	r.secret = made.Secret
	r.mu.Unlock()
	var tried struct{ Sent bool }
	if ask("POST", "/erp/test", "", &tried); !tried.Sent {
		t.Fatal("the test was not taken")
	}

	s := f.request("#1001", f.variants())
	s.play()
	want := []string{"exchange.completed", "exchange.created", "exchange.released", "exchange.sent", "test"}
	f.eventually("all that is to be told", func() bool {
		types, _ := r.heard()
		return len(types) >= len(want)
	})
	if types, all := r.heard(); !slices.Equal(types, want) || all != len(want) {
		t.Errorf("heard %v, of %d messages", types, all)
	}
	s.check()
}

func TestAChatIsToldThatAPeerRefusesUsAndTakesUsAgain(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	chat := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		var m struct{ Text string }
		err := json.NewDecoder(req.Body).Decode(&m)
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, m.Text)
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(chat.Close)
	w := startWhole(t, "--allow-host", strings.TrimPrefix(chat.URL, "http://"))
	w.resettle("    shopify:\n", fmt.Sprintf("    announcements:\n      - {name: ops, url: %q, format: chat, events: [breaker.*]}\n    shopify:\n", chat.URL))
	w.resettle("password: pw", "password: wrong")
	w.hooks()
	told := func(what string) {
		t.Helper()
		w.eventually("the chat to hear of "+what, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(lines) > 0 && strings.HasPrefix(lines[len(lines)-1], what)
		})
	}
	v := w.variants()
	w.request("#1001", v)
	told("breaker.opened: connection nordwear does not call ongoing any more: it refuses our calls (401)")
	w.resettle("password: wrong", "password: pw")
	w.hooks()
	w.request("#1002", v).reached("open") // #1001 waits for a minute
	told("breaker.closed: connection nordwear calls ongoing again")
	mu.Lock()
	defer mu.Unlock()
	if len(lines) != 2 {
		t.Errorf("the chat heard %q", lines)
	}
}
