package ongoing

import (
	"context"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// lookMarkReturned tells whether the exchange order reads Returned.
func (p *Peer) lookMarkReturned(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	return p.lookMove(ctx, e, notToBeMarked)
}

// actMarkReturned sets it Returned, so that the warehouse sees that the goods for it came back. It is only
// a mark: an order that does not read Open any more is left as it is.
func (p *Peer) actMarkReturned(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	return p.move(ctx, e, notToBeMarked)
}

func notToBeMarked(_ *ongoingrest.Order, s exchange.Status) (exchange.Result, error) {
	return "", rejected(exchange.CodeNotOpen, "%s", reads(s))
}
