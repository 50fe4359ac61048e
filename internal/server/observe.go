package server

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// observe gives every answer its headers, and counts it.
func (s *Server) observe(c *fiber.Ctx) error {
	began := s.o.Now()
	secure(c)
	if id := requestID(c); id != "" {
		c.Set(fiber.HeaderXRequestID, id)
	}
	if err := c.Next(); err != nil {
		if err := s.fail(c, err); err != nil {
			return err
		}
	}
	s.o.Metrics.request(route(c), c.Method(), c.Response().StatusCode(), s.o.Now().Sub(began))
	return nil
}

// requestID is what the client calls its request, if that is fit to be repeated in a header and a log:
// at most 64 of A-Z a-z 0-9 . _ -. Anything else is nothing.
func requestID(c *fiber.Ctx) string {
	said := c.Request().Header.Peek(fiber.HeaderXRequestID)
	if len(said) == 0 || len(said) > 64 {
		return ""
	}
	for _, b := range said {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '.', b == '_', b == '-':
		default:
			return ""
		}
	}
	return string(said)
}

// route is the pattern that a request met, which never holds what the client wrote.
func route(c *fiber.Ctx) string {
	r := c.Route()
	if r == nil || r.Path == "" || (r.Path == "/" && c.Path() != "/") {
		return "none"
	}
	return strings.Clone(r.Path)
}
