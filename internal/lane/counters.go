package lane

import (
	"sync"
	"time"
)

// result is how a call ended, for the counters.
type result string

const (
	fine     = result(Fine)
	retry    = result(Retry)
	refused  = result(Refused)
	blocked  = result(Blocked)
	unknown  = result("unknown")  // no answer, or none that could be read
	notSent  = result("not_sent") // no connection was made
	declined = result("declined") // the lane did not let it through
)

// counts counts calls by result since the start.
type counts struct {
	mu sync.Mutex
	by map[result]uint64
}

func (c *counts) add(r result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[result]uint64{}
	}
	c.by[r]++
}

// all gives every count, also those of nothing.
func (c *counts) all() map[string]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := NoCalls()
	for r := range out {
		out[r] = c.by[result(r)]
	}
	return out
}

// NoCalls is the count of each result before the first call.
func NoCalls() map[string]uint64 {
	out := map[string]uint64{}
	for _, r := range []result{fine, retry, refused, blocked, unknown, notSent, declined} {
		out[string(r)] = 0
	}
	return out
}

// States are those that a breaker may be in.
var States = []string{closed, counting, open, shut}

const (
	closed   = "closed"
	counting = "counting"
	open     = "open"
	shut     = "blocked"
)

// Snapshot is what a lane shows of itself.
type Snapshot struct {
	Name     string            `json:"name"`
	Calls    map[string]uint64 `json:"calls"` // by result: fine, retry, refused, blocked, unknown, not_sent, declined
	Waiting  int               `json:"waiting"`
	Breaker  string            `json:"breaker"`             // closed, counting, open, blocked
	Status   int               `json:"status,omitempty"`    // how the peer refused last
	Reason   string            `json:"reason,omitempty"`    // why it is blocked
	Probe    time.Time         `json:"probe_at,omitzero"`   // when the next call may try, if it is open
	Rest     time.Time         `json:"rest_until,omitzero"` // until then the peer is left alone, or one method of it
	Budget   float64           `json:"budget,omitempty"`    // points that the bucket can pay now
	Budgeted bool              `json:"budgeted"`            // Budget is known
}

// Snapshot reads the counters and the breaker. Before the first call the breaker counts as closed.
func (l *Lane) Snapshot() Snapshot {
	s := Snapshot{Name: l.options.Name, Calls: l.counts.all(), Waiting: l.turns.queued()}
	if l.budget != nil {
		s.Budget, s.Budgeted = l.budget.left()
	}
	l.breaker.show(&s)
	return s
}

// show puts the breaker's part into s.
func (b *breaker) show(s *Snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Status, s.Reason, s.Probe = b.state.Status, b.state.Reason, b.state.Probe
	for _, until := range []time.Time{b.state.Rest, b.state.Limits.last()} {
		if until.After(b.now()) && until.After(s.Rest) {
			s.Rest = until
		}
	}
	switch {
	case b.state.Reason != "":
		s.Breaker = shut
	case b.state.Failures >= failureLimit:
		s.Breaker = open
	case b.state.Failures > 0:
		s.Breaker = counting
	default:
		s.Breaker = closed
	}
}
