package rest

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
)

// listAudit handles GET /v1/audit, the newest first: the chain of a connection or, without one, that of what belongs
// to none.
func (a *API) listAudit(c *fiber.Ctx, _ connection.Key) error {
	f := newFilter(c, "connection", "limit", "after")
	chain, limit, before := f.connection(), f.limit(), uint64(0)
	if after := f.text("after"); after != "" {
		var err error
		if before, err = strconv.ParseUint(after, 10, 64); err != nil || before == 0 {
			f.fault("after", "is not what next said")
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	found, next, err := audit.List(c.UserContext(), a.store, chain, before, limit)
	if err != nil {
		return err
	}
	out := page[audit.Linked]{Data: append([]audit.Linked{}, found...)}
	if next > 0 {
		out.Next = strconv.FormatUint(next, 10)
	}
	return c.JSON(out)
}
