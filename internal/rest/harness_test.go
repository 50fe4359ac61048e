package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/api"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/server"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
	"github.com/tradeback/tradeback/internal/testkit"
)

// house is the API over a SQLite file, with an inbox that takes what is asked.
type house struct {
	t        *testing.T
	url      string
	store    *store.Store
	contract *testkit.Contract
	reader   string // a key that may only read
	writer   string // one that may do both
	book     *book
	uses     chan string
}

// contract is read once for all tests.
var contract struct {
	sync.Once
	*testkit.Contract
}

// open starts the API. Without an inbox nothing comes to an end.
func open(t *testing.T, withInbox bool, change ...func(*rest.Options)) *house {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tradeback.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	contract.Do(func() { contract.Contract = testkit.NewContract(t, api.Document) })
	h := &house{
		t: t, store: store.New(engine), contract: contract.Contract, book: newBook(t),
		uses: make(chan string, 100),
	}
	h.reader, h.writer = h.book.key(t, "reader", connection.ScopeRead), h.book.key(t, "writer", connection.ScopeRead, connection.ScopeWrite)
	o := rest.Options{Now: time.Now, IDs: ident.New(nil), Used: func(_ context.Context, k connection.Key) { h.uses <- k.Name }}
	for _, c := range change {
		c(&o)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + l.Addr().String()
	srv := server.New(server.Options{Listener: l, Log: zerolog.Nop(), Now: time.Now}, rest.New(h.book, h.store, o))
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := srv.Run(ctx); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	if withInbox {
		fence, err := h.store.Own(ctx, "nordwear", "test", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		w := inbox.New(inbox.Options{
			Store: h.store, Now: time.Now, Log: zerolog.Nop(), Item: outbox.Item,
			Settings: func(store.Conn) (inbox.Settings, bool) {
				return inbox.Settings{Policy: h.book.conns["nordwear"].Policy(), AutoCreate: true}, true
			},
		}, "nordwear", fence)
		parts.Go(func() {
			if err := w.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("the inbox ended with %v", err)
			}
		})
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		parts.Wait()
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// answer is what came back.
type answer struct {
	t       *testing.T
	status  int
	body    string
	headers http.Header
}

// ask sends a request with a key and more headers, and holds request and answer against the document.
func (h *house) ask(method, path, body, key string, headers ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Content-Type" {
			req.Header.Del(headers[i])
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	h.contract.Check(h.t, req, []byte(body), resp, got)
	return answer{h.t, resp.StatusCode, string(got), resp.Header}
}

func (h *house) get(path string) answer { h.t.Helper(); return h.ask("GET", path, "", h.reader) }

func (h *house) create(key, body string) answer {
	h.t.Helper()
	return h.ask("POST", "/v1/exchanges", body, h.writer, "Idempotency-Key", key)
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// into reads the body as a T.
func into[T any](a answer) (v T) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

// list is one page of a list.
type list[T any] struct {
	Data []T
	Next string
}

// problem is a problem detail.
type problem struct {
	Type, Title, Detail, ID string
	Status                  int
	Errors                  []rest.FieldError
}

// fields are the wrong ones, by name.
func (p problem) fields() map[string]string {
	out := map[string]string{}
	for _, e := range p.Errors {
		out[e.Field] = e.Message
	}
	return out
}

// book is the connections and keys of a test.
type book struct {
	conns map[exchange.Conn]connection.Connection
	mu    sync.Mutex
	keys  map[string]connection.Key
}

func newBook(t *testing.T) *book {
	t.Helper()
	c := connection.Connection{Name: "nordwear", Enabled: true}
	c.Exchanges = connection.Exchanges{
		ReleaseOn: exchange.OnReturnClosed, Partial: exchange.PartialWait, Payment: exchange.CaptureOnSent,
		Deposit: exchange.DepositDifference, Number: "{order}-EX{n}", ReturnNumber: "{order}-R{n}", OriginalOrder: []string{"{order}"},
		AutoCreate: true, MarkReturned: true, ProcessReturn: true, DeadlineDays: 21,
	}
	off := c
	off.Name, off.Enabled = "switched-off", false
	return &book{
		conns: map[exchange.Conn]connection.Connection{c.Name: c, off.Name: off},
		keys:  map[string]connection.Key{},
	}
}

func (b *book) Get(name exchange.Conn) (connection.Connection, bool) {
	c, ok := b.conns[name]
	return c, ok
}

func (b *book) Key(plaintext string) (connection.Key, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, ok := b.keys[plaintext]
	return k, ok
}

// key makes one and gives its plaintext.
func (b *book) key(t *testing.T, name string, scopes ...connection.Scope) string {
	t.Helper()
	k, plaintext, err := connection.NewKey(name, scopes, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys[plaintext] = k
	return plaintext
}
