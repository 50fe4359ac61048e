package exchange

import (
	"slices"
	"strings"
)

// Siblings is what the other exchanges of a Shopify order have to do with its money and its goods, by our own ledger, at
// the time a read of that order had come back.
type Siblings struct {
	Taken []string `json:"taken,omitempty"` // the transactions that their acts made
	// Claims are the amounts they have yet to take, of those that go before this exchange.
	Claims []Money `json:"claims,omitempty"`
	// Coming are the amounts that they have asked to be authorised for themselves alone, of those whose outcome is not
	// known: one of the authorisations may be theirs.
	Coming []Money `json:"coming,omitempty"`
	// Open: an act of theirs that takes money has no outcome that is known. What the read says of money may be of before
	// it or after it, and one of the transactions may be of that act. Giving: the same of one that gives back.
	Open   bool `json:"open,omitempty"`
	Giving bool `json:"giving,omitempty"`
	// Spent are the parts of movements that are nobody's acts which go to exchanges that are due since before this one.
	Spent []Spent `json:"spent,omitempty"`
	// Net is what the order still owes for all of the others, all such movements counted.
	Net Money `json:"net,omitzero"`
	// Announced are the items of original orders that they have announced to come back.
	Announced []Announced `json:"announced,omitempty"`
}

// Spent is a part of a transaction.
type Spent struct {
	ID    string `json:"id"`
	Minor int64  `json:"minor"`
}

// Beside is what the others of a Shopify order's exchanges have to do with its money and goods, as s has read it, as the one called
// id must know it; nil where there are none. Call it with what is stored after the read, so that no act of theirs that
// the read may have seen is missing.
func Beside(all []Exchange, id ID, s *Shop) *Siblings {
	var mine *Agreed
	var self *Exchange
	var others []*Exchange
	for i := range all {
		if x := &all[i]; x.ID == id {
			mine, self = x.Facts.Agreed, x
		} else {
			others = append(others, x)
		}
	}
	if len(others) == 0 {
		return nil
	}
	out := Siblings{Announced: AnnouncedBeside(all, id)}
	var first []*Exchange
	for _, x := range others {
		_, told := x.stake()
		out.Taken = append(out.Taken, x.Transactions()...)
		out.Coming = append(out.Coming, x.authorising()...)
		out.Open = out.Open || !told || x.pending(Capture, ChargeMandate) || x.ended(Capture, Dead) != nil || x.ended(ChargeMandate, Dead) != nil
		out.Giving = out.Giving || !told || x.pending(Refund) || x.ended(Refund, Dead) != nil || x.processRefunds()
		if x.claims() && x.before(mine) {
			first = append(first, x)
		}
	}
	slices.SortFunc(first, func(a, b *Exchange) int {
		if a.Facts.Agreed.earlier(b.Facts.Agreed) {
			return -1
		}
		return 1
	})
	for _, x := range first {
		out.Claims = append(out.Claims, x.claim())
	}
	out.Spent, out.Net = allot(all, self, s)
	return &out
}

// authorising are the amounts that x has asked to be authorised for it alone, and nobody knows yet what came of it.
func (x *Exchange) authorising() []Money {
	var out []Money
	for _, a := range x.Asked {
		m := x.moved(a.ID)
		if a.Kind == ChargeMandate && a.Amount != nil && strings.HasPrefix(causeOf(a.ID), authorising) && (m == nil || m.Result == Dead) {
			out = append(out, *a.Amount)
		}
	}
	return out
}

// processRefunds reports whether lines are being processed along with a refund, and nobody knows yet what came of it.
func (x *Exchange) processRefunds() bool {
	return slices.ContainsFunc(x.Asked, func(a Asked) bool {
		m := x.moved(a.ID)
		return a.Kind == Process && a.Amount != nil && (m == nil || m.Result == Dead)
	})
}

// claims reports whether x will yet take money from the order's authorisations, others than one made for it alone.
func (x *Exchange) claims() bool {
	return x.Facts.Agreed != nil && x.Stage != Cancelled && x.claim().Minor > 0 && !x.settled() && len(x.held()) == 0
}

