package exchange

import "slices"

// wantAll asks for a read of all that can be read, as after a restore nothing is surely so any more.
func (d *decision) wantAll() {
	for _, t := range []Target{ReadShop, ReadOrder, ReadReturnOrder} {
		if d.x.readAsk(t) == nil {
			continue
		}
		d.want(t)
		r := d.x.reading(t)
		r.Anew = r.Want
	}
}

// Recovering reports whether a read that was asked for because the store was restored has not come back.
func (x *Exchange) Recovering() bool {
	return slices.ContainsFunc(x.Reads, func(r Reading) bool { return r.Have < r.Anew })
}

// foundPlaced reports whether the exchange order was there when we came to place it after a restore: we had
// placed it then already, and how it was first read by us now is not how it was born.
func (x *Exchange) foundPlaced() bool {
	m := x.moved(x.id(PlaceOrder, x.Number()))
	return !x.Facts.Recovered.IsZero() && m != nil && m.Looked
}

// KnownMoney are the transactions of the order that cannot be captures of ours which a restore has made us
// forget: those that were there when it was agreed, and those that are known as ours.
func (x *Exchange) KnownMoney() []string {
	known := x.Transactions()
	if x.Facts.Agreed != nil {
		known = append(known, x.Facts.Agreed.Seen...)
	}
	return known
}
