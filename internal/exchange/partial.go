package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// What comes back may not be what was announced. The merchant's partial policy says what follows, and a person may
// accept what came in its stead.

// short reports whether the finished return order is not as it was announced: something did not come back, came
// beyond it, or was taken out of stock.
func (x *Exchange) short() bool {
	return x.received() && slices.ContainsFunc(x.Facts.ReturnOrder.Lines, func(l ReturnOrderLine) bool {
		return l.Received != l.Announced || l.Scrapped > 0
	})
}

// odd reports whether something else came back than was announced, or in no state to be sold again: then counting does
// not tell what it is worth.
func (x *Exchange) odd() bool {
	return x.received() && slices.ContainsFunc(x.Facts.ReturnOrder.Lines, func(l ReturnOrderLine) bool {
		return l.Received > l.Announced || l.Scrapped > 0
	})
}

// passes reports whether a return that is short is no obstacle: by the policy, by a person's word, or because what
// did not come back is not exchanged any more.
func (x *Exchange) passes() bool {
	return x.Policy.Partial == PartialReleaseAll || x.Accepted() || x.matched()
}

// Accepted reports whether a person has accepted what came back.
func (x *Exchange) Accepted() bool { return len(x.saidOf(ReturnAccepted)) > 0 }

// Acceptable reports whether there is something to accept: a return that is short, and an exchange that it matters to.
func (x *Exchange) Acceptable() bool { return x.Takes(ReturnAccepted) && x.short() && !x.passes() }

// missingItems says what did not come back as announced.
func (x *Exchange) missingItems() []string {
	if !x.short() || x.passes() {
		return nil
	}
	var parts []string
	for _, l := range x.Facts.ReturnOrder.Lines {
		if l.Received != l.Announced || l.Scrapped > 0 {
			part := fmt.Sprintf("%d of %d %s came back", l.Received, l.Announced, l.Article)
			if l.Scrapped > 0 {
				part += fmt.Sprintf(", %d scrapped", l.Scrapped)
			}
			parts = append(parts, part)
		}
	}
	return []string{"the rest of the return: " + strings.Join(parts, "; ") + " (`partial: " + x.Policy.Partial + "`)"}
}

// toReview reports whether a person has to say what follows from a return that is short.
func (x *Exchange) toReview() bool {
	if !x.short() || x.passes() || x.Stage.Final() {
		return false
	}
	return x.Policy.Partial == PartialReview || x.Policy.Partial == PartialReleaseMatched && !x.matchable() && !x.matching()
}

// Under release_matched the part of the exchange goes out that came back. The rest is taken off the Shopify return, in
// both directions, so that it agrees anew on what is really exchanged; and the exchange order, which nobody may change
// once it is there, is taken back and placed anew under the next number.

// cutID is the act that takes the rest off the return; it is done once.
func (x *Exchange) cutID() EffectID { return x.id(RemoveExchangeLines, matchedCause) }

const matchedCause = "matched"

// takeBackID is the act that takes back the exchange order with Ongoing's id.
func (x *Exchange) takeBackID(order int64) EffectID {
	return x.id(CancelOrder, fmt.Sprintf("matched:%d", order))
}

// matched reports whether the rest was taken off the return.
func (x *Exchange) matched() bool {
	m := x.moved(x.cutID())
	return m != nil && m.Result == Done
}

// takenBack reports whether the exchange order that is known was taken back to be placed anew.
func (x *Exchange) takenBack() bool {
	if x.Facts.Order == nil {
		return false
	}
	m := x.moved(x.takeBackID(x.Facts.Order.ID))
	return m != nil && m.Result == Done
}

// askedFor reports whether an effect was asked for.
func (x *Exchange) askedFor(id EffectID) bool {
	return slices.ContainsFunc(x.Asked, func(a Asked) bool { return a.ID == id })
}

