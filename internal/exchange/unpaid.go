package exchange

import "time"

// TimerInvoice is the timer of an invoice that the customer does not pay.
const TimerInvoice = "invoice"

// invoiceTime is how long an invoice may stay unpaid before a person is told. It can be paid after that too.
const invoiceTime = 7 * 24 * time.Hour

// invoice is the one that is waited for; nil: none.
func (x *Exchange) invoice() *Movement {
	if !x.awaitsPayment() {
		return nil
	}
	want := x.due()
	if x.Stage != Sent {
		want = x.toSecure()
	}
	return x.moved(x.attempt(SendInvoice, invoiceOf(want)))
}

// unpaidLong reports whether it has had its time.
func (x *Exchange) unpaidLong() bool {
	m := x.invoice()
	return m != nil && !x.Updated.Before(m.At.Add(invoiceTime))
}

// invoiceTimer is the time to look at it again.
func (x *Exchange) invoiceTimer() []Effect {
	m := x.invoice()
	if m == nil {
		return nil
	}
	return one(Effect{ID: x.id(KindTimer, TimerInvoice+":"+causeOf(m.Effect)), Kind: KindTimer, Timer: TimerInvoice, Due: m.At.Add(invoiceTime)})
}
