package exchange

import "slices"

// Siblings is what the other exchanges of a Shopify order have to do with its money, by our own ledger, at the time
// a read of that order had come back.
type Siblings struct {
	Taken []string `json:"taken,omitempty"` // the transactions that their acts made
	// Claims are the amounts they have yet to take, of those that go before this exchange.
	Claims []Money `json:"claims,omitempty"`
	// Open: a capture of theirs has no outcome that is known. What the read says of money may be of before it or
	// after it, and one of the transactions may be that capture.
	Open bool `json:"open,omitempty"`
}

// Beside is what the others of a Shopify order's exchanges have to do with its money, as the one called id must know
// it; nil where there are none. Call it with what is stored after the read, so that no act of theirs that the read may
// have seen is missing.
func Beside(all []Exchange, id ID) *Siblings {
	var mine *Agreed
	var others []*Exchange
	for i := range all {
		if x := &all[i]; x.ID == id {
			mine = x.Facts.Agreed
		} else {
			others = append(others, x)
		}
	}
	if len(others) == 0 {
		return nil
	}
	var out Siblings
	var first []*Exchange
	for _, x := range others {
		out.Taken = append(out.Taken, x.Transactions()...)
		out.Open = out.Open || x.pending(Capture) || x.ended(Capture, Dead) != nil
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
		out.Claims = append(out.Claims, x.due())
	}
	return &out
}

// claims reports whether x will yet take money from the order's authorisations.
func (x *Exchange) claims() bool {
	return x.Facts.Agreed != nil && x.Stage != Cancelled && x.due().Minor > 0 && !x.settled()
}

// before reports whether what x claims goes before what an exchange claims for which mine was agreed: its goods may be
// gone already, or it was agreed earlier. So of two that count on the same money one is always the first.
func (x *Exchange) before(mine *Agreed) bool {
	return x.Fixed != nil || x.Facts.Agreed.earlier(mine)
}

// earlier reports whether a was agreed before b; what is not agreed yet comes last.
func (a *Agreed) earlier(b *Agreed) bool { return b == nil || b.Stamp.After(a.Stamp) }
