package exchange

import (
	"cmp"
	"slices"
	"strings"
)

// Settlement is where an exchange's money stands. Amounts are in the order's presentment currency.
type Settlement struct {
	Status   string // none, due, secured, settled, refused
	Agreed   Money  // > 0: the buyer owes, < 0: the shop does
	Captured Money  // also what Shopify or the customer moved by themselves
	Refunded Money
}

// Settlement sums up the money of the exchange.
func (x *Exchange) Settlement() Settlement {
	f := &x.Facts
	out := Settlement{Status: "none"}
	if f.Shop != nil {
		zero := Money{Currency: f.Shop.Outstanding.Currency}
		out.Agreed, out.Captured, out.Refunded = zero, zero, zero
	}
	if f.Agreed == nil {
		return out
	}
	out.Agreed = f.Agreed.Amount
	out.Captured = x.captured()
	if x.settledElsewhere() {
		if out.Agreed.Minor > 0 {
			out.Captured = out.Agreed
		} else {
			out.Refunded = Money{-out.Agreed.Minor, out.Agreed.Currency}
		}
	}
	switch {
	case out.Agreed.Minor == 0 || x.Policy.Payment == PaymentNone:
	case x.settled():
		out.Status = "settled"
	case x.ended(Capture, Refused) != nil:
		out.Status = "refused"
	case x.authorisation() != nil:
		out.Status = "secured"
	default:
		out.Status = "due"
	}
	return out
}

// captured is what our own acts captured.
func (x *Exchange) captured() Money {
	sum := Money{Currency: deref(x.Facts.Agreed).Amount.Currency}
	for _, m := range x.Facts.Movements {
		if m.Kind != Capture || m.Result != Done || m.Amount == nil {
			continue
		}
		if s, err := sum.Plus(*m.Amount); err == nil {
			sum = s
		}
	}
	return sum
}

// due is what is still to be settled: > 0 the buyer owes.
func (x *Exchange) due() Money {
	if x.Facts.Agreed == nil || x.Policy.Payment == PaymentNone {
		return Money{}
	}
	d, err := x.Facts.Agreed.Amount.Minus(x.captured())
	if err != nil {
		return x.Facts.Agreed.Amount
	}
	return d
}

func (x *Exchange) settled() bool {
	if x.Policy.Payment == PaymentNone {
		return true
	}
	return x.Facts.Agreed != nil && (x.due().Minor == 0 || x.settledElsewhere())
}

// settledElsewhere reports whether the order shows, after everything of ours was processed, that nothing is
// owed any more in the direction of this exchange: Shopify captured by itself, the customer paid, staff refunded.
// Open authorisations count as owed, since totalOutstandingSet counts them as transacted.
func (x *Exchange) settledElsewhere() bool {
	s, a := x.Facts.Shop, x.Facts.Agreed
	if s == nil || a == nil || a.Amount.Minor == 0 || s.processable() || !s.processedAny() || x.shopStale(Process, Capture) {
		return false
	}
	balance, err := s.Outstanding.Plus(s.Capturable)
	if err != nil {
		return false
	}
	return a.Amount.Minor > 0 && balance.Minor <= 0 || a.Amount.Minor < 0 && balance.Minor >= 0
}

// authorisation is the one on the order that may be used for what is due: it still holds enough, and
// either allows several captures or will be used up by this one. Otherwise capturing would give up what
// somebody else may count on.
func (x *Exchange) authorisation() *Transaction {
	due, s := x.due(), x.Facts.Shop
	if due.Minor <= 0 || s == nil {
		return nil
	}
	var best *Transaction
	for i, t := range s.Transactions {
		if !x.open(t) || t.Unsettled.Minor < due.Minor || t.Unsettled.Currency != due.Currency {
			continue
		}
		exact := t.Unsettled.Minor == due.Minor
		if !exact && !t.MultiCapturable {
			continue
		}
		if best == nil || t.Unsettled.Minor < best.Unsettled.Minor {
			best = &s.Transactions[i]
		}
	}
	return best
}

// authorisationShared reports whether there is an authorisation that would do but for the rest of it.
func (x *Exchange) authorisationShared() bool {
	due, s := x.due(), x.Facts.Shop
	return due.Minor > 0 && s != nil && x.authorisation() == nil && slices.ContainsFunc(s.Transactions, func(t Transaction) bool {
		return x.open(t) && t.Unsettled.Currency == due.Currency && t.Unsettled.Minor > due.Minor
	})
}

func (x *Exchange) open(t Transaction) bool {
	return t.Kind == "AUTHORIZATION" && t.Status == "SUCCESS" && t.Capturable && t.Unsettled.Minor > 0 &&
		(t.ExpiresAt.IsZero() || t.ExpiresAt.After(x.Updated))
}

// Owed is what a Shopify order should owe now, authorisations not counted, by our ledger of all of its
// exchanges: its balance when the first of them was agreed, plus what each that was processed agreed to, less what was
// captured for it. It reports false when one of them cannot tell.
//
// Units: the order's presentment currency, minor units.
func Owed(all []Exchange) (owed Money, ok bool) {
	var start *Agreed
	for _, x := range all {
		a := x.Facts.Agreed
		if a == nil {
			if x.done(Process) != nil {
				return Money{}, false
			}
			continue
		}
		if start == nil || start.Stamp.After(a.Stamp) {
			start = a
		}
	}
	if start == nil {
		return Money{}, false
	}
	owed = start.Balance
	for _, x := range all {
		if x.Facts.Agreed == nil || x.done(Process) == nil {
			continue
		}
		var err error
		if owed, err = owed.Plus(x.Facts.Agreed.Amount); err != nil {
			return Money{}, false
		}
		if owed, err = owed.Minus(x.captured()); err != nil {
			return Money{}, false
		}
	}
	return owed, true
}

// Transactions names the transactions that our acts made for x.
func (x *Exchange) Transactions() []string {
	var out []string
	for _, m := range x.Facts.Movements {
		if m.Kind == Capture && m.Result == Done && m.ID != "" {
			out = append(out, m.ID)
		}
	}
	return out
}

// Contenders are the acts of a Shopify order's exchanges that have no outcome yet and must not run beside one of
// kind k: acts that change what the order owes, or acts that create a return on it. The one asked for first
// comes first.
func Contenders(all []Exchange, k Kind) []Asked {
	var out []Asked
	for i := range all {
		for _, a := range all[i].Asked {
			if (a.Kind == k || a.Kind.MovesMoney() && k.MovesMoney()) && all[i].moved(a.ID) == nil {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, func(a, b Asked) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.ID), string(b.ID)))
	})
	return out
}
