package sim

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// A Tally counts the calls that reach a simulator, and how many were under way at once. The zero value is
// empty; it is safe for concurrent use.
type Tally struct {
	mu    sync.Mutex
	calls map[string]int
	open  map[string][]*flight // by lane
	most  map[string]int
	news  chan struct{} // closed when a call begins or ends on a lane
}

// A flight is one call under way on a lane.
type flight struct {
	lane string
	met  []meeting
}

// A meeting is a later call that began beside this one, and how many that made.
type meeting struct {
	at    time.Time
	count int
}

// hearing is how long a simulator may take to hear that a caller has hung up.
const hearing = 100 * time.Millisecond

// Begin counts a call by its name, and as under way on lane until end is called. An empty lane is not counted.
func (t *Tally) Begin(call, lane string) (end func()) {
	f := t.begin(call, lane)
	return func() { t.end(f, true) }
}

func (t *Tally) begin(call, lane string) *flight {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls == nil {
		t.calls, t.open, t.most = map[string]int{}, map[string][]*flight{}, map[string]int{}
	}
	t.calls[call]++
	if lane == "" {
		return nil
	}
	t.most[lane] = max(t.most[lane], 1)
	for _, other := range t.open[lane] {
		other.met = append(other.met, meeting{time.Now(), len(t.open[lane]) + 1})
	}
	f := &flight{lane: lane}
	t.open[lane] = append(t.open[lane], f)
	t.tell()
	return f
}

// changed returns a channel that is closed when the next call begins or ends on a lane.
func (t *Tally) changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.news == nil {
		t.news = make(chan struct{})
	}
	return t.news
}

// tell wakes those who wait for a change. The lock is held.
func (t *Tally) tell() {
	if t.news != nil {
		close(t.news)
		t.news = nil
	}
}

// end ends a flight; ending it again changes nothing. A caller that gave up and went on to its next call
// was not making two at once, though the simulator heard of the next call first.
func (t *Tally) end(f *flight, answered bool) {
	if f == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.open[f.lane], f)
	if at < 0 {
		return
	}
	t.open[f.lane] = slices.Delete(t.open[f.lane], at, at+1)
	t.tell()
	for _, m := range f.met {
		if answered || time.Since(m.at) > hearing {
			t.most[f.lane] = max(t.most[f.lane], m.count)
		}
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
	return len(t.open[lane])
}

// MaxInFlight returns the most calls that were under way at once, per lane. A call counts when it has ended.
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
