package exchange

import (
	"fmt"
	"slices"
	"time"
)

// refund gives back an amount that is due to the customer, once.
func (x *Exchange) refund(amount Money) (Effect, course) {
	s := x.Facts.Shop
	cause := fmt.Sprintf("%d%s", amount.Minor, amount.Currency)
	switch {
	case s == nil || amount.Minor <= 0 || x.shopStale(moneyKinds...):
		return Effect{}, waits
	case x.stopped(Refund), x.ended(Process, Dead) != nil && x.ended(Process, Dead).Code != CodeDiscarded:
		return Effect{}, stopped
	case x.failed(Refund, cause), x.ended(Process, Dead) != nil: // a person has given up what may have given it back
		return Effect{}, noWay
	}
	from, ok := x.refundFrom(amount)
	if !ok {
		return Effect{}, noWay
	}
	if x.overLimit(less(Money{}, amount)) {
		return Effect{}, isOver
	}
	return x.moneyAct(Refund, cause, MoneyAsk{Amount: amount, From: from}), wayOpen
}

// refundFrom are the payments that an amount goes back to: as Shopify suggests where that is just this amount, else what
// was taken for x first, then what others paid, the latest first.
func (x *Exchange) refundFrom(amount Money) ([]RefundFrom, bool) {
	s := x.Facts.Shop
	if from, ok := s.suggestedRefund(amount); ok {
		return from, true
	}
	var out []RefundFrom
	left := amount
	ours := x.Transactions()
	for _, mine := range []bool{true, false} {
		for _, t := range slices.Backward(s.Transactions) {
			take := Money{min(left.Minor, s.refundable(t)), left.Currency}
			if take.Minor <= 0 || t.Amount.Currency != left.Currency || slices.Contains(ours, t.ID) != mine {
				continue
			}
			out = append(out, RefundFrom{t.ID, take})
			left = less(left, take)
		}
	}
	return out, left.Minor == 0
}

// suggestedRefund is what Shopify suggests, if it is just an amount.
func (s *Shop) suggestedRefund(amount Money) ([]RefundFrom, bool) {
	sum := Money{Currency: amount.Currency}
	for _, f := range s.SuggestedRefund {
		if f.Amount.Minor <= 0 || f.Amount.Currency != amount.Currency {
			return nil, false
		}
		sum = plus(sum, f.Amount)
	}
	return s.SuggestedRefund, sum == amount && amount.Minor > 0
}

// refundable is what of a payment was not given back yet. A manual payment was made outside of Shopify, which cannot give
// it back.
func (s *Shop) refundable(t Transaction) int64 {
	if t.Status != "SUCCESS" || t.Manual || t.Kind != "SALE" && t.Kind != "CAPTURE" {
		return 0
	}
	left := t.Amount.Minor
	for _, r := range s.Transactions {
		if r.Kind == "REFUND" && r.ParentID == t.ID && r.Status != "FAILURE" && r.Status != "ERROR" {
			left -= r.Amount.Minor
		}
	}
	return left
}

// void ends an authorisation that was made for x alone.
func (x *Exchange) void() []Effect {
	var out []Effect
	for _, t := range x.heldStill() {
		out = append(out, x.moneyAct(VoidAuthorisation, t.ID, MoneyAsk{ParentID: t.ID, Amount: t.Unsettled}))
	}
	return out
}

// toGiveBack is what was taken for a cancelled exchange, by us or by an invoice that the customer has paid, and was not
// given back.
func (x *Exchange) toGiveBack() Money {
	own := x.net()
	if paid, told := x.paidByInvoice(); told {
		own = plus(own, paid)
	}
	return x.lessSaid(own)
}

// paidByInvoice is what the customer has paid by an invoice of a cancelled exchange, as far as it asked for that, unless
// it was given back. Two things must say so: a payment that came since, and the order, which must owe less than it does
// for the others: they may have been paid by just this payment. It reports false where the order cannot tell for now.
func (x *Exchange) paidByInvoice() (paid Money, told bool) {
	s, a := x.Facts.Shop, x.Facts.Agreed
	paid = Money{Currency: deref(a).Amount.Currency}
	if x.Stage != Cancelled || s == nil || a == nil || x.done(SendInvoice) == nil {
		return paid, true
	}
	others := deref(s.Siblings)
	came, back := sums(s.movements(append(x.Transactions(), others.Taken...), others.Spent), a.Seen)
	if came == 0 || back > 0 {
		return paid, true
	}
	paid.Minor = min(came, x.askedByInvoice())
	stake, ok := x.stake()
	balance, err := s.Outstanding.Plus(s.Capturable)
	if !ok || err != nil || others.Open {
		return paid, false
	}
	paid.Minor = min(paid.Minor, max(0, less(stake, x.net()).Minor+others.Net.Minor-balance.Minor))
	return paid, true
}

// payerUnknown reports whether the customer may have paid such an invoice, and what the order owes does not tell.
func (x *Exchange) payerUnknown() bool {
	paid, told := x.paidByInvoice()
	return !told && x.lessSaid(paid).Minor > 0
}

// overpaid reports whether the customer paid more by an invoice for a cancelled exchange than it asked for, which was not
// given back: when it was paid the order owed more. How much of that is theirs is the shop's to say.
func (x *Exchange) overpaid() bool {
	s, a := x.Facts.Shop, x.Facts.Agreed
	if x.Stage != Cancelled || s == nil || a == nil || x.done(SendInvoice) == nil || x.shopStale(moneyKinds...) || !x.readSince(x.cancelled()) {
		return false
	}
	others := deref(s.Siblings)
	stake, told := x.stake()
	balance, err := s.Outstanding.Plus(s.Capturable)
	if !told || err != nil || others.Open || others.Giving {
		return x.payerUnknown()
	}
	paid, back := sums(s.movements(append(x.Transactions(), others.Taken...), others.Spent), a.Seen)
	more := x.lessSaid(Money{paid - back - x.askedByInvoice(), balance.Currency})
	return more.Minor > 0 && balance.Minor < stake.Minor+others.Net.Minor
}

// owedBack is what is to be given back now.
func (x *Exchange) owedBack() Money {
	if x.Stage == Cancelled {
		return x.toGiveBack()
	}
	return less(Money{}, x.due())
}

// refunds reports whether giving back what is due stands there.
func (x *Exchange) refunds(at course) bool {
	_, stands := x.refund(x.owedBack())
	return stands == at
}

// movedMoney reports whether an act for x has moved money, or may lead somebody to.
func (x *Exchange) movedMoney() bool {
	return slices.ContainsFunc(x.Facts.Movements, func(m Movement) bool {
		return m.Result == Done && slices.Contains(unread, m.Kind) && m.Kind != Process
	})
}

// readSince reports whether Shopify was read since a time.
func (x *Exchange) readSince(at time.Time) bool {
	r := x.reading(ReadShop)
	return r != nil && !r.At.Before(at)
}
