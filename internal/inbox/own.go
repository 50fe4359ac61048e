package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Owner sees to it that every connection of its share has a worker here, for as long as its lease is ours. The
// connections are shared evenly among the owners that the store knows to be alive. When two of them disagree for
// a moment, the lease decides.
type Owner struct {
	Options
	Name  string                                                // new with each process start
	TTL   time.Duration                                         // of a lease, renewed three times within it, and of being known to be alive
	Conns func() []store.Conn                                   // those that are switched on
	Part  func(inbox *Worker) (run func(context.Context) error) // what works beside the inbox under the same fence: the outbox

	worked atomic.Uint64 // tenures that have ended
}

// Run owns its share until ctx ends, and then gives it up: what has a call under way when that has ended, and
// everything else at once. Connections and owners that come and go are noticed within a second.
func (o *Owner) Run(ctx context.Context) error {
	tenures := map[store.Conn]context.CancelFunc{}
	ended := make(chan store.Conn, 64)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer o.leave(ctx)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var now shared
	o.look(ctx, &now)
	for {
		for c := range now.mine {
			if tenures[c] != nil {
				continue
			}
			tenure, cancel := context.WithCancel(ctx)
			tenures[c] = cancel
			wg.Go(func() {
				defer cancel()
				o.tenure(tenure, c)
				select {
				case ended <- c:
				case <-ctx.Done():
				}
			})
		}
		for c, cancel := range tenures {
			if !now.mine[c] {
				cancel()
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-ended:
			delete(tenures, c)
		case <-tick.C:
			o.look(ctx, &now)
		}
	}
}

// shared is how the connections were shared when it was last looked at.
type shared struct {
	conns   []store.Conn
	alive   []string
	mine    map[store.Conn]bool
	unknown bool // who is alive could not be asked: those of before count
}

// look announces us, and shares the connections anew if they or the owners have changed. While the store does
// not say who is alive, the owners of before count: what is ours stays so, and is given up if its lease is lost.
func (o *Owner) look(ctx context.Context, was *shared) {
	asking, done := context.WithTimeout(ctx, o.TTL/3)
	defer done()
	alive, err := o.Store.Present(asking, o.Name, o.TTL)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		if !was.unknown {
			o.Log.Warn().Err(err).Msg("who else serves cannot be asked; it will be tried again")
		}
		alive = was.alive
	}
	was.unknown = err != nil
	conns := o.Conns()
	if slices.Equal(conns, was.conns) && slices.Equal(alive, was.alive) {
		return
	}
	was.conns, was.alive, was.mine = conns, alive, map[store.Conn]bool{}
	for c, owner := range share(conns, alive) {
		if owner == o.Name {
			was.mine[c] = true
		}
	}
	o.Log.Info().Int("replicas", len(alive)).Int("connections", len(conns)).Int("ours", len(was.mine)).Msg("connections shared")
}

// leave lets the others take our share at once.
func (o *Owner) leave(ctx context.Context) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	if _, err := o.Store.Present(ctx, o.Name, 0); err != nil {
		o.Log.Warn().Err(err).Msg("the others could not be told that we stop; they notice by themselves")
	}
}

// tenure works for a connection until its lease is lost or ctx ends, and then gives it up. To the store each tenure is
// another owner: the workers count what they stamp from one, so they need a new fence also where the lease of the last
// tenure could not be given up, since the store was away.
func (o *Owner) tenure(ctx context.Context, c store.Conn) {
	name := fmt.Sprintf("%s/%d", o.Name, o.worked.Load())
	fence, err := o.Store.Own(ctx, c, name, o.TTL)
	if err != nil {
		if !errors.Is(err, store.ErrHeld) && ctx.Err() == nil {
			o.Log.Warn().Err(err).Str("connection", string(c)).Msg("connection could not be taken; it will be tried again")
		}
		pause(ctx, time.Second)
		return
	}
	defer o.worked.Add(1)
	o.Log.Info().Str("connection", string(c)).Uint64("fence", fence).Msg("connection taken")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The lease is kept until the last call has ended: what it brings could not be committed otherwise.
	held, letGo := context.WithCancel(context.WithoutCancel(ctx))
	defer letGo()
	var work, lease sync.WaitGroup
	run := func(wg *sync.WaitGroup, name string, f func() error) {
		wg.Go(func() {
			defer cancel()
			if err := f(); err != nil && ctx.Err() == nil {
				o.Log.Warn().Err(err).Str("connection", string(c)).Str("part", name).Msg("connection let go")
			}
		})
	}
	inbox := New(o.Options, c, fence)
	part := o.Part(inbox)
	run(&work, "inbox", func() error { return inbox.Run(ctx) })
	run(&work, "outbox", func() error { return part(ctx) })
	run(&lease, "lease", func() error { return o.renew(held, c, name, fence) })
	work.Wait()
	letGo()
	lease.Wait()
	giveUp, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	switch _, err := o.Store.Own(giveUp, c, name, 0); {
	case errors.Is(err, store.ErrHeld): // it is another's already
	case err != nil:
		o.Log.Warn().Err(err).Str("connection", string(c)).Msg("lease could not be given up; it runs out by itself")
	default:
		o.Log.Info().Str("connection", string(c)).Uint64("fence", fence).Msg("connection given up")
	}
}

// renew keeps the lease, and ends when it is lost.
func (o *Owner) renew(ctx context.Context, c store.Conn, name string, fence uint64) error {
	tick := time.NewTicker(o.TTL / 3)
	defer tick.Stop()
	last := o.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		asked := o.Now()
		asking, done := context.WithTimeout(ctx, o.TTL/3)
		got, err := o.Store.Own(asking, c, name, o.TTL)
		done()
		switch {
		case err == nil && got == fence:
			last = asked
		case err == nil || errors.Is(err, store.ErrHeld):
			return store.ErrFenced
		case o.Now().Sub(last) >= o.TTL: // it has run out
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
