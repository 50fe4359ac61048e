package exchange

import "time"

// TimerDeadline is the timer of an instant exchange's return.
const TimerDeadline = "deadline"

// How long the deadline of an instant exchange's return is put off while the goods are seen to be on their way. A parcel
// that nobody has scanned for two weeks counts as lost, a warehouse takes a parcel in within one; and nothing puts it off
// by more than a month, since a parcel can be scanned for ever.
const (
	transitGrace = 14 * 24 * time.Hour
	receiveGrace = 7 * 24 * time.Hour
	graceAtMost  = 30 * 24 * time.Hour
)

// deadlineAsSet is when the return was to be back when the exchange order was released.
func (x *Exchange) deadlineAsSet() time.Time {
	var released time.Time
	for _, s := range x.Since {
		if s.Stage == Released {
			released = s.At
		}
	}
	if released.IsZero() || x.Policy.DeadlineDays <= 0 {
		return time.Time{}
	}
	return released.AddDate(0, 0, x.Policy.DeadlineDays)
}

// deadline is when the return must be back by all that is known: later than it was set while the parcel is under way, or
// was delivered and the warehouse has not taken it in.
func (x *Exchange) deadline() time.Time {
	set := x.deadlineAsSet()
	if set.IsZero() {
		return set
	}
	until := set
	for _, s := range x.Facts.Portal.Scans {
		if x.outbound(s) {
			continue
		}
		reset := x.Facts.Portal.Reset
		switch {
		case s.Delivered.After(reset) && !x.received():
			until = later(until, s.Delivered.Add(receiveGrace))
		case s.InTransit.After(reset) && !s.Delivered.After(reset):
			until = later(until, s.InTransit.Add(transitGrace))
		}
	}
	if most := set.Add(graceAtMost); until.After(most) {
		return most
	}
	return until
}

// extended reports whether the deadline was put off since goods are seen to be on their way.
func (x *Exchange) extended() bool { return x.Facts.Deadline && x.deadline().After(x.Updated) }

// overdue reports whether the deadline has passed, with all that it was put off by.
func (x *Exchange) overdue() bool {
	return x.Facts.Deadline && !x.deadlineAsSet().IsZero() && !x.Updated.Before(x.deadline())
}

// charging reports whether the goods that did not come back are charged: only where the replacement was sent, and where
// Shopify has said what they come to.
func (x *Exchange) charging() bool {
	if !x.Instant() || !x.chargesLate() || !x.isProcessed() || !x.goodsMissing() {
		return false
	}
	rest, ok := x.rest()
	return ok && rest.Minor < 0 && (x.Stage == Completed || x.Stage == Sent && x.overdue() && !x.backUnread())
}

// backUnread reports whether the return order was last read before the deadline of what would be charged: the goods may
// have come back since, and nobody have told.
func (x *Exchange) backUnread() bool {
	r := x.reading(ReadReturnOrder)
	return x.chargesLate() && x.readAsk(ReadReturnOrder) != nil && (r == nil || r.At.Before(x.deadline()))
}

func (x *Exchange) chargesLate() bool {
	return x.Policy.AfterDeadline == AfterDeadlineCharge && x.Policy.Payment != PaymentNone
}

// goodsMissing reports whether return lines are not processed and have not come back either.
func (x *Exchange) goodsMissing() bool {
	s := x.Facts.Shop
	return s != nil && s.backLeft() && len(x.returnsBack()) == 0
}

// charge is what the goods that did not come back are charged at: what the difference had taken off for them.
func (x *Exchange) charge() Money {
	none := Money{Currency: deref(x.Facts.Agreed).Amount.Currency}
	if x.Facts.Agreed == nil || !x.charging() {
		return none
	}
	rest, _ := x.rest()
	return less(none, rest)
}
