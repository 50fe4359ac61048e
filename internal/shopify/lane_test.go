package shopify_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/shopify"
)

// TestAShopThatRefusesEveryTokenIsNotAskedForEver: the grant works, and what it gives is refused. That it was given must
// not hide from the breaker that nothing can be done with it.
func TestAShopThatRefusesEveryTokenIsNotAskedForEver(t *testing.T) {
	var calls, grants atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/access_token") {
			grants.Add(1)
			_, _ = w.Write([]byte(`{"access_token":"shpat_new","expires_in":86399}`))
			return
		}
		calls.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer srv.Close()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	o := lane.Shopify()
	o.AllowHosts, o.Now = []string{strings.TrimPrefix(srv.URL, "http://")}, func() time.Time { return now }
	way := lane.New(o)
	defer way.Close()
	p, err := shopify.New(shopify.Options{
		URL: srv.URL + "/admin/api/2026-10/graphql.json", TokenURL: srv.URL + "/admin/oauth/access_token", ArticleNumber: "sku",
		Token:  shopify.TokenSource{ClientID: "id", ClientSecret: "secret", Save: func(context.Context, string, time.Time) error { return nil }},
		Client: way.Client(), Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	e := exchange.Effect{ID: "ex_1/read/shop", Kind: exchange.KindRead, Read: &exchange.ReadAsk{Target: exchange.ReadShop, Want: 1, ReturnID: "gid://shopify/Return/9"}}
	for range 20 {
		if _, err := p.Read(t.Context(), e); err == nil {
			t.Fatal("a read succeeded")
		}
		now = now.Add(time.Second)
	}
	if calls.Load() > 4 || grants.Load() > 2 {
		t.Fatalf("%d calls and %d grants in 20 seconds, want 4 and 2 at most, and then a probe now and then", calls.Load(), grants.Load())
	}
}
