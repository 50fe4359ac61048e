package exchange

import (
	"fmt"
	"slices"
)

// Limit is the most of a currency that our acts may move: one of them, and all of a connection's in a UTC day, where what
// is taken and what is given back are counted apart. Where there are limits, a currency without one may not be moved.
//
// Units: minor units of Currency; 0: no limit.
type Limit struct {
	Currency string `json:"currency"`
	Act      int64  `json:"act,omitempty"`
	Day      int64  `json:"day,omitempty"`
}

// LimitOf is the limit of a currency. It reports false where there are limits, but none for it.
func LimitOf(all []Limit, currency string) (Limit, bool) {
	i := slices.IndexFunc(all, func(l Limit) bool { return l.Currency == currency })
	if i < 0 {
		return Limit{Currency: currency}, len(all) == 0
	}
	return all[i], true
}

// most is what one act may move of a currency; nil: there is no limit. What a whole day may move is one act's limit too:
// above it an act would have room on no day.
func (l Limit) most() *Money {
	switch {
	case l.Act == 0 && l.Day == 0:
		return nil
	case l.Act == 0 || l.Day > 0 && l.Day < l.Act:
		return &Money{l.Day, l.Currency}
	default:
		return &Money{l.Act, l.Currency}
	}
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
	i := len(said) - 1 // the last word counts
	for i >= 0 && (said[i].LetThrough == nil || *said[i].LetThrough != m) {
		i--
	}
	return i >= 0 && !slices.ContainsFunc(x.Facts.Movements, func(a Movement) bool {
		moved := a.takes() || a.Result == Done && a.Kind == SendInvoice
		amount := x.amountOf(&a)
		if m.Minor < 0 {
			moved, amount = a.gives(), less(Money{}, amount)
		}
		return moved && amount == m && (!a.At.Before(said[i].At) || x.askedAnew(a.Effect))
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

// Moves is what an act takes, or below zero gives back, once it is done. What is only authorised, or asked for by an
// invoice, is not taken.
func (e Effect) Moves() Money {
	switch {
	case e.Money == nil:
	case e.Kind == Capture, e.Kind == ChargeMandate && !e.Money.Authorise:
		return e.Money.Amount
	case e.Kind == Refund, e.Kind == Process:
		return less(Money{}, e.Money.Amount)
	}
	return Money{}
}

// Day is the most that the money acts of a connection may move in a day in the direction of an act of x, minor units;
// 0: there is no limit. Through: a person has let just this act go on.
func (x *Exchange) Day(e Effect) (most int64, through bool) {
	m := e.Moves()
	l, _ := LimitOf(x.Policy.Limits, m.Currency)
	return l.Day, x.letThrough(m)
}
