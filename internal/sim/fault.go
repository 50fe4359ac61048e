package sim

import (
	"fmt"
	"slices"
	"sync"
)

// The kinds of harm a Fault can do.
const (
	ErrorBefore = "error_before" // answers Status (500) and does nothing
	ErrorAfter  = "error_after"  // does what was asked, then answers Status (500)
	DropBefore  = "drop_before"  // closes the connection and does nothing
	DropAfter   = "drop_after"   // does what was asked, then closes the connection without an answer
	Half        = "half"         // does what was asked, sends half of the answer, closes the connection
	Slow        = "slow"         // does what was asked at once and answers after DelayMS
	SlowBefore  = "slow_before"  // waits DelayMS, then does what was asked, also when the caller is gone
	ActLate     = "act_late"     // closes the connection, and does what was asked after DelayMS, or if that is 0 when it is told to
	HTML        = "html"         // answers a page of HTML with Status (502) and does nothing
	Throttle    = "throttle"     // says that there were too many calls and does nothing
)

var kinds = []string{ErrorBefore, ErrorAfter, DropBefore, DropAfter, Half, Slow, SlowBefore, ActLate, HTML, Throttle}

// A Fault is harm that a simulator does to calls on request.
//
// Match is the name of a call: for Ongoing "PUT /orders" or "PATCH /orders/{orderId}/orderStatus", for
// Shopify a root field such as "fulfillmentCreate"; "*" matches every call. The first Skip matching calls
// pass unharmed, the next Times are harmed: 0 means one, a negative number means all until cleared.
//
// Units: DelayMS is milliseconds, RetryAfter seconds (0: no such header).
type Fault struct {
	Match      string `json:"match"`
	Kind       string `json:"kind"`
	Status     int    `json:"status,omitempty"`
	Skip       int    `json:"skip,omitempty"`
	Times      int    `json:"times,omitempty"`
	DelayMS    int    `json:"delay_ms,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"`
}

// Validate reports what is wrong with f: no Match, an unknown Kind, or a status that is none.
func (f Fault) Validate() error {
	switch {
	case f.Match == "":
		return fmt.Errorf("fault: match is missing")
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("fault: kind %q is not one of %v", f.Kind, kinds)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("fault: status %d is not between 200 and 599", f.Status)
	case f.Skip < 0 || f.DelayMS < 0 || f.RetryAfter < 0:
		return fmt.Errorf("fault: skip, delay_ms and retry_after count from 0")
	}
	return nil
}

// Faults are the faults a simulator has been asked for. The zero value has none; it is safe for
// concurrent use. Failed and Throttled, where set, give the vendor's own shape of these two answers.
type Faults struct {
	Failed    func(Fault) Reply // error_before and error_after
	Throttled func(Fault) Reply // throttle

	mu     sync.Mutex
	asked  []Fault
	chance Chance
	drawn  draws
	row    map[string]int // harmed calls in a row, by name
	harmed map[string]int // by kind
	late   late
}

// Add asks for f, after those asked for before.
func (f *Faults) Add(fault Fault) {
	if fault.Times == 0 {
		fault.Times = 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fault)
}

// Draw harms calls by chance from now on, beside the faults that were asked for, which come first.
func (f *Faults) Draw(c Chance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.chance, f.drawn, f.row = c, draws{}, map[string]int{}
}

// ActNow does the calls that act_late keeps back, in the order they came in, and returns how many.
func (f *Faults) ActNow() int {
	n := 0
	for _, c := range f.late.all() {
		if f.late.do(c) {
			n++
		}
	}
	return n
}

// Clear ends all faults, those by chance too. What act_late keeps back stays kept.
func (f *Faults) Clear() {
	f.Draw(Chance{})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = nil
}

// Harmed returns how many calls suffered each kind of harm since the last Reset.
func (f *Faults) Harmed() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return copied(f.harmed)
}

// Reset ends all faults and forgets what they did, and what act_late keeps back.
func (f *Faults) Reset() {
	f.Clear()
	f.late.forget()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.harmed = nil
}

// Take returns the fault that the next call of this name has to suffer, and counts it as used. The
// faults are tried in the order they were asked for; a call taken by one is not counted by the next.
func (f *Faults) Take(call string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault, harmed := f.take(call)
	if !harmed && f.chance.Calls > 0 {
		fault, harmed = f.chance.fault(f.drawn.next(f.chance.Seed, call), f.row[call])
	}
	if !harmed {
		delete(f.row, call)
		return fault, false
	}
	if f.harmed == nil {
		f.harmed = map[string]int{}
	}
	f.harmed[fault.Kind]++
	if f.row != nil {
		f.row[call]++
	}
	return fault, true
}

func (f *Faults) take(call string) (Fault, bool) {
	for i := range f.asked {
		fault := &f.asked[i]
		if fault.Match != "*" && fault.Match != call {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		taken := *fault
		if fault.Times > 0 {
			fault.Times--
		}
		if fault.Times == 0 {
			f.asked = slices.Delete(f.asked, i, i+1)
		}
		return taken, true
	}
	return Fault{}, false
}
