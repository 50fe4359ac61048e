package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A shopStorm does to one order whatever anybody may do, in any order.
type shopStorm struct {
	*rand.Rand
	s *Shopify
	o *shopOrder
}

func (x shopStorm) transaction() string {
	return gid("OrderTransaction", x.o.transactions[x.IntN(len(x.o.transactions))].id)
}

func (x shopStorm) work() string {
	return gid("FulfillmentOrder", x.o.work[x.IntN(len(x.o.work))].id)
}

func (x shopStorm) line() string { return gid("LineItem", x.o.lines[x.IntN(len(x.o.lines))].id) }

func (x shopStorm) fulfillment() *shopFulfillment {
	return x.o.fulfillments[x.IntN(len(x.o.fulfillments))]
}

func (x shopStorm) ret() string {
	if len(x.o.returns) == 0 {
		return "gid://shopify/Return/1"
	}
	return gid("Return", x.o.returns[x.IntN(len(x.o.returns))].id)
}

func (x shopStorm) amount() string { return fmt.Sprint(1 + x.IntN(400)) }

// ordered is a control route's body that names things at random.
func (x shopStorm) ordered() shopOrdered {
	in := shopOrdered{
		Order: x.o.name, Transaction: x.transaction(), FulfillmentOrder: x.work(), Into: x.work(), Return: x.ret(),
		Fulfillment: gid("Fulfillment", x.fulfillment().id), Mandate: gid("PaymentMandate", x.o.mandates[0].id), MultiCapturable: x.IntN(2) == 0,
		Status: []string{"SUCCESS", "FAILURE", "PENDING"}[x.IntN(3)], Refund: x.IntN(2) == 0, Handle: fmt.Sprint(x.IntN(100)),
	}
	if x.IntN(2) == 0 {
		in.Amount = x.amount()
	}
	if x.IntN(2) == 0 {
		in.Lines = map[string]int{x.line(): x.IntN(3)}
	}
	return in
}

// calls are what the app may ask for.
func (x shopStorm) calls() []func() any {
	s, id := x.s, gid("Order", x.o.id)
	return []func() any{
		func() any {
			shipped := x.fulfillment().lines[0]
			return s.returnCreate(gqlArgs{
				"orderId":           id,
				"returnLineItems":   []any{map[string]any{"fulfillmentLineItemId": gid("FulfillmentLineItem", shipped.id), "quantity": 1 + x.IntN(2), "returnReason": "UNKNOWN"}},
				"exchangeLineItems": []any{map[string]any{"variantId": gid("ProductVariant", s.variants[x.IntN(len(s.variants))].id), "quantity": 1 + x.IntN(2)}},
			}, "app")
		},
		func() any {
			return s.orderCapture(gqlArgs{"id": id, "parentTransactionId": x.transaction(), "amount": x.amount(), "finalCapture": x.IntN(4) == 0})
		},
		func() any { return s.transactionVoid(x.transaction(), "app") },
		func() any {
			return s.mandatePayment(gqlArgs{
				"id": id, "mandateId": gid("PaymentMandate", x.o.mandates[0].id), "idempotencyKey": fmt.Sprint(x.IntN(5)), "autoCapture": x.IntN(2) == 0,
				"amount": map[string]any{"amount": x.amount(), "currencyCode": "SEK"},
			}, "app")
		},
		func() any {
			return s.refundCreate(gqlArgs{"orderId": id, "transactions": []any{map[string]any{"parentId": x.transaction(), "amount": x.amount()}}}, fmt.Sprint(x.IntN(20)), false)
		},
	}
}

// acts are what everybody else may do.
func (x shopStorm) acts() []func(shopOrdered) (any, error) {
	s := x.s
	return []func(shopOrdered) (any, error){
		s.staffProcess, s.staffRemove, s.staffCancel, s.staffClose, s.staffReopen, s.staffDispose, s.staffEdit, s.staffRefunds, s.staffMarksPaid,
		s.staffVoids, s.staffCharges, s.staffInvoices, s.staffCancelsShipment, s.selfCapture, s.settle, s.customerPays, s.customerAgrees, s.expire,
		s.otherHolds, s.otherShips, s.otherTracks, s.moveWork, s.splitWork, s.mergeWork, s.makeWork, s.showWorkNow, s.runJobs,
		func(shopOrdered) (any, error) { // whoever holds lets go
			for _, fo := range x.o.work {
				for len(fo.holds) > 0 {
					s.liftHold(fo, fo.holds[0])
				}
			}
			return nil, nil
		},
	}
}

