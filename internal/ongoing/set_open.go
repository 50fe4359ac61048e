package ongoing

import (
	"context"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// lookSetOpen tells whether an order that was not born Open reads Open by now.
func (p *Peer) lookSetOpen(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	return p.lookMove(ctx, e, notOpenAnyMore)
}

// actSetOpen sets it Open, before the warehouse begins with it.
func (p *Peer) actSetOpen(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	return p.move(ctx, e, notOpenAnyMore)
}

// notOpenAnyMore: a system may let orders be born in a status that was not named for any role. As long as
// the goods are untouched it can be set Open from there, or Ongoing will say no.
func notOpenAnyMore(o *ongoingrest.Order, s exchange.Status) (exchange.Result, error) {
	if s.Role == exchange.RoleNone && !touched(o) {
		return exchange.NotDone, nil
	}
	return "", rejected(exchange.CodeOrderStarted, "%s", reads(s))
}
