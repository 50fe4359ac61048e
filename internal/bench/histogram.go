package bench

import (
	"math/bits"
	"time"
)

// histogram counts delays in steps of three per cent, without allocating.
type histogram struct {
	count uint64
	by    [64 * steps]uint64
}

// steps are how many parts each doubling has.
const steps = 32

func (h *histogram) note(d time.Duration) {
	h.count++
	h.by[place(uint64(max(d, 0)))]++
}

func (h *histogram) add(o *histogram) {
	h.count += o.count
	for i, n := range o.by {
		h.by[i] += n
	}
}

// quantile is the delay that this share of all was not above.
func (h *histogram) quantile(q float64) time.Duration {
	want := uint64(q * float64(h.count))
	seen := uint64(0)
	for i, n := range h.by {
		if seen += n; n > 0 && seen > want || seen == h.count {
			return time.Duration(value(i)) //nolint:gosec // it was a duration
		}
	}
	return 0
}

// place is the step of a value: its highest bit and the five bits after that.
func place(v uint64) int {
	if v < steps {
		return int(v)
	}
	high := bits.Len64(v) - 6
	return high*steps + int(v>>high) //nolint:gosec // small
}

// value is the middle of a step.
func value(i int) uint64 {
	if i < 2*steps {
		return uint64(i) //nolint:gosec // not negative
	}
	high := i/steps - 1
	low := uint64(i-high*steps) << high //nolint:gosec // not negative
	return low + 1<<high/2
}
