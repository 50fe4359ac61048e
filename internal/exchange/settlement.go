package exchange

import "slices"

// Settlement is where an exchange's money stands. Amounts are in the order's presentment currency.
type Settlement struct {
	Status   string // none, due, secured, settled, refused, written_off
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
	out.Captured, out.Refunded = x.captured(), x.refunded()
	if m := x.elsewhere(); m.Minor > 0 {
		out.Captured = plus(out.Captured, m)
	} else {
		out.Refunded = less(out.Refunded, m)
	}
	out.Status = x.settlementStatus()
	return out
}

func (x *Exchange) settlementStatus() string {
	deposit := x.depositWanted()
	switch {
	case x.Policy.Payment == PaymentNone, x.target().Minor == 0 && !x.differs() && !deposit && x.due().Minor == 0 && x.moved0():
		return "none"
	case x.settled() && x.writtenOff():
		return "written_off"
	case x.settled():
		return "settled"
	case x.collectionRefused():
		return "refused"
	case x.covers(x.claim()), deposit && x.Facts.Shop.processedAny() && x.toSecure().Minor <= 0:
		return "secured"
	default:
		return "due"
	}
}

// moved0 reports whether no money was moved for x: by us, by others, or by a person's word.
func (x *Exchange) moved0() bool {
	return x.captured().Minor == 0 && x.refunded().Minor == 0 && x.elsewhere().Minor == 0 && len(x.saidOf(PaidElsewhere, WrittenOff)) == 0
}

// target is what the buyer is to have paid for the exchange in the end, by what is known now: what was agreed, and what
// is charged for goods that did not come back.
func (x *Exchange) target() Money { return plus(deref(x.Facts.Agreed).Amount, x.charge()) }

// due is what is still to be settled: > 0 the buyer owes.
func (x *Exchange) due() Money {
	if x.Facts.Agreed == nil || x.Policy.Payment == PaymentNone {
		return Money{}
	}
	return x.lessSaid(less(x.target(), plus(x.net(), x.elsewhere())))
}

// owing is what is still to be settled as Shopify has it: what is due, and what it suggests beyond that.
func (x *Exchange) owing() Money { return plus(x.due(), x.beyond()) }

// beyond is what Shopify suggests beyond what was agreed, for the same lines.
func (x *Exchange) beyond() Money {
	if !x.differs() {
		return Money{}
	}
	return less(x.Facts.Agreed.Latest, x.Facts.Agreed.Amount)
}

func (x *Exchange) settled() bool {
	switch {
	case x.Policy.Payment == PaymentNone:
		return true
	case x.Facts.Agreed == nil: // a person says how it was settled
		return x.saidWhole()
	case x.awaitsReturn():
		return false
	case x.differs():
		return x.owing().Minor == 0 && x.elsewhere().Minor != 0
	case x.due().Minor != 0:
		return false
	}
	_, told := x.movedByOthers()
	return told || x.askedByInvoice() == 0 || x.saidWhole() // else the customer may have paid what is to be given back
}

// differs reports whether Shopify last suggested another difference for the same lines than was agreed, because of a
// fee that staff put on the return for instance, and nothing has shown since that the order owes what was agreed: no
// money act of ours, before which that is compared, and no balance that our ledger expects.
func (x *Exchange) differs() bool {
	a, s := x.Facts.Agreed, x.Facts.Shop
	if a == nil || s == nil || a.Latest == (Money{}) || a.Latest == a.Amount || x.captured().Minor != 0 || x.refunded().Minor != 0 {
		return false
	}
	if s.Siblings != nil || s.processable() || !s.processedAny() || x.shopStale(Process) {
		return true
	}
	owed, ok := Owed([]Exchange{*x})
	balance, err := s.Outstanding.Plus(s.Capturable)
	return !ok || err != nil || owed != balance
}

// capped reports whether what is suggested may not be the whole difference: Shopify suggests no refund beyond what
// was paid.
func (s *Shop) capped() bool {
	return s.Suggested.Minor <= 0 && s.Suggested.Minor <= s.foreign(nil, nil).Minor
}

// hidden reports whether what is suggested tells no difference: an authorisation and what was overpaid are off what the
// order owes already, and beside them Shopify suggests all that was paid.
func (s *Shop) hidden() bool { return s.capped() && s.Outstanding.Minor < 0 }

// elsewhere is what was moved for x without us: > 0 Shopify captured by itself or the customer paid, < 0 staff gave
// back. Two things must say so: transactions that were not there when it was agreed, are neither ours nor another
// exchange's of the order, and are not what goes to an exchange that is due since before x; and the order, which owes no
// more than what is still owed for x and the others. Open authorisations count as owed, since totalOutstandingSet counts
// them as transacted.
func (x *Exchange) elsewhere() Money {
	m, _ := x.movedByOthers()
	return m
}

