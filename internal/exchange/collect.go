package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The ladder by which a positive difference is collected, by what really exists on the order: an authorisation that may
// be used (one whose capture was refused is ended first), then each stored payment method, then an invoice to the customer, then a person. Each way is gone once for one
// amount; one that was refused leads to the next, one that was given up stops the ladder, since it may have landed.

// course is where the ladder stands.
type course int

const (
	noWay   course = iota // every way was tried, or there is none
	wayOpen               // there is an act to ask for
	waits                 // for the outcome of one, for a new read, for the customer to pay the invoice
	isShared
	isOver  // the act would move more than one may
	stopped // given up, or the ledgers disagree: a person is asked already
)

// collecting are the acts of the ladder; what is known of the order must be newer than those of unread.
var (
	collecting = []Kind{Capture, ChargeMandate, SendInvoice}
	unread     = append([]Kind{SendInvoice}, moneyKinds...)
)

// tries is how often an act is held against a new read where the ledgers disagree.
const tries = 3

// collect is the next act by which an amount is collected, within the limit of one act.
func (x *Exchange) collect(want Money, secure bool) (Effect, course) {
	e, at := x.ladder(want, secure)
	if at == wayOpen && e.Kind != VoidAuthorisation && x.overLimit(want) {
		return Effect{}, isOver
	}
	return e, at
}

// ladder is the next act by which an amount is collected; to secure it, nothing is captured yet that can be authorised.
func (x *Exchange) ladder(want Money, secure bool) (Effect, course) {
	s := x.Facts.Shop
	switch {
	case s == nil || want.Minor <= 0 || x.shopStale(unread...):
		return Effect{}, waits
	case x.stopped(collecting...):
		return Effect{}, stopped
	}
	if t := x.authorisation(want); t != nil && !secure {
		return x.moneyAct(Capture, t.ID, MoneyAsk{
			ParentID: t.ID, Amount: want, Final: t.MultiCapturable && (t.Unsettled == want || x.holds(t.ID)),
		}), wayOpen
	}
	if t := x.useless(want); t != nil && !secure {
		return x.moneyAct(VoidAuthorisation, t.ID, MoneyAsk{ParentID: t.ID, Amount: t.Unsettled}), wayOpen
	}
	if x.shared(want) {
		return Effect{}, isShared
	}
	whole := s.Outstanding == want
	for _, id := range s.Mandates {
		chosen := x.Policy.MandateAmounts && s.Outstanding.Currency == want.Currency && s.Outstanding.Minor >= want.Minor
		cause := id
		if secure {
			cause = authorising + id
		}
		if (whole || chosen) && !x.failed(ChargeMandate, cause) {
			return x.moneyAct(ChargeMandate, cause, MoneyAsk{MandateID: id, Amount: want, Whole: whole, Authorise: secure}), wayOpen
		}
	}
	cause := invoiceOf(want)
	switch {
	case x.invoiced(want):
		return Effect{}, waits
	case whole && !x.failed(SendInvoice, cause):
		return x.moneyAct(SendInvoice, cause, MoneyAsk{Amount: want}), wayOpen
	}
	return Effect{}, noWay
}

// useless is an authorisation of just an amount whose capture the gateway has refused. While it stands Shopify counts the
// amount as paid, so that it could not be asked for in any other way.
func (x *Exchange) useless(want Money) *Transaction {
	for i, t := range x.Facts.Shop.Transactions {
		if x.open(t) && t.Unsettled == want && x.failed(Capture, t.ID) && !x.failed(VoidAuthorisation, t.ID) {
			return &x.Facts.Shop.Transactions[i]
		}
	}
	return nil
}

// invoiced reports whether the customer has an invoice for an amount.
func (x *Exchange) invoiced(want Money) bool {
	m := x.moved(x.attempt(SendInvoice, invoiceOf(want)))
	return m != nil && m.Result == Done
}

// invoiceOf is the cause of an invoice: the customer gets one for each amount.
func invoiceOf(want Money) string { return fmt.Sprintf("%d%s", want.Minor, want.Currency) }

// moneyAct is the next try at a money act.
func (x *Exchange) moneyAct(k Kind, cause string, ask MoneyAsk) Effect {
	ask.OrderID = x.Facts.Shop.OrderID
	for _, t := range x.Facts.Shop.Transactions {
		ask.Before = append(ask.Before, t.ID)
	}
	return Effect{ID: x.attempt(k, cause), Kind: k, Money: &ask}
}

