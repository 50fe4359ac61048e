package demo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/sim"
)

// judgeAlways checks what must hold of every world, whatever happened in it: the invariants, by the ledgers of the
// simulators.
func (w *world) judgeAlways(v view) error {
	var wrong []error
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for number, o := range v.warehouse.Orders {
		if o.Releases > 1 {
			no("order %s was released %s", number, times(o.Releases))
		}
		if o.ShippedUnreleased {
			no("order %s was sent before it was released", number)
		}
	}
	for name, book := range v.shop.Orders {
		wrong = append(wrong, w.judgeGoods(v, name, book), judgeWorth(v, name, book))
	}
	for _, s := range v.swaps {
		final := s.Stage == "completed" || s.Stage == "cancelled"
		if !final && len(s.WaitingFor)+len(s.Raised) == 0 {
			no("%s is at %s and does not say why", short(s.ID), s.Stage)
		}
		for _, c := range s.WaitingFor {
			if strings.HasPrefix(c.Condition, "outcome of ") {
				no("%s has an act without an outcome at the end: %s", short(s.ID), c.Condition)
			}
		}
	}
	return errors.Join(wrong...)
}

// judgeGoods checks that of each article no more was fulfilled than was sent, and no more sent than ordered, and that
// each parcel went once.
func (w *world) judgeGoods(v view, name string, book sim.ShopifyBook) error {
	var wrong []error
	fulfilled, parcels := map[string]int{}, []string{}
	for _, f := range book.Fulfillments {
		if f.Seeded || f.Cancelled || f.By == "other" {
			continue
		}
		for sku, n := range f.SKUs {
			fulfilled[sku] += n
		}
		for _, t := range f.Tracking {
			if slices.Contains(parcels, t) {
				wrong = append(wrong, fmt.Errorf("parcel %s of order %s was told twice", t, name))
			}
			parcels = append(parcels, t)
		}
		if f.Notified > 1 {
			wrong = append(wrong, fmt.Errorf("the customer was told of a shipment of order %s %s", name, times(f.Notified)))
		}
	}
	sent, ordered := map[string]int{}, map[string]int{}
	for number, o := range v.warehouse.Orders {
		if !strings.HasPrefix(number, name+"-EX") {
			continue
		}
		for _, l := range o.Lines {
			sent[l.Article] += l.Shipped
			ordered[l.Article] += l.Ordered
		}
	}
	for sku, n := range fulfilled {
		if n > sent[sku] || sent[sku] > ordered[sku] {
			wrong = append(wrong, fmt.Errorf("of %s in order %s %d were ordered, %d sent, %d fulfilled", sku, name, ordered[sku], sent[sku], n))
		}
	}
	return errors.Join(wrong...)
}

// judgeWorth checks an order whose exchanges have all ended in Shopify: what was paid is what it is worth, and what the
// returns of cancelled exchanges have taken off it. Those returns stay, and what is given back for them is the shop's to
// say.
func judgeWorth(v view, name string, book sim.ShopifyBook) error {
	of := func(s swap) bool { return strings.HasPrefix(s.Number, name+"-EX") }
	worth := book.Current
	for _, s := range v.swaps {
		ended := s.Stage == "cancelled" && len(s.Raised) == 0 || s.Stage == "completed" && s.Settlement.Status == "settled"
		if of(s) && !ended {
			return nil
		}
		if of(s) && s.Stage == "cancelled" {
			worth += takenOff(book, s.ShopifyReturnID)
		}
	}
	if paid := book.Received - book.Refunded; slices.ContainsFunc(v.swaps, of) && paid != worth {
		return fmt.Errorf("order %s is worth %s, and %s is paid for it", name, Amount{worth, book.Currency}, Amount{paid, book.Currency})
	}
	return nil
}

// takenOff is what the lines of a return have taken off the order.
func takenOff(book sim.ShopifyBook, id string) (sum int64) {
	for _, r := range book.Returns {
		for _, back := range r.Return {
			i := slices.IndexFunc(book.Lines, func(l sim.ShopifyLine) bool { return l.SKU == back.SKU && l.Exchange == "" })
			if r.ID == id && i >= 0 {
				sum += book.Lines[i].Price * int64(back.Off)
			}
		}
	}
	return sum
}
