package ongoing

import (
	"context"
	"net/http"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// lookCancelReturnOrder tells whether the return order is cancelled. Its statuses are named for notified
// and returned only, so cancelled is known by the standard texts, or by the return order being gone.
func (p *Peer) lookCancelReturnOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	_, out, err := p.returnCancelled(ctx, e)
	out.Looked = out.Result == exchange.Done
	return out, err
}

// actCancelReturnOrder cancels it and reads back. Where the warehouse has a text of its own for cancelled,
// a status that changed to one without a role is taken for it.
//
// Shape: DELETE /returnOrders/{returnOrderId}. What is refused and not cancelled has goods in it.
func (p *Peer) actCancelReturnOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	was, out, err := p.returnCancelled(ctx, e)
	if err != nil || out.Result != exchange.NotDone {
		out.Looked = out.Result == exchange.Done
		return out, before(err)
	}
	var answer ongoingrest.ReturnOrderAnswer
	refused := p.call(ctx, http.MethodDelete, returnPath(was.ID), nil, nil, &answer)
	if refused != nil && !isNo(refused) {
		return exchange.Outcome{}, refused
	}
	now, out, err := p.returnCancelled(ctx, e)
	switch {
	case err != nil:
		return exchange.Outcome{}, after("cancelled", err)
	case out.Result != exchange.NotDone:
		out.Looked = out.Result == exchange.Done && refused != nil // it was cancelled before
		return out, nil
	case refused != nil:
		return exchange.Outcome{}, refusedAs(exchange.CodeOrderStarted, refused)
	case answer.ReturnOrderID != 0 && now.Status.Role == exchange.RoleNone && now.Status.Number != was.Status.Number:
		out.Result = exchange.Done
		return out, nil
	}
	return exchange.Outcome{}, rejected(exchange.CodeOrderStarted, "%s; %q", reads(now.Status), words(answer.Message))
}

// returnCancelled reads the return order and tells whether it is cancelled or gone. Where the goods were received it is
// refused, and comes along: that is news.
func (p *Peer) returnCancelled(ctx context.Context, e exchange.Effect) (*exchange.ReturnOrder, exchange.Outcome, error) {
	out := outcome(e, exchange.Done)
	r, err := p.ourReturn(ctx, e.Exchange, e.Status.ID, e.Status.Number)
	if err != nil {
		return nil, exchange.Outcome{}, err
	}
	if r == nil {
		out.ReturnOrder = &exchange.ReturnOrder{
			ID: e.Status.ID, Number: e.Status.Number, Status: exchange.Status{Role: exchange.RoleCancelled},
		}
		return nil, out, nil
	}
	snapshot, err := p.returnSnapshot(ctx, r)
	if err != nil {
		return nil, exchange.Outcome{}, err
	}
	out.ReturnOrder = snapshot
	switch snapshot.Status.Role {
	case exchange.RoleCancelled:
	case exchange.RoleReturned:
		out.Result, out.Code = exchange.Refused, exchange.CodeOrderStarted
		out.Reason = "the goods were received, it " + reads(snapshot.Status)
	default:
		out.Result = exchange.NotDone
	}
	return snapshot, out, nil
}
