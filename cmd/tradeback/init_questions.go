package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/store"
)

// tries is how often a person may type a secret that is refused.
const tries = 2

// questions asks for all that is needed, one peer after the other, and reads from each what it can.
func (b *beginning) questions(ctx context.Context, st store.Engine) (*answers, error) {
	a := b.given
	hosts := connection.Options{AllowHosts: b.settings.AllowHosts}
	if err := b.answer(ctx, &a.ongoingURL, question{
		text: "Address at which you log in to Ongoing", other: "--ongoing-url",
		check: func(text string) (_ string, err error) {
			a.server, a.warehouse, err = connection.Pasted(text, hosts)
			return text, err
		},
	}); err != nil {
		return nil, err
	}
	if a.name == "" {
		a.name = connectionName(a.warehouse)
	}
	if !regexp.MustCompile(`^[a-z0-9-]{1,40}$`).MatchString(a.name) {
		return nil, usage("--name must be 1 to 40 of a-z, 0-9 and -")
	}
	if err := b.free(ctx, st, a.name); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, store.Engine, *answers) error{b.askOngoing, b.askShopify, b.askRest} {
		if err := step(ctx, st, &a); err != nil {
			return nil, err
		}
	}
	return &a, nil
}

// answer asks, unless a flag has said it; then that must do.
func (b *beginning) answer(ctx context.Context, value *string, q question) (err error) {
	if *value == "" {
		*value, err = b.ask.ask(ctx, q)
		return err
	}
	if q.check != nil {
		if *value, err = q.check(*value); err != nil {
			return usage("%s: %w", q.other, err)
		}
	}
	return nil
}

// secret asks for one, unless the environment has it, and keeps it for the env file.
func (b *beginning) secret(ctx context.Context, name, text string, optional bool) error {
	if b.getenv(name) != "" {
		b.made[name] = b.getenv(name)
		return nil
	}
	typed, err := b.ask.ask(ctx, question{text: text, other: "the environment variable " + name, secret: true, empty: optional})
	if err == nil && typed != "" {
		b.made[name] = typed
	}
	return err
}

func (b *beginning) askOngoing(ctx context.Context, st store.Engine, a *answers) error {
	if err := b.answer(ctx, &a.goodsOwner, question{text: "Goods owner id", other: "--goods-owner-id", check: number}); err != nil {
		return err
	}
	if err := b.answer(ctx, &a.username, question{text: "API user, which begins with WSI", other: "--username", check: func(text string) (string, error) {
		if !strings.HasPrefix(text, "WSI") || strings.Contains(text, ":") {
			return "", errors.New("must begin with WSI: the warehouse makes it under Administration, API for goods owners")
		}
		return text, nil
	}}); err != nil {
		return err
	}
	name := prefix(a.name) + "ONGOING_PASSWORD"
	for n := 0; ; n++ {
		if err := b.secret(ctx, name, "Password of "+a.username, false); err != nil {
			return err
		}
		err := b.readOngoing(ctx, st, a)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errCredentials) || n >= tries || b.getenv(name) != "" || !b.isTerminal(b.stdin) {
			return err
		}
		fmt.Fprintf(b.stderr, "  %v\n", err)
	}
}

// errCredentials says that a peer refused them.
var errCredentials = errors.New("refused")

// try is a peer in the making: what is known so far is enough to read from it. A refused one is told as errCredentials.
func (b *beginning) try(ctx context.Context, st store.Engine, a *answers, who string, read func(*pair) error) (unreachable error, err error) {
	c := connection.Connection{Name: exchange.Conn(a.name)}
	c.Ongoing.Server, c.Ongoing.Warehouse, c.Ongoing.Username = a.server, a.warehouse, a.username
	c.Ongoing.GoodsOwnerID, _ = strconv.Atoi(a.goodsOwner)
	c.Ongoing.Password = connection.NewSecret(b.made[prefix(a.name)+"ONGOING_PASSWORD"])
	c.Shopify.Shop, c.Shopify.ClientID = a.shop, a.clientID
	c.Shopify.AccessToken = connection.NewSecret(b.made[prefix(a.name)+"SHOPIFY_TOKEN"])
	c.Shopify.ClientSecret = connection.NewSecret(b.made[prefix(a.name)+"SHOPIFY_CLIENT_SECRET"])
	c.Exchanges.ArticleNumber = "sku"
	ways := peers{docs: st, seal: b.sealer, now: b.now, call: b.settings.CallTimeout, hosts: b.settings.AllowHosts}
	status := 0
	ways.watch = func(_ exchange.PeerName, way *http.Client) *http.Client {
		way.Transport = statusOf{way.Transport, &status}
		return way
	}
	to, err := ways.make(c, nil)
	if err != nil {
		return nil, err
	}
	defer to.toShop.Close()
	defer to.toOngoing.Close()
	switch err := read(to); {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil && status != 0 && lane.Sort(status) == lane.Blocked:
		return nil, &statusError{exitRefused, fmt.Errorf("%s was %w (%d): nothing was written", who, errCredentials, status)}
	default:
		return err, nil
	}
}

