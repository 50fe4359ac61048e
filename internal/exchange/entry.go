package exchange

import "time"

// Entry is a line of the journal: an event that touched an exchange, and what it led to. It holds enough
// to rebuild the exchange from nothing, by folding recorded events and transitions (Fold). The first line's event has the policy.
type Entry struct {
	Exchange ID        `json:"exchange"`
	Version  uint64    `json:"version"` // of the exchange after it
	At       time.Time `json:"at"`
	Event    Event     `json:"event"`
	From     Stage     `json:"from"`
	To       Stage     `json:"to"`
	Rules    []string  `json:"rules,omitempty"`   // the sentences of the rules that fired
	Entered  []Stage   `json:"entered,omitempty"` // the stages on the way, To the last
	Effects  []Effect  `json:"effects,omitempty"`
	Raised   []string  `json:"raised,omitempty"` // codes newly raised
	Lowered  []string  `json:"lowered,omitempty"`
	Standing []Raised  `json:"standing,omitempty"` // all that is raised after it, where that changed
	Reads    []Reading `json:"reads,omitempty"`    // what is watched, where that changed
}
