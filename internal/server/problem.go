package server

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/webhooks"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// Problem is the body of every answer that reports an error (RFC 9457).
type Problem struct {
	Type   string `json:"type"` // urn:tradeback:problem:…; the last part is stable
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// ID is that of the event in quarantine, or of what was kept before.
	ID     string            `json:"id,omitempty"`
	Errors []rest.FieldError `json:"errors,omitempty"` // each wrong field

	header map[string]string
}

// problems are the statuses that the library itself answers with.
var problems = map[int]Problem{
	400: {Type: "bad_request", Title: "The request cannot be read"},
	404: {Type: "not_found", Title: "There is nothing here"},
	405: {Type: "method_not_allowed", Title: "This cannot be done here"},
	408: {Type: "timeout", Title: "The request took too long to arrive"},
	413: {Type: "too_large", Title: "The body is larger than 1 MiB"},
	414: {Type: "uri_too_long", Title: "The address is too long"},
	431: {Type: "headers_too_large", Title: "The headers are too large"},
}

// Errors is the one map from errors to answers. What it does not know is a fault of ours: 500, without a word
// of what it was.
func Errors(err error) Problem {
	p := problemOf(err)
	if p.Type == "" {
		p = Problem{Type: "internal", Title: "Something went wrong here", Status: 500}
	}
	p.Type = "urn:tradeback:problem:" + p.Type
	return p
}

func problemOf(err error) Problem {
	var (
		fiberErr   *fiber.Error
		unreadable *webhooks.UnreadableError
		exceeded   *limit.ExceededError
		invalid    *rest.InvalidError
		refused    *rest.RefusedError
		before     *store.DuplicateError
	)
	switch {
	case errors.Is(err, webhooks.ErrUnauthorized):
		return Problem{
			Type: "unauthorized", Title: "Wrong or missing credentials", Status: 401,
			header: map[string]string{fiber.HeaderWWWAuthenticate: `Signature realm="tradeback"`},
		}
	case errors.Is(err, rest.ErrUnauthorized):
		return Problem{
			Type: "unauthorized", Title: "Wrong or missing credentials", Status: 401,
			header: map[string]string{fiber.HeaderWWWAuthenticate: `Bearer realm="tradeback"`},
		}
	case errors.Is(err, rest.ErrForbidden):
		return Problem{Type: "forbidden", Title: "The key does not have the scope for this", Status: 403}
	case errors.Is(err, rest.ErrNotFound), errors.Is(err, store.ErrNotFound):
		return Problem{Type: "not_found", Title: "There is nothing here", Status: 404}
	case errors.Is(err, webhooks.ErrMedia), errors.Is(err, rest.ErrMedia):
		return Problem{Type: "not_json", Title: "The body must be JSON, without any Content-Encoding", Status: 415}
	case errors.As(err, &unreadable):
		return Problem{
			Type: "unreadable", Title: "The event cannot be used", Status: 422,
			Detail: unreadable.Reason, ID: unreadable.ID,
		}
	case errors.As(err, &invalid):
		return Problem{
			Type: "invalid", Title: "The request has wrong fields", Status: 422,
			Detail: invalid.Reason, Errors: invalid.Fields,
		}
	case errors.As(err, &refused):
		return Problem{Type: refused.Code, Title: refused.Title, Status: 409, Detail: refused.Detail, ID: refused.ID}
	case errors.Is(err, store.ErrMismatch):
		errors.As(err, &before)
		p := Problem{Type: "key_reused", Title: "The Idempotency-Key was used with another body", Status: 409}
		if before != nil {
			p.ID = before.ID
		}
		return p
	case errors.As(err, &exceeded):
		return Problem{
			Type: "too_many_requests", Title: "Too many requests", Status: 429,
			header: map[string]string{fiber.HeaderRetryAfter: seconds(exceeded.Wait)},
		}
	case errors.Is(err, webhooks.ErrNotKept), errors.Is(err, rest.ErrNotKept):
		return Problem{
			Type: "not_kept", Title: "It could not be kept: send it again", Status: 503,
			header: map[string]string{fiber.HeaderRetryAfter: "1"},
		}
	case errors.Is(err, store.ErrUnavailable):
		return Problem{
			Type: "unavailable", Title: "The store does not answer: ask again", Status: 503,
			header: map[string]string{fiber.HeaderRetryAfter: "1"},
		}
	case errors.As(err, &fiberErr):
		p := problems[fiberErr.Code]
		p.Status = fiberErr.Code
		return p
	default:
		return Problem{}
	}
}

// fail answers with err. It is the app's error handler, also for requests that never reached a handler.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	p := Errors(err)
	if p.Status >= 500 {
		s.logFailure(c, p.Status, err)
	}
	if l, ok := c.Context().Conn().(*lingerer); ok && cutShort(err) {
		l.linger.Store(true)
	}
	body, merr := json.Marshal(p)
	if merr != nil {
		return merr
	}
	secure(c)
	for name, value := range p.header {
		c.Set(name, value)
	}
	c.Status(p.Status).Response().Header.SetContentType(problemType)
	return c.Send(body)
}

// cutShort reports whether err came before the whole request was read, so that the client may be sending still.
func cutShort(err error) bool {
	var e *fiber.Error
	return errors.As(err, &e) && (e.Code == 413 || e.Code == 400 || e.Code == 431)
}

// logFailure is the one line about an answer that is our fault. No path, header or body is in it.
func (s *Server) logFailure(c *fiber.Ctx, status int, err error) {
	line := s.o.Log.Warn()
	var p *panicError
	if errors.As(err, &p) {
		line = s.o.Log.Error().Bytes("stack", p.stack)
	}
	line.Err(err).Int("status", status).Str("route", route(c)).Str("method", c.Method()).
		Str("request", requestID(c)).Msg("request failed")
}

// seconds is a wait as Retry-After has it, at least 1.
func seconds(wait time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}

// secure says what holds for every answer: it is of the type it says, and nobody keeps it.
func secure(c *fiber.Ctx) {
	h := &c.Response().Header
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderCacheControl, "no-store")
}
