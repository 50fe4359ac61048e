package webhooks_test

import (
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp"

	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/server"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/webhooks"
)

// nothing takes every event and keeps none.
type nothing struct{}

func (nothing) Receive(context.Context, store.Item) error       { return nil }
func (nothing) ReceiveStrict(context.Context, store.Item) error { return nil }

// BenchmarkDoors is what a delivery costs with all that stands before a door: no network, no store.
func BenchmarkDoors(b *testing.B) {
	kib := orderEvent(1, goodsOwner)
	kib += pad(1024 - len(kib))
	for _, c := range []struct {
		name, path, body string
		headers          []string
	}{
		{"ongoing", ongoingPath, kib, []string{"X-Auth-Token", firstToken}},
		{"portal", portalPath, closed, []string{"X-Webhook-Signature", inHex(mac(firstSecret, closed))}},
		{"shopify", shopifyPath, approved, shopifyHeaders("shopify-secret-one", "returns/approve", "wh-1", approved)},
		{"ongoing-refused", ongoingPath, kib, []string{"X-Auth-Token", secondToken}},
	} {
		b.Run(c.name, func(b *testing.B) {
			t := &testing.T{}
			doors := webhooks.New(newBook(t), nothing{}, webhooks.Options{Now: time.Now, IDs: ident.New(nil)})
			handle := server.New(server.Options{Log: zerolog.Nop(), Metrics: server.NewMetrics(), Now: time.Now, Rate: limit.Rate{PerSecond: 1e9, Burst: 1e9}}, doors).App().Handler()
			b.ReportAllocs()
			b.SetBytes(int64(len(c.body)))
			var ctx fasthttp.RequestCtx
			for b.Loop() {
				ctx.Request.Reset()
				ctx.Response.Reset()
				ctx.Request.Header.SetMethod("POST")
				ctx.Request.SetRequestURI(c.path)
				ctx.Request.Header.SetContentType("application/json")
				for i := 0; i < len(c.headers); i += 2 {
					ctx.Request.Header.Set(c.headers[i], c.headers[i+1])
				}
				ctx.Request.SetBodyString(c.body)
				handle(&ctx)
			}
		})
	}
}
