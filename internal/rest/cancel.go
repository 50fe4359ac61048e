package rest

import (
	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// cancel handles POST /v1/exchanges/{id}/cancel: 200 with the exchange being called off, 409 if it is too
// late for that.
func (a *API) cancel(c *fiber.Ctx, key connection.Key) error {
	var in cancelInput
	if len(c.BodyRaw()) > 0 {
		if err := decode(c, &in); err != nil {
			return err
		}
	}
	once, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	x, err := a.exchange(c)
	if err != nil {
		return err
	}
	switch x.Stage {
	case exchange.Cancelling, exchange.Cancelled:
		return a.show(c, x)
	case exchange.Sent, exchange.Completed:
		return tooLate(x, "")
	}
	n := exchange.Notice{
		Event: exchange.Event{
			Kind: exchange.EventCancel, Topic: "exchanges.cancel", Actor: key.Name,
			Cancel: &exchange.CancelAsk{By: source, Reason: in.Reason},
		},
		About: []exchange.About{{Ref: exchange.RefID(x.ID)}},
	}
	it, err := a.event(x.Connection, n, once, struct {
		Exchange exchange.ID `json:"exchange"`
		cancelInput
	}{x.ID, in})
	if err != nil {
		return err
	}
	if it, _, err = a.keep(c.UserContext(), audit.OnExchange(it, actor(key), x, n.Event)); err != nil {
		return err
	}
	if it.State == store.Waiting || it.State == store.Parked {
		return accepted(c, it)
	}
	if x, err = a.exchange(c); err != nil {
		return err
	}
	if x.Stage != exchange.Cancelling && x.Stage != exchange.Cancelled {
		return tooLate(x, it.ID)
	}
	return a.show(c, x)
}

func tooLate(x *exchange.Exchange, event string) error {
	return &RefusedError{
		Code: "too_late", Title: "The exchange cannot be called off any more",
		Detail: "its stage is " + string(x.Stage), ID: event,
	}
}
