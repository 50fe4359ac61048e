package demo

import (
	"context"

	"github.com/tradeback/tradeback/internal/sim"
)

// The shop of every story, and how tradeback is known there.
const (
	shopToken  = "shpat_sim"                   // what a simulated shop takes unless told otherwise
	shopSecret = "demo-shopify-webhook-secret" //nolint:gosec // of the demo alone
	currency   = "SEK"
)

// shop is the simulated Shopify, by the door through which customers, staff and the gateway act.
type shop struct{ caller }

// goods is something the shop sells: the sku is the article's number too. Price is in minor units.
type goods struct {
	sku, title string
	price      int64
}

var (
	teeS       = goods{"TEE-S", "T-shirt, small", 24900}
	teeM       = goods{"TEE-M", "T-shirt, medium", 24900}
	teeL       = goods{"TEE-L", "T-shirt, large", 24900}
	hoodie     = goods{"HOODIE-M", "Hoodie, medium", 29900}
	assortment = []goods{teeS, teeM, teeL, hoodie}
)

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
		sold = append(sold, sim.ShopifyVariant{SKU: g.sku, Title: g.title, Price: decimal(g.price)})
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
func (s *shop) bought(ctx context.Context, name string, more int64, what ...goods) (made sim.ShopifySeeded, err error) {
	seed := sim.ShopifySeed{Name: name, Email: "astrid@example.com"}
	var paid int64
	for _, g := range what {
		seed.Lines = append(seed.Lines, sim.ShopifySeedLine{SKU: g.sku, Title: g.title, Quantity: 1, Price: decimal(g.price)})
		paid += g.price
	}
	seed.Transactions = []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: decimal(paid)}}
	if more > 0 {
		seed.Transactions = append(seed.Transactions, sim.ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: decimal(more), MultiCapturable: true})
	}
	var all []sim.ShopifySeeded
	if err := s.post(ctx, "/control/orders", seed, &all); err != nil {
		return made, err
	}
	return all[0], nil
}

// open lets staff open a return of one line for one variant, in Shopify's admin.
func (s *shop) open(ctx context.Context, order, line, variant string) (made sim.ShopifyReturnMade, err error) {
	return made, s.post(ctx, "/control/returns", sim.ShopifyReturn{
		Order:         order,
		ReturnLines:   []sim.ShopifyReturnedLine{{FulfillmentLineItemID: line, Quantity: 1, Reason: "SIZE_TOO_SMALL"}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: variant, Quantity: 1}},
	}, &made)
}

func (s *shop) ledger(ctx context.Context) (l sim.ShopifyLedger, err error) {
	return l, s.get(ctx, "/control/ledger", &l)
}
