package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// returnRefused is the payload of a return mutation that did nothing.
func returnRefused(mutation, code, message string, field ...string) gqlObject {
	return refused(strings.ToUpper(mutation[:1])+mutation[1:]+"Payload", "ReturnUserError", shopUserError{field, message, code})
}

// returnCreate makes a return that is open at once, with its reverse fulfillment order. On the legacy
// workflow it is processed for the most part too.
func (s *Shopify) returnCreate(in gqlArgs, by string) any {
	no := func(code, message string, field ...string) any {
		return returnRefused("returnCreate", code, message, append([]string{"returnInput"}, field...)...)
	}
	o, bad := s.order(in.text("orderId"))
	if bad != nil {
		return bad
	}
	if o == nil {
		return no("NOT_FOUND", "Order not found.", "orderId")
	}
	r := &shopReturn{order: o, status: "OPEN", created: s.now(), by: by}
	r.legacy = s.switches.Workflow == "legacy" && !in.flag("unprocessed")
	asked := map[*shopShippedLine]int{}
	for i, line := range in.inputs("returnLineItems") {
		at := []string{"returnLineItems", strconv.Itoa(i)}
		l, bad, refusal := s.returnLine(r, line)
		if bad != nil {
			return bad
		}
		if refusal != nil {
			return no(refusal.code, refusal.message, append(at, refusal.field...)...)
		}
		asked[l.shipped] += l.quantity
		if l.quantity < 1 || asked[l.shipped] > l.shipped.returnable() {
			return no("INVALID", "Return line item has an invalid quantity.", append(at, "quantity")...)
		}
		r.lines = append(r.lines, l)
	}
	for i, line := range in.inputs("exchangeLineItems") {
		l, bad, refusal := s.exchangeLine(r, line)
		if bad != nil {
			return bad
		}
		if refusal != nil {
			return no(refusal.code, refusal.message, append([]string{"exchangeLineItems", strconv.Itoa(i)}, refusal.field...)...)
		}
		r.exchange = append(r.exchange, l)
	}
	if len(r.lines) == 0 {
		return no("BLANK", "Return line items can't be blank.", "returnLineItems")
	}
	if fee := in.input("returnShippingFee").input("amount"); fee != nil {
		minor, ok := shopGiven(fee, o.presentment)
		if !ok {
			return no("INVALID", "Return shipping fee is invalid.", "returnShippingFee", "amount")
		}
		r.fee, r.feeID = minor, s.newID()
	}
	s.open(r)
	return accepted("ReturnCreatePayload", map[string]any{"return": r})
}

func (s *Shopify) returnLine(r *shopReturn, in gqlArgs) (*shopReturnLine, *gqlError, *shopUserError) {
	n, bad := gidNumber("FulfillmentLineItem", in.text("fulfillmentLineItemId"))
	if bad != nil {
		return nil, bad, nil
	}
	l := &shopReturnLine{of: r, quantity: in.number("quantity"), note: in.text("returnReasonNote"), reason: in.text("returnReason")}
	if in.given("restockingFee") {
		percentage, _ := in.input("restockingFee")["percentage"].(fmt.Stringer)
		l.restock, l.feeID = percentage.String(), s.newID()
	}
	switch l.shipped = r.order.shippedLine(n); {
	case l.shipped == nil:
		return nil, nil, &shopUserError{[]string{"fulfillmentLineItemId"}, "Fulfillment Line Item was not found.", "NOT_FOUND"}
	case l.reason == "" && !in.given("returnReasonDefinitionId"):
		return nil, nil, &shopUserError{[]string{"returnReason"}, "Return reason can't be blank", "BLANK"}
	case l.reason == "OTHER" && l.note == "":
		return nil, nil, &shopUserError{[]string{"returnReasonNote"}, "Return reason note can't be blank", "BLANK"}
	case len([]rune(l.note)) > 255:
		return nil, nil, &shopUserError{[]string{"returnReasonNote"}, "Return reason note is too long (maximum is 255 characters)", "TOO_LONG"}
	case l.reason == "":
		l.reason = "UNKNOWN"
	}
	return l, nil, nil
}

func (s *Shopify) exchangeLine(r *shopReturn, in gqlArgs) (*shopExchangeLine, *gqlError, *shopUserError) {
	if bad := unknownInput(in, "giftCardCodes"); bad != nil {
		return nil, bad, nil
	}
	if !in.given("variantId") {
		return nil, nil, &shopUserError{[]string{"variantId"}, "Variant can't be blank", "BLANK"}
	}
	n, bad := gidNumber("ProductVariant", in.text("variantId"))
	if bad != nil {
		return nil, bad, nil
	}
	l := &shopExchangeLine{of: r, variant: s.variant(n), quantity: in.number("quantity")}
	switch {
	case l.variant == nil:
		return nil, nil, &shopUserError{[]string{"variantId"}, "Variant not found.", "NOT_FOUND"}
	case l.quantity < 1:
		return nil, nil, &shopUserError{[]string{"quantity"}, "Quantity must be greater than 0", "GREATER_THAN"}
	}
	l.price = r.order.fromShop(l.variant.price)
	if value := in.input("appliedDiscount").input("value"); value.given("amount") {
		off, ok := shopGiven(value.input("amount"), r.order.presentment)
		if !ok {
			return nil, nil, &shopUserError{[]string{"appliedDiscount"}, "Discount is invalid", "INVALID"}
		}
		l.price = max(0, l.price-off)
	} else if percentage, is := value["percentage"].(fmt.Stringer); is {
		l.price = max(0, l.price-shopPercent(l.price, percentage.String()))
	}
	return l, nil, nil
}

// open makes a checked return part of its order.
func (s *Shopify) open(r *shopReturn) {
	o := r.order
	r.id, r.inbound = s.newID(), s.newID()
	r.name = fmt.Sprintf("%s-R%d", o.name, len(o.returns)+1)
	for _, l := range r.lines {
		l.id, l.inboundID = s.newID(), s.newID()
	}
	for _, l := range r.exchange {
		l.id = s.newID()
	}
	o.returns = append(o.returns, r)
	o.touch()
	if s.switches.ApproveOnCreate || r.by == "staff" {
		s.announce("returns/approve", r.approvePayload())
	}
	if r.legacy {
		s.sellAtOnce(r)
	}
}

// sellAtOnce does what the legacy workflow does at creation: the exchange lines are order lines with a
// fulfillment order, the returned ones are off the order; only their goods are still to come.
func (s *Shopify) sellAtOnce(r *shopReturn) {
	for _, l := range r.lines {
		l.shipped.line.returned += l.quantity
		r.order.fees += l.restockFee(l.quantity)
	}
	s.dueFee(r)
	parts := make([]shopExchangePart, len(r.exchange))
	for i, l := range r.exchange {
		parts[i] = shopExchangePart{l, l.quantity}
	}
	fo := s.sell(r, parts)
	if fo != nil && s.switches.HoldLegacyReturns {
		fo.holds = append(fo.holds, &shopHold{id: s.smallID(), reason: "AWAITING_RETURN_ITEMS", by: "shop"})
	}
	s.route(fo)
	s.settled(r.order)
}
