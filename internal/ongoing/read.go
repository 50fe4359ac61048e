package ongoing

import (
	"context"
	"errors"
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
)

// Read reads what e asks for: the original order, the exchange order or the return order.
//
// Shape: it waits in the lane until no act waits. What is not there comes back as Missing. An exchange order that is gone is Missing too, never
// cancelled: a wrong server in the settings would otherwise cancel every exchange.
// Errors: as of Look.
func (p *Peer) Read(ctx context.Context, e exchange.Effect) (exchange.ReadResult, error) {
	if e.Read == nil {
		return exchange.ReadResult{}, fmt.Errorf("%s: it asks for no read", e.ID)
	}
	ctx = lane.WithPriority(ctx, lane.Read)
	out := exchange.ReadResult{Target: e.Read.Target, Want: e.Read.Want}
	var err error
	switch e.Read.Target {
	case exchange.ReadOriginal:
		out.Original, out.Missing, err = p.readOriginal(ctx, *e.Read)
	case exchange.ReadOrder:
		out.Order, err = p.readOrder(ctx, e)
		out.Missing = missing(out.Order == nil, *e.Read, exchange.OrderNotFound)
	case exchange.ReadReturnOrder:
		out.ReturnOrder, err = p.readReturnOrder(ctx, e)
		out.Missing = missing(out.ReturnOrder == nil, *e.Read, exchange.ReturnOrderNotFound)
	default:
		err = errors.New("it is not Ongoing's to read")
	}
	if err != nil {
		return exchange.ReadResult{}, fmt.Errorf("%s: read %s: %w", e.ID, e.Read.Target, err)
	}
	return out, nil
}

// missing says that what was asked for is not there, if so.
func missing(gone bool, ask exchange.ReadAsk, code exchange.Code) *exchange.Missing {
	if !gone {
		return nil
	}
	return &exchange.Missing{Target: ask.Target, Code: string(code), Detail: ask.Number}
}

func (p *Peer) readOrder(ctx context.Context, e exchange.Effect) (*exchange.Order, error) {
	o, err := p.ours(ctx, e.Exchange, e.Read.ID, e.Read.Number)
	if o == nil || err != nil {
		return nil, err
	}
	return p.snapshot(ctx, o)
}

func (p *Peer) readReturnOrder(ctx context.Context, e exchange.Effect) (*exchange.ReturnOrder, error) {
	r, err := p.ourReturn(ctx, e.Exchange, e.Read.ID, e.Read.Number)
	if r == nil || err != nil {
		return nil, err
	}
	return p.returnSnapshot(ctx, r)
}
