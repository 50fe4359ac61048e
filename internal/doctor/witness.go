package doctor

import (
	"crypto/tls"
	"net/http"
	"sync"
	"time"
)

// Witness is a way out that notes what a peer's answers tell beside their bodies.
type Witness struct {
	Next http.RoundTripper
	Now  func() time.Time

	mu   sync.Mutex
	last sight
}

// sight is what was seen of the last answer.
type sight struct {
	status  int // 0: there was none yet
	tls     *tls.ConnectionState
	date    time.Time // by the peer's clock, to the second; zero: it did not say
	middle  time.Time // by ours: half-way between question and answer
	version string    // of Shopify's API
}

// RoundTrip makes the call.
func (w *Witness) RoundTrip(req *http.Request) (*http.Response, error) {
	asked := w.Now()
	resp, err := w.Next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answered := w.Now()
	seen := sight{
		status: resp.StatusCode, tls: resp.TLS, middle: asked.Add(answered.Sub(asked) / 2), version: resp.Header.Get("X-Shopify-API-Version"),
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		seen.date = at
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = seen
	return resp, nil
}

func (w *Witness) seen() sight {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}
