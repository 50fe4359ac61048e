package lane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Open reports whether the peer is not called, but for probes, and why.
func (s State) Open() (why string, open bool) {
	switch {
	case s.Reason != "":
		return s.Reason, true
	case s.Failures >= failureLimit:
		return fmt.Sprintf("it refuses our calls (%d)", s.Status), true
	}
	return "", false
}

// open sets when the first probe may be made, once there are enough failures. It reports whether it did.
func (s *State) open(now time.Time) bool {
	if s.Failures < failureLimit || !s.Probe.IsZero() {
		return false
	}
	s.Wait, s.Probe = firstWait, now.Add(firstWait)
	return true
}

// ahead is how long at lies ahead of now. Further than the longest wait means that a clock was set back:
// then it is due.
func ahead(at, now time.Time) time.Duration {
	d := at.Sub(now)
	if d > longestWait {
		return 0
	}
	return max(d, 0)
}

// load reads the state, once, and sees whether the credentials changed since it was saved.
func (b *breaker) load(ctx context.Context) error {
	if b.loaded {
		return nil
	}
	state, version, err := b.keeper.Load(ctx)
	if err != nil {
		return err
	}
	b.state, b.version, b.loaded = state, version, true
	b.adopt()
	return nil
}

// adopt lets changed credentials have a try at once: one, since they may be as wrong as the old ones.
func (b *breaker) adopt() {
	s := &b.state
	if s.Credentials == b.credentials {
		return
	}
	s.Credentials, s.Reason = b.credentials, ""
	if s.Failures >= failureLimit {
		s.Probe, s.Wait = b.now(), 0
	}
}

// save writes the state. After a conflict it is read anew before the next call.
func (b *breaker) save(ctx context.Context) error {
	version, err := b.keeper.Save(ctx, b.state, b.version)
	if errors.Is(err, store.ErrConflict) {
		b.loaded = false
	}
	if err == nil {
		b.version = version
	}
	return err
}

func (b *breaker) use(credentials string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.credentials = credentials
	if b.loaded {
		b.adopt()
	}
}

func (b *breaker) block(ctx context.Context, reason string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.load(ctx); err != nil {
		return err
	}
	b.state.Reason, b.state.Credentials = reason, b.credentials
	return b.save(ctx)
}

func (b *breaker) unblock(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.load(ctx); err != nil {
		return err
	}
	b.state.Reason, b.state.Rest, b.state.Limits = "", time.Time{}, nil
	if b.state.Failures >= failureLimit {
		b.state.Probe = b.now()
	}
	return b.save(ctx)
}

func (b *breaker) reload() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loaded = false
}
