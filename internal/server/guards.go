package server

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/tradeback/tradeback/internal/limit"
)

// hops is how many addresses of an X-Forwarded-For are looked at.
const hops = 16

// errFraming reports a request whose end two readers could see in two places.
var errFraming = fiber.NewError(fiber.StatusBadRequest, "framing")

// panicError is a panic of a handler, as an error.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// rescue turns a panic into an error: without it, one would end the process.
func (s *Server) rescue(c *fiber.Ctx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return c.Next()
}

// refuseOtherMethods answers 400, as all other problems are answered, where the method is none of HTTP's: fiber would do so
// by itself in plain text, before any handler.
func (s *Server) refuseOtherMethods(app *fiber.App) {
	next := app.Server().Handler
	app.Server().Handler = func(rc *fasthttp.RequestCtx) {
		if slices.Contains(fiber.DefaultMethods, string(rc.Method())) {
			next(rc)
			return
		}
		c := app.AcquireCtx(rc)
		defer app.ReleaseCtx(c)
		_ = s.fail(c, fiber.ErrBadRequest) // it fails for no problem of ours
	}
}

// checkFraming refuses Content-Length together with Transfer-Encoding, and a header folded over lines: a
// proxy in front of us may read them another way than we do. Two Content-Lengths the server itself refuses.
func checkFraming(c *fiber.Ctx) error {
	length, encoding := false, false
	for raw := c.Request().Header.RawHeaders(); len(raw) > 0; {
		folded := raw[0] == ' ' || raw[0] == '\t'
		length = length || begins(raw, "Content-Length:")
		encoding = encoding || begins(raw, "Transfer-Encoding:")
		if folded || length && encoding {
			c.Context().SetConnectionClose()
			return errFraming
		}
		end := bytes.IndexByte(raw, '\n')
		if end < 0 {
			break
		}
		raw = raw[end+1:]
	}
	return c.Next()
}

// begins reports whether line begins with prefix, in any case.
func begins(line []byte, prefix string) bool {
	return len(line) >= len(prefix) && line[0]|0x20 == prefix[0]|0x20 && strings.EqualFold(string(line[:len(prefix)]), prefix)
}

// limitSource keeps one client address to its rate.
func (s *Server) limitSource(c *fiber.Ctx) error {
	if wait, ok := s.sources.Allow(neighbourhood(s.clientAddress(c)), s.o.Now()); !ok {
		return &limit.ExceededError{Wait: wait}
	}
	return c.Next()
}

// clientAddress is who speaks to us: the other end of the connection, unless that is a trusted proxy;
// then the last address of X-Forwarded-For that is none.
func (s *Server) clientAddress(c *fiber.Ctx) netip.Addr {
	var client netip.Addr
	if tcp, ok := c.Context().RemoteAddr().(*net.TCPAddr); ok {
		client = tcp.AddrPort().Addr().Unmap()
	}
	if len(s.o.TrustedProxies) == 0 || !s.isProxy(client) {
		return client
	}
	var said []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		said = append(said, strings.Split(string(line), ",")...)
	}
	for n := 1; n <= min(len(said), hops); n++ {
		addr, err := netip.ParseAddr(strings.TrimSpace(said[len(said)-n]))
		if err != nil {
			break
		}
		if client = addr.Unmap(); !s.isProxy(client) {
			break
		}
	}
	return client
}

func (s *Server) isProxy(a netip.Addr) bool {
	for _, p := range s.o.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// neighbourhood is what counts as one client: an IPv4 address, or the /64 of an IPv6 address, of which a
// client has as many as it likes.
func neighbourhood(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	p, _ := a.WithZone("").Prefix(64) // an IPv6 address has 64 bits
	return p.Addr()
}
