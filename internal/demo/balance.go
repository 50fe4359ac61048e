package demo

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// Balancer passes requests on to several addresses in turn, as a load balancer before replicas does: where nobody
// listens it goes to the next. A request that was accepted and not answered is answered 502, since nobody but its
// sender knows whether it may be repeated. It is safe for concurrent use.
type Balancer struct {
	addresses []string
	next      atomic.Uint64
	to        *http.Transport
}

// NewBalancer is a balancer before these addresses, each HOST:PORT.
func NewBalancer(addresses ...string) *Balancer {
	return &Balancer{addresses: addresses, to: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
}

// ServeHTTP passes a request on.
func (b *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the request broke off", http.StatusBadRequest)
		return
	}
	resp, err := b.pass(r, body)
	if err != nil {
		http.Error(w, "no replica has answered", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // who is gone needs no answer
}

// pass sends a request to the next address where somebody listens or, if it changes nothing, answers.
func (b *Balancer) pass(r *http.Request, body []byte) (resp *http.Response, err error) {
	first := b.next.Add(1)
	for i := range uint64(len(b.addresses)) {
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host, out.RequestURI = "http", b.addresses[(first+i)%uint64(len(b.addresses))], ""
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		resp, err = b.to.RoundTrip(out)
		var dial *net.OpError
		if err == nil || r.Method != http.MethodGet && (!errors.As(err, &dial) || dial.Op != "dial") {
			return resp, err
		}
	}
	return nil, err
}
