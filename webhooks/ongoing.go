package webhooks

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/ongoing"
)

// verifyOngoing compares the fixed X-Auth-Token with both slots. Ongoing signs nothing. A token that was rotated out
// is good until its time is over.
func verifyOngoing(c *fiber.Ctx, conn *connection.Connection, now time.Time) (slot int, ok bool) {
	return conn.Ongoing.WebhookTokens.Match(credential(c, "X-Auth-Token"), now)
}

// readOngoing decodes an order event, or a return order's. A retry keeps the time of the event, so its age
// is no reason to refuse it.
func readOngoing(_ *fiber.Ctx, conn *connection.Connection, body []byte) (m message, err error) {
	m.notice, m.dedupe, err = ongoing.Decode(body, conn.Ongoing.GoodsOwnerID)
	return m, err
}
