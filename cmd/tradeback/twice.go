package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// twice is a mutant, by which a test shows that the judges of the demo see what is done twice: the way to a peer that
// sends each call again which holds this text in its path or body, as a client does that repeats by itself.
type twice struct {
	text string
	way  http.RoundTripper
}

// sendingTwice is what makes it of the way to any peer; nil without a text.
func sendingTwice(text string) func(exchange.PeerName, *http.Client) *http.Client {
	if text == "" {
		return nil
	}
	return func(_ exchange.PeerName, way *http.Client) *http.Client {
		mutant := *way
		mutant.Transport = twice{text, way.Transport}
		return &mutant
	}
}

// RoundTrip gives the first answer, since the second is that of somebody who should not have called.
func (t twice) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return t.way.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	send := func() (*http.Response, error) {
		out := r.Clone(r.Context())
		out.Body = io.NopCloser(bytes.NewReader(body))
		return t.way.RoundTrip(out)
	}
	first, err := send()
	if err != nil || !strings.Contains(r.URL.Path+" "+string(body), t.text) {
		return first, err
	}
	answer, err := io.ReadAll(first.Body) // a lane admits the next call when this one is read
	_ = first.Body.Close()
	if err != nil {
		return nil, err
	}
	first.Body = io.NopCloser(bytes.NewReader(answer))
	if second, err := send(); err == nil {
		_, _ = io.Copy(io.Discard, second.Body)
		_ = second.Body.Close()
	}
	return first, nil
}
