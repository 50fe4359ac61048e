package exchange

import "strings"

// Condition is a question to the facts with the sentence it is known by: in the table, in the diagram, and
// in every "why is it waiting".
type Condition struct {
	name  string
	holds func(*Exchange) bool
	parts []Condition // of all or any of them
	any   bool
	why   func(*Exchange) []string // what keeps it from holding, where that depends on the policy
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

// unmet are the sentences of what keeps c from holding.
func (c Condition) unmet(x *Exchange) []string {
	switch {
	case c.Holds(x):
		return nil
	case c.why != nil:
		return c.why(x)
	case c.parts == nil:
		return []string{c.name}
	}
	var out []string
	for _, p := range c.parts {
		part := p.unmet(x)
		if c.any {
			part = []string{strings.Join(part, " and ")}
		}
		out = append(out, part...)
	}
	if c.any {
		return []string{strings.Join(out, " or ")}
	}
	return out
}

func when(name string, holds func(*Exchange) bool) Condition {
	return Condition{name: name, holds: holds}
}
