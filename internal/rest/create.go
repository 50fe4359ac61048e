package rest

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// create handles POST /v1/exchanges: 201 if the request made the exchange, 200 if there was one, 202 if
// that takes longer than the caller is kept waiting.
func (a *API) create(c *fiber.Ctx, key connection.Key) error {
	var in exchangeInput
	if err := decode(c, &in); err != nil {
		return err
	}
	once, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	if once == "" {
		return &InvalidError{Fields: []FieldError{{"Idempotency-Key", "is missing: this header tells a repeat from a new request"}}}
	}
	conn, ok := a.book.Get(exchange.Conn(in.Connection))
	switch {
	case !ok:
		return &InvalidError{Fields: []FieldError{{"connection", "there is no such connection"}}}
	case !conn.Enabled:
		return &RefusedError{Code: "connection_off", Title: "The connection is switched off", Detail: "nothing was kept"}
	}
	n := exchange.Notice{Create: in.request(), Event: exchange.Event{
		Kind: exchange.EventRequested, Topic: "exchanges.create", Actor: key.Name, Request: in.request(),
	}}
	if in.ShopifyReturnID != "" {
		n.About = []exchange.About{{Ref: exchange.RefReturn(in.ShopifyReturnID)}}
	}
	it, err := a.event(conn.Name, n, once, in)
	if err != nil {
		return err
	}
	it, again, err := a.keep(c.UserContext(), audit.Requested(it, actor(key), n.Create))
	if err != nil {
		return err
	}
	return a.ledTo(c, it, again)
}

// ledTo answers with the exchange that an event led to.
func (a *API) ledTo(c *fiber.Ctx, it store.Item, again bool) error {
	switch {
	case it.State == store.Waiting || it.State == store.Parked:
		return accepted(c, it)
	case it.State != store.Done || it.Exchange == "":
		return &RefusedError{Code: "not_made", Title: "The request did not lead to an exchange", Detail: it.Reason, ID: it.ID}
	}
	ctx := c.UserContext()
	found, err := a.store.Load(ctx, it.Conn, it.Exchange)
	if err != nil {
		return fmt.Errorf("load %s: %w", it.Exchange, err)
	}
	entries, err := a.store.Journal(ctx, it.Conn, it.Exchange, 0, maxTimeline)
	if err != nil {
		return fmt.Errorf("read the journal of %s: %w", it.Exchange, err)
	}
	status := fiber.StatusOK
	if !again && len(entries) > 0 && entries[0].Event.ID == it.ID {
		status = fiber.StatusCreated
	}
	c.Set(fiber.HeaderLocation, "/v1/exchanges/"+string(it.Exchange))
	return c.Status(status).JSON(View(&found[0], entries))
}

// accepted says where to look for what an event will lead to.
func accepted(c *fiber.Ctx, it store.Item) error {
	c.Set(fiber.HeaderLocation, "/v1/events/"+it.ID)
	c.Set(fiber.HeaderRetryAfter, "1")
	return c.Status(fiber.StatusAccepted).JSON(eventView(it))
}
