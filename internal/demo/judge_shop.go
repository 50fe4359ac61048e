package demo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/sim"
)

// judgeShop compares Shopify's ledger with what must have happened there.
func judgeShop(l sim.ShopifyLedger, r *Result, trips []*trip, want []outcome) error {
	var wrong []error
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	book := l.Orders[trips[0].order]
	coin := trips[0].w.coin
	out := map[string]int{}
	var money []string
	shipments, others, unpaid := 0, 0, false
	for i, t := range trips {
		for _, p := range want[i].goods(t) {
			out[p.sku] += p.n
		}
		shipments += want[i].shipments()
		money = append(money, want[i].movements(t)...)
		unpaid = unpaid || want[i].unpaid
		others += want[i].others
	}
	sent := map[string]int{}
	for _, f := range book.Fulfillments {
		if f.Seeded || f.Cancelled {
			continue
		}
		r.Fulfillments++
		for sku, n := range f.SKUs {
			sent[sku] += n
		}
		if f.Notified > 1 {
			no("the customer was told of a shipment %s", times(f.Notified))
		}
	}
	r.Captured.Minor = book.Captured
	if r.Fulfillments != shipments || pieces(sent) != pieces(out) {
		no("%d fulfillments of %q, not %d of %q", r.Fulfillments, pieces(sent), shipments, pieces(out))
	}
	if moved := movements(book); !slices.Equal(moved, slices.Sorted(slices.Values(money))) {
		no("the order's money moved by %q, not by %q", moved, money)
	}
	if paid := book.Received - book.Refunded; len(out) > 0 && paid != book.Current && !unpaid {
		no("the order is worth %s, and %s is paid", coin.price(book.Current), coin.price(paid))
	}
	if len(book.Returns) != len(trips)+others {
		no("%d returns, not %d", len(book.Returns), len(trips)+others)
	}
	for i, ret := range book.Returns {
		if i < len(want) && want[i].sold() && !want[i].partly {
			wrong = append(wrong, judgeReturn(ret))
		}
	}
	for _, h := range book.Holds {
		if !h.Released {
			no("a fulfillment order is still held: %s", h.Reason)
		}
	}
	if wrong := mistakes(l, trips[0].w.house.Faults); l.Unauthorized > 0 || len(wrong) > 0 {
		no("Shopify refused %d calls as unauthorised and these as wrong: %v", l.Unauthorized, wrong)
	}
	return errors.Join(wrong...)
}

// mistakes are the calls that a client without mistakes would not have made. Where calls fail, an act whose answer was
// lost may change a return while it is read: then what Shopify suggests is asked for with lines that are gone.
func mistakes(l sim.ShopifyLedger, faults bool) []sim.ShopifyRejected {
	return slices.DeleteFunc(slices.Clone(l.Rejected), func(r sim.ShopifyRejected) bool {
		return faults && r.Operation == "ReturnFinancialOutcome" && strings.HasSuffix(r.Reason, "has an invalid quantity.")
	})
}

// judgeReturn reports lines of a return that were not processed, or not put back into stock.
func judgeReturn(r sim.ShopifyReturnBook) error {
	var wrong []error
	if r.Status != "CLOSED" {
		wrong = append(wrong, fmt.Errorf("return %s is %s, not CLOSED", r.Name, r.Status))
	}
	for _, l := range append(slices.Clone(r.Return), r.Exchange...) {
		if l.Processed != l.Quantity {
			wrong = append(wrong, fmt.Errorf("%d of %d %s of return %s are processed", l.Processed, l.Quantity, l.SKU, r.Name))
		}
	}
	return errors.Join(append(wrong, judgeStock(r))...)
}

// judgeStock reports lines of a return that came back and are not in stock again.
func judgeStock(r sim.ShopifyReturnBook) error {
	var wrong []error
	for _, l := range r.Return {
		if l.Disposed != l.Quantity {
			wrong = append(wrong, fmt.Errorf("%d of %d %s of return %s have a disposition", l.Disposed, l.Quantity, l.SKU, r.Name))
		}
	}
	return errors.Join(wrong...)
}