// attempt is the id of the next try at a money act, or of the one that is under way. What was refused for a difference
// between the ledgers is tried again after a new read; so is what failed before a person said so, and what was withdrawn.
// What was done may be wanted once more, of another amount.
func (x *Exchange) attempt(k Kind, cause string) EffectID {
	for n := 1; ; n++ {
		id := x.id(k, cause)
		if n > 1 {
			id += EffectID(fmt.Sprintf("#%d", n))
		}
		if m := x.moved(id); m == nil || !x.past(m) {
			return id
		}
	}
}

func (x *Exchange) past(m *Movement) bool {
	return m.Code == CodeMismatch || m.Result == Withdrawn || m.Result == Done && m.Kind != SendInvoice || x.outlived(m)
}

// outlived reports whether an act ended before the ladder was last begun anew. What was asked for since then did not,
// whatever the clock says: it may have gone back, and would have everything tried again and again.
func (x *Exchange) outlived(m *Movement) bool {
	return !m.At.After(x.round()) && !x.askedAnew(m.Effect)
}

// askedAnew reports whether an act was asked for since the ladder was last begun anew.
func (x *Exchange) askedAnew(id EffectID) bool {
	return slices.ContainsFunc(x.Asked[x.Anew:], func(a Asked) bool { return a.ID == id })
}

// failed reports whether an act was refused for good, since the ladder was last begun.
func (x *Exchange) failed(k Kind, cause string) bool {
	return slices.ContainsFunc(x.refusals(k), func(m Movement) bool {
		base, _, _ := strings.Cut(causeOf(m.Effect), "#")
		return base == cause
	})
}

// refusals are the acts of these kinds that were refused for good since the ladder was last begun.
func (x *Exchange) refusals(kinds ...Kind) []Movement {
	var out []Movement
	for i := range x.Facts.Movements {
		m := &x.Facts.Movements[i]
		if slices.Contains(kinds, m.Kind) && m.Result == Refused && m.Code != CodeMismatch && !x.outlived(m) {
			out = append(out, *m)
		}
	}
	return out
}

// mismatches are the acts of these kinds that were refused because the ledgers disagree.
func (x *Exchange) mismatches(kinds ...Kind) []Movement {
	var out []Movement
	for i := range x.Facts.Movements {
		m := &x.Facts.Movements[i]
		if slices.Contains(kinds, m.Kind) && m.Result == Refused && m.Code == CodeMismatch && !x.outlived(m) {
			out = append(out, *m)
		}
	}
	return out
}

// stopped reports whether nothing more may be tried by acts of these kinds: one was given up, and may have landed, or may
// have landed unknown to a restored store; or the ledgers disagree still after a few new reads.
func (x *Exchange) stopped(kinds ...Kind) bool {
	return len(x.mismatches(kinds...)) >= tries || slices.ContainsFunc(x.Facts.Movements, func(m Movement) bool {
		return slices.Contains(kinds, m.Kind) && !x.outlived(&m) && (m.Result == Dead || m.Result == Refused && m.Code == CodeUnclear)
	})
}

// collectionRefused reports whether what is due is neither under way nor can be asked for in another way.
func (x *Exchange) collectionRefused() bool {
	if x.stopped(collecting...) || x.stopped(Refund) {
		return true
	}
	_, at := x.collect(x.due(), false)
	return at == noWay && len(x.refusals(collecting...)) > 0
}

// refusedWhy is what the peer said when it refused acts of these kinds, the latest last.
func (x *Exchange) refusedWhy(kinds ...Kind) string {
	list := x.refusals(kinds...)
	slices.SortStableFunc(list, func(a, b Movement) int { return cmp.Or(a.At.Compare(b.At)) })
	var out []string
	for _, m := range list {
		out = append(out, strings.TrimSuffix(string(m.Kind)+" was refused: "+m.Reason, ": "))
	}
	return strings.Join(out, "; ")
}

// collects reports whether the ladder stands there for what is due, and secures for what is to be secured.
func (x *Exchange) collects(at course) bool {
	_, stands := x.collect(x.due(), false)
	return stands == at
}

func (x *Exchange) secures(at course) bool {
	_, stands := x.collect(x.toSecure(), true)
	return stands == at
}

// awaitsPayment reports whether the customer has an invoice, and it is still what is wanted of them.
func (x *Exchange) awaitsPayment() bool {
	switch x.Stage {
	case Open, Returned:
		return !x.secured() && x.invoiced(x.toSecure())
	case Sent:
		return buyerOwes.Holds(x) && x.invoiced(x.due())
	default:
		return false
	}
}
