package exchange

import "slices"

// What an exchange that has ended before its goods went out leaves in Shopify is taken back there: lines that were not
// processed come off the return, or the return is cancelled; lines that were processed are edited down on the order.

// returnGoes reports whether the Shopify return is cancelled with the exchange: nothing else is on it, or it was made for
// the exchange by us, and no goods are on their way. Else it stays, for the goods and the money that it is about.
func (x *Exchange) returnGoes() bool {
	s := x.Facts.Shop
	if s == nil || s.OrderCancelled || s.ReturnStatus != ReturnOpen || s.processedAny() || x.received() || x.scanned() || x.cutBehind() {
		return false
	}
	return (len(s.ReturnLines) == 0 || x.done(CreateReturn) != nil) && x.ended(CancelReturn, Refused, Dead) == nil
}

// linesLeft reports whether exchange lines are left to be taken off the Shopify return. One that is cancelled, or being
// cancelled, has none, whatever was read before that.
func (x *Exchange) linesLeft() bool {
	s := x.Facts.Shop
	return s != nil && !s.OrderCancelled && s.ReturnStatus == ReturnOpen && !s.processedAny() && len(s.ExchangeLines) > 0 &&
		!x.returnGoes() && x.done(CancelReturn) == nil && !x.pending(CancelReturn) && !x.cutBehind()
}

// sold are the order lines made of exchange lines that nobody has shipped, each to be set to what was.
func (x *Exchange) sold() []EditLine {
	s := x.Facts.Shop
	if s == nil || s.OrderCancelled {
		return nil
	}
	var out []EditLine
	for _, l := range s.ExchangeLines {
		for _, id := range l.LineItemIDs {
			shipped := s.shippedOf(id)
			before := shipped + s.remainingOf(id)
			if len(l.LineItemIDs) == 1 && s.remainingOf(id) == 0 { // no fulfillment order holds it
				before = l.Processed
			}
			if before > shipped {
				out = append(out, EditLine{LineItemID: id, Before: before, Quantity: shipped})
			}
		}
	}
	return out
}

// shippedOf counts the items of an order line that Shopify has as fulfilled.
func (s *Shop) shippedOf(lineItemID string) int {
	n := 0
	for _, f := range s.Fulfillments {
		for _, l := range f.Lines {
			if !f.Cancelled && l.LineItemID == lineItemID {
				n += l.Quantity
			}
		}
	}
	return n
}

// remainingOf counts the items of an order line that fulfillment orders hold.
func (s *Shop) remainingOf(lineItemID string) int {
	n := 0
	for _, fo := range s.FulfillmentOrders {
		for _, l := range fo.Lines {
			if !fo.ended() && l.LineItemID == lineItemID {
				n += l.Remaining
			}
		}
	}
	return n
}

// cameBack reports whether the warehouse took items of the exchange order in again after it was sent: the parcel was
// returned to the sender, or the customer has sent it back. Once the exchange is completed its order is one as any other.
func (x *Exchange) cameBack() bool {
	return x.Facts.Order != nil && x.Facts.Reached.Has(RoleSent) &&
		slices.ContainsFunc(x.Facts.Order.Lines, func(l OrderLine) bool { return l.Returned > 0 })
}

// leftOpen reports whether the Shopify return stays open at the end for return lines that are not processed on purpose:
// what they are about was charged, or is not asked for any more.
func (x *Exchange) leftOpen() bool {
	s := x.Facts.Shop
	return s != nil && x.Policy.ProcessReturn && s.ReturnStatus == ReturnOpen && !s.outLeft() && s.backLeft() && !x.shopStale(Process)
}
