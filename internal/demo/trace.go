package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// traced is a step of an exchange as demo --json --trace prints it.
type traced struct {
	Trace string `json:"trace"` // the exchange
	moment
}

// traceAll prints every exchange's journal: each event with what became known by it, the rules that held
// then, and the effects that they asked for.
func (p *printer) traceAll(ctx context.Context, w *world) {
	for _, s := range w.last.swaps {
		full, err := w.back.show(ctx, s.ID)
		if err != nil {
			full.Timeline = nil
		}
		if !p.json {
			fmt.Fprintf(p.out, "  trace of %s: event → facts → rule → effects\n", short(s.ID))
		}
		for _, m := range full.Timeline {
			if p.json {
				line, _ := json.Marshal(traced{s.ID, m}) // plain fields: it cannot fail
				fmt.Fprintf(p.out, "%s\n", line)
				continue
			}
			fmt.Fprintf(p.out, "    %s\n", m)
		}
	}
}

// String is the step in one line.
func (m moment) String() string {
	facts, rule, effects := m.Facts, strings.Join(m.LedTo, "; "), strings.Join(m.Effects, ", ")
	if facts == "" {
		facts = "that it was said"
	}
	if rule == "" {
		rule = "no rule"
	}
	if effects == "" {
		effects = "nothing asked"
	}
	return fmt.Sprintf("%s → %s → %s → %s", m.Event, facts, rule, effects)
}
