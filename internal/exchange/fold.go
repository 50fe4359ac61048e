package exchange

import (
	"fmt"
	"slices"
)

// FoldError reports a line of a journal that does not follow those before it.
type FoldError struct {
	Exchange ID
	Version  uint64 // of the line
	Reason   string
}

func (e *FoldError) Error() string {
	return fmt.Sprintf("line %d of the journal of %s: %s", e.Version, e.Exchange, e.Reason)
}

// Unfolded is an exchange before the first line of its journal.
func Unfolded(c Conn, first Entry) Exchange { return New(first.Exchange, c, Policy{}, first.At) }

// Fold is x one line of its journal on: it knows what the event tells, and what followed is taken as the line says. No
// rule is asked, so that the journal alone says what an exchange is.
//
// Errors: *FoldError when the line does not follow x, which comes back as it was.
func Fold(x Exchange, e Entry) (Exchange, error) {
	off := func(reason string, args ...any) (Exchange, error) {
		return x, &FoldError{e.Exchange, e.Version, fmt.Sprintf(reason, args...)}
	}
	switch {
	case e.Exchange != x.ID:
		return off("it is not of %s", x.ID)
	case e.Version != x.Version+1:
		return off("the one before it is of version %d", x.Version)
	case e.From != x.Stage:
		return off("it begins at %s, where those before it end at %s", e.From, x.Stage)
	case e.Version == 1 && e.Event.Policy == nil:
		return off("it does not say the policy")
	}
	next, err := x.hear(e.Event)
	if err != nil {
		return off("%v", err)
	}
	for _, s := range e.Entered {
		next.enter(s, e.At)
	}
	if next.Stage != e.To {
		return off("it does not say how %s was reached", e.To)
	}
	for _, f := range e.Effects {
		if f.Kind == KindRead || f.Revive || f.Discard {
			continue
		}
		if f.Withdraw && !slices.ContainsFunc(next.Asked, func(a Asked) bool { return a.ID == f.ID }) {
			return off("it withdraws %s, which was not asked for", f.ID)
		}
		next.asks(f, e.At)
	}
	if len(e.Raised)+len(e.Lowered) > 0 {
		next.Raised = slices.Clone(e.Standing)
	}
	for _, r := range e.Reads {
		if have := next.reading(r.Target); have != nil {
			*have = r
		} else {
			next.Reads = append(next.Reads, r)
		}
	}
	return next, nil
}
