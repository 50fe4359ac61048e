package exchange

// Siblings is what the other exchanges of a Shopify order have to do with its money, by our own ledger, at the time
// a read of that order had come back.
type Siblings struct {
	Taken []string `json:"taken,omitempty"` // the transactions that their acts made
	// Open: a capture of theirs has no outcome that is known. What the read says of money may be of before it or
	// after it, and one of the transactions may be that capture.
	Open bool `json:"open,omitempty"`
}

// Beside is what the others of a Shopify order's exchanges have to do with its money, as the one called id must know
// it; nil where there are none. Call it with what is stored after the read, so that no act of theirs that the read may
// have seen is missing.
func Beside(all []Exchange, id ID) *Siblings {
	var out *Siblings
	for i := range all {
		other := &all[i]
		if other.ID == id {
			continue
		}
		if out == nil {
			out = &Siblings{}
		}
		out.Taken = append(out.Taken, other.Transactions()...)
		out.Open = out.Open || other.pending(Capture) || other.ended(Capture, Dead) != nil
	}
	return out
}