// statusOf notes the status of the last answer.
type statusOf struct {
	http.RoundTripper
	status *int
}

func (s statusOf) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(req)
	if err == nil {
		*s.status = resp.StatusCode
	}
	return resp, err
}

// readOngoing reads the warehouses and the statuses. What cannot be read is asked for, or left to doctor.
func (b *beginning) readOngoing(ctx context.Context, st store.Engine, a *answers) error {
	var choices []choice
	unreachable, err := b.try(ctx, st, a, a.username, func(to *pair) error {
		orders, err := to.ongoing.OrderStatuses(ctx)
		if err != nil {
			return err
		}
		returns, err := to.ongoing.ReturnOrderStatuses(ctx)
		if err != nil {
			return err
		}
		a.statuses, a.statusesRead = doctor.Propose(connection.Ongoing{}, orders, returns), true
		a.orders, a.returns = orders, returns
		found, err := to.ongoing.Warehouses(ctx)
		for _, w := range found {
			choices = append(choices, choice{strconv.Itoa(w.ID), w.Name})
		}
		return err
	})
	if err != nil {
		return err
	}
	if unreachable != nil {
		fmt.Fprintf(b.stderr, "  Ongoing could not be asked: %s\n", printable(unreachable.Error()))
	}
	if err := b.askStatuses(ctx, a); err != nil {
		return err
	}
	return b.choose(ctx, &a.warehouseID, "Warehouse id", "--warehouse-id", "1", choices, number)
}

// askStatuses asks for the roles that no status of the warehouse has a usual text for.
func (b *beginning) askStatuses(ctx context.Context, a *answers) error {
	if !a.statusesRead {
		return nil
	}
	o, r := &a.statuses.Orders, &a.statuses.Returns
	for _, role := range []struct {
		of   string
		set  *connection.StatusSet
		have []exchange.Status
	}{
		{"order status that means open", &o.Open, a.orders},
		{"order status that means returned", &o.Returned, a.orders},
		{"order status that means released", &o.Released, a.orders},
		{"order status that means sent", &o.Sent, a.orders},
		{"order status that means cancelled", &o.Cancelled, a.orders},
		{"return order status that means notified", &r.Notified, a.returns},
		{"return order status that means returned", &r.Returned, a.returns},
	} {
		if *role.set != nil {
			continue
		}
		for _, s := range role.have {
			fmt.Fprintf(b.stderr, "  %d: %s\n", s.Number, printable(s.Text))
		}
		said, err := b.ask.ask(ctx, question{
			text: "Number of the " + role.of, other: "order_statuses in a connections.yaml of your own",
			check: func(text string) (string, error) {
				if !slices.ContainsFunc(role.have, func(s exchange.Status) bool { return strconv.Itoa(s.Number) == text }) {
					return "", errors.New("the warehouse has no status of that number")
				}
				return text, nil
			},
		})
		if err != nil {
			return err
		}
		*role.set = connection.StatusSet{said}
	}
	a.statuses.Unclear = nil
	return nil
}

func (b *beginning) askShopify(ctx context.Context, st store.Engine, a *answers) error {
	hosts := connection.Options{AllowHosts: b.settings.AllowHosts}
	if err := b.answer(ctx, &a.shop, question{
		text: "Shop, as nordwear.myshopify.com", other: "--shop",
		check: func(text string) (string, error) { return connection.CheckShop(text, hosts) },
	}); err != nil {
		return err
	}
	p := prefix(a.name)
	if b.getenv(p+"SHOPIFY_TOKEN") == "" && a.clientID == "" {
		id, err := b.ask.ask(ctx, question{text: "Client id of the Shopify app (empty: you have an access token)", other: "--client-id", empty: true})
		if err != nil {
			return err
		}
		a.clientID = id
	}
	name, text := p+"SHOPIFY_TOKEN", "Access token of the app"
	if a.clientID != "" {
		name, text = p+"SHOPIFY_CLIENT_SECRET", "Client secret of the app"
	}
	for n := 0; ; n++ {
		if err := b.secret(ctx, name, text, false); err != nil {
			return err
		}
		err := b.readShopify(ctx, st, a)
		if err == nil {
			break
		}
		if !errors.Is(err, errCredentials) || n >= tries || b.getenv(name) != "" || !b.isTerminal(b.stdin) {
			return err
		}
		fmt.Fprintf(b.stderr, "  %v\n", err)
	}
	if a.twoSecrets = a.clientID == "" || b.getenv(p+"SHOPIFY_SECRET") != ""; !a.twoSecrets {
		return nil // the client secret signs the webhooks
	}
	return b.secret(ctx, p+"SHOPIFY_SECRET", "Client secret of the app, which signs its webhooks", false)
}

