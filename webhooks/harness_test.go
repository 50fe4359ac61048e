package webhooks_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/api"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/server"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/testkit"
	"github.com/tradeback/tradeback/webhooks"
)

const (
	firstToken  = "0123456789abcdef0123456789abcdef"
	secondToken = "fedcba9876543210fedcba9876543210"
	firstSecret = "portal-secret-one"
	goodsOwner  = 42
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// house is a server with doors, and all that it kept.
type house struct {
	t     *testing.T
	url   string
	addr  string
	book  *book
	store *shelf
	doors *webhooks.Doors
	ended map[string]int // deliveries by door/result

	contract *testkit.Contract
}

// contract is read once for all tests.
var contract struct {
	sync.Once
	*testkit.Contract
}

// open starts a server on loopback that keeps events in memory. change may alter the doors' options.
func open(t *testing.T, change ...func(*webhooks.Options)) *house {
	t.Helper()
	s := &shelf{byKey: map[string]store.Item{}}
	h := openOver(t, s, change...)
	h.store = s
	return h
}

// openOver is open with another place to keep events in.
func openOver(t *testing.T, st webhooks.Receiver, change ...func(*webhooks.Options)) *house {
	t.Helper()
	contract.Do(func() { contract.Contract = testkit.NewContract(t, api.Document) })
	h := &house{t: t, book: newBook(t), ended: map[string]int{}, contract: contract.Contract}
	var mu sync.Mutex
	o := webhooks.Options{
		Now: func() time.Time { return noon }, IDs: ident.New(nil),
		Count: func(door, result string) {
			mu.Lock()
			defer mu.Unlock()
			h.ended[door+"/"+result]++
		},
	}
	for _, c := range change {
		c(&o)
	}
	h.doors = webhooks.New(h.book, st, o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.New(server.Options{Listener: l, Log: zerolog.Nop(), Now: time.Now, ReadTimeout: 5 * time.Second}, h.doors)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	h.addr = l.Addr().String()
	h.url = "http://" + h.addr
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return h
}

// answer is what came back.
type answer struct {
	status  int
	body    string
	headers http.Header
}

// id is the event's id in the answer.
func (a answer) id() string {
	var v struct{ ID string }
	_ = json.Unmarshal([]byte(a.body), &v)
	return v.ID
}

// post sends body with the headers given as pairs.
func (h *house) post(path, body string, headers ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Content-Type" {
			req.Header.Set(headers[i], headers[i+1])
			continue
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
	h.contract.CheckAnswer(h.t, req, resp, got)
	return answer{resp.StatusCode, string(got), resp.Header}
}

// want checks a status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d; %s", a.status, status, a.body)
	}
	return a
}

func mac(secret, body string) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(body))
	return m.Sum(nil)
}

func inHex(b []byte) string    { return hex.EncodeToString(b) }
func inBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// book is the connections of a test. They can be changed under way.
type book struct {
	mu    sync.Mutex
	conns map[exchange.Conn]connection.Connection
}

func (b *book) Get(name exchange.Conn) (connection.Connection, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.conns[name]
	return c, ok
}

// change puts an altered connection in the book.
func (b *book) change(name exchange.Conn, alter func(*connection.Connection)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.conns[name]
	alter(&c)
	b.conns[name] = c
}

func newBook(t *testing.T) *book {
	t.Helper()
	c := connection.Connection{Name: "nordwear", Enabled: true}
	c.Ongoing.GoodsOwnerID = goodsOwner
	c.Ongoing.WebhookTokens = tokens(t, firstToken)
	c.Shopify.WebhookSecrets = secrets("shopify-secret-one", "shopify-secret-two")
	c.Portal = &connection.Portal{
		WebhookSecrets: secrets(firstSecret), SignatureHeader: "X-Webhook-Signature",
		Fields: connection.PortalFields{
			ID: "/id", Event: "/event", At: "/created_at", Return: "/data/shopify_return_id",
			Reference: "/data/return_id", Tracking: "/data/tracking_number",
		},
	}
	return &book{conns: map[exchange.Conn]connection.Connection{"nordwear": c}}
}

func tokens(t *testing.T, texts ...string) (ts connection.Tokens) {
	t.Helper()
	for _, text := range texts {
		tok, err := connection.NewToken(text)
		if err != nil {
			t.Fatal(err)
		}
		ts = append(ts, tok)
	}
	return ts
}

func secrets(texts ...string) (ss []connection.Secret) {
	for _, text := range texts {
		ss = append(ss, connection.NewSecret(text))
	}
	return ss
}

// shelf keeps events in memory, as the store's contract says.
type shelf struct {
	mu    sync.Mutex
	items []store.Item
	byKey map[string]store.Item
	fails error
}

func (s *shelf) Receive(ctx context.Context, it store.Item) error {
	err := s.ReceiveStrict(ctx, it)
	if !errors.Is(err, store.ErrMismatch) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	it.Reason = "the key was used with another body"
	s.items = append(s.items, it)
	return nil
}

func (s *shelf) ReceiveStrict(_ context.Context, it store.Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return s.fails
	}
	if before, known := s.byKey[it.Dedupe]; known && it.Dedupe != "" {
		return &store.DuplicateError{ID: before.ID, Mismatch: before.Digest != it.Digest}
	}
	s.byKey[it.Dedupe] = it
	s.items = append(s.items, it)
	return nil
}

// all is what was kept.
func (s *shelf) all() []store.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]store.Item(nil), s.items...)
}

// only is the one event that was kept.
func (s *shelf) only(t *testing.T) store.Item {
	t.Helper()
	all := s.all()
	if len(all) != 1 {
		t.Fatalf("%d events were kept, want one", len(all))
	}
	return all[0]
}

func pad(n int) string { return string(bytes.Repeat([]byte{' '}, n)) }
