package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/demo"
	"github.com/tradeback/tradeback/internal/store/redis"
)

// newDemo plays exchanges between a simulated shop and a simulated warehouse, through processes of this
// very binary.
func newDemo(e env) *cobra.Command {
	o := demo.Options{Out: e.stdout, CrashPoints: crashPoints(), Remove: redis.Remove}
	c := &cobra.Command{
		Use: "demo", Short: "Carry real exchanges between simulated Ongoing and Shopify, step by step", Args: cobra.NoArgs,
		Long: "Carry real exchanges between simulated Ongoing and Shopify, step by step. The simulators and serve run as\n" +
			"processes of their own on free ports of this machine, with a store of their own in a temporary folder or, with\n" +
			"--store, in a Redis; what came of each story is told by the simulators' ledgers.\n\nStories: " + strings.Join(demo.Stories(), ", ") + ".\n" +
			"One more, random, plays exchanges drawn by chance from the seed; it is played by its name alone.",
	}
	f := c.Flags()
	f.StringVar(&o.Story, "story", "", "play this `STORY` alone")
	f.BoolVar(&o.JSON, "json", false, "print one line of JSON per story")
	f.BoolVar(&o.Trace, "trace", false, "print each step as event, facts, rule, effects")
	f.BoolVar(&o.Faults, "faults", false, "let the simulators fail, by chance from the seed: lost answers, errors before and after acting, late and doubled webhooks")
	f.BoolVar(&o.Stay, "stay", false, "leave everything of the last story running")
	f.Uint64Var(&o.Seed, "seed", 1, "what the disorder is drawn from, and who asks for the exchange")
	f.IntVar(&o.Runs, "runs", 1, "play each story this many times, with `N` seeds counted up")
	f.IntVar(&o.Parallel, "parallel", 0, "try this many crash points at a time")
	f.StringSliceVar(&o.CrashPoints, "crash-point", o.CrashPoints, "let the crash story try this point alone")
	f.StringVar(&o.Store, "store", "", "play on this Redis instead of SQLite files: redis://HOST:PORT; each story has a space of its own there, which is removed after it")
	f.IntVar(&o.Replicas, "replicas", 1, "let `N` processes serve, on one Redis; webhooks go to each in turn")
	f.StringVar(&o.WithoutLook, "without-look", "", "let serve act without looking first, for this kind of effect: shows what the look is for")
	for _, hidden := range []string{"parallel", "crash-point", "without-look"} {
		_ = f.MarkHidden(hidden) // fails only for a flag that does not exist
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if o.Story != "" && !demo.Known(o.Story) {
			return usage("--story: there is no story %q: there are %s", o.Story, strings.Join(demo.Stories(), ", "))
		}
		if o.Runs < 1 {
			return usage("--runs counts from 1")
		}
		kind, err := config.StoreKind(cmp.Or(o.Store, "sqlite://of-its-own"))
		switch {
		case err != nil:
			return usage("--store: %v", err)
		case kind != config.Redis && o.Store != "":
			return usage("--store names a Redis here, such as redis://127.0.0.1:6379: without it each story has a SQLite file of its own")
		case o.Replicas < 1:
			return usage("--replicas counts from 1")
		case kind != config.Redis && o.Replicas > 1:
			return usage("--replicas: one process serves a SQLite file; name a Redis with --store, such as redis://127.0.0.1:6379")
		}
		if o.Binary, err = os.Executable(); err != nil {
			return fmt.Errorf("find this binary: %w", err)
		}
		o.Environ = os.Environ()
		err = demo.Run(c.Context(), o)
		if errors.Is(err, demo.ErrNotOK) {
			return reportedError{err}
		}
		return err
	}
	return c
}
