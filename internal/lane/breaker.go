package lane

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

const (
	failureLimit = 3 // refusals in a row, after which only probes are made
	firstWait    = time.Minute
	longestWait  = time.Hour

	shortRest   = time.Second // after a 429 that does not say how long
	longestHush = time.Minute // what that grows to, if it repeats
	saveTimeout = 5 * time.Second
)

// breaker ends calls that the peer refuses because of the credentials or the account: after three in a row
// only one probe at a time is made, after a minute and then ever more rarely. A call that may add to a count
// is counted in the store before it is made, so that starting again does not begin from nothing.
type breaker struct {
	keeper Keeper
	now    func() time.Time

	mu          sync.Mutex
	credentials string
	loaded      bool
	state       State
	version     uint64
	uncounted   int                      // calls in flight that were begun before the first refusal
	probing     bool                     // a probe is in flight
	hush        map[string]time.Duration // by method: the last rest after a 429 that did not say how long
}

// pass is the leave to make one call.
type pass struct {
	counted bool // already part of Failures, in the store
	opening bool // counting it opened the breaker
	probe   bool
}

// outcome is how the call ended.
type outcome struct {
	method   string
	sent     bool // false: surely no byte of it went out
	answered bool
	status   int
	class    Class
	rest     time.Duration
	restSaid bool
	cost     Cost
}

// begin gives leave for one call, or says why not and how long to wait.
func (b *breaker) begin(ctx context.Context, method string) (pass, time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.load(ctx); err != nil {
		return pass{}, time.Second, err
	}
	now := b.now()
	switch s := &b.state; {
	case s.Reason != "":
		return pass{}, longestWait, fmt.Errorf("calls are blocked: %s", s.Reason)
	case ahead(s.Rest, now) > 0:
		return pass{}, ahead(s.Rest, now), errors.New("the peer asked to be left alone")
	case ahead(s.Limits[method], now) > 0:
		return pass{}, ahead(s.Limits[method], now), fmt.Errorf("the peer has had too many calls of %s", method)
	case s.Failures == 0:
		b.uncounted++
		return pass{}, 0, nil
	case s.Failures < failureLimit:
		if s.Failures+b.uncounted >= failureLimit {
			return pass{}, time.Second, fmt.Errorf("the peer refused a call (%d), and others are under way", s.Status)
		}
		p := pass{counted: true}
		before := *s
		s.Failures++
		p.opening = s.open(now)
		if err := b.save(ctx); err != nil {
			b.state = before
			return pass{}, time.Second, err
		}
		return p, 0, nil
	case b.probing, ahead(s.Probe, now) > 0:
		return pass{}, max(ahead(s.Probe, now), time.Second), fmt.Errorf("the peer refuses our calls (%d)", s.Status)
	default:
		before := *s
		s.Wait = min(max(2*s.Wait, firstWait), longestWait)
		s.Probe = now.Add(s.Wait)
		if err := b.save(ctx); err != nil {
			b.state = before
			return pass{}, time.Second, err
		}
		b.probing = true
		return pass{probe: true}, 0, nil
	}
}

// end notes how a call ended. What it cannot save stays in memory: a later call saves it, or a restart finds
// the breaker no more open than it left the store.
func (b *breaker) end(ctx context.Context, p pass, o outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	switch {
	case p.probe:
		b.probing = false
	case !p.counted:
		b.uncounted--
	}
	for range 2 { // once more on top of what another process saved meanwhile
		if b.load(ctx) != nil {
			return
		}
		before := b.state
		b.note(p, o)
		worth := b.version > 0 || b.state.Failures > 0 || o.restSaid
		if reflect.DeepEqual(b.state, before) || !worth || !errors.Is(b.save(ctx), store.ErrConflict) {
			return
		}
	}
}

// note adds to the state how a call ended.
func (b *breaker) note(p pass, o outcome) {
	b.rest(o)
	s := &b.state
	switch {
	case o.answered && (o.class == Fine || o.class == Refused):
		delete(b.hush, o.method)
		s.Failures, s.Status, s.Wait, s.Probe = 0, 0, 0, time.Time{}
	case o.answered && o.class == Blocked:
		s.Status = o.status
		if !p.counted && !p.probe {
			s.Failures++
			s.open(b.now())
		}
	case p.counted && (o.answered || !o.sent): // it told nothing of the credentials
		s.Failures = max(s.Failures-1, 0)
		if p.opening {
			s.Wait, s.Probe = 0, time.Time{}
		}
	case p.probe && !o.sent: // it may be made at once
		s.Probe = b.now()
	}
	if s.Failures > 0 {
		s.Credentials = b.credentials
	}
}

// rest keeps the lane away from a peer that has had enough, of one method or of all.
func (b *breaker) rest(o outcome) {
	switch {
	case !o.answered:
	case o.status == http.StatusTooManyRequests:
		wait := o.rest
		if !o.restSaid {
			wait = min(max(2*b.hush[o.method], shortRest), longestHush)
			b.hush[o.method] = wait
		}
		b.state.Limits = b.state.Limits.with(o.method, wait, b.now())
	case o.restSaid:
		b.state.Rest = b.now().Add(o.rest)
	}
}
