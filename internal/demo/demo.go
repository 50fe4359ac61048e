// Package demo plays exchanges through the real binary: a simulated warehouse, a simulated shop and
// `tradeback serve` between them, each a process of its own, spoken to over HTTP alone. Nothing here looks
// into the store. What a story came to is told by the simulators' ledgers, and by what the API says.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Options say what is played, and how it is told.
type Options struct {
	Binary      string   // tradeback itself
	Environ     []string // what the processes are started with, as os.Environ gives it
	Out         io.Writer
	Story       string   // empty: all of them
	JSON        bool     // one line per story instead of its steps
	Trace       bool     // each event with the facts, rules and effects it led to
	Stay        bool     // leave everything running after the last story, until ctx ends
	Seed        uint64   // of the disorder, and of who asks for the exchange
	Runs        int      // how often each story is played, with seeds counted up; 0 is once
	CrashPoints []string // where `serve --crash-at` can end the process
	WithoutLook string   // a kind of effect that serve acts on without looking first; empty: it always looks
	Store       string   // URL of the Redis that all stories are played on; empty: each on a SQLite file
	Replicas    int      // how many processes serve; more than one in Redis alone
	Faults      bool     // calls fail, and webhooks are late or come twice, by chance from the seed
	Parallel    int      // crash points tried at a time; 0: as many as suits the machine

	// Remove deletes what a store in Redis holds that a story made for itself.
	Remove func(ctx context.Context, store string) error
}

// ErrNotOK says that a story did not end as it should. What was wrong has been told.
var ErrNotOK = errors.New("not every story is ok")

// patience is how long one story may take before it is said to hang.
const patience = 40 * time.Second

// Run plays the stories and tells what each came to. Errors: ErrNotOK; any other when the demo itself could
// not be set up.
func Run(ctx context.Context, o Options) error {
	chosen, err := choose(o.Story)
	if err != nil {
		return err
	}
	h := newHouse(o)
	defer h.close()
	out := &printer{out: o.Out, json: o.JSON, trace: o.Trace, faults: o.Faults}
	var bad []string
	played := 0
	for n := range uint64(max(1, o.Runs)) {
		for _, s := range chosen {
			r, err := s.run(ctx, h, out, s, o.Seed+n)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case err != nil:
				return fmt.Errorf("story %s: %w", s.name, err)
			}
			out.verdict(r, o.Seed+n)
			played++
			if !r.OK && !slices.Contains(bad, s.name) {
				bad = append(bad, s.name)
			}
		}
	}
	out.summary(played, bad)
	if o.Stay {
		if err := h.stay(ctx, out); err != nil {
			return err
		}
	}
	if len(bad) > 0 {
		return ErrNotOK
	}
	return nil
}

// Stories lists their names in the order they are played.
func Stories() []string {
	var names []string
	for _, s := range stories {
		names = append(names, s.name)
	}
	return names
}

// Known reports whether there is such a story, be it one that is played only by its name.
func Known(name string) bool {
	_, err := choose(name)
	return err == nil
}

func choose(name string) ([]story, error) {
	if name == "" {
		return stories, nil
	}
	for _, s := range append(slices.Clone(stories), hidden...) {
		if s.name == name {
			return []story{s}, nil
		}
	}
	return nil, fmt.Errorf("there is no story %q: there are %s", name, strings.Join(Stories(), ", "))
}
