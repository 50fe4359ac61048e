package exchange

import (
	"fmt"
	"slices"
)

// Limit is the most of a currency that one act of ours may move. Where there are limits, a currency without one may not
// be moved.
//
// Units: minor units of Currency; 0: no limit.
type Limit struct {
	Currency string `json:"currency"`
	Act      int64  `json:"act,omitempty"`
}

// LimitOf is the limit of a currency. It reports false where there are limits, but none for it.
func LimitOf(all []Limit, currency string) (Limit, bool) {
	i := slices.IndexFunc(all, func(l Limit) bool { return l.Currency == currency })
	if i < 0 {
		return Limit{Currency: currency}, len(all) == 0
	}
	return all[i], true
}

// most is what one act may move of a currency; nil: there is no limit.
func (l Limit) most() *Money {
	if l.Act == 0 {
		return nil
	}
	return &Money{l.Act, l.Currency}
}

// above reports whether an amount is more than one act may move; below zero it would be given back.
func (x *Exchange) above(m Money) bool {
	l, ok := LimitOf(x.Policy.Limits, m.Currency)
	most := l.most()
	return !ok || most != nil && max(m.Minor, -m.Minor) > most.Minor
}

// overLimit reports whether an amount may not be moved: it is above the limit, and no person has let it through.
func (x *Exchange) overLimit(m Money) bool { return x.above(m) && !x.letThrough(m) }

// letThrough reports whether a person has let just this amount go on above the limit, and it was not moved since. What
// was only authorised was not moved.
func (x *Exchange) letThrough(m Money) bool {
	said := x.saidOf(CollectAgain)
	i := slices.IndexFunc(said, func(d Decided) bool { return d.LetThrough != nil && *d.LetThrough == m })
	for j := i + 1; i >= 0 && j < len(said); j++ {
		if d := said[j]; d.LetThrough != nil && *d.LetThrough == m {
			i = j
		}
	}
	return i >= 0 && !slices.ContainsFunc(x.Facts.Movements, func(a Movement) bool {
		moved := a.takes() || a.Result == Done && a.Kind == SendInvoice
		amount := x.amountOf(&a)
		if m.Minor < 0 {
			moved, amount = a.gives(), less(Money{}, amount)
		}
		return moved && amount == m && !a.At.Before(said[i].At)
	})
}

// tooMuch is what would be moved next but for the limit: below zero it would be given back. The zero Money is nothing.
func (x *Exchange) tooMuch() Money {
	switch {
	case shopOwes.or(moneyTaken).and(backOverLimit).Holds(x):
		return less(Money{}, x.owedBack())
	case x.Stage != Sent && securing.and(notSecured, securedOverLimit).Holds(x):
		return x.toSecure()
	case buyerOwes.and(takenOverLimit).Holds(x):
		return x.due()
	default:
		return Money{}
	}
}

// raisedOver is what is raised of it.
func (x *Exchange) raisedOver() Raised {
	m := x.tooMuch()
	r := Raised{Code: string(OverLimit), About: m.String()}
	what, amount := "to be taken", m
	if m.Minor < 0 {
		what, amount = "to be given back", less(Money{}, m)
	}
	r.Message = fmt.Sprintf("%s: %s is %s", reasons[OverLimit].message, amount, what)
	r.Figures = map[string]Money{"amount": amount}
	if l, _ := LimitOf(x.Policy.Limits, m.Currency); l.most() != nil {
		r.Message += ", and one act may move " + l.most().String()
		r.Figures["limit"] = *l.most()
	} else {
		r.Message += ", and there is no limit for that currency"
	}
	return r
}

// shownOver is the amount that a person was shown as too much by the time they spoke; nil: none, or another by now.
func (x *Exchange) shownOver(ev Event) *Money {
	m := x.tooMuch()
	shown := slices.ContainsFunc(x.Raised, func(r Raised) bool {
		return r.Code == string(OverLimit) && r.About == m.String() && !r.Since.After(ev.At)
	})
	if ev.Said.What != CollectAgain || ev.Actor == "" || m.Minor == 0 || !shown {
		return nil
	}
	return &m
}
