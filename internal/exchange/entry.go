package exchange

import "time"

// Entry is a line of the journal: an event that touched an exchange, and what it led to. It holds enough
// to rebuild the exchange from nothing, by folding recorded events and transitions.
type Entry struct {
	Exchange ID        `json:"exchange"`
	Version  uint64    `json:"version"` // of the exchange after it
	At       time.Time `json:"at"`
	Event    Event     `json:"event"`
	From     Stage     `json:"from"`
	To       Stage     `json:"to"`
	Rules    []string  `json:"rules,omitempty"` // the sentences of the rules that fired
	Effects  []Effect  `json:"effects,omitempty"`
	Raised   []string  `json:"raised,omitempty"` // codes newly raised
	Lowered  []string  `json:"lowered,omitempty"`
}
