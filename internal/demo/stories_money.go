package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// scene is a story of one exchange: what the connection and the shop are like, what happens, and what must come of it.
type scene struct {
	terms terms
	coin  coin
	shop  map[string]any // switches of the simulated Shopify
	house map[string]any // and of the simulated Ongoing
	trip  func(ask asking) *trip
	want  func(t *trip) outcome
	acts  func(t *trip) []act
}

// played plays a scene in a world of its own.
func played(ask asking, of scene) func(context.Context, *house, *printer, story, uint64) (Result, error) {
	return func(ctx context.Context, h *house, p *printer, s story, seed uint64) (Result, error) {
		r := Result{Story: s.name}
		return r, h.scene(ctx, &r, p.setting(s, seed, of.terms), of, ask.after(seed))
	}
}

// scene plays one in a world with these settings.
func (h *house) scene(ctx context.Context, r *Result, set setting, of scene, ask asking) error {
	t := of.trip(ask)
	set.coin = of.coin
	set.furnish = func(ctx context.Context, w *world) error {
		return w.sims.switches(ctx, of.shop, of.house)
	}
	t.w = &world{coin: set.coin} // what is wanted is known before there is a world
	if t.w.coin == (coin{}) {
		t.w.coin = kronor
	}
	return h.in(ctx, r, set, []*trip{t}, []outcome{of.want(t)}, func(ctx context.Context, _ *world) error {
		return play(ctx, of.acts(t)...)
	})
}

// dearer is a hoodie for a T-shirt, which the customer has not agreed to pay for yet.
func dearer(ask asking) *trip {
	t := swapOf(teeS, hoodie, ask)
	t.later = true
	return t
}

// cheaper is a T-shirt for a hoodie.
func cheaper(ask asking) *trip { return swapOf(hoodie, teeM, ask) }

// The stories about money.
var (
	refund = scene{
		trip: cheaper, acts: (*trip).regular,
		want: func(t *trip) outcome {
			o := completed(false)
			o.money = []string{movement("refund", t.w.coin.decimal(-t.owes()), "")}
			return o
		},
	}
	invoice = scene{
		trip: dearer, want: paidByCustomer,
		acts: func(t *trip) []act { return slices.Insert(t.regular(), 7, t.invoiced, t.pays) },
	}
	declinedThenInvoice = scene{
		trip: func(ask asking) *trip { return swapOf(teeS, hoodie, ask) },
		shop: map[string]any{"capture_result": "FAILURE"},
		want: func(t *trip) outcome {
			o := paidByCustomer(t)
			o.money = append(o.money, movement("void", t.w.coin.decimal(t.owes()), "")) // what the card was to pay is let go
			return o
		},
		acts: func(t *trip) []act { return slices.Insert(t.regular(), 7, t.invoiced, t.pays) },
	}
	depositSecured = scene{
		terms: terms{instant: true, payment: "secure_before_release", deposit: "full_value", freeAmounts: true},
		shop:  map[string]any{"plus": true},
		trip:  dearer,
		want: func(t *trip) outcome {
			o := completed(true)
			full := t.w.coin.decimal(worth(t.out, t.w.coin))
			o.money = []string{movement("authorization", full, ""), movement("capture", t.w.coin.decimal(t.owes()), "")}
			return o
		},
		acts: func(t *trip) []act { return append([]act{t.stores}, t.instant()...) },
	}
	neverReturned = scene{
		terms: terms{instant: true, afterDeadline: "charge", deadlineDays: 21, freeAmounts: true},
		shop:  map[string]any{"plus": true},
		trip:  dearer,
		want: func(t *trip) outcome {
			o := completed(true)
			o.returns, o.partly = []string{"Notified"}, true
			o.money = []string{
				movement("charge", t.w.coin.decimal(t.owes()), ""),
				movement("charge", t.w.coin.decimal(worth(t.back, t.w.coin)), ""),
			}
			return o
		},
		acts: func(t *trip) []act {
			return append(append([]act{t.stores}, t.instant()[:6]...), t.waits(60*24*time.Hour), t.endsAt("completed"))
		},
	}
	inYen = scene{
		coin: yen,
		trip: func(ask asking) *trip { return swapOf(teeS, hoodie, ask) },
		want: func(*trip) outcome { return completed(false) },
		acts: (*trip).regular,
	}
	mismatch = scene{
		trip: func(ask asking) *trip {
			t := swapOf(teeS, hoodie, ask)
			t.beside = []piece{{teeL, 1}}
			return t
		},
		want: func(t *trip) outcome {
			o := completed(false)
			o.others = 1
			o.money = []string{movement("capture", t.w.coin.decimal(t.owes()), ""), movement("refund", t.w.coin.decimal(t.w.coin.of(teeL.price)), "staff")}
			return o
		},
		acts: func(t *trip) []act {
			acts := t.regular()
			return append(append(acts[:6:6], t.another), t.ship, t.raises("money_mismatch"), t.refunds, t.collects, t.endsAt("completed"))
		},
	}
)

