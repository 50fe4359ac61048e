package ongoing

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
)

// lookPlaceReturnOrder finds the return order by its number. It is ours if its comment carries our
// exchange id and it is about the same original order. One that carries another exchange's may announce our goods,
// if a restored store has made the exchange anew. One that lacks the mark is somebody else's, unless
// it announces the very lines we would: then its comment may have been changed by hand, and putting
// another would announce the goods twice.
//
// Errors: exchange.ErrAmbiguous for that, and for our mark on another order's return.
func (p *Peer) lookPlaceReturnOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	ask := e.Place
	r, err := p.returnNumbered(ctx, ask.Number)
	if err != nil {
		return exchange.Outcome{}, err
	}
	if r == nil {
		return outcome(e, exchange.NotDone), nil
	}
	carried := marks(r.Info.Comment)
	mine := slices.Contains(carried, string(e.Exchange))
	original := r.CustomerOrder != nil && r.CustomerOrder.OrderID == ask.OriginalID
	switch {
	case mine && original:
		out := outcome(e, exchange.Done)
		out.Looked = true
		return p.returnPlaced(ctx, out, r)
	case mine:
		return exchange.Outcome{}, fmt.Errorf("%w: return order %s carries our mark and another order", exchange.ErrAmbiguous, ask.Number)
	case original && len(carried) == 0 && sameLines(ask.Lines, r.Lines):
		return exchange.Outcome{}, fmt.Errorf("%w: return order %s announces our lines without our mark", exchange.ErrAmbiguous, ask.Number)
	}
	if i := slices.IndexFunc(carried, exchange.IsID); i >= 0 {
		return exchange.Outcome{}, rejected(exchange.CodeNotOurs, "return order %s was made for %s", ask.Number, carried[i])
	}
	return exchange.Outcome{}, rejected(exchange.CodeNumberTaken, "return order %s is somebody else's", ask.Number)
}

// sameLines tells whether a return order announces exactly what is asked for.
func sameLines(asked []exchange.PlaceLine, have []ongoingrest.ReturnOrderLine) bool {
	want := map[int64]int{}
	for _, l := range asked {
		want[l.OriginalLineID] += l.Quantity
	}
	for _, l := range have {
		if l.CustomerOrderLine == nil {
			return false
		}
		id := l.CustomerOrderLine.OrderLineID
		if want[id] -= int(l.ToBeReturned); want[id] == 0 {
			delete(want, id)
		}
	}
	return len(want) == 0
}

// actPlaceReturnOrder puts the return order and reads it back.
//
// Shape: PUT /returnOrders. A reason that Ongoing does not know yet becomes a cause of return there.
func (p *Peer) actPlaceReturnOrder(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	ask := e.Place
	put := ongoingrest.PutReturnOrder{
		GoodsOwnerID:      p.owner,
		ReturnOrderNumber: ask.Number,
		CustomerOrder:     ongoingrest.OrderID{ID: ask.OriginalID},
		Comment:           marked(ask.Comment, e.Exchange),
		WarehouseID:       p.warehouse,
	}
	for _, l := range ask.Lines {
		put.Lines = append(put.Lines, ongoingrest.PutReturnOrderLine{
			RowNumber: l.Row, CustomerOrderLine: ongoingrest.OrderLineID{ID: l.OriginalLineID},
			ToBeReturned: ongoingrest.Quantity(l.Quantity), Cause: cause(l.Reason),
		})
	}
	var answer ongoingrest.ReturnOrderAnswer
	if err := p.call(ctx, http.MethodPut, "/returnOrders", nil, put, &answer); err != nil {
		return exchange.Outcome{}, err
	}
	if answer.ReturnOrderID == 0 {
		return exchange.Outcome{}, rejected(codeRefused, "%s", words(answer.Message))
	}
	r, err := p.returnAt(ctx, answer.ReturnOrderID)
	if err == nil && r == nil {
		err = errGone
	}
	if err != nil {
		return exchange.Outcome{}, after("return order put", err)
	}
	out, err := p.returnPlaced(ctx, outcome(e, exchange.Done), r)
	if err != nil {
		return exchange.Outcome{}, after("return order put", err)
	}
	return out, nil
}

func (p *Peer) returnPlaced(ctx context.Context, out exchange.Outcome, r *ongoingrest.ReturnOrder) (exchange.Outcome, error) {
	snapshot, err := p.returnSnapshot(ctx, r)
	if err != nil {
		return exchange.Outcome{}, err
	}
	out.ReturnOrder, out.ID = snapshot, strconv.FormatInt(snapshot.ID, 10)
	return out, nil
}

// cause is a Shopify return reason as a cause of return: SIZE_TOO_SMALL, "Size too small".
func cause(reason string) *ongoingrest.CodeName {
	if reason == "" {
		return nil
	}
	name := []rune(strings.ToLower(strings.ReplaceAll(reason, "_", " ")))
	name[0] = unicode.ToUpper(name[0])
	return &ongoingrest.CodeName{Code: reason, Name: string(name)}
}
