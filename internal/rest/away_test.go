package rest_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/server"
	"github.com/tradeback/tradeback/internal/store"
)

// away is a store that does not answer, as a Redis that is stopped.
type away struct{ rest.Store }

var errAway = fmt.Errorf("%w: connection refused", store.ErrUnavailable)

func (away) Load(context.Context, store.Conn, ...exchange.ID) ([]exchange.Exchange, error) {
	return nil, errAway
}

func (away) Exchanges(context.Context, store.Query) ([]exchange.Exchange, string, error) {
	return nil, "", errAway
}

func (away) Items(context.Context, store.Query) ([]store.Item, string, error) {
	return nil, "", errAway
}

func (away) Find(context.Context, store.Conn, ...exchange.Ref) ([]exchange.ID, error) {
	return nil, errAway
}

func (away) Docs(context.Context, store.Conn, string, string, int) ([]store.Doc, error) {
	return nil, errAway
}

func TestAStoreThatDoesNotAnswerIsToBeAskedAgain(t *testing.T) {
	h := open(t, false)
	admin := h.book.key(t, "admin", connection.ScopeRead, connection.ScopeAdmin)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + l.Addr().String()
	srv := server.New(server.Options{Listener: l, Log: zerolog.Nop(), Now: time.Now},
		rest.New(h.book, away{h.store}, rest.Options{Now: time.Now, IDs: ident.New(nil)}))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	for _, path := range []string{
		"/v1/exchanges", "/v1/exchanges/ex_1", "/v1/exchanges/ex_1/events", "/v1/exchanges/ex_1/money", "/v1/exchanges/ex_1/why",
		"/v1/exchanges/ex_1/rebuild", "/v1/events", "/v1/events/ev_1", "/v1/dead", "/v1/audit", "/v1/privacy?connection=nordwear",
	} {
		a := h.ask("GET", path, "", admin).want(503)
		if p := into[problem](a); p.Type != "urn:tradeback:problem:unavailable" || a.headers.Get("Retry-After") != "1" {
			t.Errorf("%s: %+v, to be asked again after %q s", path, p, a.headers.Get("Retry-After"))
		}
	}
}
