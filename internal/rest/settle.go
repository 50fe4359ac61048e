package rest

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// settle handles POST /v1/exchanges/{id}/settle: 200 with the exchange as it stands after that, 409 if there is
// nothing to decide.
func (a *API) settle(c *fiber.Ctx, key connection.Key) error {
	var in settleInput
	if err := decode(c, &in); err != nil {
		return err
	}
	once, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	x, err := a.exchange(c)
	if err != nil {
		return err
	}
	said := in.said()
	n := exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventSaid, Topic: "exchanges.settle", Actor: key.Name, Said: &said},
		About: []exchange.About{{Ref: exchange.RefID(x.ID)}},
	}
	it, err := a.event(x.Connection, n, once, struct {
		Exchange exchange.ID `json:"exchange"`
		settleInput
	}{x.ID, in})
	if err != nil {
		return err
	}
	if why := x.CannotSettle(said); why != "" {
		if once != "" && decided(x, said, key.Name) { // a repeat: nothing is left to decide since
			return a.show(c, x)
		}
		return unsettled(why, "")
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
	if !slices.ContainsFunc(x.Facts.Said, func(d exchange.Decided) bool { return d.Event == it.ID }) {
		return unsettled("its stage is "+string(x.Stage), it.ID)
	}
	return a.show(c, x)
}

// decided reports whether just this was decided by somebody before.
func decided(x *exchange.Exchange, s exchange.Said, actor string) bool {
	return slices.ContainsFunc(x.Facts.Said, func(d exchange.Decided) bool {
		same := d.Amount == nil && s.Amount == nil || d.Amount != nil && s.Amount != nil && *d.Amount == *s.Amount
		return same && d.What == s.What && d.Reason == s.Reason && d.Actor == actor
	})
}

func unsettled(why, event string) error {
	return &RefusedError{Code: "nothing_to_settle", Title: "Nothing can be decided about the exchange's money", Detail: why, ID: event}
}
