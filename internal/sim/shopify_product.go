package sim

import "slices"

// A shopVariant is a product variant. Each has a product of its own.
type shopVariant struct {
	in         *Shopify
	id         int64
	product    int64
	inventory  int64
	sku        string
	barcode    string
	title      string // of its product
	option     string // of itself: "M", or "Default Title" where the product has one variant only
	price      int64  // in the shop's currency
	metafields []ShopifyMetafield
}

// variant returns the one of this number, nil if there is none.
func (s *Shopify) variant(id int64) *shopVariant {
	at := slices.IndexFunc(s.variants, func(v *shopVariant) bool { return v.id == id })
	if at < 0 {
		return nil
	}
	return s.variants[at]
}

func (v *shopVariant) gqlType() string { return "ProductVariant" }

func (v *shopVariant) gqlField(name string, args gqlArgs) any {
	switch name {
	case "id":
		return gid("ProductVariant", v.id)
	case "legacyResourceId":
		return v.id
	case "sku":
		return gqlText(v.sku)
	case "barcode":
		return gqlText(v.barcode)
	case "title":
		return v.option
	case "displayName":
		return v.title + " - " + v.option
	case "price":
		return shopDecimal(v.price, shopExponent(v.in.currency))
	case "inventoryQuantity":
		return 100
	case "availableForSale", "taxable":
		return true
	case "product":
		return gqlFields{"Product", map[string]any{
			"id": gid("Product", v.product), "title": v.title, "status": "ACTIVE", "legacyResourceId": v.product,
		}}
	case "inventoryItem":
		return gqlFields{"InventoryItem", map[string]any{
			"id": gid("InventoryItem", v.inventory), "sku": gqlText(v.sku), "tracked": true, "requiresShipping": true,
		}}
	case "metafield":
		for i, m := range v.metafields {
			if m.Namespace == args.text("namespace") && m.Key == args.text("key") {
				return v.metafield(i)
			}
		}
		return nil
	case "metafields":
		list := []gqlObject{}
		for i, m := range v.metafields {
			if ns := args.text("namespace"); ns == "" || ns == m.Namespace {
				list = append(list, v.metafield(i))
			}
		}
		return list
	}
	return notSimulated
}

// shopOnlyVariant is the title of the variant of a product that comes in one form.
const shopOnlyVariant = "Default Title"

// named returns the variant's title as lines show it: null where there is only one.
func (v *shopVariant) named() any {
	if v.option == shopOnlyVariant {
		return nil
	}
	return v.option
}

func (v *shopVariant) metafield(i int) gqlObject {
	m := v.metafields[i]
	id := v.id*10 + int64(i)
	return gqlFields{"Metafield", map[string]any{
		"id": gid("Metafield", id), "legacyResourceId": id, "namespace": m.Namespace, "key": m.Key, "value": m.Value,
		"type": "single_line_text_field", "ownerType": "PRODUCTVARIANT",
	}}
}

// location is the one place where goods lie.
func (s *Shopify) location() gqlObject {
	return gqlFields{"Location", map[string]any{
		"id": gid("Location", s.options.LocationID), "legacyResourceId": s.options.LocationID, "name": "Warehouse",
		"isActive": true, "fulfillsOnlineOrders": true, "isFulfillmentService": false, "shipsInventory": true,
	}}
}

// app is an app that is installed: the caller's own, or another.
func (s *Shopify) app(who string) gqlObject {
	id, handle := int64(1), "own-app"
	if who != "app" {
		id, handle = 2, "other-app"
	}
	key := s.options.ClientID
	if who != "app" {
		key = "another-client"
	}
	return gqlFields{"App", map[string]any{"id": gid("App", id), "handle": handle, "title": handle, "apiKey": key}}
}
