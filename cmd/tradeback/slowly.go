package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// slowly is how a command keeps many events: it says how many first and lets a person at a terminal say no, keeps no
// more than so many a second, and shows how far it is.
type slowly struct {
	env
	yes       bool
	perSecond int
}

func (s *slowly) flags(c *cobra.Command) {
	c.Flags().IntVar(&s.perSecond, "rate", 20, "at most so many a second")
	c.Flags().BoolVar(&s.yes, "yes", false, "do not ask")
}

func (s *slowly) check() error {
	if s.perSecond < 1 || s.perSecond > 10_000 {
		return usage("--rate must be 1 to 10000")
	}
	return nil
}

// ask lets a person at a terminal say no.
func (s *slowly) ask(ctx context.Context, question string) error {
	if s.yes || !s.isTerminal(s.stdin) {
		return nil
	}
	return s.agreed(ctx, question, "nothing was done")
}

// pause waits as long as n events take at the rate.
//
// Errors: the cause of ctx's end.
func (s *slowly) pause(ctx context.Context, n int) error {
	if n == 0 {
		return context.Cause(ctx)
	}
	rest := time.NewTimer(time.Duration(n) * time.Second / time.Duration(s.perSecond))
	defer rest.Stop()
	select {
	case <-rest.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// show shows a person how far it is.
func (s *slowly) show(kept, of int) {
	if s.isTerminal(s.stderr) {
		fmt.Fprintf(s.stderr, "\r%d of %d", kept, of)
	}
}

// ended ends the line that show has written. If it was not the end of all, it says how to go on.
func (s *slowly) ended(kept, of int, err error, onward string) {
	if kept > 0 && s.isTerminal(s.stderr) {
		fmt.Fprintln(s.stderr)
	}
	if err != nil && kept > 0 {
		fmt.Fprintf(s.stderr, "%d of %d are kept; to go on, %s\n", kept, of, onward)
	}
}
