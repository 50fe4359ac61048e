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
	s, a := x.Facts.Shop, x.Facts.Agreed
	own := x.net()
	if x.Stage != Cancelled || s == nil || a == nil || x.done(SendInvoice) == nil {
		return x.lessSaid(own)
	}
	others := deref(s.Siblings)
	paid, back := sums(s.movements(append(x.Transactions(), others.Taken...), others.Spent), a.Seen)
	if back == 0 {
		own = plus(own, Money{min(paid, x.askedByInvoice()), own.Currency})
	}
	return x.lessSaid(own)
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
		return false
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
