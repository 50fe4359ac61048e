package demo

import (
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/sim"
)

// movement writes how an order's money moved: "capture 50.00", "refund 20.00 by staff". Without a name it was tradeback.
func movement(kind, amount, by string) string {
	text := kind + " " + amount
	if by != "" && by != "app" {
		text += " by " + by
	}
	return text
}

// movements are those of an order since the story began, sorted: what was taken, given back, set aside by tradeback, or
// let go.
func movements(b sim.ShopifyBook) []string {
	out := []string{}
	for _, m := range b.Transactions {
		kind := strings.ToLower(m.Kind)
		switch {
		case m.Seeded || m.Status != "SUCCESS" || kind == "authorization" && m.By != "app":
			continue
		case m.Mandate && kind == "sale":
			kind = "charge"
		}
		out = append(out, movement(kind, decimal(m.Amount, b.Currency), m.By))
	}
	slices.Sort(out)
	return out
}

// goods are what must have gone out.
func (o outcome) goods(t *trip) []piece {
	if o.out == nil && o.sold() {
		return t.out
	}
	return o.out
}

// shipments is how many fulfillments there must be.
func (o outcome) shipments() int {
	if o.sent == 0 && o.sold() {
		return 1
	}
	return o.sent
}

// movements are how the difference must have moved.
func (o outcome) movements(t *trip) []string {
	if o.money == nil && o.sold() && t.owes() > 0 {
		return []string{movement("capture", t.w.coin.decimal(t.owes()), "")}
	}
	return o.money
}
