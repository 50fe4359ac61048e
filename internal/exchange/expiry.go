package exchange

import "time"

// TimerAuthorisation is the timer of an authorisation that x counts on: a day before it ends, and when it does.
const TimerAuthorisation = "authorisation"

// expiryWarning is how long before its end a person is told.
const expiryWarning = 24 * time.Hour

// countedOn is the authorisation that x is to be paid from, where it is known when that ends.
func (x *Exchange) countedOn() *Transaction {
	if x.Facts.Agreed == nil || x.settled() {
		return nil
	}
	if t := x.covering(x.claim()); t != nil && !t.ExpiresAt.IsZero() {
		return t
	}
	return nil
}

// expiresSoon reports whether it ends within a day.
func (x *Exchange) expiresSoon() bool {
	t := x.countedOn()
	return t != nil && !x.Updated.Before(t.ExpiresAt.Add(-expiryWarning))
}

// expiryTimers are the times to look at it again.
func (x *Exchange) expiryTimers() []Effect {
	t := x.countedOn()
	if t == nil {
		return nil
	}
	timer := func(at time.Time, what string) Effect {
		return Effect{ID: x.id(KindTimer, TimerAuthorisation+":"+t.ID+":"+what), Kind: KindTimer, Timer: TimerAuthorisation, Due: at}
	}
	return []Effect{timer(t.ExpiresAt.Add(-expiryWarning), "soon"), timer(t.ExpiresAt, "ended")}
}
