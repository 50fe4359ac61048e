package rest

import (
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/limit"
)

// handler answers a request of somebody with a key.
type handler func(c *fiber.Ctx, key connection.Key) error

// with lets in whoever has a live key with the scope.
func (a *API) with(scope connection.Scope, next handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		key, err := a.authorize(c, scope)
		if err != nil {
			return err
		}
		return next(c, key)
	}
}

// authorize finds the key of `Authorization: Bearer …`, which must be there exactly once.
//
// Errors: ErrUnauthorized, ErrForbidden, limit.ExceededError.
func (a *API) authorize(c *fiber.Ctx, scope connection.Scope) (connection.Key, error) {
	said := c.Request().Header.PeekAll(fiber.HeaderAuthorization)
	if len(said) != 1 {
		return connection.Key{}, ErrUnauthorized
	}
	scheme, plaintext, _ := strings.Cut(string(said[0]), " ")
	key, ok := a.book.Key(plaintext)
	now := a.Now()
	if !ok || !key.Live(now) || !strings.EqualFold(scheme, "Bearer") {
		return connection.Key{}, ErrUnauthorized
	}
	if wait, ok := a.rate.Allow(key.ID, now); !ok {
		return connection.Key{}, &limit.ExceededError{Wait: wait}
	}
	if !key.May(scope) {
		return connection.Key{}, ErrForbidden
	}
	if a.Used != nil && a.uses.due(key.ID, now) {
		a.Used(c.UserContext(), key)
	}
	return key, nil
}

// actor is who acts with a key, for the audit chain.
func actor(k connection.Key) audit.Actor { return audit.APIKey(k.ID, k.Name) }

// uses remembers when the use of a key was last told.
type uses struct {
	mu   sync.Mutex
	told map[string]time.Time
}

// due reports, at most once an hour, that the use of a key is to be told.
func (u *uses) due(id string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if last, ok := u.told[id]; ok && now.Sub(last) < time.Hour {
		return false
	}
	if u.told == nil {
		u.told = map[string]time.Time{}
	}
	u.told[id] = now
	return true
}
