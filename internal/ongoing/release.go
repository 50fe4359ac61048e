package ongoing

import (
	"context"
	"fmt"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// lookRelease tells whether the warehouse may ship the exchange order, or has begun to.
func (p *Peer) lookRelease(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	return p.lookMove(ctx, e, wentOn)
}

// actRelease sets it Released.
func (p *Peer) actRelease(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	return p.move(ctx, e, wentOn)
}

// wentOn tells whether an order that reads neither Open nor Released has been released. It has, if it was
// sent or its goods are being worked with. A status without a role and untouched goods may be a step on
// the way out as well as an error that keeps the order back, and numbers do not tell which.
func wentOn(o *ongoingrest.Order, s exchange.Status) (exchange.Result, error) {
	switch {
	case s.Role == exchange.RoleSent || touched(o):
		return exchange.Done, nil
	case s.Role == exchange.RoleNone:
		return "", fmt.Errorf("%w: order %s has a status without a role, %s", exchange.ErrAmbiguous, o.Info.OrderNumber, reads(s))
	}
	return "", rejected(codeStatus, "%s", reads(s))
}