func (b *beginning) readShopify(ctx context.Context, st store.Engine, a *answers) error {
	var choices []choice
	unreachable, err := b.try(ctx, st, a, "the app's token for "+a.shop, func(to *pair) error {
		found, _, err := to.shopify.Locations(ctx)
		for _, l := range found {
			if l.Active {
				choices = append(choices, choice{l.ID, l.Name})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if unreachable != nil {
		fmt.Fprintf(b.stderr, "  Shopify could not be asked: %s\n", printable(unreachable.Error()))
	}
	return b.choose(ctx, &a.locationID, "Location, as gid://shopify/Location/1", "--location-id", "", choices, func(text string) (string, error) {
		if !strings.HasPrefix(text, "gid://") {
			text = "gid://shopify/Location/" + text
		}
		if !regexp.MustCompile(`^gid://shopify/Location/[0-9]+$`).MatchString(text) {
			return "", errors.New("must be like gid://shopify/Location/1")
		}
		return text, nil
	})
}

// choice is one of those that a peer has.
type choice struct{ id, name string }

// choose takes the only one there is, or lets a person say which.
func (b *beginning) choose(ctx context.Context, value *string, text, other, usual string, from []choice, check func(string) (string, error)) error {
	if *value == "" && len(from) == 1 {
		*value = from[0].id
		fmt.Fprintf(b.stderr, "  %s: %s\n", from[0].id, printable(from[0].name))
		return nil
	}
	if *value == "" && len(from) > 1 {
		usual = ""
		for _, c := range from {
			fmt.Fprintf(b.stderr, "  %s: %s\n", c.id, printable(c.name))
		}
	}
	return b.answer(ctx, value, question{text: text, usual: usual, other: other, check: func(text string) (string, error) {
		text, err := check(text)
		if err == nil && from != nil && !slices.ContainsFunc(from, func(c choice) bool { return c.id == text }) {
			err = errors.New("there is none of that id")
		}
		return text, err
	}})
}

// askRest asks for what is neither Ongoing's nor Shopify's, and makes the token.
func (b *beginning) askRest(ctx context.Context, _ store.Engine, a *answers) error {
	p := prefix(a.name)
	if !a.noPortal {
		if err := b.secret(ctx, p+"PORTAL_SECRET", "Secret with which a return portal signs (empty: there is none)", true); err != nil {
			return err
		}
		a.portal = b.made[p+"PORTAL_SECRET"] != ""
	}
	if b.settings.PublicURL == "" {
		at, err := b.ask.ask(ctx, question{
			text: "URL under which webhooks will reach tradeback (empty: not known yet)", other: "--public-url", empty: true,
			check: func(text string) (string, error) {
				u, err := url.Parse(text)
				if err != nil || u.Host == "" || u.Scheme != "https" {
					return "", errors.New("must begin with https://")
				}
				return strings.TrimRight(text, "/"), nil
			},
		})
		if err != nil {
			return err
		}
		b.settings.PublicURL = at
	}
	if b.settings.PublicURL != "" {
		b.made["TRADEBACK_PUBLIC_URL"] = b.settings.PublicURL
	}
	if name := p + "WEBHOOK_TOKEN"; b.getenv(name) != "" {
		b.made[name] = b.getenv(name)
	} else {
		_, b.made[name] = connection.NewWebhookToken()
	}
	return nil
}

func number(text string) (string, error) {
	if n, err := strconv.Atoi(text); err != nil || n < 1 {
		return "", errors.New("must be a number from 1")
	}
	return text, nil
}

// connectionName makes a name of a system's.
func connectionName(system string) string {
	name := strings.ToLower(strings.ReplaceAll(system, "_", "-"))
	return name[:min(len(name), 40)]
}
