package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/sim"
)

// simulating is one run of sim.
type simulating struct {
	env
	ongoing, shopify string // addresses; empty: not that one
	system           string
	retry            time.Duration
}

func newSim(e env) *cobra.Command {
	s := simulating{env: e}
	c := &cobra.Command{
		Use: "sim --ongoing ADDRESS --shopify ADDRESS", Short: "Run a simulated Ongoing and a simulated Shopify, to rehearse", Args: cobra.NoArgs,
		Long: `Run a simulated Ongoing, a simulated Shopify, or both, until interrupted. They speak the vendors' APIs, keep state
in memory, send webhooks, and do harm on request. Everything behind the API (customers, staff, the gateway, faults,
what truly happened) is under /control/ of each. Where they listen is a line of JSON on the standard output; how to
put something into them is told on stderr.`,
	}
	f := c.Flags()
	f.StringVar(&s.ongoing, "ongoing", "", "`ADDRESS` of the simulated Ongoing, such as 127.0.0.1:7001; port 0 takes a free one")
	f.StringVar(&s.shopify, "shopify", "", "`ADDRESS` of the simulated Shopify, such as 127.0.0.1:7002")
	f.StringVar(&s.system, "system", "nordlager", "name of the Ongoing system: the warehouse of connections.yaml")
	f.DurationVar(&s.retry, "webhook-retry", 0, "first wait before a webhook is sent again, doubled up to a second; 0 keeps to the vendors' minutes and hours")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case s.ongoing == "" && s.shopify == "":
			return usage("give --ongoing, --shopify or both, each with the address to listen on")
		case s.retry < 0:
			return usage("--webhook-retry must not be negative")
		}
		return s.run(c.Context())
	}
	return c
}

// run listens for both before it says where, and serves until ctx ends.
func (s *simulating) run(ctx context.Context) error {
	where := map[string]string{}
	g, ctx := errgroup.WithContext(ctx)
	start := func(name, address string, make func() (http.Handler, func())) error {
		if address == "" {
			return nil
		}
		var listen net.ListenConfig
		l, err := listen.Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("listen for %s: %w", name, err)
		}
		where[name] = l.Addr().String()
		handler, end := make()
		g.Go(func() error {
			defer end()
			return serveUntil(ctx, l, handler)
		})
		return nil
	}
	err := errors.Join(
		start("ongoing", s.ongoing, func() (http.Handler, func()) {
			o := sim.NewOngoing(sim.OngoingOptions{System: s.system, WebhookRetry: s.retry, Now: s.now})
			return o.Handler(), o.Close
		}),
		start("shopify", s.shopify, func() (http.Handler, func()) {
			shop := sim.NewShopify(sim.ShopifyOptions{WebhookRetry: s.retry, Now: s.now})
			return shop.Handler(), shop.Close
		}),
	)
	if err == nil {
		err = printJSON(s.stdout, where)
	}
	if err != nil {
		g.Go(func() error { return err }) // ends the others
		return g.Wait()
	}
	s.explain(where)
	return g.Wait()
}

// serveUntil answers requests until ctx ends.
func serveUntil(ctx context.Context, l net.Listener, handler http.Handler) error {
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stopped()
	if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// explain says how to put something into the simulators, and how to let tradeback call them.
func (s *simulating) explain(where map[string]string) {
	if at := where["ongoing"]; at != "" {
		fmt.Fprintf(s.stderr, `Ongoing of %[2]s: http://%[1]s/%[2]s/api/v1/
  a goods owner:  curl http://%[1]s/control/goods-owners -d '{"id": 42, "name": "Nordwear", "users": [{"username": "WSInordwear", "password": "secret"}], "articles": ["TEE-M", "TEE-L"]}'
  its webhooks:   curl http://%[1]s/control/webhooks -d '[{"kind": "orders", "url": "http://127.0.0.1:8080/webhooks/ongoing/nordwear", "token": "…", "policy": "one_day"}]'
  random faults:  curl http://%[1]s/control/chance -d '{"seed": 1, "calls": 50, "dropped": 20, "doubled": 50, "late": 100}'
  sent order:     curl http://%[1]s/control/orders -d '{"ship": true, "order": {"goodsOwnerId": 42, "orderNumber": "#1001", "orderLines": [{"rowNumber": "1", "articleNumber": "TEE-M", "numberOfItems": 1}]}}'
  what happened:  curl http://%[1]s/control/ledger
`, at, s.system)
	}
	if at := where["shopify"]; at != "" {
		fmt.Fprintf(s.stderr, `Shopify: http://%[1]s/admin/api/2026-10/graphql.json, access token shpat_sim
  its webhooks:   curl http://%[1]s/control/webhooks -d '{"hooks": {"secret": "…", "subscriptions": [{"topic": "*", "url": "http://127.0.0.1:8080/webhooks/shopify/nordwear"}]}}'
  random faults:  curl http://%[1]s/control/chance -d '{"seed": 1, "calls": 50}'
  a variant:      curl http://%[1]s/control/variants -d '{"sku": "TEE-L", "title": "T-shirt, large", "price": "249.00"}'
  sent order:     curl http://%[1]s/control/orders -d '{"name": "#1001", "lines": [{"sku": "TEE-M", "price": "249.00"}], "mandates": [{}]}'
  a payment:      curl http://%[1]s/control/payments -d '{"order": "#1001"}'
  what happened:  curl http://%[1]s/control/ledger
`, at)
	}
	fmt.Fprint(s.stderr, "tradeback calls them with")
	for _, name := range []string{"ongoing", "shopify"} {
		if at := where[name]; at != "" {
			fmt.Fprintf(s.stderr, " --allow-host %s", at)
		}
	}
	fmt.Fprintln(s.stderr, ", and http://ADDRESS as ongoing.server and shopify.shop in connections.yaml")
}
