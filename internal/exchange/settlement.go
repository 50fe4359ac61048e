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
	switch elsewhere := x.settledElsewhere(); {
	case elsewhere && out.Agreed.Minor > 0:
		out.Captured = out.Agreed
	case elsewhere:
		out.Refunded = Money{-out.Agreed.Minor, out.Agreed.Currency}
	}
	switch {
	case out.Agreed.Minor == 0 && !x.differs() || x.Policy.Payment == PaymentNone:
	case x.settled():
		out.Status = "settled"
	case !x.mayCapture():
		out.Status = "refused"
	case x.covered():
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
	return x.Facts.Agreed != nil && (x.due().Minor == 0 && !x.differs() || x.settledElsewhere())
}

// differs reports whether Shopify last suggested another difference for the same lines than was agreed, because of a
// fee that staff put on the return for instance, and nothing has shown since that the order owes what was agreed: no
// capture, before which that is compared, and no balance that our ledger expects.
func (x *Exchange) differs() bool {
	a, s := x.Facts.Agreed, x.Facts.Shop
	if a == nil || s == nil || a.Latest == (Money{}) || a.Latest == a.Amount || x.done(Capture) != nil {
		return false
	}
	if s.Siblings != nil || s.processable() || !s.processedAny() || x.shopStale(Process) {
		return true
	}
	owed, ok := Owed([]Exchange{*x})
	balance, err := s.Outstanding.Plus(s.Capturable)
	return !ok || err != nil || owed != balance
}

// owing is what is still to be settled as Shopify has it: what is due, and what it suggests beyond that.
func (x *Exchange) owing() Money {
	due := x.due()
	if !x.differs() {
		return due
	}
	owing, err := x.Facts.Agreed.Latest.Minus(x.captured())
	if err != nil {
		return due
	}
	return owing
}

// capped reports whether what is suggested may not be the whole difference: Shopify suggests no refund beyond what
// was paid.
func (s *Shop) capped() bool {
	return s.Suggested.Minor <= 0 && s.Suggested.Minor <= s.foreign(nil, nil).Minor
}

// settledElsewhere reports whether what is due was moved without us: Shopify captured by itself, the customer
// paid, staff refunded. Two things must say so: transactions that were not there when it was agreed and are
// neither ours nor another exchange's of the order, and the order, which owes nothing any more in this exchange's
// direction. Open authorisations count as owed, since totalOutstandingSet counts them as transacted.
func (x *Exchange) settledElsewhere() bool {
	s, due := x.Facts.Shop, x.owing()
	if s == nil || x.Facts.Agreed == nil || due.Minor == 0 || s.processable() || !s.processedAny() || x.shopStale(Process, Capture) {
		return false
	}
	balance, err := s.Outstanding.Plus(s.Capturable)
	if err != nil {
		return false
	}
	others := deref(s.Siblings)
	paid := s.foreign(x.Facts.Agreed.Seen, append(x.Transactions(), others.Taken...))
	if due.Minor > 0 {
		return !others.Open && balance.Minor <= 0 && -paid.Minor >= due.Minor
	}
	return balance.Minor >= 0 && paid.Minor >= -due.Minor
}

// foreign sums the movements of the order's money that are neither seen nor ours: > 0 was given back, < 0 was
// paid. It is what they add to what the order owes.
func (s *Shop) foreign(seen, ours []string) Money {
	sum := Money{Currency: s.Outstanding.Currency}
	for _, t := range s.Transactions {
		if t.Status != "SUCCESS" || slices.Contains(seen, t.ID) || slices.Contains(ours, t.ID) {
			continue
		}
		var next Money
		var err error
		switch t.Kind {
		case "REFUND":
			next, err = sum.Plus(t.Amount)
		case "SALE", "CAPTURE":
			next, err = sum.Minus(t.Amount)
		default:
			continue
		}
		if err == nil {
			sum = next
		}
	}
	return sum
}

// mayCapture reports whether a capture may be asked for: none was refused or given up, but for differences
// between our ledger and Shopify's, which are held against a new read a few times.
func (x *Exchange) mayCapture() bool {
	return len(x.mismatches()) < 3 && !slices.ContainsFunc(x.Facts.Movements, func(m Movement) bool {
		return m.Kind == Capture && (m.Result == Dead || m.Result == Refused && m.Code != CodeMismatch)
	})
}

func (x *Exchange) mismatches() []Movement {
	return slices.DeleteFunc(slices.Clone(x.Facts.Movements), func(m Movement) bool { return m.Kind != Capture || m.Code != CodeMismatch })
}

// authorisation is the one on the order that may be used for what is due. What other exchanges claim is no reason
// not to: these goods are gone, and which of two shipped ones is paid from it makes no difference to the shop.
func (x *Exchange) authorisation() *Transaction {
	due, s := x.due(), x.Facts.Shop
	if due.Minor <= 0 || s == nil {
		return nil
	}
	return x.fit(s.Transactions, due)
}

// covered reports whether an authorisation on the order may be used for what is due, and still could once the
// exchanges of the order that go before this one have taken theirs.
func (x *Exchange) covered() bool {
	due, s := x.due(), x.Facts.Shop
	if due.Minor <= 0 || s == nil {
		return false
	}
	left := slices.Clone(s.Transactions)
	for _, claim := range deref(s.Siblings).Claims {
		if t := x.fit(left, claim); t != nil {
			t.Unsettled.Minor -= claim.Minor
		}
	}
	return x.fit(left, due) != nil
}

// fit is the one of the transactions that an amount may be taken from: it still holds enough, and either allows
// several captures or will be used up by this one. Otherwise capturing would give up what somebody else may count on.
func (x *Exchange) fit(list []Transaction, amount Money) *Transaction {
	var best *Transaction
	for i, t := range list {
		if !x.open(t) || t.Unsettled.Minor < amount.Minor || t.Unsettled.Currency != amount.Currency {
			continue
		}
		exact := t.Unsettled.Minor == amount.Minor
		if !exact && !t.MultiCapturable {
			continue
		}
		if best == nil || t.Unsettled.Minor < best.Unsettled.Minor || t.Unsettled == best.Unsettled && !t.MultiCapturable {
			best = &list[i]
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
// exchanges: its balance when the first of them was agreed, plus what each that was processed agreed to, less
// what was captured for it, corrected by movements that are not ours. It reports false when one of them
// cannot tell.
//
// Units: the order's presentment currency, minor units.
func Owed(all []Exchange) (owed Money, ok bool) {
	var start *Agreed
	var latest *Shop
	var ours []string
	for i := range all {
		x := &all[i]
		ours = append(ours, x.Transactions()...)
		if s := x.Facts.Shop; s != nil && (latest == nil || s.Stamp.After(latest.Stamp)) {
			latest = s
		}
		a := x.Facts.Agreed
		if a == nil {
			if x.isProcessed() {
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
	owed, err := start.Balance.Plus(latest.foreign(start.Seen, ours))
	if err != nil {
		return Money{}, false
	}
	for i := range all {
		if !all[i].isProcessed() {
			continue
		}
		if owed, err = owed.Plus(all[i].Facts.Agreed.Amount); err != nil {
			return Money{}, false
		}
		if owed, err = owed.Minus(all[i].captured()); err != nil {
			return Money{}, false
		}
	}
	return owed, true
}

// isProcessed reports whether lines of the return were processed in Shopify, by us or by others.
func (x *Exchange) isProcessed() bool {
	return x.done(Process) != nil || x.Facts.Shop != nil && x.Facts.Shop.processedAny()
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
