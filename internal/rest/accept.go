package rest

import (
	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// accept handles POST /v1/exchanges/{id}/accept: 200 with the exchange that goes on with what came back, 409 if there
// is nothing to accept.
func (a *API) accept(c *fiber.Ctx, key connection.Key) error {
	var in acceptInput
	if err := decode(c, &in); err != nil {
		return err
	}
	once, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	x, err := a.exchange(c)
	switch {
	case err != nil:
		return err
	case x.Accepted():
		return a.show(c, x)
	case !x.Acceptable():
		return nothingToAccept(x, "")
	}
	said := exchange.Said{What: exchange.ReturnAccepted, Reason: in.Reason}
	it, err := a.say(c, key, x, "exchanges.accept", said, once)
	if err != nil {
		return err
	}
	if it.State == store.Waiting || it.State == store.Parked {
		return accepted(c, it)
	}
	if x, err = a.exchange(c); err != nil {
		return err
	}
	if !x.Accepted() {
		return nothingToAccept(x, it.ID)
	}
	return a.show(c, x)
}

// say keeps a decision about x, and waits for its end.
func (a *API) say(c *fiber.Ctx, key connection.Key, x *exchange.Exchange, topic string, said exchange.Said, once string) (store.Item, error) {
	n := exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventSaid, Topic: topic, Actor: key.Name, Said: &said},
		About: []exchange.About{{Ref: exchange.RefID(x.ID)}},
	}
	it, err := a.event(x.Connection, n, once, struct {
		Exchange exchange.ID `json:"exchange"`
		exchange.Said
	}{x.ID, said})
	if err != nil {
		return it, err
	}
	it, _, err = a.keep(c.UserContext(), audit.OnExchange(it, actor(key), x, n.Event))
	return it, err
}

func nothingToAccept(x *exchange.Exchange, event string) error {
	return &RefusedError{
		Code: "nothing_to_accept", Title: "There is no partial return to accept",
		Detail: "its stage is " + string(x.Stage) + ", and its return order is not finished, or not short", ID: event,
	}
}
