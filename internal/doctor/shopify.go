package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
)

// examineShopify looks at the shop's side. It gives the scopes that are granted; nil: the shop could not be asked.
func (p *Patient) examineShopify(ctx context.Context, r *report) (granted []string) {
	p.version(r)
	var in shopify.Installation
	who := "the access token of " + p.Connection.Shopify.Shop
	if p.Connection.Shopify.ClientID != "" {
		who = "client " + p.Connection.Shopify.ClientID
	}
	reached := p.reach(ctx, r, way{
		peer: exchange.PeerShopify, url: p.Connection.ShopifyURL(), who: who, witness: p.ToShopify,
		mend: "make a new token or client secret in Shopify (Settings, Apps, the app, API credentials), set it in connections.yaml and apply",
		firstAsk: func(ctx context.Context) (err error) {
			in, err = p.Shopify.Installation(ctx)
			return err
		},
	})
	if !reached {
		for _, check := range []string{"shopify.shop", "shopify.scopes", "shopify.location", "shopify.webhooks"} {
			r.skip(check, "Shopify could not be asked")
		}
		return nil
	}
	if said := p.ToShopify.seen().version; said != "" && said != connection.ShopifyVersion {
		r.fault("shopify.api_version_served", "install a newer tradeback", "asked in version %s, Shopify answers in %s", connection.ShopifyVersion, said)
	}
	if want := p.Connection.Shopify.Shop; in.Domain != want && !strings.Contains(want, "://") {
		r.warn("shopify.shop", "see that shopify.shop is the shop's own .myshopify.com domain", "%s says that it is %s", want, in.Domain)
	} else {
		r.ok("shopify.shop", "%s, in %s", in.Domain, in.Currency)
	}
	p.scopes(r, in.Scopes)
	p.location(ctx, r)
	p.subscriptions(ctx, r)
	return in.Scopes
}

// servedMonths is how long Shopify serves a version at least.
const servedMonths = 12

// version looks at the end of life of the API's version.
func (p *Patient) version(r *report) {
	const name, remedy = "shopify.api_version", "install a newer tradeback before then"
	made, err := time.Parse("2006-01", connection.ShopifyVersion)
	if err != nil {
		r.fault(name, "install another tradeback", "%s is no version", connection.ShopifyVersion)
		return
	}
	ends := made.AddDate(0, servedMonths, 0)
	left := ends.Sub(p.Now())
	text := fmt.Sprintf("version %s is served until %s at least", connection.ShopifyVersion, ends.Format(time.DateOnly))
	switch {
	case left <= 0:
		r.fault(name, "install a newer tradeback", "version %s may have ended on %s: Shopify then answers in another one", connection.ShopifyVersion, ends.Format(time.DateOnly))
	case left < 90*24*time.Hour:
		r.warn(name, remedy, "%s", text)
	default:
		r.ok(name, "%s", text)
	}
}

// Need is a scope that a connection's settings need: any of AnyOf will do.
type Need struct {
	AnyOf []string
	For   string
	Wish  bool // it works without, with less
}

// Needs lists the scopes that a connection's settings need of the shop.
//
// Source: shopify.dev, the access scopes of each operation; see api/shopifygql/operations.graphql for ours.
func Needs(c connection.Connection) []Need {
	const orders = "_fulfillment_orders"
	needs := []Need{
		{AnyOf: []string{"read_orders", "write_orders"}, For: "reading orders and what was paid"},
		{AnyOf: []string{"read_returns", "write_returns"}, For: "reading returns"},
		{AnyOf: []string{"write_returns"}, For: "making, processing and ending returns"},
		{AnyOf: []string{"read_fulfillments", "write_fulfillments"}, For: "reading what was shipped"},
		{AnyOf: []string{"write_merchant_managed" + orders, "write_third_party" + orders, "write_assigned" + orders}, For: "fulfilling and holding"},
		{AnyOf: []string{"read_products", "write_products"}, For: "the article numbers of variants"},
		{AnyOf: []string{"read_locations"}, For: "the location to which goods come back"},
		{AnyOf: []string{"write_order_edits"}, For: "taking back exchange lines when an exchange is cancelled"},
		{AnyOf: []string{"read_all_orders"}, For: "orders older than 60 days", Wish: true},
	}
	if c.Exchanges.Payment != "none" {
		needs = append(needs, Need{AnyOf: []string{"write_orders"}, For: "capturing, invoicing and refunding (payment: " + c.Exchanges.Payment + ")"})
	}
	return needs
}

