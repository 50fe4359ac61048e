package rest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Diagnosis is what a look at a connection has found.
type Diagnosis struct {
	State  doctor.State   `json:"state"` // the worst
	Checks []doctor.Check `json:"checks"`
}

// examine handles GET /v1/connections/{connection}/doctor.
func (a *API) examine(c *fiber.Ctx, _ connection.Key) error {
	checks, err := a.Doctor(c.UserContext(), exchange.Conn(c.Params("connection")))
	if err != nil {
		return fmt.Errorf("look at a connection: %w", err)
	}
	return c.JSON(Diagnosis{doctor.Worst(checks), checks})
}

// Rotator replaces tokens and keys, with both good for a while.
type Rotator interface {
	// Token replaces a connection's webhook token. The older one stands first.
	// Errors: store.ErrNotFound, connection.SlotsError, store.ErrConflict.
	Token(ctx context.Context, c exchange.Conn, how connection.Rotation, who audit.Actor) (connection.Connection, string, error)
	// Key replaces an API key. Errors: store.ErrNotFound, connection.EndedError, store.ErrConflict.
	Key(ctx context.Context, id string, how connection.Rotation, who audit.Actor) (made, older connection.Key, plaintext string, err error)
}

// rotateInput says how long the older one stays good. What is left out is a week, and an hour.
type rotateInput struct {
	Keep  *int `json:"keep_seconds,omitempty" validate:"omitempty,min=0,max=7776000"`
	Grace *int `json:"grace_seconds,omitempty" validate:"omitempty,min=1,max=7776000"`
}

func (in rotateInput) rotation() connection.Rotation {
	how := connection.Rotation{Keep: 7 * 24 * time.Hour, Grace: time.Hour}
	if in.Keep != nil {
		how.Keep = time.Duration(*in.Keep) * time.Second
	}
	if in.Grace != nil {
		how.Grace = time.Duration(*in.Grace) * time.Second
	}
	return how
}

// NewToken is a webhook token that was just made. It is shown this once.
type NewToken struct {
	Connection exchange.Conn `json:"connection"`
	Token      string        `json:"token"`
	Ends       time.Time     `json:"older_expires_at"`
}

// rotateToken handles POST /v1/connections/{connection}/webhook-token/rotate.
func (a *API) rotateToken(c *fiber.Ctx, key connection.Key) error {
	var in rotateInput
	if err := decode(c, &in); err != nil {
		return err
	}
	conn, token, err := a.Rotate.Token(c.UserContext(), exchange.Conn(c.Params("connection")), in.rotation(), actor(key))
	if err != nil {
		return unrotated(err)
	}
	return c.JSON(NewToken{conn.Name, token, conn.Ongoing.WebhookTokens[0].Ends()})
}

// NewKey is an API key that was just made. It is shown this once.
type NewKey struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Scopes   []connection.Scope `json:"scopes"`
	Key      string             `json:"key"`
	Replaces string             `json:"replaces"`
	Ends     time.Time          `json:"older_expires_at"`
}

// rotateKey handles POST /v1/keys/{id}/rotate.
func (a *API) rotateKey(c *fiber.Ctx, key connection.Key) error {
	var in rotateInput
	if err := decode(c, &in); err != nil {
		return err
	}
	made, older, plaintext, err := a.Rotate.Key(c.UserContext(), c.Params("id"), in.rotation(), actor(key))
	if err != nil {
		return unrotated(err)
	}
	return c.JSON(NewKey{made.ID, made.Name, made.Scopes, plaintext, older.ID, older.Expires})
}

// unrotated sorts why there was no rotation.
func unrotated(err error) error {
	var slots *connection.SlotsError
	var ended *connection.EndedError
	switch {
	case errors.As(err, &slots):
		return &RefusedError{Code: "rotation_under_way", Title: "Two webhook tokens are live already", Detail: slots.Error()}
	case errors.As(err, &ended):
		return &RefusedError{Code: "key_ended", Title: "The key is not live any more", Detail: ended.Error()}
	case errors.Is(err, store.ErrConflict):
		return &RefusedError{Code: "changed_meanwhile", Title: "It was changed meanwhile", Detail: "read it again, and ask again if it is still wanted"}
	}
	return fmt.Errorf("rotate: %w", err)
}
