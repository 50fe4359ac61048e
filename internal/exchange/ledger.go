package exchange

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// moneyKinds are the acts that change what an order owes or what may be taken on it.
var moneyKinds = []Kind{Process, Capture, ChargeMandate, Refund, VoidAuthorisation, EditLines}

// authorising marks the cause of a charge that authorises only.
const authorising = "authorise:"

// takes reports whether an act of ours that was done has brought money: what was only authorised is none.
func (m *Movement) takes() bool {
	return m.Result == Done && (m.Kind == Capture || m.Kind == ChargeMandate && !strings.HasPrefix(causeOf(m.Effect), authorising))
}

// gives reports whether an act of ours that was done may have given money back.
func (m *Movement) gives() bool { return m.Result == Done && (m.Kind == Refund || m.Kind == Process) }

// captured is what our own acts took.
func (x *Exchange) captured() Money { return x.total((*Movement).takes) }

// refunded is what our own acts gave back.
func (x *Exchange) refunded() Money { return x.total((*Movement).gives) }

// net is what our own acts took, less what they gave back.
func (x *Exchange) net() Money { return less(x.captured(), x.refunded()) }

func (x *Exchange) total(counts func(*Movement) bool) Money {
	sum := Money{Currency: deref(x.Facts.Agreed).Amount.Currency}
	for i := range x.Facts.Movements {
		if m := &x.Facts.Movements[i]; counts(m) {
			sum = plus(sum, x.amountOf(m))
		}
	}
	return sum
}

// amountOf is what an act moved. A processing of lines moved what its outcome says, and else nothing; any other act
// moved what was asked for, unless its outcome says so itself.
func (x *Exchange) amountOf(m *Movement) Money {
	if m.Amount != nil || m.Kind == Process {
		return deref(m.Amount)
	}
	i := slices.IndexFunc(x.Asked, func(a Asked) bool { return a.ID == m.Effect })
	if i < 0 {
		return Money{}
	}
	return deref(x.Asked[i].Amount)
}

// stake is what x adds to what its order owes by the lines that are processed, before any money is moved for it. It
// reports false where what is known does not tell.
func (x *Exchange) stake() (Money, bool) {
	a := x.Facts.Agreed
	if !x.isProcessed() {
		return Money{Currency: deref(a).Amount.Currency}, true
	}
	if a == nil {
		return Money{}, false
	}
	rest, ok := x.rest()
	if !ok {
		return Money{}, false
	}
	stake := less(a.Amount, rest)
	if x.done(EditLines) == nil {
		return stake, true
	}
	gone, ok := x.editedValue()
	if s := x.Facts.Shop; !ok && s != nil && !s.backProcessed() && !s.shippedAny() {
		return Money{Currency: a.Amount.Currency}, true // all of it was edited away, and what comes back is taken to be owed still
	}
	return less(stake, gone), ok
}

// rest is what the lines that are not processed yet will add to what the order owes: below zero for goods to come back.
func (x *Exchange) rest() (Money, bool) {
	s, zero := x.Facts.Shop, Money{Currency: deref(x.Facts.Agreed).Amount.Currency}
	if m := x.latest(Process); m != nil && (s == nil || !s.Stamp.After(m.Stamp)) {
		return zero, !strings.HasPrefix(causeOf(m.Effect), outAlone)
	}
	if !s.left() {
		return zero, true
	}
	lines := s.standing()
	if i := slices.IndexFunc(x.Facts.Left, func(l Left) bool { return l.Lines == lines }); i >= 0 {
		return x.Facts.Left[i].Amount, true
	}
	return x.restByPrices()
}

// restByPrices is the same by the lines' prices, where Shopify has suggested no more than was paid. It reports false where
// they do not add up to what was agreed, or a part of a line cannot be told from its price; and where it was not us who
// processed the exchange lines alone, or some were processed before: on a legacy return what comes back may be off the
// order already.
func (x *Exchange) restByPrices() (Money, bool) {
	alone := slices.ContainsFunc(x.Facts.Movements, func(m Movement) bool {
		return m.Kind == Process && m.Result == Done && strings.HasPrefix(causeOf(m.Effect), outAlone)
	})
	taxed, ok := x.taxed()
	if a := x.Facts.Agreed; !ok || !alone || a.Late && !a.Apart {
		return Money{}, false
	}
	return x.Facts.Shop.restPriced(taxed)
}

