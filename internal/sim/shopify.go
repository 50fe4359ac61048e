package sim

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"
)

// ShopifyOptions say what a simulated shop begins with. The zero value is a shop in Swedish kronor that
// takes the token "shpat_sim".
type ShopifyOptions struct {
	Domain        string                 // the shop's own; "sim.myshopify.com" if empty
	Name          string                 // "Simulated shop" if empty
	Currency      string                 // of the shop; "SEK" if empty
	AccessToken   string                 // a token that never expires; "shpat_sim" if empty
	ClientID      string                 // for the client credentials grant; "sim-client" if empty
	ClientSecret  string                 // "sim-secret" if empty
	WebhookSecret string                 // signs webhooks; the client secret if empty
	LocationID    int64                  // where the goods lie; 1 if 0: gid://shopify/Location/1
	Switches      func(*ShopifySwitches) // changes the standard switches; nil leaves them
	WebhookRetry  time.Duration          // see NewCourier; 0 keeps to Shopify's waits
	Now           func() time.Time       // time.Now if nil
}

// Shopify is a simulated shop: the Admin GraphQL API in version 2026-10 as far as returns, exchanges,
// fulfillment and payments go, the client credentials grant, webhooks, and a control door through which
// customers, staff, other apps and the payment gateway act. What the documents leave open is a switch.
//
// A document is checked against the full schema. What the schema knows and the simulator does not is null
// where it may be, and a clear error elsewhere. Money is kept in integer minor units.
//
// Shape: /admin/api/{version}/graphql.json, /admin/oauth/access_token and /control/….
type Shopify struct {
	Faults  Faults
	Courier *Courier

	options   ShopifyOptions
	documents gqlDocuments
	tally     Tally
	control   Control
	handler   http.ServeMux

	mu            sync.Mutex // guards everything below
	switches      ShopifySwitches
	currency      string
	made          int64 // ids; outlives a reset, so that no id is ever given twice
	bucket        shopBucket
	tokens        map[string]time.Time // when each token ends; never, if zero
	secret        string
	orders        []*shopOrder
	variants      []*shopVariant
	subscriptions []*shopSubscription
	refundKeys    map[string]shopRefundKey
	keysUnderWay  map[string]int // how many calls with each key are; a reset leaves them
	rejected      []ShopifyRejected
	unauthorized  int
	uninstalled   bool
	event         int64    // of the webhooks that the call under way sends
	afterwards    []func() // what happens once the answer to the call under way is made
}

// NewShopify returns a shop without orders. Close ends its webhooks.
func NewShopify(options ShopifyOptions) *Shopify {
	options.Domain = cmp.Or(options.Domain, "sim.myshopify.com")
	options.Name = cmp.Or(options.Name, "Simulated shop")
	options.Currency = cmp.Or(options.Currency, "SEK")
	options.AccessToken = cmp.Or(options.AccessToken, "shpat_sim")
	options.ClientID = cmp.Or(options.ClientID, "sim-client")
	options.ClientSecret = cmp.Or(options.ClientSecret, "sim-secret")
	options.WebhookSecret = cmp.Or(options.WebhookSecret, options.ClientSecret)
	options.LocationID = cmp.Or(options.LocationID, 1)
	if options.Now == nil {
		options.Now = time.Now
	}
	shopSchema() // now, so that no caller waits for it
	s := &Shopify{options: options, Courier: NewCourier(options.WebhookRetry, 0), keysUnderWay: map[string]int{}}
	s.Faults.Failed, s.Faults.Throttled = s.failed, s.throttled
	s.begin()
	s.mountControl()
	s.handler.Handle("/control/", &s.control)
	s.handler.HandleFunc("POST /admin/oauth/access_token", s.grant)
	s.handler.HandleFunc("POST /admin/api/{version}/graphql.json", s.graphql)
	s.handler.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		JSON(http.StatusNotFound, map[string]string{"errors": "Not Found"}).write(w)
	})
	return s
}

// begin sets the state a shop starts from.
func (s *Shopify) begin() {
	s.tally.Reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = StandardShopifySwitches()
	if s.options.Switches != nil {
		s.options.Switches(&s.switches)
	}
	s.currency = s.options.Currency
	s.bucket, s.unauthorized, s.uninstalled, s.secret = shopBucket{}, 0, false, s.options.WebhookSecret
	s.tokens = map[string]time.Time{s.options.AccessToken: {}}
	s.orders, s.variants, s.subscriptions, s.rejected = nil, nil, nil, nil
	s.refundKeys = map[string]shopRefundKey{}
}

// Handler returns the shop's HTTP side, for httptest.NewServer or an http.Server.
func (s *Shopify) Handler() http.Handler { return &s.handler }

// Close stops the sending of webhooks and returns when it has stopped.
func (s *Shopify) Close() { s.Courier.Close() }

// Run waits until ctx is done and then closes the shop.
func (s *Shopify) Run(ctx context.Context) error {
	<-ctx.Done()
	s.Close()
	return nil
}

// now returns the time as Shopify keeps it, in whole seconds.
func (s *Shopify) now() time.Time { return s.options.Now().UTC().Truncate(time.Second) }
