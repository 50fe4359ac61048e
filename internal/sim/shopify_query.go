package sim

import (
	"cmp"
	"slices"
	"strings"
)

// A shopQuery is the root of all queries.
type shopQuery struct{ shop *Shopify }

func (q shopQuery) gqlType() string { return "QueryRoot" }

func (q shopQuery) gqlField(name string, args gqlArgs) any {
	s := q.shop
	if bad := s.denied(name); bad != nil {
		return bad
	}
	switch name {
	case "order":
		return found(s.order(args.text("id")))
	case "return":
		return found(s.ret(args.text("id")))
	case "fulfillmentOrder":
		return found(s.fulfillmentOrder(args.text("id")))
	case "fulfillment":
		return found(s.fulfillment(args.text("id")))
	case "orders":
		return s.ordersPage(args)
	case "job":
		return s.jobOf(args.text("id"))
	case "orderPaymentStatus":
		return s.paymentStatus(args.text("orderId"), args.text("paymentReferenceId"))
	case "returnableFulfillments":
		return s.returnable(args.text("orderId"))
	case "productVariant":
		n, bad := gidNumber("ProductVariant", args.text("id"))
		if bad != nil {
			return bad
		}
		return found(s.variant(n), nil)
	case "productVariants":
		return s.searchVariants(args.text("query"))
	case "location":
		n, bad := gidNumber("Location", cmp.Or(args.text("id"), gid("Location", s.options.LocationID)))
		if bad != nil {
			return bad
		}
		if n != s.options.LocationID {
			return nil
		}
		return s.location()
	case "locations":
		return []gqlObject{s.location()}
	case "shop":
		return s.self()
	case "currentAppInstallation":
		return s.installation()
	case "webhookSubscriptions":
		return s.searchSubscriptions(args)
	}
	return gqlErrorf("NOT_SIMULATED", "not simulated: QueryRoot.%s", name)
}

// found is the value of a field that looks something up.
func found[T any, P interface {
	*T
	gqlObject
}](item P, bad *gqlError) any {
	switch {
	case bad != nil:
		return bad
	case item == nil:
		return nil
	}
	return item
}

// ordersPage answers orders(query, sortKey). Of the search language it knows name:, tag: and updated_at:>=.
func (s *Shopify) ordersPage(args gqlArgs) any {
	var terms []string
	if q := args.text("query"); q != "" {
		terms = searchTerms(q)
	}
	list := slices.Clone(s.orders)
	for _, term := range terms {
		key, value, _ := strings.Cut(term, ":")
		var keep func(*shopOrder) bool
		switch key {
		case "name":
			keep = func(o *shopOrder) bool { return strings.TrimPrefix(o.name, "#") == strings.TrimPrefix(value, "#") }
		case "tag":
			keep = func(o *shopOrder) bool { return slices.Contains(o.tags, value) }
		case "updated_at":
			since := strings.TrimLeft(value, ">=")
			keep = func(o *shopOrder) bool { at, _ := gqlTime(o.updated).(string); return at >= since }
		default:
			return gqlErrorf("NOT_SIMULATED", "not simulated: searching orders by %q", term)
		}
		list = slices.DeleteFunc(list, func(o *shopOrder) bool { return !keep(o) })
	}
	if args.text("sortKey") == "UPDATED_AT" {
		slices.SortStableFunc(list, func(a, b *shopOrder) int { return a.updated.Compare(b.updated) })
	}
	return gqlList(list)
}

// searchTerms splits a search into its terms and takes the quotes off their values.
func searchTerms(query string) []string {
	var terms []string
	for query = strings.TrimSpace(query); query != ""; query = strings.TrimSpace(query) {
		key, rest, _ := strings.Cut(query, ":")
		var value string
		if quote := strings.IndexAny(rest, `'"`); quote >= 0 && strings.Trim(rest[:quote], "><=") == "" {
			end := strings.IndexByte(rest[quote+1:], rest[quote])
			if end < 0 {
				end = len(rest) - quote - 1
			}
			value = rest[:quote] + rest[quote+1:quote+1+end]
			query = strings.TrimLeft(rest[quote+1+end:], `'"`)
		} else {
			value, query, _ = strings.Cut(rest, " ")
		}
		if key == "AND" || strings.HasPrefix(key, "AND ") {
			key = strings.TrimPrefix(strings.TrimPrefix(key, "AND"), " ")
		}
		terms = append(terms, key+":"+value)
	}
	return terms
}

// searchVariants answers productVariants(query). Like Shopify's search it does not mind upper and lower
// case in a sku, and finds several variants with the same.
func (s *Shopify) searchVariants(query string) any {
	list := slices.Clone(s.variants)
	for _, term := range searchTerms(query) {
		key, value, _ := strings.Cut(term, ":")
		var of func(*shopVariant) string
		switch key {
		case "sku":
			of = func(v *shopVariant) string { return v.sku }
		case "barcode":
			of = func(v *shopVariant) string { return v.barcode }
		default:
			return gqlErrorf("NOT_SIMULATED", "not simulated: searching variants by %q", term)
		}
		list = slices.DeleteFunc(list, func(v *shopVariant) bool { return !strings.EqualFold(of(v), value) })
	}
	return gqlList(list)
}

// returnable answers returnableFulfillments: what of each shipment can still be sent back.
func (s *Shopify) returnable(id string) any {
	o, bad := s.order(id)
	if bad != nil {
		return bad
	}
	list := []gqlObject{}
	if o == nil {
		return list
	}
	for _, f := range o.fulfillments {
		lines := []gqlObject{}
		for _, l := range f.lines {
			if n := l.returnable(); n > 0 {
				lines = append(lines, gqlFields{"ReturnableFulfillmentLineItem", map[string]any{"quantity": n, "fulfillmentLineItem": l}})
			}
		}
		if len(lines) > 0 {
			list = append(list, gqlFields{"ReturnableFulfillment", map[string]any{
				"id": gid("ReturnableFulfillment", f.id), "fulfillment": f, "returnableFulfillmentLineItems": lines,
			}})
		}
	}
	return list
}

func (s *Shopify) self() gqlObject {
	plan := "Basic"
	if s.switches.Plus {
		plan = "Shopify Plus"
	}
	return gqlFields{"Shop", map[string]any{
		"id": gid("Shop", 1), "name": s.options.Name, "myshopifyDomain": s.options.Domain, "currencyCode": s.currency,
		"ianaTimezone": "Europe/Stockholm", "email": "shop@example.com", "contactEmail": "shop@example.com",
		"plan": gqlFields{"ShopPlan", map[string]any{
			"displayName": plan, "publicDisplayName": plan, "shopifyPlus": s.switches.Plus, "partnerDevelopment": true,
		}},
	}}
}

func (s *Shopify) installation() gqlObject {
	scopes := []gqlObject{}
	for _, handle := range shopScopes {
		scopes = append(scopes, gqlFields{"AccessScope", map[string]any{"handle": handle, "description": handle}})
	}
	return gqlFields{"AppInstallation", map[string]any{"id": gid("AppInstallation", 1), "accessScopes": scopes, "app": s.app("app")}}
}
