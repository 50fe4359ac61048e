package lane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ongoingURL = "https://api.ongoingsystems.se/nordwear/api/v1/orders"
	shopifyURL = "https://nordwear.myshopify.com/admin/api/2026-10/graphql.json"
)

// answering is a peer without a network: the real transport's part, so that time can be a test's own.
type answering func(*http.Request) (*http.Response, error)

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if t := traceOf(r.Context()); t != nil {
		t()
	}
	return a(r)
}

// answer makes a response of the given status.
func answer(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// peer counts calls and answers them with status.
type peer struct {
	mu     sync.Mutex
	status int
	calls  int
	at     []time.Time
}

func (p *peer) RoundTrip(r *http.Request) (*http.Response, error) {
	return answering(func(*http.Request) (*http.Response, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.calls++
		p.at = append(p.at, time.Now())
		return answer(p.status, "{}"), nil
	}).RoundTrip(r)
}

func (p *peer) answers(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

func (p *peer) made() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// get makes one call through l and gives the status, or the error.
func get(ctx context.Context, l *Lane, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := l.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// wantNotSent fails the test unless err says that the call was not carried out.
func wantNotSent(t testing.TB, what string, err error) *exchange.NotSentError {
	t.Helper()
	var n *exchange.NotSentError
	if !errors.As(err, &n) {
		t.Errorf("%s: got %v, want a NotSentError", what, err)
		return &exchange.NotSentError{}
	}
	return n
}

// wantUnknown fails the test unless err leaves open whether the call was carried out.
func wantUnknown(t testing.TB, what string, err error) {
	t.Helper()
	if err == nil || errors.Is(err, exchange.ErrNotSent) {
		t.Errorf("%s: got %v, want an error that leaves the outcome open", what, err)
	}
}

// documents keeps documents as a store's engine would. fail, if set, is what every write comes to.
type documents struct {
	mu     sync.Mutex
	docs   map[string]store.Doc
	writes int
	fail   error
}

func (m *documents) Docs(_ context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []store.Doc
	for _, d := range m.docs {
		if d.Conn == c && d.Bucket == bucket && d.Key > after {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b store.Doc) int { return strings.Compare(a.Key, b.Key) })
	return found[:min(limit, len(found))], nil
}

func (m *documents) Apply(_ context.Context, ops []store.Op) ([]error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	if m.docs == nil {
		m.docs = map[string]store.Doc{}
	}
	results := make([]error, len(ops))
	for i, op := range ops {
		d := op.(store.Put).Doc
		at := fmt.Sprintf("%s/%s/%s", d.Conn, d.Bucket, d.Key)
		if m.docs[at].Version != d.Version {
			results[i] = store.ErrConflict
			continue
		}
		m.writes++
		d.Version++
		m.docs[at] = d
	}
	return results, nil
}

func (m *documents) breaks(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// kept is what is stored of a lane.
func (m *documents) kept(t testing.TB, peer string) State {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	var s State
	if d, ok := m.docs["nordwear/lanes/"+peer]; ok {
		if err := json.Unmarshal(d.Body, &s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// pause lets d go by, on the clock of the test's bubble.
func pause(d time.Duration) { <-time.NewTimer(d).C }

// lanes are what the breaker tests go over: both peers' ways of being called.
var lanes = []struct {
	options func() Options
	url     string
}{{Ongoing, ongoingURL}, {Shopify, shopifyURL}}

// start is a lane as after a start of the process, with the state that the documents keep.
func start(o Options, docs *documents, base http.RoundTripper) *Lane {
	o.Keeper, o.base = KeepIn(docs, "nordwear", o.Name), base
	if o.Credentials == "" {
		o.Credentials = "first"
	}
	return New(o)
}