func paidByCustomer(t *trip) outcome {
	o := completed(false)
	o.money = []string{movement("sale", t.w.coin.decimal(t.owes()), "shop")}
	return o
}

// invoiced waits until the customer has an invoice.
func (t *trip) invoiced(ctx context.Context) error {
	return t.w.until(ctx, "the customer has an invoice", func(v view) bool { return len(v.shop.Orders[t.order].Invoices) > 0 })
}

// pays lets the customer pay what the order owes.
func (t *trip) pays(ctx context.Context) error {
	t.w.tell(sideCustomer, "pays %s", t.w.coin.price(t.owes()))
	return t.w.sims.shop.post(ctx, "/control/payments", map[string]any{"order": t.order}, nil)
}

// stores lets the customer store a payment method that may be charged.
func (t *trip) stores(ctx context.Context) error {
	t.w.tell(sideCustomer, "stores a card that the shop may charge")
	return t.w.sims.shop.post(ctx, "/control/mandates", map[string]any{"order": t.order}, nil)
}

// waits lets time go by.
func (t *trip) waits(d time.Duration) act {
	return func(ctx context.Context) error {
		t.w.tell(sideCustomer, "does nothing for %s", d)
		return t.w.back.ahead(ctx, d)
	}
}

// another lets staff take something else of the order back, which Shopify then owes the customer.
func (t *trip) another(ctx context.Context) error {
	t.w.tell(sideStaff, "take back another piece of the order in Shopify, and do not refund it")
	made, err := t.w.sims.shop.open(ctx, t.returning(len(t.back), t.beside))
	if err != nil {
		return err
	}
	return t.w.sims.shop.post(ctx, "/control/returns/process", map[string]any{"return": made.ID}, nil)
}

// refunds lets staff refund what the order owes the customer.
func (t *trip) refunds(ctx context.Context) error {
	amount := t.w.coin.of(teeL.price)
	t.w.tell(sideStaff, "refund %s in Shopify", t.w.coin.price(amount))
	return t.w.sims.shop.post(ctx, "/control/refunds", map[string]any{"order": t.order, "amount": t.w.coin.decimal(amount)}, nil)
}

// collects lets a person have the difference collected again.
func (t *trip) collects(ctx context.Context) error {
	t.w.tell(sideApp, "has the difference collected again")
	err := t.decide(ctx, "settle", map[string]any{"as": "collect_again", "reason": "the other piece is refunded"})
	var no *answerError
	if errors.As(err, &no) && no.status == http.StatusConflict { // a try that was under way has found them to agree
		return nil
	}
	return err
}

// raises waits until something is raised.
func (t *trip) raises(code string) act {
	return func(ctx context.Context) error {
		return t.w.until(ctx, fmt.Sprintf("%s is raised", code), func(v view) bool { return t.in(v).raises(code) })
	}
}