// restPriced is what the lines that are not processed yet come to by their prices. It reports false where a part of a line
// cannot be told from its price.
func (s *Shop) restPriced(taxed bool) (sum Money, ok bool) {
	sum, ok = Money{Currency: s.Outstanding.Currency}, true
	add := func(whole Money, l, of int) {
		part, told := whole.part(l, of)
		ok, sum = ok && told, plus(sum, part)
	}
	for _, l := range s.ExchangeLines {
		add(l.Price.comesTo(taxed), l.Quantity-l.Processed, l.Quantity)
	}
	for _, l := range s.ReturnLines {
		add(less(l.Price.Fee, l.Price.comesTo(taxed)), l.Quantity-l.Processed, l.Quantity)
	}
	return sum, ok
}

// part is what n of so many pieces come to, if that can be told from what all of them do.
func (m Money) part(n, of int) (Money, bool) {
	if of == 0 || n <= 0 {
		return Money{Currency: m.Currency}, true
	}
	share := m.Minor * int64(n)
	return Money{share / int64(of), m.Currency}, share%int64(of) == 0
}

// latest is the act of a kind that was done last.
func (x *Exchange) latest(k Kind) *Movement {
	var last *Movement
	for i := range x.Facts.Movements {
		if m := &x.Facts.Movements[i]; m.Kind == k && m.Result == Done && (last == nil || m.Stamp.After(last.Stamp)) {
			last = m
		}
	}
	return last
}

// editedValue is what those goods cost, by their lines' prices, that were edited away since nobody has shipped them. It
// reports false where a part of a line cannot be told from its price.
func (x *Exchange) editedValue() (Money, bool) {
	taxed, ok := x.taxed()
	if !ok {
		return Money{}, false
	}
	sum := Money{Currency: x.Facts.Agreed.Amount.Currency}
	for _, l := range x.Facts.Shop.ExchangeLines {
		part, told := l.Price.comesTo(taxed).part(l.Processed-x.Facts.Shop.fulfilled(&l), l.Quantity)
		if !told {
			return Money{}, false
		}
		sum = plus(sum, part)
	}
	return sum, true
}

// taxed reports whether the tax of the lines is to be added to their prices, or is in them: that is told by what was
// agreed, which they must add up to one way or the other.
func (x *Exchange) taxed() (added, ok bool) {
	s, a := x.Facts.Shop, x.Facts.Agreed
	if s == nil || a == nil {
		return false, false
	}
	for _, added := range []bool{false, true} {
		sum, known := Money{Currency: a.Amount.Currency}, true
		for _, l := range s.ExchangeLines {
			known = known && l.Price != nil
			sum = plus(sum, deref(l.Price).comesTo(added))
		}
		for _, l := range s.ReturnLines {
			known = known && l.Price != nil
			sum = plus(sum, less(deref(l.Price).Fee, deref(l.Price).comesTo(added)))
		}
		if known && sum == a.Amount {
			return added, true
		}
	}
	return false, false
}

// comesTo is a line's price less its discount; with its tax, where that is not in the price.
func (p LinePrice) comesTo(taxed bool) Money {
	sum := less(p.Price, p.Discount)
	if taxed {
		sum = plus(sum, p.Tax)
	}
	return sum
}

// foreign sums the movements of the order's money that are neither seen nor ours: > 0 was given back, < 0 was
// paid. It is what they add to what the order owes.
func (s *Shop) foreign(seen, ours []string) Money {
	sum := Money{Currency: s.Outstanding.Currency}
	for _, t := range s.Transactions {
		if t.Status != "SUCCESS" || slices.Contains(seen, t.ID) || slices.Contains(ours, t.ID) {
			continue
		}
		switch t.Kind {
		case "REFUND":
			sum = plus(sum, t.Amount)
		case "SALE", "CAPTURE":
			sum = less(sum, t.Amount)
		}
	}
	return sum
}

