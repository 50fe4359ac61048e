package sim

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// A ShopifyVariant is a product variant to be seeded. ID may be a global id of the caller's choice; the
// answer holds the one it has. Price is in the shop's currency: "499.00".
type ShopifyVariant struct {
	ID         string             `json:"id"`
	SKU        string             `json:"sku"`
	Barcode    string             `json:"barcode,omitempty"`
	Title      string             `json:"title"`                   // of its product; the SKU if empty
	Variant    string             `json:"variant_title,omitempty"` // of itself; "Default Title" if empty
	Price      string             `json:"price"`
	Metafields []ShopifyMetafield `json:"metafields,omitempty"`
}

// A ShopifyMetafield is a metafield of a variant.
type ShopifyMetafield struct {
	Namespace string `json:"namespace"`
	Key       string `json:"key"`
	Value     string `json:"value"`
}

// A ShopifySeed is an order that the shop has already. Amounts are decimals in the presentment currency.
type ShopifySeed struct {
	ID                  string                   `json:"id"`                   // a global id of the caller's choice; made if empty
	Name                string                   `json:"name"`                 // "#1001"
	PresentmentCurrency string                   `json:"presentment_currency"` // the shop's if empty
	Rate                string                   `json:"rate"`                 // presentment units for one unit of the shop's currency; "1" if empty
	Email               string                   `json:"email"`
	Note                string                   `json:"note"`
	Tags                []string                 `json:"tags"`
	Shipping            string                   `json:"shipping"`
	TaxRate             string                   `json:"tax_rate"`  // of its lines and of what goes out in exchange, in percent: "25"
	TaxAdded            bool                     `json:"tax_added"` // tax comes on top of prices, in which it is included else
	Lines               []ShopifySeedLine        `json:"lines"`
	Transactions        []ShopifySeedTransaction `json:"transactions"` // left out: one SALE of everything
	Mandates            []ShopifyMandate         `json:"mandates"`     // payment methods that the customer stored
}

// A ShopifySeedLine is a line of a seeded order. Without a VariantID it is the variant of this SKU, which
// is made if there is none. Shipped is how many went out already; all if left out.
type ShopifySeedLine struct {
	VariantID string `json:"variant_id"`
	SKU       string `json:"sku"`
	Title     string `json:"title"`
	Quantity  int    `json:"quantity"` // 1 if 0
	Price     string `json:"price"`    // of one, discounts taken off
	Original  string `json:"original"` // of one, before discounts; Price if empty
	TaxRate   string `json:"tax_rate"` // the order's if empty
	Shipped   *int   `json:"shipped"`
}

// A ShopifySeedTransaction is a payment (SALE) or an AUTHORIZATION of a seeded order.
type ShopifySeedTransaction struct {
	Kind            string    `json:"kind"`
	Amount          string    `json:"amount"`
	Gateway         string    `json:"gateway"` // "shopify_payments" if empty
	MultiCapturable bool      `json:"multi_capturable"`
	ExpiresAt       time.Time `json:"expires_at"`
	Result          string    `json:"result"` // of an authorisation: what captures of it come to; the switch capture_result if empty
}

// A ShopifySeeded names what a seed made, in the seed's order.
type ShopifySeeded struct {
	ID                string              `json:"id"`
	Name              string              `json:"name"`
	Lines             []ShopifySeededLine `json:"lines"`
	Transactions      []string            `json:"transactions"`
	Mandates          []string            `json:"mandates"`
	FulfillmentOrders []string            `json:"fulfillment_orders"`
	Fulfillments      []string            `json:"fulfillments"`
}

// A ShopifySeededLine names an order line and, where it was shipped, what a return names.
type ShopifySeededLine struct {
	ID                    string `json:"id"`
	SKU                   string `json:"sku"`
	VariantID             string `json:"variant_id"`
	FulfillmentLineItemID string `json:"fulfillment_line_item_id"`
}

