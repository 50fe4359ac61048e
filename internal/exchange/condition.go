package exchange

import (
	"slices"
	"strings"
	"time"
)

// Condition is a question to the facts with the sentence it is known by: in the table, in the diagram, and
// in every "why is it waiting".
type Condition struct {
	name  string
	holds func(*Exchange) bool
	parts []Condition // of all or any of them
	any   bool
	why   func(*Exchange) []string  // what keeps it from holding, where that depends on the policy
	met   string                    // what would make it hold, where somebody may wait for it
	since func(*Exchange) time.Time // when it ceased to hold, where that is later than the stage
}

func (c Condition) String() string { return c.name }

// Holds reports whether c is true of x.
func (c Condition) Holds(x *Exchange) bool {
	if c.parts == nil {
		return c.holds(x)
	}
	for _, p := range c.parts {
		if p.Holds(x) == c.any {
			return c.any
		}
	}
	return !c.any
}

// and holds when c and all of more do.
func (c Condition) and(more ...Condition) Condition { return join(false, "; ", c, more) }

// or holds when c or one of more does.
func (c Condition) or(more ...Condition) Condition { return join(true, " or ", c, more) }

func join(isAny bool, word string, c Condition, more []Condition) Condition {
	out := Condition{any: isAny}
	var names []string
	for _, p := range append([]Condition{c}, more...) {
		if p.parts != nil && p.any == isAny {
			out.parts = append(out.parts, p.parts...)
		} else {
			out.parts = append(out.parts, p)
		}
		name := p.name
		if p.parts != nil && p.any != isAny {
			name = "(" + name + ")"
		}
		names = append(names, name)
	}
	out.name = strings.Join(names, word)
	return out
}

// by says what would make c hold.
func (c Condition) by(what string) Condition {
	c.met = what
	return c
}

// unmet is what keeps c from holding, each with what would satisfy it. entered is when x came to its stage.
func (c Condition) unmet(x *Exchange, entered time.Time) []Waiting {
	if c.Holds(x) {
		return nil
	}
	if c.since != nil {
		entered = later(entered, c.since(x))
	}
	if c.why != nil {
		var out []Waiting
		for _, text := range c.why(x) {
			out = append(out, Waiting{text, entered, c.met})
		}
		return out
	}
	if c.parts == nil {
		return []Waiting{{c.name, entered, c.met}}
	}
	var out []Waiting
	for _, p := range c.parts {
		part := p.unmet(x, entered)
		if c.any {
			part = []Waiting{joined(" and ", part)}
		}
		out = append(out, part...)
	}
	if c.any {
		return []Waiting{joined(" or ", out)}
	}
	return out
}

// joined is several conditions as one, which is waited for since the latest.
func joined(word string, list []Waiting) Waiting {
	var all Waiting
	var texts, by []string
	for _, w := range list {
		texts, all.Since = append(texts, w.Condition), later(all.Since, w.Since)
		if w.By != "" && !slices.Contains(by, w.By) {
			by = append(by, w.By)
		}
	}
	all.Condition, all.By = strings.Join(texts, word), strings.Join(by, word)
	return all
}

func when(name string, holds func(*Exchange) bool) Condition {
	return Condition{name: name, holds: holds}
}