// matching reports whether it is under way: something was taken back or taken off, and the result is not known.
func (x *Exchange) matching() bool {
	return x.takenBack() || x.cutBehind() ||
		x.Facts.Order != nil && x.askedFor(x.takeBackID(x.Facts.Order.ID)) && x.moved(x.takeBackID(x.Facts.Order.ID)) == nil ||
		x.askedFor(x.cutID()) && x.moved(x.cutID()) == nil
}

// cutBehind reports whether Shopify was last read before the rest was taken off, or that was refused.
func (x *Exchange) cutBehind() bool {
	m, s := x.moved(x.cutID()), x.Facts.Shop
	return m != nil && s != nil && (m.Result == Done || m.Result == Refused) && !s.Stamp.After(m.Stamp)
}

// matchable reports whether a return that is short can be matched: it was only short, nothing was processed, and
// something of what came back goes with something to send. An order that the warehouse keeps cannot be made smaller.
func (x *Exchange) matchable() bool {
	if x.Policy.Partial != PartialReleaseMatched || x.askedFor(x.cutID()) || x.passes() {
		return false
	}
	_, ok := x.unmatched()
	return ok && !x.keptByWarehouse()
}

// keptByWarehouse reports whether the exchange order could not be taken back.
func (x *Exchange) keptByWarehouse() bool {
	if x.Facts.Order == nil {
		return false
	}
	m := x.moved(x.takeBackID(x.Facts.Order.ID))
	return m != nil && m.Result != Done
}

// unmatched is what is to be taken off the return. It is the one place that says how goods are matched: by order of lines,
// quantity for quantity. The items that come back, in the order in which they were announced, and those that go out, in
// the order of the exchange lines, stand side by side, and one goes out if the one beside it came back. What goes out
// beyond that stands beside the last one.
func (x *Exchange) unmatched() (ProcessAsk, bool) {
	s := x.Facts.Shop
	rest := ProcessAsk{ReturnID: x.ReturnID()}
	if s == nil || !x.short() || x.odd() || s.processedAny() {
		return rest, false
	}
	rows := slices.Clone(x.Facts.ReturnOrder.Lines)
	slices.SortStableFunc(rows, func(a, b ReturnOrderLine) int {
		return cmp.Or(cmp.Compare(len(a.Row), len(b.Row)), strings.Compare(a.Row, b.Row))
	})
	var came []bool // by item that comes back
	for _, l := range s.ReturnLines {
		missing := 0
		for left := l.Quantity; left > 0; { // a line was announced in rows of its own, one after another
			if len(rows) == 0 || rows[0].Announced > left {
				return rest, false // the return has other lines now
			}
			row := rows[0]
			for i := range row.Announced {
				came = append(came, i < row.Received)
			}
			missing += row.Announced - row.Received
			left -= row.Announced
			rows = rows[1:]
		}
		if missing > 0 {
			rest.ReturnLines = append(rest.ReturnLines, ProcessLine{l.ID, missing, l.Quantity})
		}
	}
	if len(rows) > 0 || len(came) == 0 {
		return rest, false
	}
	at, sent := 0, false
	for _, l := range s.ExchangeLines {
		missing := 0
		for range l.Quantity {
			if !came[min(at, len(came)-1)] {
				missing++
			}
			at++
		}
		sent = sent || missing < l.Quantity
		if missing > 0 {
			rest.ExchangeLines = append(rest.ExchangeLines, ProcessLine{l.ID, missing, l.Quantity})
		}
	}
	return rest, sent
}

// orderWanted reports whether the exchange order is to be placed: there is none, or the one there was has been taken
// back and what is left of the exchange is known.
func (x *Exchange) orderWanted() bool {
	if x.pending(PlaceOrder) {
		return false
	}
	return x.done(PlaceOrder) == nil || x.toReplace()
}

// toReplace reports whether the exchange order was taken back and nothing is left to be taken off the return.
func (x *Exchange) toReplace() bool {
	return x.takenBack() && !x.matchable() && !x.pending(RemoveExchangeLines) && !x.cutBehind()
}
