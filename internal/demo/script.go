package demo

import (
	"context"
	"fmt"
)

// act is a part of a trip.
type act func(context.Context) error

// play plays acts one after the other.
func play(ctx context.Context, acts ...act) error {
	for _, a := range acts {
		if err := a(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *trip) reaches(status int) act {
	return func(ctx context.Context) error { return t.reached(ctx, status) }
}

func (t *trip) isTold(event string) act {
	return func(ctx context.Context) error { return t.says(ctx, event) }
}

func (t *trip) endsAt(stage string) act {
	return func(ctx context.Context) error { return t.ends(ctx, stage) }
}

// regular is the way of an exchange whose replacement waits for the return.
func (t *trip) regular() []act {
	return []act{
		t.request, t.placed,
		t.receive, t.reaches(statusReturned),
		t.isTold("return.closed"), t.reaches(statusReleased),
		t.ship, t.endsAt("completed"),
	}
}

// instant is the way of an exchange whose replacement goes out once the return is on its way.
func (t *trip) instant() []act {
	return []act{
		t.request, t.placed,
		t.isTold("shipment.event.in_transit"), t.reaches(statusReleased),
		t.ship, t.fulfilled,
		t.receive, t.isTold("return.closed"), t.endsAt("completed"),
	}
}

// fulfilled waits until Shopify knows that the replacement is on its way.
func (t *trip) fulfilled(ctx context.Context) error {
	return t.w.until(ctx, "the shipment is in Shopify", func(v view) bool { return v.shop.Orders[t.order].Shipped > 0 })
}

// buy makes an order of the shop, paid and sent before the story begins, of which each trip returns a line.
func (w *world) buy(ctx context.Context, name string, trips ...*trip) error {
	var what []piece
	var more int64
	for _, t := range trips {
		t.w, t.line = w, len(what)
		what = append(append(what, t.back...), t.beside...)
		if !t.later {
			more += max(0, t.owes()) * max(1, t.agreed)
		}
	}
	bought, err := w.sims.shop.bought(ctx, name, w.coin, more, what)
	if err != nil {
		return err
	}
	if err := w.sims.warehouse.shipped(ctx, name, what); err != nil {
		return err
	}
	for i, t := range trips {
		t.order, t.bought = name, bought
		t.reference = fmt.Sprintf("R-%s-%d", name[1:], i+1)
		t.tracking = fmt.Sprintf("JJD%s%d", name[1:], i+1)
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	text := ""
	if more > 0 {
		text = fmt.Sprintf(", and has agreed to pay up to %s more", w.coin.price(more))
	}
	w.tell(sideCustomer, "has order %s, %s%s", name, titles(what), text)
	return nil
}
