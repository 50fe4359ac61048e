package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// timed is a store with a clock of its own.
type timed interface {
	Time(ctx context.Context) (time.Time, error)
}

// clockOf is the time by which serve takes up what the store holds.
func (e env) clockOf(ctx context.Context, st store.Engine) (func() time.Time, error) {
	at, ok := st.(timed)
	if !ok {
		return e.now, nil
	}
	c := &clock{machine: e.now}
	if _, err := c.look(ctx, at.Time); err != nil {
		return nil, fmt.Errorf("read the store's clock: %w", err)
	}
	return c.Now, nil
}

// clock is the time by which replicas put off and take up: that of their store, where it has a clock of its own.
// The machines' clocks may differ, and be set, and still nobody looks for what another did before its quiet time
// is over. It is safe for concurrent use.
type clock struct {
	machine func() time.Time
	last    atomic.Pointer[reading] // nil: the machine's clock counts
}

// reading is what two clocks showed at one moment.
type reading struct{ machine, store time.Time }

// steady is by how much the clocks may part before the store's is read anew.
const steady = 100 * time.Millisecond

// Now is the time of the store when it was last read, and what the machine says has passed since.
func (c *clock) Now() time.Time { return c.at(c.machine()) }

func (c *clock) at(machine time.Time) time.Time {
	r := c.last.Load()
	if r == nil {
		return machine
	}
	return r.store.Add(machine.Sub(r.machine))
}

// look compares with the store's clock, and follows it where it has parted from ours. It says by how much the
// machine's own differs from the one that is followed from now on; 0: nothing new.
func (c *clock) look(ctx context.Context, read func(context.Context) (time.Time, error)) (differs time.Duration, err error) {
	asked := c.machine()
	store, err := read(ctx)
	if err != nil {
		return 0, err
	}
	half := c.machine().Sub(asked) / 2 // what the answer took to come may be as wrong
	then := asked.Add(half)
	if off := store.Sub(c.at(then)).Abs(); c.last.Load() != nil && off <= steady+half {
		return 0, nil
	}
	c.last.Store(&reading{then, store})
	return then.Round(0).Sub(store), nil // by what the machine's hands show
}
