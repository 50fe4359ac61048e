package ongoing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// elsewhere says what it means that an order which should be moved reads neither the role it should have
// nor one it may be moved from: Done, the order has gone on from there; NotDone, it may be moved all the
// same; or an error, why it cannot be.
type elsewhere func(o *ongoingrest.Order, s exchange.Status) (exchange.Result, error)

// lookMove tells whether the order reads the role it should have.
func (p *Peer) lookMove(ctx context.Context, e exchange.Effect, other elsewhere) (exchange.Outcome, error) {
	o, snapshot, err := p.orderOf(ctx, e)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out, err := judge(e, o, snapshot, other)
	out.Looked = out.Result == exchange.Done
	return out, err
}

// move reads, checks, sets the status and reads back. Ongoing has no compare-and-set, so the gap between
// check and set stays; reading back tells what came of it.
//
// Shape: PATCH /orders/{orderId}/orderStatus with the first number of the role.
func (p *Peer) move(ctx context.Context, e exchange.Effect, other elsewhere) (exchange.Outcome, error) {
	o, snapshot, err := p.orderOf(ctx, e)
	if err != nil {
		return exchange.Outcome{}, before(err)
	}
	out, err := judge(e, o, snapshot, other)
	if err != nil || out.Result == exchange.Done {
		out.Looked = err == nil
		return out, err
	}
	answer, err := p.setStatus(ctx, o.Info.OrderID, e.Status.To)
	if err != nil {
		return exchange.Outcome{}, err
	}
	o, snapshot, err = p.orderOf(ctx, e)
	if err != nil {
		return exchange.Outcome{}, after("status set", err)
	}
	out, err = judge(e, o, snapshot, other)
	switch {
	case errors.Is(err, exchange.ErrAmbiguous): // no longer: it was set, and has gone on from there
		out, err = outcome(e, exchange.Done), nil
		out.Order = snapshot
	case err == nil && out.Result == exchange.NotDone:
		return exchange.Outcome{}, rejected(codeStatus, "answered as done, but %s; %q", reads(snapshot.Status), words(answer.Message))
	}
	return out, err
}

// orderOf reads the order that e moves.
//
// Errors: RejectedError (order_not_found) when it is gone.
func (p *Peer) orderOf(ctx context.Context, e exchange.Effect) (*ongoingrest.Order, *exchange.Order, error) {
	o, err := p.ours(ctx, e.Exchange, e.Status.ID, e.Status.Number)
	if err != nil {
		return nil, nil, err
	}
	if o == nil {
		return nil, nil, rejected(string(exchange.OrderNotFound), "order %s is gone", e.Status.Number)
	}
	snapshot, err := p.snapshot(ctx, o)
	return o, snapshot, err
}

// judge says what an order as it reads means for e. Roles are sets of numbers: what lies before or after
// what in the warehouse's day cannot be told from a number being smaller.
func judge(e exchange.Effect, o *ongoingrest.Order, snapshot *exchange.Order, other elsewhere) (exchange.Outcome, error) {
	result := exchange.Done
	switch role := snapshot.Status.Role; {
	case role == e.Status.To:
	case slices.Contains(e.Status.From, role):
		result = exchange.NotDone
	case role == exchange.RoleCancelled:
		return exchange.Outcome{}, rejected(exchange.CodeCancelled, "order %s is cancelled", e.Status.Number)
	default:
		var err error
		if result, err = other(o, snapshot.Status); err != nil {
			return exchange.Outcome{}, err
		}
	}
	out := outcome(e, result)
	out.Order = snapshot
	return out, nil
}

func (p *Peer) setStatus(ctx context.Context, id int64, to exchange.Role) (answer ongoingrest.OrderAnswer, err error) {
	t, err := p.tableOf(ctx, &p.orders)
	if err != nil {
		return answer, before(err)
	}
	number, ok := t.numbers[to]
	if !ok {
		return answer, before(fmt.Errorf("no status is named for %s", to))
	}
	err = p.call(ctx, http.MethodPatch, orderPath(id)+"/orderStatus", nil, ongoingrest.PatchOrderStatus{Number: number}, &answer)
	return answer, refusedAs(codeStatus, err)
}