// scopes holds those granted against those needed.
func (p *Patient) scopes(r *report, granted []string) {
	const name = "shopify.scopes"
	const remedy = "add the scopes to the app's configuration, release it, and let the merchant accept them"
	var missing, wished []string
	for _, n := range Needs(p.Connection) {
		if slices.ContainsFunc(n.AnyOf, func(s string) bool { return slices.Contains(granted, s) }) {
			continue
		}
		text := strings.Join(n.AnyOf, " or ") + " for " + n.For
		if n.Wish {
			wished = append(wished, text)
		} else {
			missing = append(missing, text)
		}
	}
	switch {
	case missing != nil:
		r.fault(name, remedy, "not granted: %s", list(append(missing, wished...)))
	case wished != nil:
		r.warn(name, remedy, "not granted: %s", list(wished))
	default:
		r.ok(name, "all that the settings need are granted")
	}
}

// location looks whether the location exists.
func (p *Patient) location(ctx context.Context, r *report) {
	const name, remedy = "shopify.location", "set shopify.location_id to one of the shop's locations and apply"
	id := p.Connection.Shopify.LocationID
	found, more, err := p.Shopify.Locations(ctx)
	if err != nil {
		r.warn(name, "grant read_locations, or run doctor again", "the locations could not be read: %v", err)
		return
	}
	at := slices.IndexFunc(found, func(l shopify.Location) bool { return l.ID == id })
	switch {
	case at < 0 && more:
		r.warn(name, "see in Shopify that it exists", "%s is not among the shop's first %d locations", id, len(found))
	case at < 0:
		var have []string
		for _, l := range found {
			have = append(have, l.ID+" "+l.Name)
		}
		r.fault(name, remedy, "there is no %s; there are: %s", id, list(have))
	case !found[at].Active:
		r.fault(name, remedy, "%s is switched off in Shopify", found[at].Name)
	default:
		r.ok(name, "%s", found[at].Name)
	}
}

// subscriptions looks whether the shop sends its webhooks to us.
func (p *Patient) subscriptions(ctx context.Context, r *report) {
	const name = "shopify.webhooks"
	path := "/webhooks/shopify/" + string(p.Connection.Name)
	remedy := "start serve with --public-url: it asks for them by itself; or name this URL in the app's configuration"
	if p.PublicURL != "" {
		remedy = "serve asks for them every hour; see its log for why it could not"
	}
	found, more, err := p.Shopify.AllSubscriptions(ctx)
	if err != nil {
		r.warn(name, "run doctor again", "the webhook subscriptions could not be read: %v", err)
		return
	}
	var missing, elsewhere []string
	have := map[string]bool{}
	for _, s := range found {
		switch {
		case p.PublicURL != "" && s.URI == p.PublicURL+path, p.PublicURL == "" && strings.HasSuffix(s.URI, path):
			have[s.Topic] = true
		case strings.HasSuffix(s.URI, path):
			elsewhere = append(elsewhere, s.URI)
		}
	}
	for _, topic := range shopify.Topics() {
		if !have[topic] {
			missing = append(missing, topic)
		}
	}
	slices.Sort(elsewhere)
	switch elsewhere = slices.Compact(elsewhere); {
	case len(missing) == 0:
		r.ok(name, "all %d topics come to %s", len(have), path)
	case more:
		r.warn(name, remedy, "%d topics are not among the first %d subscriptions", len(missing), len(found))
	case elsewhere != nil:
		r.warn(name, remedy, "%d of %d topics do not come to %s%s, but some to %s", len(missing), len(shopify.Topics()), p.PublicURL, path, list(elsewhere))
	case len(have) == 0:
		r.warn(name, remedy, "no topic that was asked for by API comes to %s; those of the app's configuration do not show here", path)
	default:
		r.warn(name, remedy, "these do not come to %s: %s", path, list(missing))
	}
}

// PaymentNote is what a connection's payment policy means where its name may mislead; empty: nothing.
func PaymentNote(c connection.Connection) string {
	if c.Exchanges.Payment != exchange.CaptureOnSent {
		return ""
	}
	return "payment capture_on_sent captures from an authorisation that the order carries; on an order without one, the difference is asked for after shipping"
}

// payment says what the payment policy means.
func (p *Patient) payment(r *report, granted []string) {
	e := p.Connection.Exchanges
	text := PaymentNote(p.Connection)
	switch {
	case text != "":
	case e.Payment == exchange.SecureBeforeRelease && e.Deposit == exchange.DepositFullValue:
		text = "payment secure_before_release: an exchange order is not released before the full value is secured"
	case e.Payment == exchange.SecureBeforeRelease:
		text = "payment secure_before_release: an exchange order is not released before the difference is secured"
	default:
		r.ok("payment", "payment none: tradeback moves no money")
		return
	}
	if granted != nil && !slices.Contains(granted, "write_payment_mandate") {
		text += "; write_payment_mandate is not granted (Shopify gives it on request), so that a stored payment method is never charged"
	}
	r.ok("payment", "%s", text)
}