// seedVariant adds v, or changes the variant with its id.
func (s *Shopify) seedVariant(v ShopifyVariant) (*shopVariant, error) {
	price, err := shopMinor(cmp.Or(v.Price, "0"), s.currency)
	if err != nil {
		return nil, fmt.Errorf("variant %q: %w", v.SKU, err)
	}
	var id int64
	if v.ID != "" {
		n, bad := gidNumber("ProductVariant", v.ID)
		if bad != nil {
			return nil, bad
		}
		id = n
	}
	variant := s.variant(id)
	if variant == nil {
		if id == 0 {
			id = s.newID()
		}
		variant = &shopVariant{in: s, id: id, product: s.newID(), inventory: s.newID()}
		s.variants = append(s.variants, variant)
	}
	variant.sku, variant.barcode, variant.title = v.SKU, v.Barcode, cmp.Or(v.Title, v.SKU, "Untitled")
	variant.option = cmp.Or(v.Variant, shopOnlyVariant)
	variant.price, variant.metafields = price, v.Metafields
	return variant, nil
}

// seedOrder adds an order as it stands after checkout and, as far as the lines say, shipping.
func (s *Shopify) seedOrder(seed ShopifySeed) (*shopOrder, error) {
	m := shopMoney{shop: s.currency, presentment: cmp.Or(seed.PresentmentCurrency, s.currency)}
	rate, ok := new(big.Rat).SetString(cmp.Or(seed.Rate, "1"))
	if !ok || rate.Sign() <= 0 {
		return nil, fmt.Errorf("rate %q is not a decimal above zero", seed.Rate)
	}
	m.rate = rate
	shipping, err := shopMinor(cmp.Or(seed.Shipping, "0"), m.presentment)
	if err != nil {
		return nil, fmt.Errorf("shipping: %w", err)
	}
	o := &shopOrder{
		shopMoney: m, in: s, name: seed.Name, created: s.now(), updated: s.now(), shipping: shipping,
		taxAdded: seed.TaxAdded, rateOfTax: seed.TaxRate, email: seed.Email, note: seed.Note, tags: append([]string{}, seed.Tags...),
	}
	if seed.ID != "" {
		n, bad := gidNumber("Order", seed.ID)
		if bad != nil {
			return nil, bad
		}
		if slices.ContainsFunc(s.orders, func(other *shopOrder) bool { return other.id == n }) {
			return nil, fmt.Errorf("order %s is there already", seed.ID)
		}
		o.id = n
	} else {
		o.id = s.newID()
	}
	o.name = cmp.Or(o.name, fmt.Sprintf("#%d", 1001+len(s.orders)))
	for i, line := range seed.Lines {
		if err := s.seedLine(o, line); err != nil {
			return nil, fmt.Errorf("line %d: %w", i, err)
		}
	}
	if seed.Transactions == nil {
		seed.Transactions = []ShopifySeedTransaction{{Kind: "SALE", Amount: shopDecimal(o.total(), shopExponent(o.presentment))}}
	}
	for i, t := range seed.Transactions {
		if err := s.seedTransaction(o, t); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i, err)
		}
		o.transactions[len(o.transactions)-1].seeded = true
	}
	for i, m := range seed.Mandates {
		if _, err := s.seedMandate(o, m); err != nil {
			return nil, fmt.Errorf("mandate %d: %w", i, err)
		}
	}
	s.seedShipped(o, seed.Lines)
	o.paid, o.touched = o.net() >= o.current(), false // what was there before is no news
	s.orders = append(s.orders, o)
	return o, nil
}

func (s *Shopify) seedLine(o *shopOrder, seed ShopifySeedLine) error {
	price, err := shopMinor(seed.Price, o.presentment)
	if err != nil {
		return err
	}
	original, err := shopMinor(cmp.Or(seed.Original, seed.Price), o.presentment)
	if err != nil {
		return err
	}
	l := &shopLine{order: o, id: s.newID(), quantity: cmp.Or(seed.Quantity, 1), price: price, original: original, seeded: true}
	l.rate = cmp.Or(seed.TaxRate, o.rateOfTax)
	if rate := cmp.Or(l.rate, "0"); !gqlDecimal(rate) || strings.HasPrefix(rate, "-") {
		return fmt.Errorf("tax rate %q is not a decimal from 0", rate)
	}
	if seed.VariantID != "" {
		n, bad := gidNumber("ProductVariant", seed.VariantID)
		if bad != nil {
			return bad
		}
		if l.variant = s.variant(n); l.variant == nil {
			l.variant, err = s.seedVariant(ShopifyVariant{
				ID: seed.VariantID, SKU: seed.SKU, Title: seed.Title, Price: shopDecimal(o.toShop(price), shopExponent(o.shop)),
			})
		}
	} else if at := slices.IndexFunc(s.variants, func(v *shopVariant) bool { return v.sku == seed.SKU }); at >= 0 {
		l.variant = s.variants[at]
	} else {
		l.variant, err = s.seedVariant(ShopifyVariant{SKU: seed.SKU, Title: seed.Title, Price: shopDecimal(o.toShop(price), shopExponent(o.shop))})
	}
	if err != nil {
		return err
	}
	if shipped := seed.Shipped; l.quantity < 1 || (shipped != nil && (*shipped < 0 || *shipped > l.quantity)) {
		return fmt.Errorf("%d of %q cannot be ordered, or shipped, like that", l.quantity, seed.SKU)
	}
	l.sku, l.title = cmp.Or(seed.SKU, l.variant.sku), cmp.Or(seed.Title, l.variant.title)
	o.lines = append(o.lines, l)
	return nil
}

