package sim

import (
	"maps"
	"sync"
)

// A Tally counts the calls that reach a simulator, and how many were under way at once. The zero value is
// empty; it is safe for concurrent use.
type Tally struct {
	mu     sync.Mutex
	calls  map[string]int
	flying map[string]int
	most   map[string]int
}

// Begin counts a call by its name, and as under way on lane until end is called. An empty lane is not counted.
func (t *Tally) Begin(call, lane string) (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls == nil {
		t.calls, t.flying, t.most = map[string]int{}, map[string]int{}, map[string]int{}
	}
	t.calls[call]++
	if lane == "" {
		return func() {}
	}
	t.flying[lane]++
	t.most[lane] = max(t.most[lane], t.flying[lane])
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.flying[lane]--
	}
}

// Calls returns how often each call was made.
func (t *Tally) Calls() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return copied(t.calls)
}

// InFlight returns how many calls are under way on lane now.
func (t *Tally) InFlight(lane string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.flying[lane]
}

// MaxInFlight returns the most calls that were ever under way at once, per lane.
func (t *Tally) MaxInFlight() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return copied(t.most)
}

// Reset forgets all counts; calls under way stay under way.
func (t *Tally) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.calls)
	clear(t.most)
}

func copied(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return maps.Clone(m)
}
