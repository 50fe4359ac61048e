package rest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Event is something we were told, as the API and the command line show it.
type Event struct {
	ID         string          `json:"id"`
	Source     string          `json:"source"` // ongoing, portal, shopify, api, person, tradeback
	Topic      string          `json:"topic"`  // the sender's own name for it
	Connection exchange.Conn   `json:"connection"`
	Exchange   exchange.ID     `json:"exchange,omitempty"` // what it led to
	Received   time.Time       `json:"received_at"`
	Result     store.State     `json:"result"`
	Reason     string          `json:"reason"`           // why it is quarantined, parked, dead or ignored
	Bytes      int             `json:"bytes"`            // of the body as received
	Attempt    int             `json:"attempt"`          // how often it was tried in vain
	WaitsFor   string          `json:"waits_for"`        // of a parked one: the ref
	Notice     json.RawMessage `json:"notice,omitempty"` // what was understood of it; not in lists
}

// EventView is it as it reads back, without its notice.
func EventView(it store.Item) Event {
	return Event{
		ID: it.ID, Source: it.Source, Topic: it.Topic, Connection: it.Conn, Exchange: it.Exchange,
		Received: it.Received, Result: it.State, Reason: it.Reason, Bytes: max(it.Size, len(it.Raw)),
		Attempt: it.Attempt, WaitsFor: it.Ref,
	}
}

// eventView is EventView with the notice.
func eventView(it store.Item) Event {
	v := EventView(it)
	if json.Valid(it.Body) {
		v.Notice = it.Body
	}
	return v
}

// listEvents handles GET /v1/events, the newest first.
func (a *API) listEvents(c *fiber.Ctx, _ connection.Key) error {
	f := newFilter(c, "connection", "source", "result", "exchange", "since", "limit", "after")
	q := store.Query{
		Conn: f.connection(), Kinds: []store.Kind{store.Event}, Source: f.source(), States: f.results("result"),
		Exchange: exchange.ID(f.text("exchange")), Since: f.time("since"), Limit: f.limit(), After: f.text("after"), Newest: true,
	}
	if err := f.err(); err != nil {
		return err
	}
	found, next, err := a.store.Items(c.UserContext(), q)
	if err != nil {
		return listing(err, "list events")
	}
	out := page[Event]{Data: make([]Event, 0, len(found)), Next: next}
	for _, it := range found {
		out.Data = append(out.Data, EventView(it))
	}
	return c.JSON(out)
}

// showEvent handles GET /v1/events/{id}. The body as received is not in it: it may hold personal data.
func (a *API) showEvent(c *fiber.Ctx, _ connection.Key) error {
	it, err := a.item(c.UserContext(), "", strings.Clone(c.Params("id")))
	if err != nil {
		return err
	}
	return c.JSON(eventView(it))
}
