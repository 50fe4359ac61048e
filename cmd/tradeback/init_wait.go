package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// hint says what init has made, and what is left to click.
func (b *beginning) hint(a *answers, c connection.Connection) {
	base, w := b.publicURL(), b.stdout
	if b.json {
		w = b.stderr
	}
	fmt.Fprintf(w, "\nconnection %s is applied. Its files:\n  %s\n  %s (secrets, mode 0600)\n", a.name, b.yaml(), b.envFile())
	if b.made["TRADEBACK_KEY_FILE"] != "" {
		fmt.Fprintf(w, "  %s (the key of the store: keep a copy in your safe; without it the secrets cannot be opened)\n", b.keyFile())
	}
	token := "the value of " + prefix(a.name) + "WEBHOOK_TOKEN in " + b.envFile()
	fmt.Fprintf(w, `
In Ongoing: Administration, Webhooks, Create new regular webhook
  Type            Order
  URL             %[1]s/webhooks/ongoing/%[2]s
  Authentication  X-Auth-Token: %[3]s
  Events          Order status is changed: %[4]s
  Retry policy    One day (first retry after 1 minute)
  Enabled         yes; save, then press Test in the list
The same URL, authentication and policy once more for
  Type            Picking, packing and returns: article item is returned
  Type            Return order: status is changed, where your Ongoing offers it
Ask the warehouse that orders from the API begin as %[5]s.

In Shopify: the app's configuration
  Access scopes   %[6]s
  Webhooks        %[7]s
  Privacy topics  customers/data_request, customers/redact, shop/redact to %[1]s/webhooks/shopify/%[2]s
`, base, a.name, token, strings.Join(mapped(c), ", "), strings.Join(c.Ongoing.OrderStatuses.Open, ", "), strings.Join(scopesOf(c), ", "), b.subscriptionHint(base, a.name))
	if a.portal {
		fmt.Fprintf(w, "\nIn the return portal: webhooks to %s/webhooks/returns/%s, signed with the secret that you gave\n", base, a.name)
	}
}

func (b *beginning) subscriptionHint(base, name string) string {
	if b.settings.PublicURL != "" {
		return "none to click: serve asks for them by itself, at " + base + "/webhooks/shopify/" + name
	}
	return "none to click: give serve --public-url, and it asks for them by itself"
}

// mapped are the order statuses that play a role.
func mapped(c connection.Connection) []string {
	var names []string
	for _, r := range c.Ongoing.OrderStatuses.Roles() {
		names = append(names, r.Names...)
	}
	return names
}

// scopesOf are the scopes that the app should ask for: of several that will do, the first.
func scopesOf(c connection.Connection) []string {
	var out []string
	for _, n := range doctor.Needs(c) {
		out = append(out, n.AnyOf[0])
	}
	return out
}

// look is how often await looks.
const look = time.Second

// await waits until Ongoing is heard for the first time, and says when that was.
func (b *beginning) await(ctx context.Context, st store.Engine, name exchange.Conn) (time.Time, error) {
	if b.noWait {
		return time.Time{}, nil
	}
	say := func(format string, args ...any) { fmt.Fprintf(b.stderr, format+"\n", args...) }
	until, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	told := false
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		at, err := doctor.LastHeard(until, st, name, string(exchange.PeerOngoing))
		switch {
		case err == nil && !at.IsZero():
			say("heard from Ongoing %s ago", doctor.Ago(b.now().Sub(at)))
			return at, nil
		case err != nil && until.Err() == nil:
			return time.Time{}, err
		case !told:
			told = true
			say("\nwaiting for the first event from Ongoing (--no-wait does not)")
			if !served(ctx, &b.settings, st, name) {
				say("no process serves the store yet: in another terminal, set -a; . %s; set +a; tradeback serve", b.envFile())
			}
		}
		select {
		case <-tick.C:
		case <-until.Done():
			if errors.Is(until.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
				say("nothing was heard from Ongoing within %s; tradeback doctor says when it was", b.wait)
				return time.Time{}, nil
			}
			return time.Time{}, ctx.Err()
		}
	}
}
