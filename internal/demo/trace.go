package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// known is what an event says, as far as a trace shows it.
type known struct {
	Notice struct {
		Event struct {
			Portal *struct {
				Tracking string `json:"tracking"`
			} `json:"portal"`
			Hint *struct {
				Target string `json:"target"`
			} `json:"hint"`
			Read *struct {
				Shop *struct {
					ReturnStatus string `json:"return_status"`
				} `json:"shop"`
				Original *struct {
					Number string `json:"number"`
				} `json:"original"`
				Order       *dated `json:"order"`
				ReturnOrder *dated `json:"return_order"`
				Missing     *struct {
					Code string `json:"code"`
				} `json:"missing"`
			} `json:"read"`
			Outcome *struct {
				Result string `json:"result"`
				ID     string `json:"id"`
				Looked bool   `json:"looked"`
			} `json:"outcome"`
		} `json:"event"`
	} `json:"notice"`
}

// dated is an order, or a return order, as it was read.
type dated struct {
	Number string `json:"number"`
	Status struct {
		Text string `json:"text"`
	} `json:"status"`
}

// facts says what became known by an event.
func (k known) facts() string {
	ev := k.Notice.Event
	switch {
	case ev.Outcome != nil:
		text := ev.Outcome.Result
		if ev.Outcome.ID != "" {
			text += " as " + ev.Outcome.ID
		}
		if ev.Outcome.Looked {
			text += ", found by looking"
		}
		return text
	case ev.Read == nil && ev.Hint != nil:
		return "something changed: " + ev.Hint.Target
	case ev.Read == nil && ev.Portal != nil && ev.Portal.Tracking != "":
		return "parcel " + ev.Portal.Tracking
	case ev.Read == nil:
		return "that it was said"
	case ev.Read.Order != nil:
		return "order " + ev.Read.Order.Number + " is " + ev.Read.Order.Status.Text
	case ev.Read.ReturnOrder != nil:
		return "return order " + ev.Read.ReturnOrder.Number + " is " + ev.Read.ReturnOrder.Status.Text
	case ev.Read.Original != nil:
		return "the original order is " + ev.Read.Original.Number
	case ev.Read.Shop != nil:
		return "the return is " + ev.Read.Shop.ReturnStatus
	case ev.Read.Missing != nil:
		return ev.Read.Missing.Code
	}
	return "nothing new"
}

// traceAll prints every exchange's journal: each event with what became known by it, the rules that held
// then, and the effects that they asked for.
func (p *printer) traceAll(ctx context.Context, w *world) {
	for _, s := range w.last.swaps {
		full, err := w.back.show(ctx, s.ID)
		if err != nil {
			fmt.Fprintf(p.out, "  trace of %s: %v\n", s.ID, err)
			continue
		}
		fmt.Fprintf(p.out, "  trace of %s (event → facts → rule → effects)\n", s.ID)
		for _, m := range full.Timeline {
			p.traceMoment(ctx, w, m)
		}
	}
}

func (p *printer) traceMoment(ctx context.Context, w *world, m moment) {
	facts := "told in the same commit"
	if m.EventID != "" {
		var k known
		if err := w.back.api.get(ctx, "/v1/events/"+url.PathEscape(m.EventID), &k); err == nil {
			facts = k.facts()
		}
	}
	rule, effects := "no rule", "nothing asked"
	if len(m.LedTo) > 0 {
		rule = strings.Join(m.LedTo, "; ")
	}
	if m.From != m.To {
		rule += " (" + m.From + " to " + m.To + ")"
	}
	if len(m.Effects) > 0 {
		effects = strings.Join(m.Effects, ", ")
	}
	if p.json {
		line, _ := json.Marshal(map[string]any{"trace": map[string]any{ // plain fields: it cannot fail
			"at": m.At, "event": m.Event, "facts": facts, "from": m.From, "to": m.To, "rules": m.LedTo, "effects": m.Effects,
		}})
		fmt.Fprintf(p.out, "%s\n", line)
		return
	}
	fmt.Fprintf(p.out, "    %s → %s → %s → %s\n", m.Event, facts, rule, effects)
}

// setting is how a story's world is told.
func (p *printer) setting(s story, seed uint64, instant bool) setting {
	set := setting{instant: instant, steps: p.heading(s, seed)}
	if p.trace {
		set.trace = p.traceAll
	}
	return set
}