// before reports whether what x claims goes before what an exchange claims for which mine was agreed: its goods may be
// gone already, or it was agreed earlier. So of two that count on the same money one is always the first.
func (x *Exchange) before(mine *Agreed) bool {
	return x.Fixed != nil || x.Facts.Agreed.earlier(mine)
}

// earlier reports whether a was agreed before b; what is not agreed yet comes last.
func (a *Agreed) earlier(b *Agreed) bool { return b == nil || b.Stamp.After(a.Stamp) }

// allot shares out the movements that are nobody's acts among the exchanges of an order, the one due longest first. It
// gives what goes to those before self, and what all but self still owe after that.
func allot(all []Exchange, self *Exchange, s *Shop) (spent []Spent, net Money) {
	var ours []string
	var parties []*Exchange
	for i := range all {
		ours = append(ours, all[i].Transactions()...)
		if _, told := all[i].stake(); told && all[i].Facts.Agreed != nil && all[i].isProcessed() {
			parties = append(parties, &all[i])
		}
	}
	slices.SortFunc(parties, func(a, b *Exchange) int {
		if sa, sb := a.dueSince(), b.dueSince(); sa != sb {
			if sb.After(sa) {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	net = Money{Currency: s.Outstanding.Currency}
	list := s.movements(ours, nil)
	before := self != nil && slices.Contains(parties, self)
	for _, x := range parties {
		stake, _ := x.stake()
		open := less(stake, x.net()).Minor
		wants := open
		if asked := x.askedByInvoice(); asked > 0 {
			wants = max(open, asked)
		}
		wants = x.lessSaid(Money{wants, net.Currency}).Minor // what was settled by a person's word takes no payment of others
		if x.Stage == Cancelled || x.Policy.Payment == PaymentNone {
			wants = 0
		}
		for i := range list {
			t := &list[i]
			if slices.Contains(x.Facts.Agreed.Seen, t.ID) {
				continue
			}
			part := int64(0)
			switch {
			case wants > 0 && t.minor > 0:
				part = min(wants, t.minor)
			case wants < 0 && t.minor < 0:
				part = max(wants, t.minor)
			}
			if part == 0 {
				continue
			}
			t.minor -= part
			wants -= part
			open -= part
			if x != self && before {
				spent = append(spent, Spent{t.ID, part})
			}
		}
		if x == self {
			before = false
			continue
		}
		net.Minor += open
	}
	return spent, net
}

// dueSince is when lines of x were processed: by our own act, else after the last read that saw none processed.
func (x *Exchange) dueSince() Stamp {
	var first *Movement
	for i := range x.Facts.Movements {
		if m := &x.Facts.Movements[i]; m.Kind == Process && m.Result == Done && (first == nil || first.Stamp.After(m.Stamp)) {
			first = m
		}
	}
	if first == nil {
		return deref(x.Facts.Agreed).Last
	}
	return first.Stamp
}

// movement is a payment (> 0) or something given back (< 0) on an order, as much of it as is not spoken for.
type movement struct {
	ID    string
	minor int64
}

// movements are what was paid and given back on the order by nobody's act among ours, less the parts that are spent.
func (s *Shop) movements(ours []string, spent []Spent) []movement {
	var out []movement
	for _, t := range s.Transactions {
		if t.Status != "SUCCESS" || slices.Contains(ours, t.ID) || t.Amount.Currency != s.Outstanding.Currency {
			continue
		}
		switch t.Kind {
		case "SALE", "CAPTURE":
			out = append(out, movement{t.ID, t.Amount.Minor})
		case "REFUND":
			out = append(out, movement{t.ID, -t.Amount.Minor})
		}
	}
	for _, p := range spent {
		if i := slices.IndexFunc(out, func(m movement) bool { return m.ID == p.ID }); i >= 0 {
			out[i].minor -= p.Minor
		}
	}
	return out
}

// sums adds up what of the movements was paid and what was given back, leaving out what was seen before.
func sums(list []movement, seen []string) (paid, back int64) {
	for _, m := range list {
		if slices.Contains(seen, m.ID) {
			continue
		}
		if m.minor > 0 {
			paid += m.minor
		} else {
			back -= m.minor
		}
	}
	return paid, back
}
