package audit

import (
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// OnExchange is the item of an event by which somebody acts on x, with its entry.
func OnExchange(it store.Item, who Actor, x *exchange.Exchange, ev exchange.Event) store.Item {
	return Marked(it, Entry{Actor: who, Target: string(x.ID), Changes: asked(x, ev)})
}

// asked is what an event asks to have changed of x.
func asked(x *exchange.Exchange, ev exchange.Event) []Change {
	switch {
	case ev.Cancel != nil:
		return []Change{{"stage", string(x.Stage), string(exchange.Cancelling)}}
	case ev.Said == nil:
		return nil
	case ev.Said.What == exchange.ReturnAccepted:
		return []Change{{"return", "short", "accepted"}}
	}
	s := x.Settlement()
	all := []Change{{"settlement", s.Status, string(ev.Said.What)}}
	if a := ev.Said.Amount; a != nil {
		all = append(all, Change{Field: "settled_amount", After: a.String()})
	}
	return all
}

// Requested is the item of an event by which somebody asks for an exchange, with its entry. Target is the return, or
// the order, that it is of.
func Requested(it store.Item, who Actor, r *exchange.Request) store.Item {
	target := r.ReturnID
	if target == "" {
		target = r.OrderID
	}
	return Marked(it, Entry{Actor: who, Target: target, Changes: []Change{{"stage", "", string(exchange.Requested)}}})
}

// OnDead is the item of an event by which somebody moves a dead letter, with its entry.
func OnDead(it store.Item, who Actor, dead store.Item, discard bool) store.Item {
	after := string(store.Waiting)
	if discard {
		after = exchange.CodeDiscarded
	}
	return Marked(it, Entry{Actor: who, Target: dead.ID, Changes: []Change{{"state", string(dead.State), after}}})
}
