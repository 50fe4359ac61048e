package rest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Subscribers changes who is told what happens to a connection's exchanges.
//
// Errors: store.ErrNotFound; connection.Faults; connection.SubscriberError; store.ErrConflict.
type Subscribers interface {
	// Add makes one and gives its secret, which is empty of a chat.
	Add(ctx context.Context, c exchange.Conn, s connection.Subscriber, who audit.Actor) (connection.Subscriber, string, error)
	// Change changes the URL and the events; nil stays as it is.
	Change(ctx context.Context, c exchange.Conn, name string, url *connection.Secret, events []string, who audit.Actor) (connection.Subscriber, error)
	// Rotate gives it a new secret; the older signs too for so long.
	Rotate(ctx context.Context, c exchange.Conn, name string, keep time.Duration, who audit.Actor) (connection.Subscriber, string, error)
	Remove(ctx context.Context, c exchange.Conn, name string, who audit.Actor) error
	// Try sends it a message of the type test. refused is why it did not take it; empty: it did.
	Try(ctx context.Context, c exchange.Conn, name string) (refused string, err error)
}

// SubscriberView is a subscriber as it is shown: its URL is secret but for the host.
type SubscriberView struct {
	Name    string    `json:"name"`
	Host    string    `json:"host"`
	Format  string    `json:"format"`
	Events  []string  `json:"events"`
	KeptIn  string    `json:"kept_in"` // api or file
	Secrets int       `json:"secrets"` // that sign now
	Ends    time.Time `json:"older_expires_at,omitzero"`
	Secret  string    `json:"secret,omitempty"` // one that was just made, shown this once
}

func subscriberView(s connection.Subscriber, now time.Time) SubscriberView {
	v := SubscriberView{Name: s.Name, Format: "webhook", Events: s.Events, KeptIn: "file", Secrets: len(s.Live(now))}
	if u, err := url.Parse(s.URL.Reveal()); err == nil {
		v.Host = u.Host
	}
	if s.Format != "" {
		v.Format = s.Format
	}
	if s.API {
		v.KeptIn = "api"
	}
	if v.Secrets > 1 {
		v.Ends = s.Ends
	}
	return v
}

// listSubscribers handles GET /v1/connections/{connection}/subscribers.
func (a *API) listSubscribers(c *fiber.Ctx, _ connection.Key) error {
	conn, ok := a.book.Get(exchange.Conn(c.Params("connection")))
	if !ok {
		return ErrNotFound
	}
	out := page[SubscriberView]{Data: []SubscriberView{}}
	for _, s := range conn.Announcements {
		out.Data = append(out.Data, subscriberView(s, a.Now()))
	}
	return c.JSON(out)
}

// subscriberInput makes a subscriber.
type subscriberInput struct {
	Name   string   `json:"name" validate:"required"`
	URL    string   `json:"url" validate:"required,max=2000"`
	Format string   `json:"format,omitempty" validate:"omitempty,oneof=webhook chat"`
	Events []string `json:"events" validate:"required,min=1,max=30"`
}

// addSubscriber handles POST /v1/connections/{connection}/subscribers.
func (a *API) addSubscriber(c *fiber.Ctx, key connection.Key) error {
	var in subscriberInput
	if err := decode(c, &in); err != nil {
		return err
	}
	made, secret, err := a.Subscribers.Add(c.UserContext(), exchange.Conn(c.Params("connection")),
		connection.Subscriber{Name: in.Name, URL: connection.NewSecret(in.URL), Format: in.Format, Events: in.Events}, actor(key))
	if err != nil {
		return unsubscribed(err)
	}
	v := subscriberView(made, a.Now())
	v.Secret = secret
	return c.Status(fiber.StatusCreated).JSON(v)
}

// subscriberChange changes one; what is left out stays.
type subscriberChange struct {
	URL    *string  `json:"url,omitempty" validate:"omitempty,max=2000"`
	Events []string `json:"events,omitempty" validate:"omitempty,min=1,max=30"`
}

// changeSubscriber handles PATCH /v1/connections/{connection}/subscribers/{name}.
func (a *API) changeSubscriber(c *fiber.Ctx, key connection.Key) error {
	var in subscriberChange
	if err := decode(c, &in); err != nil {
		return err
	}
	var to *connection.Secret
	if in.URL != nil {
		s := connection.NewSecret(*in.URL)
		to = &s
	}
	got, err := a.Subscribers.Change(c.UserContext(), exchange.Conn(c.Params("connection")), c.Params("name"), to, in.Events, actor(key))
	if err != nil {
		return unsubscribed(err)
	}
	return c.JSON(subscriberView(got, a.Now()))
}

// secretInput says how long the older secret signs too. What is left out is a week.
type secretInput struct {
	Keep *int `json:"keep_seconds,omitempty" validate:"omitempty,min=0,max=7776000"`
}

// rotateSecret handles POST /v1/connections/{connection}/subscribers/{name}/secret/rotate.
func (a *API) rotateSecret(c *fiber.Ctx, key connection.Key) error {
	var in secretInput
	if err := decode(c, &in); err != nil {
		return err
	}
	keep := rotateInput{Keep: in.Keep}.rotation().Keep
	got, secret, err := a.Subscribers.Rotate(c.UserContext(), exchange.Conn(c.Params("connection")), c.Params("name"), keep, actor(key))
	if err != nil {
		return unsubscribed(err)
	}
	v := subscriberView(got, a.Now())
	v.Secret = secret
	return c.JSON(v)
}

// removeSubscriber handles DELETE /v1/connections/{connection}/subscribers/{name}.
func (a *API) removeSubscriber(c *fiber.Ctx, key connection.Key) error {
	if err := a.Subscribers.Remove(c.UserContext(), exchange.Conn(c.Params("connection")), c.Params("name"), actor(key)); err != nil {
		return unsubscribed(err)
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Tried is how a test of a subscriber ended.
type Tried struct {
	Subscriber string `json:"subscriber"`
	Sent       bool   `json:"sent"`
	Reason     string `json:"reason,omitempty"`
}

// trySubscriber handles POST /v1/connections/{connection}/subscribers/{name}/test.
func (a *API) trySubscriber(c *fiber.Ctx, _ connection.Key) error {
	refused, err := a.Subscribers.Try(c.UserContext(), exchange.Conn(c.Params("connection")), c.Params("name"))
	if err != nil {
		return unsubscribed(err)
	}
	return c.JSON(Tried{Subscriber: c.Params("name"), Sent: refused == "", Reason: refused})
}

// unsubscribed sorts why a subscriber was not changed.
func unsubscribed(err error) error {
	var faults connection.Faults
	var refused *connection.SubscriberError
	switch {
	case errors.As(err, &faults):
		var fields []FieldError
		for _, f := range faults {
			fields = append(fields, FieldError{f.Field, f.Message})
		}
		return &InvalidError{Fields: fields}
	case errors.As(err, &refused):
		return &RefusedError{Code: refused.Code, Title: "The subscriber stays as it is", Detail: refused.Error()}
	case errors.Is(err, store.ErrConflict):
		return &RefusedError{Code: "changed_meanwhile", Title: "It was changed meanwhile", Detail: "read it again, and ask again if it is still wanted"}
	}
	return fmt.Errorf("change a subscriber: %w", err)
}
