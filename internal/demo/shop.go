package demo

import (
	"context"

	"github.com/tradeback/tradeback/internal/sim"
)

// The shop of every story, and how tradeback is known there.
const (
	shopToken  = "shpat_sim"                   // what a simulated shop takes unless told otherwise
	shopSecret = "demo-shopify-webhook-secret" //nolint:gosec // of the demo alone
	currency   = "SEK"                         // of the shop
)

// shop is the simulated Shopify, by the door through which customers, staff and the gateway act.
type shop struct{ caller }

// furnish subscribes tradeback to the shop's webhooks and puts the goods on sale: variant ids by sku.
func (s *shop) furnish(ctx context.Context, doors string) (variants map[string]string, err error) {
	hooks := map[string]any{"secret": shopSecret, "subscriptions": []sim.ShopifyHook{
		{Topic: "*", URL: doors + "/webhooks/shopify/" + connectionName},
	}}
	if err := s.post(ctx, "/control/webhooks", map[string]any{"hooks": hooks}, nil); err != nil {
		return nil, err
	}
	var sold []sim.ShopifyVariant
	for _, g := range assortment {
		sold = append(sold, sim.ShopifyVariant{SKU: g.sku, Title: g.title, Price: decimal(g.price, currency)})
	}
	if err := s.post(ctx, "/control/variants", sold, &sold); err != nil {
		return nil, err
	}
	variants = map[string]string{}
	for _, v := range sold {
		variants[v.SKU] = v.ID
	}
	return variants, nil
}

// bought makes an order that was paid and sent before the story begins. More, above zero, is what the
// customer has agreed to pay beyond it: an authorisation that may be captured in parts.
func (s *shop) bought(ctx context.Context, name string, c coin, more int64, what []piece) (made sim.ShopifySeeded, err error) {
	seed := sim.ShopifySeed{Name: name, Email: "astrid@example.com", PresentmentCurrency: c.currency, Rate: c.rate}
	for _, p := range what {
		seed.Lines = append(seed.Lines, sim.ShopifySeedLine{SKU: p.sku, Title: p.title, Quantity: p.n, Price: c.decimal(c.of(p.price))})
	}
	seed.Transactions = []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: c.decimal(worth(what, c))}}
	if more > 0 {
		seed.Transactions = append(seed.Transactions, sim.ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: c.decimal(more), MultiCapturable: true})
	}
	var all []sim.ShopifySeeded
	if err := s.post(ctx, "/control/orders", seed, &all); err != nil {
		return made, err
	}
	return all[0], nil
}

// open lets staff open a return in Shopify's admin.
func (s *shop) open(ctx context.Context, in sim.ShopifyReturn) (made sim.ShopifyReturnMade, err error) {
	return made, s.post(ctx, "/control/returns", in, &made)
}

func (s *shop) ledger(ctx context.Context) (l sim.ShopifyLedger, err error) {
	return l, s.get(ctx, "/control/ledger", &l)
}
