package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tradeback/tradeback/internal/sim"
)

// asking is who asks for an exchange, and how.
type asking int

// All of them lead to the same: one exchange. Where the return is there already, Shopify's returns/approve
// asks too, and whichever speaks first makes it.
const (
	byReturn asking = iota // an app names a Shopify return
	byLines                // an app names lines: the return is tradeback's to create
	byStaff                // staff approve a return in Shopify
	byPortal               // the return portal says return.created
	askings                // how many there are
)

// trip is one exchange of a story: what comes back, what goes out, and who asks for it.
type trip struct {
	w         *world
	order     string // of the shop: "#1001"
	bought    sim.ShopifySeeded
	line      int // which line of the order is the first that comes back
	back, out []piece
	beside    []piece // what else the order has, after what comes back
	asked     asking
	agreed    int64 // how many times the difference the customer has agreed to pay; 0 is once
	later     bool  // the customer agrees only when asked

	id        string // once it is known
	returnID  string // of Shopify's return, where it is there before the exchange
	reference string // the portal's own name of the return
	tracking  string // of the parcel that brings the goods back
}

// swapOf is one piece for another.
func swapOf(back, out goods, asked asking) *trip {
	return &trip{back: []piece{{back, 1}}, out: []piece{{out, 1}}, asked: asked}
}

// owes is what the customer has to pay for the difference; below zero the shop has to.
func (t *trip) owes() int64 { return worth(t.out, t.w.coin) - worth(t.back, t.w.coin) }

// now is the exchange as it was last seen, empty while there is none.
func (t *trip) now() swap { return t.in(t.w.last) }

func (t *trip) in(v view) swap {
	for _, s := range v.swaps {
		if s.ID == t.id && t.id != "" || s.ShopifyReturnID == t.returnID && t.returnID != "" {
			return s
		}
	}
	return swap{}
}

// request asks for the exchange and waits until it is there.
func (t *trip) request(ctx context.Context) error {
	if t.asked != byLines {
		if err := t.open(ctx); err != nil {
			return err
		}
	}
	var err error
	switch t.asked {
	case byReturn:
		t.w.tell(sideApp, "asks for the exchange of that return")
		err = t.post(ctx, map[string]any{"shopify_return_id": t.returnID, "reference": t.reference})
	case byLines:
		t.w.tell(sideApp, "asks for an exchange: %s back, %s out", titles(t.back), titles(t.out))
		var back, out []map[string]any
		for i, p := range t.back {
			back = append(back, map[string]any{"fulfillment_line_item_id": t.bought.Lines[t.line+i].FulfillmentLineItemID, "quantity": p.n, "reason": "SIZE_TOO_SMALL"})
		}
		for _, p := range t.out {
			out = append(out, map[string]any{"variant_id": t.w.variants[p.sku], "quantity": p.n})
		}
		err = t.post(ctx, map[string]any{"shopify_order_id": t.bought.ID, "reference": t.reference, "return_lines": back, "exchange_lines": out})
	case byPortal:
		err = t.says(ctx, "return.created")
	}
	if err != nil {
		return err
	}
	err = t.w.until(ctx, "the exchange is there", func(v view) bool { return t.in(v).ID != "" })
	t.id = t.now().ID
	return err
}

// open lets staff open the return in Shopify.
func (t *trip) open(ctx context.Context) error {
	t.w.tell(sideStaff, "open a return of order %s in Shopify: %s back, %s out", t.order, titles(t.back), titles(t.out))
	in := t.returning(0, t.back)
	for _, p := range t.out {
		in.ExchangeLines = append(in.ExchangeLines, sim.ShopifyExchanged{VariantID: t.w.variants[p.sku], Quantity: p.n})
	}
	made, err := t.w.sims.shop.open(ctx, in)
	t.returnID = made.ID
	return err
}

// returning is a return of lines of the order, from the one at a place on.
func (t *trip) returning(from int, all []piece) sim.ShopifyReturn {
	in := sim.ShopifyReturn{Order: t.order}
	for i, p := range all {
		in.ReturnLines = append(in.ReturnLines, sim.ShopifyReturnedLine{
			FulfillmentLineItemID: t.bought.Lines[t.line+from+i].FulfillmentLineItemID, Quantity: p.n, Reason: "SIZE_TOO_SMALL",
		})
	}
	return in
}

// post asks the API, again with the same key while the answer is that it takes longer.
func (t *trip) post(ctx context.Context, body map[string]any) error {
	for {
		made, status, err := t.w.back.request(ctx, "demo-"+t.reference, body)
		if err != nil {
			return fmt.Errorf("ask for the exchange: %w", err)
		}
		if status != http.StatusAccepted {
			if t.id = made.ID; t.id == "" {
				return errors.New("the API's answer names no exchange")
			}
			return nil
		}
	}
}

// says lets the return portal speak of the return.
func (t *trip) says(ctx context.Context, event string) error {
	t.w.tell(sidePortal, "says %s", event)
	return t.w.portal.deliver(ctx, t.letter(event))
}

func (t *trip) letter(event string) letter {
	tracking := ""
	if strings.HasPrefix(event, "shipment.") || event == "return.label_generated" {
		tracking = t.tracking
	}
	id := t.returnID
	if id == "" {
		id = t.now().ShopifyReturnID
	}
	return t.w.portal.write(event, id, t.reference, tracking)
}

// placed waits until both orders are in the warehouse, and tradeback knows it.
func (t *trip) placed(ctx context.Context) error {
	return t.w.until(ctx, "both orders are in the warehouse", func(v view) bool { return v.placed(t.in(v)) })
}

// receive lets the warehouse book in what came back.
func (t *trip) receive(ctx context.Context) error {
	t.w.tell(sideWarehouse, "receives what return order %s announces", t.now().ReturnNumber)
	return t.w.sims.warehouse.receive(ctx, t.now().ReturnNumber)
}

// reached waits until the exchange order has had a status.
func (t *trip) reached(ctx context.Context, status int) error {
	what := fmt.Sprintf("order %s is %s", t.now().Number, statusNames[status])
	return t.w.until(ctx, what, func(v view) bool { return v.had(t.in(v).Number, status) })
}

// ship lets the warehouse send the exchange order, which it does only if it is released.
func (t *trip) ship(ctx context.Context) error {
	t.w.tell(sideWarehouse, "picks, packs and sends order %s", t.now().Number)
	return t.w.sims.warehouse.ship(ctx, t.now().Number, true)
}

// ends waits until the exchange is at a stage.
func (t *trip) ends(ctx context.Context, stage string) error {
	return t.w.until(ctx, "the exchange is "+stage, func(v view) bool { return t.in(v).Stage == stage })
}

// decide lets a person decide something about the exchange.
func (t *trip) decide(ctx context.Context, what string, body map[string]any) error {
	_, err := t.w.back.post(ctx, "/v1/exchanges/"+t.now().ID+"/"+what, "demo-"+what+"-"+t.reference, body, nil)
	return err
}

// cancel lets the app call the exchange off.
func (t *trip) cancel(ctx context.Context) error {
	t.w.tell(sideApp, "cancels the exchange")
	_, err := t.w.back.post(ctx, "/v1/exchanges/"+t.now().ID+"/cancel", "demo-cancel-"+t.reference, map[string]any{"reason": "the customer keeps the goods"}, nil)
	return err
}
