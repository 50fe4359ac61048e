package webhooks

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
)

// checkMedia lets through what is said to be JSON, and what says nothing of itself. Any Content-Encoding is
// refused: nothing here may unpack what a sender packed.
func checkMedia(c *fiber.Ctx) error {
	h := &c.Request().Header
	if len(h.Peek(fiber.HeaderContentEncoding)) > 0 || !isJSON(h.ContentType()) {
		return ErrMedia
	}
	return nil
}

// isJSON knows application/json, text/json and the +json types, with or without parameters.
func isJSON(contentType []byte) bool {
	kind, _, _ := bytes.Cut(contentType, []byte(";"))
	kind = bytes.TrimSpace(kind)
	if len(contentType) == 0 || bytes.EqualFold(kind, []byte("application/json")) {
		return true
	}
	const suffix = "+json"
	return bytes.EqualFold(kind, []byte("text/json")) ||
		len(kind) > len(suffix) && bytes.EqualFold(kind[len(kind)-len(suffix):], []byte(suffix))
}