func (s *Shopify) seedTransaction(o *shopOrder, seed ShopifySeedTransaction) error {
	amount, err := shopMinor(seed.Amount, o.presentment)
	if err != nil {
		return err
	}
	if (seed.Kind != "SALE" && seed.Kind != "AUTHORIZATION") || amount <= 0 {
		return fmt.Errorf("%s of %s is neither a SALE nor an AUTHORIZATION above zero", seed.Kind, seed.Amount)
	}
	if seed.Result != "" && !slices.Contains(shopResults, seed.Result) {
		return fmt.Errorf("result is %q, not one of %v", seed.Result, shopResults)
	}
	t := s.move(o, seed.Kind, "SUCCESS", amount, nil, "shop")
	t.gateway = cmp.Or(seed.Gateway, t.gateway)
	t.manual = t.gateway == "manual"
	t.multi, t.expires, t.result = seed.MultiCapturable, seed.ExpiresAt, seed.Result
	return nil
}

// seedShipped makes the fulfillment orders of a seeded order: one for all lines, and the shipment of what
// of it went out already.
func (s *Shopify) seedShipped(o *shopOrder, seeds []ShopifySeedLine) {
	var work []*shopWorkLine
	for _, l := range o.lines {
		work = append(work, o.workLine(l, l.quantity))
	}
	fo := o.addWork(work)
	var parts []shopShippedPart
	for i, l := range work {
		n := l.total
		if seeds[i].Shipped != nil {
			n = *seeds[i].Shipped
		}
		if n > 0 {
			parts = append(parts, shopShippedPart{fo, l, n})
		}
	}
	if len(parts) > 0 {
		f := s.shipSilently(o, parts, []shopTracking{{company: "PostNord", number: fmt.Sprintf("SEED%d", o.id)}}, "shop")
		f.seeded = true
	}
}

// seeded names what was made for o.
func (o *shopOrder) seeded() ShopifySeeded {
	made := ShopifySeeded{
		ID: gid("Order", o.id), Name: o.name,
		Lines: []ShopifySeededLine{}, Transactions: []string{}, Mandates: []string{}, FulfillmentOrders: []string{}, Fulfillments: []string{},
	}
	for _, l := range o.lines {
		line := ShopifySeededLine{ID: gid("LineItem", l.id), SKU: l.sku, VariantID: gid("ProductVariant", l.variant.id)}
		for _, f := range o.fulfillments {
			for _, shipped := range f.lines {
				if shipped.line == l {
					line.FulfillmentLineItemID = gid("FulfillmentLineItem", shipped.id)
				}
			}
		}
		made.Lines = append(made.Lines, line)
	}
	for _, t := range o.transactions {
		made.Transactions = append(made.Transactions, gid("OrderTransaction", t.id))
	}
	for _, m := range o.mandates {
		made.Mandates = append(made.Mandates, gid("PaymentMandate", m.id))
	}
	for _, fo := range o.work {
		made.FulfillmentOrders = append(made.FulfillmentOrders, gid("FulfillmentOrder", fo.id))
	}
	for _, f := range o.fulfillments {
		made.Fulfillments = append(made.Fulfillments, gid("Fulfillment", f.id))
	}
	return made
}
