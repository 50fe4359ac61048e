package exchange

import "slices"

// fullValue reports whether the whole value of the replacement is secured before the release, not the difference alone.
func (x *Exchange) fullValue() bool {
	return x.Policy.Deposit == DepositFullValue && x.Policy.Payment == SecureBeforeRelease && x.Instant()
}

// apart reports whether the exchange lines are processed alone, and the return lines only when they have come back: until
// then the order owes the whole value, which is secured by a deposit or charged after the deadline.
func (x *Exchange) apart() bool {
	return x.Instant() && x.Policy.ProcessReturn && (x.fullValue() || x.chargesLate())
}

// awaitsReturn reports whether return lines are to be processed yet, so that nobody can say what is left to settle.
func (x *Exchange) awaitsReturn() bool {
	s := x.Facts.Shop
	return x.apart() && s != nil && s.backLeft() && !x.charging() && !x.waived()
}

// depositWanted reports whether the whole value is to be held: nothing is captured or given back meanwhile.
func (x *Exchange) depositWanted() bool { return x.fullValue() && x.awaitsReturn() }

// toSecure is what is not paid yet of the amount that must be secured before the release: the difference, or all that the
// processed exchange lines cost.
func (x *Exchange) toSecure() Money {
	if !x.depositWanted() {
		return x.due()
	}
	stake, ok := x.stake()
	if !ok {
		return x.due()
	}
	return x.lessSaid(less(stake, plus(x.net(), x.elsewhere())))
}

func (x *Exchange) secured() bool {
	s, a := x.Facts.Shop, x.Facts.Agreed
	switch {
	case x.Policy.Payment != SecureBeforeRelease:
		return true
	case s == nil:
		return false
	case a == nil: // a person says how it was settled
		return x.saidWhole()
	case x.depositWanted():
		if !s.processedAny() || x.shopStale(Process) {
			return false
		}
		if _, ok := x.stake(); !ok { // nobody can reckon the deposit: a person says how it was settled
			return x.saidWhole()
		}
	case a.Amount.Minor <= 0 || x.settled():
		return true
	}
	want := x.toSecure()
	return want.Minor <= 0 || x.covers(want)
}

// held are the authorisations that were made for x alone, in its own transactions.
func (x *Exchange) held() []string {
	var out []string
	for i := range x.Facts.Movements {
		m := &x.Facts.Movements[i]
		if m.Kind == ChargeMandate && m.Result == Done && !m.takes() && m.ID != "" {
			out = append(out, m.ID)
		}
	}
	return out
}

// holds reports whether an authorisation was made for x alone.
func (x *Exchange) holds(id string) bool { return slices.Contains(x.held(), id) }

// heldStill are those of them that still hold something, as last read, and that nobody has refused to end.
func (x *Exchange) heldStill() []Transaction {
	s := x.Facts.Shop
	if s == nil {
		return nil
	}
	var out []Transaction
	for _, t := range s.Transactions {
		if x.holds(t.ID) && x.open(t) && !x.failed(VoidAuthorisation, t.ID) {
			out = append(out, t)
		}
	}
	return out
}

// returnsBack are the items of the return lines that have come back and are not processed: by what the warehouse
// received, or everything once the portal says that the return is closed and the warehouse does not say otherwise.
func (x *Exchange) returnsBack() []ProcessLine {
	s := x.Facts.Shop
	if s == nil {
		return nil
	}
	got := map[string]int{}
	all := x.closed() && !x.received() && !x.asksReturnOrder() || x.whole() || x.received() && x.passes()
	if x.received() {
		for _, l := range x.Facts.ReturnOrder.Lines {
			got[l.Article] += l.Received
		}
	}
	for _, l := range s.ReturnLines { // whichever of an article's lines they were processed for
		got[x.articleOf(l)] -= l.Processed
	}
	var out []ProcessLine
	for _, l := range s.ReturnLines {
		n := l.Processable
		if !all {
			article := x.articleOf(l)
			n = min(n, max(0, got[article]))
			got[article] -= n
		}
		if n > 0 {
			out = append(out, ProcessLine{l.ID, n, l.Processed})
		}
	}
	return out
}
