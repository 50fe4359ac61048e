package inbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Owner sees to it that every connection has a worker here, for as long as its lease is ours.
type Owner struct {
	Options
	Name  string                                                      // new with each process start
	TTL   time.Duration                                               // of a lease; it is renewed three times within it
	Conns func() []store.Conn                                         // those that are switched on
	Part  func(ctx context.Context, c store.Conn, fence uint64) error // works beside the inbox under the same fence: the outbox
}

// Run owns connections until ctx ends. Connections that come and go are noticed within a second.
func (o *Owner) Run(ctx context.Context) error {
	tenures := map[store.Conn]context.CancelFunc{}
	ended := make(chan store.Conn, 64)
	var wg sync.WaitGroup
	defer wg.Wait()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		wanted := map[store.Conn]bool{}
		for _, c := range o.Conns() {
			wanted[c] = true
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
			if !wanted[c] {
				cancel()
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-ended:
			delete(tenures, c)
		case <-tick.C:
		}
	}
}

// tenure works for a connection until its lease is lost or ctx ends, and then gives it up.
func (o *Owner) tenure(ctx context.Context, c store.Conn) {
	fence, err := o.Store.Own(ctx, c, o.Name, o.TTL)
	if err != nil {
		if !errors.Is(err, store.ErrHeld) && ctx.Err() == nil {
			o.Log.Warn().Err(err).Str("connection", string(c)).Msg("connection could not be taken; it will be tried again")
		}
		pause(ctx, time.Second)
		return
	}
	o.Log.Info().Str("connection", string(c)).Uint64("fence", fence).Msg("connection taken")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	run := func(name string, f func(context.Context) error) {
		wg.Go(func() {
			defer cancel()
			if err := f(ctx); err != nil && ctx.Err() == nil {
				o.Log.Warn().Err(err).Str("connection", string(c)).Str("part", name).Msg("connection let go")
			}
		})
	}
	run("inbox", New(o.Options, c, fence).Run)
	run("outbox", func(ctx context.Context) error { return o.Part(ctx, c, fence) })
	run("lease", func(ctx context.Context) error { return o.renew(ctx, c, fence) })
	wg.Wait()
	giveUp, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	if _, err := o.Store.Own(giveUp, c, o.Name, 0); err != nil {
		o.Log.Warn().Err(err).Str("connection", string(c)).Msg("lease could not be given up; it runs out by itself")
	}
}

// renew keeps the lease, and ends when it is lost.
func (o *Owner) renew(ctx context.Context, c store.Conn, fence uint64) error {
	tick := time.NewTicker(o.TTL / 3)
	defer tick.Stop()
	last := o.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		got, err := o.Store.Own(ctx, c, o.Name, o.TTL)
		switch {
		case err == nil && got == fence:
			last = o.Now()
		case err == nil || errors.Is(err, store.ErrHeld):
			return store.ErrFenced
		case o.Now().Sub(last) > o.TTL:
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
