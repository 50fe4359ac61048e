package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/tradeback/tradeback/internal/exchange"
)

// sendTwice is the variable that makes a mutant of the test binary: tradeback which sends each call twice that holds its
// text. The demo starts what it is itself, so that its serve is the mutant too.
const sendTwice = "SEND_TWICE"

// mutant is such a tradeback; it gives the exit status.
func mutant(text string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := systemEnv()
	e.toPeers = sendingTwice(text)
	return run(ctx, e, os.Args[1:])
}

// twice is the mutant, by which a test shows that the judges of the demo see what is done twice: the way to a peer that
// sends each call again which holds this text in its path or body, as a client does that repeats by itself.
type twice struct {
	text string
	way  http.RoundTripper
}

// sendingTwice is what makes it of the way to any peer.
func sendingTwice(text string) func(exchange.PeerName, *http.Client) *http.Client {
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