// Owed is what a Shopify order should owe now, authorisations not counted, by our ledger of all of its
// exchanges: its balance when the first of them was agreed, plus what the lines of each that were processed add, less
// what was taken for it and not given back, corrected by movements that are not ours and by what a person has seen and
// explained. It reports false when one of them cannot tell.
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
		if a := x.Facts.Agreed; a != nil && (start == nil || start.Stamp.After(a.Stamp)) {
			start = a
		}
	}
	if start == nil {
		return Money{}, false
	}
	owed, err := plus(start.Balance, explained(all)).Plus(latest.foreign(start.Seen, ours))
	if err != nil {
		return Money{}, false
	}
	for i := range all {
		stake, ok := all[i].stake()
		if !ok {
			return Money{}, false
		}
		if owed, err = owed.Plus(stake); err != nil {
			return Money{}, false
		}
		if owed, err = owed.Minus(all[i].net()); err != nil {
			return Money{}, false
		}
	}
	return owed, true
}

// explained is what the order owes beyond our ledger by a person's word: they were shown both figures, since it was
// changed by something else than its exchanges (another return, an edit), and had it collected again. The last word on
// the order counts, by the figures that were last shown before it.
func explained(all []Exchange) Money {
	type word struct {
		said  Decided
		shown *Movement
	}
	var words []word
	for i := range all {
		for _, d := range all[i].saidOf(CollectAgain) {
			if m := all[i].shown(d.At); m != nil {
				words = append(words, word{d, m})
			}
		}
	}
	slices.SortStableFunc(words, func(a, b word) int {
		return cmp.Or(a.said.At.Compare(b.said.At), strings.Compare(a.said.Event, b.said.Event))
	})
	by := make([]Money, len(words)) // each figure of ours held what was explained before it was shown
	for i, w := range words {
		by[i] = less(*w.shown.Theirs, *w.shown.Ours)
		for j := i - 1; j >= 0; j-- {
			if !words[j].said.At.After(w.shown.At) {
				by[i] = plus(by[i], by[j])
				break
			}
		}
	}
	if len(by) == 0 {
		return Money{}
	}
	return by[len(by)-1]
}

// shown is the disagreement of the ledgers that was last raised by a time.
func (x *Exchange) shown(by time.Time) *Movement {
	var last *Movement
	for i := range x.Facts.Movements {
		m := &x.Facts.Movements[i]
		if m.Code == CodeMismatch && m.Ours != nil && m.Theirs != nil && !m.At.After(by) && (last == nil || m.At.After(last.At)) {
			last = m
		}
	}
	return last
}

// Unread reports whether what a Shopify order should owe will be known by a read that is yet to come: lines of one of
// its exchanges were processed in part since it was last read.
func Unread(all []Exchange) bool {
	return slices.ContainsFunc(all, func(x Exchange) bool {
		m, s := x.latest(Process), x.Facts.Shop
		return m != nil && s != nil && !s.Stamp.After(m.Stamp) && strings.HasPrefix(causeOf(m.Effect), outAlone) &&
			!x.Stage.Final() && !x.missing(ReadShop)
	})
}

// isProcessed reports whether lines of the return were processed in Shopify, by us or by others.
func (x *Exchange) isProcessed() bool {
	return x.done(Process) != nil || x.Facts.Shop != nil && x.Facts.Shop.processedAny()
}

// Transactions names the transactions that our acts made for x.
func (x *Exchange) Transactions() []string {
	var out []string
	for i := range x.Facts.Movements {
		m := &x.Facts.Movements[i]
		if m.Result != Done || !slices.Contains([]Kind{Capture, ChargeMandate, Refund, VoidAuthorisation, Process}, m.Kind) {
			continue
		}
		for _, id := range append([]string{m.ID}, m.IDs...) {
			if id != "" && !slices.Contains(out, id) {
				out = append(out, id)
			}
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
