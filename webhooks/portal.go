package webhooks

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/portal"
)

// verifyPortal checks the signature of the raw body: as Standard Webhooks has it where its headers are
// there, else in the header that the merchant named. A delivery that carries both is refused.
func verifyPortal(c *fiber.Ctx, conn *connection.Connection, now time.Time) (slot int, ok bool) {
	var secrets []connection.Secret
	header := connection.DefaultSignatureHeader
	if conn.Portal != nil {
		secrets, header = conn.Portal.WebhookSecrets, conn.Portal.SignatureHeader
	}
	if isStandard(c) {
		fits := standardOf(c, now).signedAs(secrets, c.BodyRaw())
		alone := strings.EqualFold(header, standardHeader) || len(c.Request().Header.Peek(header)) == 0
		return -1, fits && alone
	}
	return -1, signed(secrets, plainKey, digest(credential(c, header)), c.BodyRaw())
}

// readPortal decodes an event of the return portal. Where the portal says neither who nor when, the id
// that Standard Webhooks signed tells a repeat; and where it does not say when, it is now.
func readPortal(c *fiber.Ctx, conn *connection.Connection, body []byte) (m message, err error) {
	m.notice, m.dedupe, err = portal.Decode(body, portal.Fields(conn.Portal.Fields))
	if err == nil && m.dedupe == "" && isStandard(c) {
		m.dedupe = "delivery:" + string(c.Request().Header.Peek("Webhook-Id"))
	}
	return m, err
}
