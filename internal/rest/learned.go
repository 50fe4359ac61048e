package rest

import (
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// learned says in short what became known by an event: ids, numbers and statuses, no personal data. It is
// empty where an event tells nothing but that it came.
func learned(ev exchange.Event) string {
	switch {
	case ev.Outcome != nil:
		return learnedOf(ev.Outcome)
	case ev.Read != nil:
		return learnedBy(ev.Read)
	case ev.Portal != nil && ev.Portal.Tracking != "":
		return "parcel " + ev.Portal.Tracking
	case ev.Said != nil:
		return saidSo(ev.Said)
	case ev.Hint != nil:
		return "something changed: " + string(ev.Hint.Target)
	}
	return ""
}

// learnedBy says what a read found.
func learnedBy(r *exchange.ReadResult) string {
	switch {
	case r.Missing != nil:
		return r.Missing.Code
	case r.Shop != nil:
		processed, all := 0, 0
		for _, l := range r.Shop.ExchangeLines {
			processed, all = processed+l.Processed, all+l.Quantity
		}
		return fmt.Sprintf("return %s is %s, %d of %d exchange items processed", r.Shop.ReturnName, r.Shop.ReturnStatus, processed, all)
	case r.Original != nil:
		return "original order " + r.Original.Number
	case r.Order != nil:
		return "order " + r.Order.Number + " is " + statusText(r.Order.Status)
	case r.ReturnOrder != nil:
		return returned(r.ReturnOrder)
	}
	return ""
}

// saidSo is a person's decision.
func saidSo(s *exchange.Said) string {
	text := "decided: " + strings.ReplaceAll(string(s.What), "_", " ")
	if s.Amount != nil {
		text += ", " + s.Amount.String()
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

// learnedOf says what an act came to.
func learnedOf(o *exchange.Outcome) string {
	parts := []string{string(o.Result)}
	if o.Looked {
		parts = append(parts, "found by a look")
	}
	if o.Code != "" {
		parts = append(parts, o.Code)
	}
	if o.Order != nil {
		parts = append(parts, "order "+o.Order.Number+" is "+statusText(o.Order.Status))
	}
	if o.ReturnOrder != nil {
		parts = append(parts, returned(o.ReturnOrder))
	}
	if o.Amount != nil {
		parts = append(parts, o.Amount.String())
	}
	if o.Order == nil && o.ReturnOrder == nil && o.ID != "" {
		parts = append(parts, o.ID)
	}
	return strings.Join(parts, ", ")
}

// returned says how far a return order is.
func returned(r *exchange.ReturnOrder) string {
	received, announced := 0, 0
	for _, l := range r.Lines {
		received, announced = received+l.Received, announced+l.Announced
	}
	return fmt.Sprintf("return order %s is %s, %d of %d items came back", r.Number, statusText(r.Status), received, announced)
}
