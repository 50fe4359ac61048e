package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// A shopOrdered is the body of a control route by which someone other than the caller acts.
type shopOrdered struct {
	Order            string         `json:"order"`
	Return           string         `json:"return"`
	Fulfillment      string         `json:"fulfillment"`
	Transaction      string         `json:"transaction"`
	FulfillmentOrder string         `json:"fulfillment_order"`
	Into             string         `json:"into"`
	Hold             string         `json:"hold"`
	Amount           string         `json:"amount"`
	Final            bool           `json:"final"`
	Status           string         `json:"status"`
	Error            string         `json:"error"`
	Result           string         `json:"result"`
	MultiCapturable  bool           `json:"multi_capturable"`
	ExpiresAt        time.Time      `json:"expires_at"`
	Handle           string         `json:"handle"`
	Reason           string         `json:"reason"`
	Tracking         string         `json:"tracking"`
	Token            string         `json:"token"`
	Lines            map[string]int `json:"lines"`
	Refund           bool           `json:"refund"`
	Mandate          string         `json:"mandate"`
}

// A ShopifyReturn is a return that staff make in the admin. Order is a name or a global id.
type ShopifyReturn struct {
	Order         string                `json:"order"`
	ReturnLines   []ShopifyReturnedLine `json:"return_lines"`
	ExchangeLines []ShopifyExchanged    `json:"exchange_lines"`
	ShippingFee   string                `json:"shipping_fee"` // in the presentment currency
}

// A ShopifyReturnedLine is what comes back. RestockingFee is a percentage.
type ShopifyReturnedLine struct {
	FulfillmentLineItemID string `json:"fulfillment_line_item_id"`
	Quantity              int    `json:"quantity"` // 1 if 0
	Reason                string `json:"reason"`   // UNKNOWN if empty
	RestockingFee         string `json:"restocking_fee"`
}

// A ShopifyExchanged is what goes out. Discount is a percentage.
type ShopifyExchanged struct {
	VariantID string `json:"variant_id"`
	Quantity  int    `json:"quantity"` // 1 if 0
	Discount  string `json:"discount"`
}

// A ShopifyReturnMade names what was made.
type ShopifyReturnMade struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	ReturnLines   []string `json:"return_lines"`
	ExchangeLines []string `json:"exchange_lines"`
}

// named returns the order of this name or global id.
func (s *Shopify) named(order string) (*shopOrder, error) {
	for _, o := range s.orders {
		if o.name == order || gid("Order", o.id) == order {
			return o, nil
		}
	}
	return nil, refuse(404, "no order %q", order)
}

// refusal returns why a mutation did nothing, as an error.
func (s *Shopify) refusal(payload any) error {
	if bad, is := payload.(*gqlError); is {
		return bad
	}
	errs, _ := payload.(gqlObject).gqlField("userErrors", nil).([]gqlObject)
	for _, e := range errs {
		return refuse(409, "%v (%v)", e.gqlField("message", nil), e.gqlField("code", nil))
	}
	return nil
}

func (s *Shopify) staffReturn(in ShopifyReturn) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	input := map[string]any{"orderId": gid("Order", o.id)}
	var back, out []any
	for _, l := range in.ReturnLines {
		line := map[string]any{
			"fulfillmentLineItemId": l.FulfillmentLineItemID, "quantity": cmp.Or(l.Quantity, 1), "returnReason": cmp.Or(l.Reason, "UNKNOWN"),
		}
		if l.RestockingFee != "" {
			line["restockingFee"] = map[string]any{"percentage": json.Number(l.RestockingFee)}
		}
		back = append(back, line)
	}
	for _, l := range in.ExchangeLines {
		line := map[string]any{"variantId": l.VariantID, "quantity": cmp.Or(l.Quantity, 1)}
		if l.Discount != "" {
			line["appliedDiscount"] = map[string]any{"value": map[string]any{"percentage": json.Number(l.Discount)}}
		}
		out = append(out, line)
	}
	input["returnLineItems"], input["exchangeLineItems"] = back, out
	if in.ShippingFee != "" {
		input["returnShippingFee"] = map[string]any{"amount": map[string]any{"amount": in.ShippingFee, "currencyCode": o.presentment}}
	}
	if err := s.refusal(s.returnCreate(input, "staff")); err != nil {
		return nil, err
	}
	r := o.returns[len(o.returns)-1]
	made := ShopifyReturnMade{ID: gid("Return", r.id), Name: r.name, ReturnLines: []string{}, ExchangeLines: []string{}}
	for _, l := range r.lines {
		made.ReturnLines = append(made.ReturnLines, gid("ReturnLineItem", l.id))
	}
	for _, l := range r.exchange {
		made.ExchangeLines = append(made.ExchangeLines, gid("ExchangeLineItem", l.id))
	}
	return made, nil
}

// expireTokens ends a token, or all of them.
func (s *Shopify) expireTokens(in shopOrdered) (any, error) {
	if _, known := s.tokens[in.Token]; in.Token != "" && !known {
		return nil, fmt.Errorf("no such token")
	}
	for token := range s.tokens {
		if in.Token == "" || token == in.Token {
			delete(s.tokens, token)
		}
	}
	return nil, nil
}

func (s *Shopify) uninstall(shopOrdered) (any, error) {
	s.uninstalled = true
	s.announce("app/uninstalled", map[string]any{
		"id": 1, "name": s.options.Name, "domain": nil, "myshopify_domain": s.options.Domain, "currency": s.currency,
		"email": "shop@example.com", "plan_name": "basic", "iana_timezone": "Europe/Stockholm",
	})
	s.subscriptions = nil
	return nil, nil
}
