package reconcile

import (
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// What a row shows of each object. Of none it is empty.

func statusOf(o *exchange.Order) string {
	if o == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", o.Status.Number, o.Status.Text))
}

func returnStatusOf(r *exchange.ReturnOrder) string {
	if r == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status.Number, r.Status.Text))
}

func shipped(o *exchange.Order) string {
	if o == nil {
		return ""
	}
	sent, ordered := 0, 0
	for _, l := range o.Lines {
		sent += l.Shipped
		ordered += l.Ordered
	}
	return fmt.Sprintf("%d of %d", sent, ordered)
}

func received(r *exchange.ReturnOrder) string {
	if r == nil {
		return ""
	}
	got, announced := 0, 0
	for _, l := range r.Lines {
		got += l.Received
		announced += l.Announced
	}
	return fmt.Sprintf("%d of %d", got, announced)
}

func returnOf(s *exchange.Shop) string {
	if s == nil {
		return ""
	}
	return s.ReturnStatus
}

func processed(s *exchange.Shop) string {
	if s == nil {
		return ""
	}
	back, out := 0, 0
	for _, l := range s.ReturnLines {
		back += l.Processed
	}
	for _, l := range s.ExchangeLines {
		out += l.Processed
	}
	return fmt.Sprintf("%d back, %d out", back, out)
}

func transactions(s *exchange.Shop) string {
	if s == nil {
		return ""
	}
	return fmt.Sprint(len(s.Transactions))
}

func fulfillments(s *exchange.Shop) string {
	if s == nil {
		return ""
	}
	n := 0
	for _, f := range s.Fulfillments {
		if !f.Cancelled {
			n++
		}
	}
	return fmt.Sprint(n)
}
