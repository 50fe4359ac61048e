package webhooks_test

import (
	"testing"

	"github.com/tradeback/tradeback/internal/store"
)

const (
	shopifyPath = "/webhooks/shopify/nordwear"
	approved    = `{"id":9,"admin_graphql_api_id":"gid://shopify/Return/9","status":"open",` +
		`"order":{"id":1,"admin_graphql_api_id":"gid://shopify/Order/1"},"total_return_line_items":1,"total_exchange_line_items":1}`
)

func shopifyHeaders(secret, topic, id, body string) []string {
	return []string{
		"X-Shopify-Hmac-Sha256", inBase64(mac(secret, body)), "X-Shopify-Topic", topic, "X-Shopify-Webhook-Id", id,
	}
}

func TestShopifyDeliveryIsKeptUnderItsID(t *testing.T) {
	h := open(t)
	first := h.post(shopifyPath, approved, shopifyHeaders("shopify-secret-one", "returns/approve", "wh-1", approved)...).want(t, 200)
	again := h.post(shopifyPath, approved, shopifyHeaders("shopify-secret-two", "returns/approve", "wh-1", approved)...).want(t, 200)
	it := h.store.only(t)
	if it.Source != "shopify" || it.Topic != "returns/approve" || it.Dedupe != "shopify:wh-1" || first.id() != again.id() {
		t.Errorf("kept %+v; answered %s, %s", it, first.body, again.body)
	}
}

func TestShopifySignatures(t *testing.T) {
	h := open(t)
	sum := mac("shopify-secret-one", approved)
	h.post(shopifyPath, approved, "X-Shopify-Hmac-Sha256", inHex(sum)).want(t, 401)
	h.post(shopifyPath, approved, "X-Shopify-Hmac-Sha256", inBase64(sum), "X-Shopify-Hmac-Sha256", inBase64(sum)).want(t, 401)
	h.post(shopifyPath, approved+" ", "X-Shopify-Hmac-Sha256", inBase64(sum)).want(t, 401)
	for _, topic := range []string{"customers/data_request", "customers/redact", "shop/redact"} {
		h.post(shopifyPath, approved, shopifyHeaders("guess", topic, "wh-2", approved)...).want(t, 401)
	}
	if kept := h.store.all(); len(kept) != 0 {
		t.Errorf("kept without a signature: %+v", kept)
	}
}

func TestUnreadableShopifyDeliveryIsQuarantinedPolitely(t *testing.T) {
	h := open(t)
	const body = `{"id":`
	a := h.post(shopifyPath, body, shopifyHeaders("shopify-secret-one", "returns/approve", "wh-3", body)...).want(t, 200)
	if it := h.store.only(t); it.State != store.Quarantined || it.ID != a.id() || string(it.Raw) != body {
		t.Errorf("kept %+v, answered %s", it, a.body)
	}
}
