package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/shopify"
)

// verifyShopify checks X-Shopify-Hmac-Sha256 with both secrets: after a rotation the old one signs for up to
// an hour. Retries carry the time of the first delivery, so age is no reason to refuse one.
func verifyShopify(c *fiber.Ctx, conn *connection.Connection, _ time.Time) (slot int, ok bool) {
	given := base64Digest(credential(c, "X-Shopify-Hmac-Sha256"))
	return -1, signed(conn.Shopify.WebhookSecrets, plainKey, given, c.BodyRaw())
}

// readShopify decodes a delivery by its topic. Its key is the delivery's id, the same on each retry; without one,
// the body with its topic and time.
func readShopify(c *fiber.Ctx, _ *connection.Connection, body []byte) (m message, err error) {
	h := &c.Request().Header
	topic, id := string(h.Peek("X-Shopify-Topic")), string(h.Peek("X-Shopify-Webhook-Id"))
	m.notice, err = shopify.Decode(topic, id, body)
	at := h.Peek("X-Shopify-Triggered-At")
	switch {
	case id != "":
		m.dedupe = id
	case len(at) > 0:
		sum := sha256.Sum256(append([]byte(topic+"\n"+string(at)+"\n"), body...))
		m.dedupe = "body:" + hex.EncodeToString(sum[:])
	}
	return m, err
}