// wrong says which law of the books an order breaks, or "".
func (o *shopOrder) wrong() string {
	for _, t := range o.transactions {
		switch {
		case t.kind == "AUTHORIZATION" && t.captured() > t.amount:
			return fmt.Sprintf("%d captured of %d authorised", t.captured(), t.amount)
		case t.remaining() < 0 || t.refundable() < 0:
			return fmt.Sprintf("%s of %d: %d left to capture, %d to pay back", t.kind, t.amount, t.remaining(), t.refundable())
		}
	}
	for _, l := range o.lines {
		planned, back := 0, 0
		for _, fo := range o.work {
			for _, w := range fo.lines {
				if w.remaining < 0 || w.remaining > w.total {
					return fmt.Sprintf("%d of %d are left in a fulfillment order", w.remaining, w.total)
				}
				if w.line == l {
					planned += w.remaining
				}
			}
		}
		for _, r := range o.returns {
			for _, rl := range r.lines {
				if rl.processed > rl.quantity {
					return fmt.Sprintf("%d of %d processed", rl.processed, rl.quantity)
				}
				if rl.shipped.line == l {
					back += rl.processed
				}
			}
		}
		switch {
		case l.current() < 0 || l.current() > l.quantity:
			return fmt.Sprintf("the customer keeps %d of %d", l.current(), l.quantity)
		case l.fulfilled()+planned > l.quantity-l.removed:
			return fmt.Sprintf("%d shipped and %d to ship, of %d", l.fulfilled(), planned, l.quantity-l.removed)
		case l.fulfilled()+planned < l.current():
			return fmt.Sprintf("%d shipped and %d to ship, of %d that the customer keeps", l.fulfilled(), planned, l.current())
		case l.returned != back:
			return fmt.Sprintf("%d off the order, %d processed", l.returned, back)
		}
	}
	keys := map[string]bool{}
	for _, c := range o.charges {
		if keys[c.key] {
			return "a key was charged twice"
		}
		keys[c.key] = true
	}
	return ""
}

// Whatever is done to an order, its books add up.
func TestShopifyLaws(t *testing.T) {
	for seed := range uint64(60) {
		s := NewShopify(ShopifyOptions{Switches: func(w *ShopifySwitches) {
			w.Plus, w.MandateReads, w.AutoCapture = true, int(seed%2)*9, []string{"", "fulfillment", "order"}[seed%3]
		}})
		for _, price := range []string{"99", "149", "0"} {
			if _, err := s.seedVariant(ShopifyVariant{SKU: "V" + price, Price: price}); err != nil {
				t.Fatal(err)
			}
		}
		half := 1
		o, err := s.seedOrder(ShopifySeed{
			Email: "a@example.com", Mandates: []ShopifyMandate{{}},
			Lines: []ShopifySeedLine{{SKU: "A", Price: "199", Quantity: 2}, {SKU: "B", Price: "49", Quantity: 2, Shipped: &half}},
		})
		if err != nil {
			t.Fatal(err)
		}
		x := shopStorm{diceOf(seed), s, o}
		calls, acts := x.calls(), x.acts()
		acted := 0
		for range 150 {
			n := x.IntN(len(calls) + len(acts))
			_, err := s.locked(func() (any, error) {
				if n < len(calls) {
					return nil, s.refusal(calls[n]())
				}
				return acts[n-len(calls)](x.ordered())
			})
			if err == nil {
				acted++
			}
			if wrong := o.wrong(); wrong != "" {
				t.Fatalf("seed %d, after thing %d: %s", seed, n, wrong)
			}
		}
		if acted < 30 {
			t.Errorf("seed %d: only %d of 150 things were not refused", seed, acted)
		}
		s.Close()
	}
}
