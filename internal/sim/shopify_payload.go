package sim

import (
	"slices"
	"strings"
	"time"
)

// The bodies of webhooks, in the shapes of Shopify's samples for 2026-07: snake_case, enums in lower case,
// numeric ids beside global ones, and differently in each topic.

func payloadTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(time.FixedZone("", -5*3600)).Format(time.RFC3339)
}

// payloadRef names a thing by both its ids.
func payloadRef(typ string, id int64) map[string]any {
	return map[string]any{"id": id, "admin_graphql_api_id": gid(typ, id)}
}

func (r *shopReturn) approvePayload() any {
	fees, exchange := []any{}, []any{}
	if r.feeID != 0 {
		fee := payloadRef("ReturnShippingFee", r.feeID)
		fee["price"] = r.order.payloadSet(r.fee)
		fees = append(fees, fee)
	}
	total := 0
	for _, l := range r.exchange {
		line := payloadRef("ExchangeLineItem", l.id)
		line["line_item"] = nil
		exchange = append(exchange, line)
		total += l.quantity
	}
	back, returned := []any{}, 0
	for _, l := range r.lines {
		line := payloadRef("ReturnLineItem", l.id)
		line["quantity"], line["fulfillment_line_item"] = l.quantity, payloadRef("FulfillmentLineItem", l.shipped.id)
		line["return_reason"], line["return_reason_note"] = lower(l.reason), l.note
		back = append(back, line)
		returned += l.quantity
	}
	body := payloadRef("Return", r.id)
	body["status"], body["name"] = lower(r.status), r.name
	body["order"] = payloadRef("Order", r.order.id)
	body["return_line_items"], body["total_return_line_items"] = back, returned
	body["exchange_line_items"], body["total_exchange_line_items"] = exchange, total
	body["return_shipping_fees"] = fees
	return body
}

// processPayload is empty, as in the sample, unless the switches ask for ids.
func (r *shopReturn) processPayload() any {
	if r.order.in.switches.ProcessPayload == "empty" {
		return map[string]any{}
	}
	return payloadRef("Return", r.id)
}

func (r *shopReturn) endPayload() any {
	body := payloadRef("Return", r.id)
	body["order_id"], body["status"] = r.order.id, lower(r.status)
	return body
}

func (r *shopReturn) updatePayload(removed map[*shopReturnLine]int) any {
	removals := []any{}
	for _, l := range r.lines {
		if removed[l] > 0 {
			removals = append(removals, map[string]any{"admin_graphql_api_id": gid("ReturnLineItem", l.id), "delta": removed[l]})
		}
	}
	none := map[string]any{"updates": []any{}, "removals": []any{}}
	return map[string]any{
		"admin_graphql_api_id": gid("Return", r.id), "return_line_items": map[string]any{"removals": removals},
		"restocking_fees": none, "return_shipping_fees": none,
	}
}

func (fo *shopFulfillmentOrder) brief() map[string]any {
	return map[string]any{"id": gid("FulfillmentOrder", fo.id), "status": lower(fo.status())}
}

func (fo *shopFulfillmentOrder) hold(h *shopHold) map[string]any {
	var app any
	if h.by != "shop" {
		app = map[string]any{"id": fo.order.in.app(h.by).gqlField("id", nil)}
	}
	return map[string]any{
		"id": gid("FulfillmentHold", h.id), "reason": lower(h.reason), "reason_notes": gqlText(h.notes),
		"held_by_requesting_app": h.by == "app", "handle": gqlText(h.handle), "held_by_app": app,
	}
}

func (fo *shopFulfillmentOrder) heldPayload(h *shopHold, rest *shopFulfillmentOrder) any {
	holds, lines := []any{}, []any{}
	for _, each := range fo.holds {
		holds = append(holds, fo.hold(each))
	}
	for _, l := range fo.lines {
		lines = append(lines, map[string]any{"id": gid("FulfillmentOrderLineItem", l.id), "quantity": l.remaining})
	}
	held := fo.brief()
	held["fulfillment_holds"] = holds
	body := map[string]any{
		"fulfillment_order": held, "remaining_fulfillment_order": nil,
		"held_fulfillment_order_line_items": lines, "created_fulfillment_hold": fo.hold(h),
	}
	if rest != nil {
		body["remaining_fulfillment_order"] = rest.brief()
	}
	return body
}

func (fo *shopFulfillmentOrder) holdPayload(h *shopHold) any {
	return map[string]any{
		"fulfillment_order": map[string]any{"id": gid("FulfillmentOrder", fo.id)}, "fulfillment_hold": fo.hold(h),
	}
}

func (f *shopFulfillment) payload() any {
	var company, number, url any
	numbers, urls := []string{}, []string{}
	for _, t := range f.tracking {
		numbers, urls = append(numbers, t.number), append(urls, t.url)
	}
	if len(f.tracking) > 0 {
		company, number, url = gqlText(f.tracking[0].company), gqlText(numbers[0]), gqlText(urls[0])
	}
	lines := []any{}
	for _, l := range f.lines {
		lines = append(lines, l.line.payload(l.quantity))
	}
	var shipment any
	if len(f.events) > 0 {
		shipment = lower(f.displayStatus())
	}
	body := payloadRef("Fulfillment", f.id)
	for name, value := range map[string]any{
		"order_id": f.order.id, "name": strings.Replace(f.name, "-F", ".", 1), "status": lower(f.status()), "shipment_status": shipment,
		"service": "manual", "location_id": f.order.in.options.LocationID, "origin_address": nil, "email": gqlText(f.order.email),
		"tracking_company": company, "tracking_number": number, "tracking_numbers": numbers, "tracking_url": url, "tracking_urls": urls,
		"created_at": payloadTime(f.created), "updated_at": payloadTime(f.updated), "receipt": map[string]any{}, "line_items": lines,
	} {
		body[name] = value
	}
	return body
}

