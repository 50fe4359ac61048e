package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// A mark is all of a snapshot that can move, as one text: two reads with the same mark tell the same.

func orderMark(o *exchange.Order) string {
	if o == nil {
		return ""
	}
	parts := []string{fmt.Sprintf("%d", o.Status.Number)}
	for _, l := range slices.SortedFunc(slices.Values(o.Lines), func(a, b exchange.OrderLine) int { return cmp.Compare(a.ID, b.ID) }) {
		if l.Shipped > 0 {
			parts = append(parts, fmt.Sprintf("%d:%d", l.ID, l.Shipped))
		}
	}
	for _, w := range waybills(o) {
		parts = append(parts, "parcel "+w)
	}
	return strings.Join(parts, " ")
}

func waybills(o *exchange.Order) []string {
	var out []string
	for _, p := range o.Parcels {
		out = append(out, p.Waybill)
	}
	slices.Sort(out)
	return out
}

func returnOrderMark(r *exchange.ReturnOrder) string {
	if r == nil {
		return ""
	}
	parts := []string{fmt.Sprintf("%d", r.Status.Number)}
	for _, l := range slices.SortedFunc(slices.Values(r.Lines), func(a, b exchange.ReturnOrderLine) int { return cmp.Compare(a.ID, b.ID) }) {
		parts = append(parts, fmt.Sprintf("%d:%d/%d", l.ID, l.Received, l.Scrapped))
	}
	return strings.Join(parts, " ")
}

func shopMark(s *exchange.Shop) string {
	if s == nil {
		return ""
	}
	var lines []string
	for _, l := range s.ReturnLines {
		lines = append(lines, fmt.Sprintf("%s:%d", l.ID, l.Processed))
	}
	for _, l := range s.ExchangeLines {
		lines = append(lines, fmt.Sprintf("%s:%d", l.ID, l.Processed))
	}
	for _, t := range s.Transactions {
		lines = append(lines, t.ID+" "+t.Status)
	}
	for _, f := range s.Fulfillments {
		lines = append(lines, fmt.Sprintf("%s %t", f.ID, f.Cancelled))
	}
	slices.Sort(lines)
	return s.ReturnStatus + " " + strings.Join(lines, " ")
}

// markOf is the mark of what is stored of a peer's object, and the stamp of its read; known is false before it was
// first read.
func markOf(x *exchange.Exchange, t exchange.Target) (mark string, at exchange.Stamp, known bool) {
	f := &x.Facts
	switch {
	case t == exchange.ReadOrder && f.Order != nil:
		return orderMark(f.Order), f.Order.Stamp, true
	case t == exchange.ReadReturnOrder && f.ReturnOrder != nil:
		return returnOrderMark(f.ReturnOrder), f.ReturnOrder.Stamp, true
	case t == exchange.ReadShop && f.Shop != nil:
		return shopMark(f.Shop), f.Shop.Stamp, true
	}
	return "", exchange.Stamp{}, false
}
