package exchange

import (
	"slices"
	"time"
)

// Takes reports whether a decision can still matter at this stage.
func (x *Exchange) Takes(d Decision) bool {
	if d == ReturnAccepted {
		return slices.Contains([]Stage{Open, Returned, Released, Sent}, x.Stage)
	}
	return x.Stage != Completed
}

// saidOf are the decisions of these kinds, oldest first.
func (x *Exchange) saidOf(what ...Decision) []Decided {
	var out []Decided
	for _, d := range x.Facts.Said {
		if slices.Contains(what, d.What) {
			out = append(out, d)
		}
	}
	return out
}

// lessSaid is what is left of an open amount once a person's word is taken for what was paid elsewhere or is not asked
// for any more. Their word reduces what is open, whoever owes it, and never turns it round. One on all that was due
// counts for all but the charge for goods whose deadline came later.
func (x *Exchange) lessSaid(open Money) Money {
	for _, d := range x.saidOf(PaidElsewhere, WrittenOff) {
		switch {
		case d.At.Before(x.cancelled()): // it was about what was to be collected then
		case d.Amount != nil && d.Amount.Currency == open.Currency && open.Minor > 0:
			open.Minor = max(0, open.Minor-d.Amount.Minor)
		case d.Amount != nil && d.Amount.Currency == open.Currency:
			open.Minor = min(0, open.Minor+d.Amount.Minor)
		case d.Amount == nil && open.Minor > 0 && x.charging() && d.At.Before(x.deadline()):
			open.Minor = max(0, open.Minor-max(0, deref(x.Facts.Agreed).Amount.Minor-x.netBefore(d.At).Minor))
		case d.Amount == nil:
			open.Minor = 0
		}
	}
	return open
}

// netBefore is what our own acts had taken by then, less what they had given back.
func (x *Exchange) netBefore(at time.Time) Money {
	return less(
		x.total(func(m *Movement) bool { return m.takes() && m.At.Before(at) }),
		x.total(func(m *Movement) bool { return m.gives() && m.At.Before(at) }),
	)
}

// writtenOff reports whether something is settled only because a person does not ask for it any more.
func (x *Exchange) writtenOff() bool {
	if x.Facts.Agreed == nil || len(x.saidOf(WrittenOff)) == 0 {
		return false
	}
	return less(x.target(), plus(x.net(), x.elsewhere())).Minor != 0
}

// saidWhole reports whether a person settled all that was due.
func (x *Exchange) saidWhole() bool {
	return slices.ContainsFunc(x.saidOf(PaidElsewhere, WrittenOff), func(d Decided) bool { return d.Amount == nil })
}

// waived reports whether a person has settled, after the deadline, what did not come back.
func (x *Exchange) waived() bool {
	return x.overdue() && slices.ContainsFunc(x.saidOf(PaidElsewhere, WrittenOff), func(d Decided) bool {
		return d.Amount == nil && !d.At.Before(x.deadline())
	})
}

// round is when the ladder was last begun anew by a person: what failed before that is tried again.
func (x *Exchange) round() time.Time {
	var last time.Time
	for _, d := range x.saidOf(CollectAgain) {
		last = later(last, d.At)
	}
	return last
}

// cancelled is when the exchange was cancelled, if it was.
func (x *Exchange) cancelled() time.Time {
	if n := len(x.Since); x.Stage == Cancelled && n > 0 {
		return x.Since[n-1].At
	}
	return time.Time{}
}
