package rest

import (
	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/privacy"
)

// listPrivacy handles GET /v1/privacy: the privacy requests of a connection, few enough for one answer.
func (a *API) listPrivacy(c *fiber.Ctx, _ connection.Key) error {
	f := newFilter(c, "connection")
	conn := f.connection()
	if conn == "" {
		f.fault("connection", "is needed")
	}
	if err := f.err(); err != nil {
		return err
	}
	found, err := privacy.Records(c.UserContext(), a.store, conn)
	if err != nil {
		return err
	}
	return c.JSON(page[privacy.Record]{Data: found})
}
