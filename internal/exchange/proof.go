package exchange

import "slices"

// Proof is how an exchange's money comes about: what its lines come to, what others moved for it, and what is left.
type Proof struct {
	Lines  []ProofLine
	AddsUp bool    // the lines come to what was agreed
	Charge Money   // for goods that did not come back in time
	Others []Spent // what of movements that are nobody's act of ours counts for this exchange: < 0 was given back
	Due    Money   // > 0: the buyer owes
}

// ProofLine is a line with its price. ComesTo is > 0 where the buyer owes for it; a price that Shopify does not tell is none.
type ProofLine struct {
	Direction string // return, exchange
	ID        string
	Article   string
	Title     string
	Quantity  int
	Price     *LinePrice
	ComesTo   Money
}

// Proof sums up how the money of x comes about.
func (x *Exchange) Proof() Proof {
	p := Proof{Charge: x.charge(), Due: x.owedNow()}
	s, a := x.Facts.Shop, x.Facts.Agreed
	if s == nil {
		return p
	}
	taxed, known := x.taxed()
	sum := Money{}
	for _, l := range s.ReturnLines {
		line := ProofLine{Direction: "return", ID: l.ID, Article: l.Article, Quantity: l.Quantity, Price: l.Price}
		if l.Price != nil {
			line.ComesTo = less(l.Price.Fee, l.Price.comesTo(taxed))
		}
		p.Lines = append(p.Lines, line)
		sum = plus(sum, line.ComesTo)
	}
	for _, l := range s.ExchangeLines {
		line := ProofLine{Direction: "exchange", ID: l.ID, Article: l.Article, Title: l.Title, Quantity: l.Quantity, Price: l.Price}
		if l.Price != nil {
			line.ComesTo = l.Price.comesTo(taxed)
		}
		p.Lines = append(p.Lines, line)
		sum = plus(sum, line.ComesTo)
	}
	p.AddsUp = known && a != nil && sum == a.Amount
	p.Others = x.others()
	return p
}

// others are the parts of movements that are nobody's act of ours which count for x.
func (x *Exchange) others() []Spent {
	s, a := x.Facts.Shop, x.Facts.Agreed
	m := x.elsewhere()
	if s == nil || a == nil || m.Minor == 0 {
		return nil
	}
	var out []Spent
	beside := deref(s.Siblings)
	for _, t := range s.movements(append(x.Transactions(), beside.Taken...), beside.Spent) {
		part := min(max(t.minor, 0), max(m.Minor, 0))
		if m.Minor < 0 {
			part = max(min(t.minor, 0), m.Minor)
		}
		if part == 0 || slices.Contains(a.Seen, t.ID) {
			continue
		}
		out = append(out, Spent{t.ID, part})
		m.Minor -= part
	}
	return out
}

// owedNow is what is due, or of a cancelled exchange what is to be given back.
func (x *Exchange) owedNow() Money {
	if x.Stage == Cancelled {
		return less(Money{}, x.toGiveBack())
	}
	return x.due()
}

// CannotSettle says why a person cannot decide so about the money of x now; it is empty if they can.
func (x *Exchange) CannotSettle(s Said) string {
	overdue := x.overdue() && !x.accounted()
	switch {
	case x.Stage == Completed:
		return "it is completed"
	case x.Policy.Payment == PaymentNone && x.Stage != Cancelled:
		return "its policy takes no payment"
	case x.Facts.Agreed == nil && !agreedUnknown.Holds(x):
		return "nothing is agreed yet"
	case s.What != CollectAgain && x.pending(append(collecting, Refund)...):
		return "money is being moved: try again when that has ended"
	case s.Amount != nil && s.Amount.Currency != deref(x.Facts.Agreed).Amount.Currency:
		return "it is settled in " + deref(x.Facts.Agreed).Amount.Currency
	case x.owedNow().Minor == 0 && (x.Stage == Cancelled || x.settled()) && !overdue && x.secured() && !x.overpaid():
		return "nothing is due"
	}
	return ""
}
