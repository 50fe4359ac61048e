package demo

import (
	"fmt"
	"math/rand/v2"
)

// plan is a world of exchanges drawn by chance: the connection's terms, what the shop and the warehouse are like, and
// the fate of each exchange.
type plan struct {
	terms     terms
	coin      coin
	shop      map[string]any // switches of the simulated Shopify
	warehouse map[string]any // and of the simulated Ongoing
	orders    [][]*fate      // the exchanges, by order of the shop
}

// How a positive difference can be taken. The funds that fit are an authorisation of no more than the difference; of
// those that are kept more is left, and several captures are allowed.
const (
	fundsNone     = "none"
	fundsKept     = "kept"
	fundsFit      = "fit"
	fundsStored   = "stored" // a payment method that may be charged
	fundsDeclined = "declined"
)

// draw draws a plan with so many orders. The same seed draws the same.
func draw(seed uint64, orders int) *plan {
	d := rand.New(rand.NewPCG(seed, 4)) //nolint:gosec // chance that can be repeated, not a secret
	p := &plan{coin: pick(d, kronor, kronor, kronor, yen, dinars)}
	p.terms = terms{
		instant:     d.IntN(2) == 0,
		payment:     pick(d, "capture_on_sent", "capture_on_sent", "secure_before_release", "none"),
		deposit:     pick(d, "difference", "difference", "full_value"),
		partial:     pick(d, "wait", "release_matched", "release_all", "review"),
		portalActs:  d.IntN(8) == 0,
		freeAmounts: d.IntN(2) == 0,
	}
	if p.terms.payment != "secure_before_release" {
		p.terms.deposit = "difference" // a connection refuses anything else
	}
	p.shop = map[string]any{
		"workflow":            pick(d, "new", "new", "new", "legacy"),
		"plus":                p.terms.freeAmounts,
		"release_when_paid":   d.IntN(2) == 0,
		"hold_until_captured": d.IntN(3) == 0,
		"partial_status":      pick(d, "OPEN", "IN_PROGRESS"),
		"process_payload":     pick(d, "empty", "id"),
		"mandate_paid":        pick(d, "PURCHASED", "SUCCESS", "CAPTURED"),
		"mandate_reads":       d.IntN(3),
		"bucket":              40_000, // many exchanges at once: they are not to wait for it
		"restore_rate":        2000,
	}
	p.warehouse = map[string]any{
		"return_webhook":        pick(d, "inferred", "with_order"),
		"receive_returns_order": d.IntN(2) == 0,
	}
	for range orders {
		var all []*fate
		for range 1 + d.IntN(5)/4 { // one in five has two
			all = append(all, p.fate(d))
		}
		p.orders = append(p.orders, all)
	}
	return p
}

// fate draws an exchange and what happens to it.
func (p *plan) fate(d *rand.Rand) *fate {
	f := &fate{
		instant: p.terms.instant,
		funds:   pick(d, fundsNone, fundsKept, fundsKept, fundsFit, fundsStored, fundsDeclined),
		comes:   pick(d, comesWhole, comesWhole, comesWhole, comesShort, comesScrapped),
		sends:   pick(d, sendsWhole, sendsWhole, sendsSplit, sendsLate),
		stops:   pick(d, "", "", "", "", "app", "shop", "portal", "warehouse"),
		pays:    d.IntN(4) > 0,
	}
	f.trip = &trip{back: some(d), out: some(d), asked: asking(d.IntN(int(askings))), later: true}
	return f
}

// some are one to four lines of different goods.
func some(d *rand.Rand) []piece {
	var out []piece
	for _, i := range d.Perm(len(assortment))[:1+d.IntN(4)] {
		out = append(out, piece{assortment[i], 1 + d.IntN(2)})
	}
	return out
}

func pick[T any](d *rand.Rand, of ...T) T { return of[d.IntN(len(of))] }

// fates are all of its exchanges.
func (p *plan) fates() (all []*fate) {
	for _, some := range p.orders {
		all = append(all, some...)
	}
	return all
}

// String is the plan in words, to find out what a seed stands for.
func (p *plan) String() string {
	text := fmt.Sprintf("%+v in %s, Shopify %v, Ongoing %v", p.terms, p.coin.currency, p.shop, p.warehouse)
	for _, f := range p.fates() {
		text += fmt.Sprintf("; of %s %s for %s, funds %s, comes %s, sends %s, stopped by %q, pays %t",
			f.order, titles(f.back), titles(f.out), f.funds, f.comes, f.sends, f.stops, f.pays)
	}
	return text
}
