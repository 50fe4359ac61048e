package webhooks_test

import (
	"fmt"
	"testing"

	"github.com/tradeback/tradeback/internal/connection"
)

// F18, for the senders that sign: while both secrets are in the settings, none of their events is refused; afterwards
// those signed with the older are. Tokens have a test of their own, over the whole process.
func TestSigningSecretsAreChangedInMidStream(t *testing.T) {
	h := open(t)
	set := func(texts ...string) {
		h.book.change("nordwear", func(c *connection.Connection) {
			p := *c.Portal
			p.WebhookSecrets, c.Shopify.WebhookSecrets = secrets(texts...), secrets(texts...)
			c.Portal = &p
		})
	}
	n := 0
	send := func(secret string, want int) {
		t.Helper()
		n++
		body := fmt.Sprintf(`{"id": "evt_%d", "event": "return.closed", "created_at": "2026-11-22T10:00:00Z", "data": {"shopify_return_id": "gid://shopify/Return/9"}}`, n)
		h.post(portalPath, body, "X-Webhook-Signature", inHex(mac(secret, body))).want(t, want)
		h.post(shopifyPath, approved, shopifyHeaders(secret, "returns/approve", fmt.Sprint("wh-", n), approved)...).want(t, want)
	}
	set("older")
	send("older", 200)
	send("newer", 401)
	for _, both := range [][]string{{"older", "newer"}, {"newer", "older"}} {
		set(both...)
		send("older", 200)
		send("newer", 200)
	}
	set("newer")
	send("older", 401)
	send("newer", 200)
}
