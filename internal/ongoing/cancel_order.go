package ongoing

import (
	"context"
	"errors"
	"net/http"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// lookCancelOrder tells whether the exchange order is cancelled, by its role or by being gone: whether
// Ongoing keeps a cancelled order is not certain.
func (p *Peer) lookCancelOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	_, out, err := p.cancelled(ctx, e)
	out.Looked = out.Result == exchange.Done
	return out, err
}

// actCancelOrder cancels it and reads back. One that only bears our mark, Returned, and is refused because of its high
// number, is set Open and tried once more.
//
// Shape: DELETE /orders/{orderId}. What is refused and not cancelled has been begun with.
func (p *Peer) actCancelOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	o, out, err := p.cancelled(ctx, e)
	if err != nil || out.Result == exchange.Done {
		out.Looked = err == nil
		return out, before(err)
	}
	out, err = p.cancel(ctx, e, o.Info.OrderID)
	if !errors.Is(err, exchange.ErrRejected) {
		return out, err
	}
	refused := err
	if o, out, err = p.cancelled(ctx, e); err != nil || o == nil || out.Order.Status.Role != exchange.RoleReturned || touched(o) {
		return exchange.Outcome{}, refused
	}
	if _, err := p.setStatus(ctx, o.Info.OrderID, exchange.RoleOpen); err != nil {
		return exchange.Outcome{}, refusedAs(exchange.CodeOrderStarted, err)
	}
	return p.cancel(ctx, e, o.Info.OrderID)
}

// cancel makes the call, and reads back.
func (p *Peer) cancel(ctx context.Context, e exchange.Effect, id int64) (exchange.Outcome, error) {
	var answer ongoingrest.OrderAnswer
	refused := p.call(ctx, http.MethodDelete, orderPath(id), nil, nil, &answer)
	if refused != nil && !isNo(refused) {
		return exchange.Outcome{}, refused
	}
	_, out, err := p.cancelled(ctx, e)
	switch {
	case err != nil:
		return exchange.Outcome{}, after("cancelled", err)
	case out.Result == exchange.Done:
		out.Looked = refused != nil // it was cancelled before
		return out, nil
	case refused != nil:
		return exchange.Outcome{}, refusedAs(exchange.CodeOrderStarted, refused)
	}
	return exchange.Outcome{}, rejected(exchange.CodeOrderStarted, "%s; %q", reads(out.Order.Status), words(answer.Message))
}

// cancelled reads the order and tells whether it is cancelled or gone.
func (p *Peer) cancelled(ctx context.Context, e exchange.Effect) (*ongoingrest.Order, exchange.Outcome, error) {
	out := outcome(e, exchange.Done)
	o, err := p.ours(ctx, e.Exchange, e.Status.ID, e.Status.Number)
	if err != nil {
		return nil, exchange.Outcome{}, err
	}
	if o == nil {
		out.Order = &exchange.Order{
			ID: e.Status.ID, Number: e.Status.Number, GoodsOwnerOrderID: string(e.Exchange),
			Status: exchange.Status{Role: exchange.RoleCancelled},
		}
		return nil, out, nil
	}
	out.Order, err = p.snapshot(ctx, o)
	if err != nil {
		return nil, exchange.Outcome{}, err
	}
	if out.Order.Status.Role != exchange.RoleCancelled {
		out.Result = exchange.NotDone
	}
	return o, out, nil
}
