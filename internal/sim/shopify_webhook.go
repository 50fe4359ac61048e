package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// announce sends a webhook to everyone who subscribed to its topic. All that one call causes shares an
// event id; each delivery has a webhook id of its own, the same on its retries.
func (s *Shopify) announce(topic string, payload any) {
	body, err := json.Marshal(payload)
	if err != nil {
		panic(err) // only our own types come here
	}
	if s.event == 0 {
		s.event = s.newID()
	}
	for _, sub := range s.subscriptions {
		if sub.topic != topic && sub.topic != "*" {
			continue
		}
		header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Shopify-Captain-Hook"}}
		header.Set("X-Shopify-Topic", topic)
		header.Set("X-Shopify-Hmac-Sha256", signed(s.secret, body))
		header.Set("X-Shopify-Shop-Domain", s.options.Domain)
		header.Set("X-Shopify-API-Version", shopVersion)
		header.Set("X-Shopify-Webhook-Id", fmt.Sprintf("00000000-0000-4000-8000-%012x", s.newID()&0xffffffffffff))
		header.Set("X-Shopify-Event-Id", fmt.Sprintf("00000000-0000-4000-9000-%012x", s.event&0xffffffffffff))
		header.Set("X-Shopify-Triggered-At", s.options.Now().UTC().Format(time.RFC3339Nano))
		if sub.name != "" {
			header.Set("X-Shopify-Name", sub.name)
		}
		s.Courier.Enqueue(Delivery{URL: sub.url, Header: header, Body: body, Label: topic, Retry: FourHours()})
	}
}

// signed returns the signature of a body: base64 of its HMAC-SHA256.
func signed(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// tellTransaction sends order_transactions/create, which fires when a transaction is made and when it
// changes, but not for a pending one.
func (s *Shopify) tellTransaction(t *shopTransaction) {
	if t.status != "PENDING" {
		s.announce("order_transactions/create", t.payload())
	}
}

// announceRouted says that a fulfillment order is there, and that it is on hold if it was born so.
func (s *Shopify) announceRouted(fo *shopFulfillmentOrder) {
	s.announce("fulfillment_orders/order_routing_complete", map[string]any{"fulfillment_order": fo.brief()})
	for i, h := range fo.holds {
		if i == 0 {
			s.announce("fulfillment_orders/placed_on_hold", fo.heldPayload(h, nil))
		}
		s.announce("fulfillment_holds/added", fo.holdPayload(h))
	}
}

// announceHold says that h was added; placed_on_hold goes out at the first hold only.
func (s *Shopify) announceHold(fo *shopFulfillmentOrder, h *shopHold, rest *shopFulfillmentOrder) {
	if len(fo.holds) == 1 {
		s.announce("fulfillment_orders/placed_on_hold", fo.heldPayload(h, rest))
	}
	s.announce("fulfillment_holds/added", fo.holdPayload(h))
}

// announceLift says that h was released; hold_released goes out after the last one only.
func (s *Shopify) announceLift(fo *shopFulfillmentOrder, h *shopHold) {
	s.announce("fulfillment_holds/released", fo.holdPayload(h))
	if len(fo.holds) == 0 {
		s.announce("fulfillment_orders/hold_released", map[string]any{"fulfillment_order": fo.brief()})
	}
}