func (f *shopFulfillment) eventPayload(e *shopEvent) any {
	body := payloadRef("FulfillmentEvent", e.id)
	for name, value := range map[string]any{
		"fulfillment_id": f.id, "order_id": f.order.id, "shop_id": 1, "status": lower(e.status), "message": gqlText(e.message),
		"happened_at": payloadTime(e.happened), "estimated_delivery_at": payloadTime(e.estimated), "city": nil, "province": nil,
		"country": nil, "zip": nil, "address1": nil, "latitude": nil, "longitude": nil,
		"created_at": payloadTime(e.created), "updated_at": payloadTime(e.created),
	} {
		body[name] = value
	}
	return body
}

// payload is a line as orders, fulfillments and refunds show it.
func (l *shopLine) payload(quantity int) map[string]any {
	body := payloadRef("LineItem", l.id)
	var variant, product any
	if l.variant != nil {
		variant, product = l.variant.id, l.variant.product
	}
	m := l.order
	for name, value := range map[string]any{
		"variant_id": variant, "product_id": product, "title": l.title, "name": l.title, "sku": gqlText(l.sku), "quantity": quantity,
		"current_quantity": l.current(), "fulfillable_quantity": max(0, l.quantity-l.removed-l.fulfilled()), "requires_shipping": true,
		"price": shopDecimal(m.toShop(l.price), shopExponent(m.shop)), "price_set": m.payloadSet(l.price),
	} {
		body[name] = value
	}
	return body
}

func (t *shopTransaction) payload() any {
	var parent any
	if t.parent != nil {
		parent = t.parent.id
	}
	m := t.order.shopMoney
	unsettled := func(minor int64, currency string) map[string]any {
		return map[string]any{"amount": shopDecimal(minor, shopExponent(currency)), "currency": currency}
	}
	body := payloadRef("OrderTransaction", t.id)
	for name, value := range map[string]any{
		"order_id": t.order.id, "parent_id": parent, "kind": lower(t.kind), "status": lower(t.status), "gateway": t.gateway,
		"amount": shopDecimal(t.amount, shopExponent(m.presentment)), "currency": m.presentment, "error_code": gqlText(lower(t.failure)),
		"created_at": payloadTime(t.created), "processed_at": payloadTime(t.processed), "payment_id": t.gqlField("paymentId", nil),
		"message": nil, "test": true, "source_name": "web", "manual_payment_gateway": t.manual,
		"receipt": map[string]any{}, "amount_rounding": nil, "total_unsettled_set": map[string]any{
			"presentment_money": unsettled(t.unsettled(), m.presentment), "shop_money": unsettled(m.toShop(t.unsettled()), m.shop),
		},
	} {
		body[name] = value
	}
	return body
}

func (r *shopRefund) payload() any {
	moves := []any{}
	for _, t := range r.transactions {
		moves = append(moves, t.payload())
	}
	body := payloadRef("Refund", r.id)
	var of any
	if r.of != nil {
		of = payloadRef("Return", r.of.id)
	}
	for name, value := range map[string]any{
		"order_id": r.order.id, "created_at": payloadTime(r.created), "processed_at": payloadTime(r.created), "note": gqlText(r.note),
		"return": of, "restock": false, "refund_line_items": []any{}, "order_adjustments": []any{}, "transactions": moves,
		"duties": []any{}, "total_duties_set": r.order.payloadSet(0),
	} {
		body[name] = value
	}
	return body
}

// payload is the order, without what the simulator does not keep.
func (o *shopOrder) payload() any {
	lines, gateways := []any{}, []string{}
	for _, l := range o.lines {
		lines = append(lines, l.payload(l.quantity))
	}
	for _, t := range o.transactions {
		if !slices.Contains(gateways, t.gateway) {
			gateways = append(gateways, t.gateway)
		}
	}
	shop := func(minor int64) string { return shopDecimal(o.toShop(minor), shopExponent(o.shop)) }
	body := payloadRef("Order", o.id)
	for name, value := range map[string]any{
		"name": o.name, "created_at": payloadTime(o.created), "updated_at": payloadTime(o.updated), "processed_at": payloadTime(o.created),
		"cancelled_at": payloadTime(o.cancelled), "closed_at": nil, "email": gqlText(o.email), "contact_email": gqlText(o.email), "test": true,
		"currency": o.shop, "presentment_currency": o.presentment, "tags": strings.Join(o.tags, ", "), "note": gqlText(o.note),
		"financial_status": lower(o.financialStatus()), "fulfillment_status": nil, "payment_gateway_names": gateways,
		"total_price": shop(o.total()), "total_price_set": o.payloadSet(o.total()),
		"current_total_price": shop(o.current()), "current_total_price_set": o.payloadSet(o.current()),
		"total_outstanding": shop(o.outstanding()), "line_items": lines,
	} {
		body[name] = value
	}
	return body
}
