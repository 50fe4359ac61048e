package rest

import (
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Moment is a line of an exchange's timeline: what we were told, and what it led to.
type Moment struct {
	At      time.Time      `json:"at"`
	Event   string         `json:"event"`    // "portal return.closed"
	EventID string         `json:"event_id"` // empty where the event was a part of another's commit
	Actor   string         `json:"actor,omitempty"`
	Facts   string         `json:"facts"` // what became known by it, in short; may be empty
	From    exchange.Stage `json:"from"`
	To      exchange.Stage `json:"to"`
	LedTo   []string       `json:"led_to"`  // the rules that fired, in words
	Effects []string       `json:"effects"` // what was asked for
	Raised  []string       `json:"raised"`  // codes that were raised
	Lowered []string       `json:"lowered"` // codes that no longer hold
}

// moments are entries of the journal as they read back.
func moments(entries []exchange.Entry) []Moment {
	out := make([]Moment, 0, len(entries))
	for _, e := range entries {
		m := Moment{
			At: e.At, Event: eventName(e.Event), EventID: e.Event.ID, Actor: e.Event.Actor, Facts: learned(e.Event), From: e.From, To: e.To,
			LedTo: orNone(e.Rules), Effects: []string{}, Raised: orNone(e.Raised), Lowered: orNone(e.Lowered),
		}
		for _, f := range e.Effects {
			if f.Kind == exchange.KindRead && f.Due.After(e.At) {
				continue // the regular look of a while later
			}
			m.Effects = append(m.Effects, effectName(f))
		}
		out = append(out, m)
	}
	return out
}

// eventName says who spoke and of what.
func eventName(ev exchange.Event) string {
	what := string(ev.Kind)
	switch {
	case ev.Portal != nil:
		what = ev.Portal.Name
	case ev.Read != nil:
		what = "read " + string(ev.Read.Target)
	case ev.Outcome != nil:
		what = string(ev.Outcome.Kind) + " " + string(ev.Outcome.Result)
	case ev.Timer != "":
		what = "time: " + ev.Timer
	case ev.Topic != "":
		what = ev.Topic
	}
	return ev.Source + " " + what
}

// effectName is an effect's kind, and of a read what it is about.
func effectName(e exchange.Effect) string {
	if e.Read != nil {
		return string(e.Kind) + " " + string(e.Read.Target)
	}
	return string(e.Kind)
}