// movedByOthers is elsewhere; it reports false where that cannot be told for now, or from what the order owes.
func (x *Exchange) movedByOthers() (m Money, told bool) {
	s, a := x.Facts.Shop, x.Facts.Agreed
	none := Money{Currency: deref(a).Amount.Currency}
	if s == nil || a == nil || !s.processedAny() || x.shopStale(Process, Capture, ChargeMandate, Refund, EditLines) {
		return none, false
	}
	stake, ok := x.stake()
	balance, err := s.Outstanding.Plus(s.Capturable)
	if !ok || err != nil {
		return none, false
	}
	if !s.left() {
		stake = plus(stake, x.beyond())
	}
	others := deref(s.Siblings)
	open := less(stake, x.net()).Minor
	paid, back := sums(s.movements(append(x.Transactions(), others.Taken...), others.Spent), a.Seen)
	if paid = min(paid, x.payable(open)); others.Open {
		paid = 0
	}
	if back = min(back, max(0, paid-open)); others.Giving {
		back = 0
	}
	rest := open - paid + back + others.Net.Minor
	if paid > 0 && balance.Minor > rest || back > 0 && balance.Minor < rest {
		return none, false
	}
	return Money{paid - back, none.Currency}, true
}

// payable is what payments of others may come to for x, of which so much is open: that, or what an invoice of ours asked
// for, where lines that were processed since have made it less.
func (x *Exchange) payable(open int64) int64 { return max(0, open, x.askedByInvoice()) }

// askedByInvoice is the largest amount that the customer got an invoice of.
func (x *Exchange) askedByInvoice() int64 {
	var most int64
	for _, a := range x.Asked {
		if m := x.moved(a.ID); a.Kind == SendInvoice && m != nil && m.Result == Done {
			most = max(most, deref(a.Amount).Minor)
		}
	}
	return most
}

// claim is what x will yet take of an authorisation.
func (x *Exchange) claim() Money {
	if x.depositWanted() {
		return x.toSecure()
	}
	return x.due()
}

// authorisation is the one on the order that may be used for an amount. What other exchanges claim is no reason
// not to: these goods are gone, and which of two shipped ones is paid from it makes no difference to the shop. What one
// of them may have had authorised for itself alone is.
func (x *Exchange) authorisation(amount Money) *Transaction {
	s := x.Facts.Shop
	if amount.Minor <= 0 || s == nil {
		return nil
	}
	return x.fit(x.usable(), amount)
}

// covers reports whether an authorisation on the order may be used for an amount, and still could once the
// exchanges of the order that go before this one have taken theirs.
func (x *Exchange) covers(amount Money) bool { return x.covering(amount) != nil }

// covering is that authorisation.
func (x *Exchange) covering(amount Money) *Transaction {
	s := x.Facts.Shop
	if amount.Minor <= 0 || s == nil {
		return nil
	}
	left := x.usable()
	for _, claim := range deref(s.Siblings).Claims {
		if t := x.fit(left, claim); t != nil && !x.holds(t.ID) {
			t.Unsettled.Minor -= claim.Minor
		}
	}
	return x.fit(left, amount)
}

// usable are the order's transactions, where an authorisation that has come since x was agreed, and may be the one that
// another exchange has asked for, holds nothing.
func (x *Exchange) usable() []Transaction {
	s := x.Facts.Shop
	left := slices.Clone(s.Transactions)
	for _, coming := range deref(s.Siblings).Coming {
		i := slices.IndexFunc(left, func(t Transaction) bool {
			return x.open(t) && t.Unsettled == coming && !x.holds(t.ID) && !slices.Contains(deref(x.Facts.Agreed).Seen, t.ID)
		})
		if i >= 0 {
			left[i].Unsettled.Minor = 0
		}
	}
	return left
}

// fit is the one of the transactions that an amount may be taken from: it still holds enough, and either allows
// several captures, or will be used up by this one, or was made for x alone. Otherwise capturing would give up what
// somebody else may count on.
func (x *Exchange) fit(list []Transaction, amount Money) *Transaction {
	var best *Transaction
	for i, t := range list {
		if !x.open(t) || t.Unsettled.Minor < amount.Minor || t.Unsettled.Currency != amount.Currency || x.failed(Capture, t.ID) {
			continue
		}
		exact := t.Unsettled.Minor == amount.Minor
		if !exact && !t.MultiCapturable && !x.holds(t.ID) {
			continue
		}
		if x.holds(t.ID) {
			return &list[i]
		}
		if best == nil || t.Unsettled.Minor < best.Unsettled.Minor || t.Unsettled == best.Unsettled && !t.MultiCapturable {
			best = &list[i]
		}
	}
	return best
}

// shared reports whether there is an authorisation that would do for an amount, but for the rest of it.
func (x *Exchange) shared(amount Money) bool {
	s := x.Facts.Shop
	return amount.Minor > 0 && s != nil && x.authorisation(amount) == nil && slices.ContainsFunc(s.Transactions, func(t Transaction) bool {
		return x.open(t) && t.Unsettled.Currency == amount.Currency && t.Unsettled.Minor > amount.Minor && !x.failed(Capture, t.ID)
	})
}

// open reports whether something may be captured from an authorisation. What was authorised for another exchange of the
// order is not ours to take.
func (x *Exchange) open(t Transaction) bool {
	return t.Kind == "AUTHORIZATION" && t.Status == "SUCCESS" && t.Capturable && t.Unsettled.Minor > 0 &&
		(t.ExpiresAt.IsZero() || t.ExpiresAt.After(x.Updated)) &&
		!slices.Contains(deref(deref(x.Facts.Shop).Siblings).Taken, t.ID)
}

// plus adds amounts of one order, which are of one currency; where they are not, the first stands.
func plus(a, b Money) Money {
	sum, err := a.Plus(b)
	if err != nil {
		return a
	}
	return sum
}

func less(a, b Money) Money { return plus(a, Money{-b.Minor, b.Currency}) }
