package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/bench"
)

// newBench measures this machine: for those who work on tradeback, by `make bench`.
func newBench(e env) *cobra.Command {
	c := &cobra.Command{
		Use: "bench", Short: "Measure ingest and whole exchanges on both stores, and Decide, as ratios of this machine's own ceiling", Args: cobra.NoArgs, Hidden: true,
		Long: `Measure how fast events are taken in and decided, and how fast whole exchanges are carried, on SQLite and on Redis
(appendfsync always; it needs redis-server). serve, Redis, the reference handler and the stand-ins for both peers run in
processes of their own, on loopback and on stores that are thrown away; the load comes from this process. Takes about
two minutes.`,
	}
	f := c.Flags()
	o := bench.Options{}
	f.StringVar(&o.Dir, "dir", os.TempDir(), "`FOLDER` for the stores: what is measured is also its disk")
	f.IntVar(&o.Connections, "connections", 64, "how many speak at a time")
	f.IntVar(&o.Rounds, "rounds", 5, "how often each is measured, in turns")
	f.DurationVar(&o.Round, "round", 2*time.Second, "how long at a time")
	reference := f.Bool("reference", false, "be the reference handler")
	peers := f.Bool("peers", false, "be the stand-ins for both peers")
	f.StringVar(&o.Only, "only", "", "measure this part alone: decide, ingest or exchanges")
	for _, hidden := range []string{"reference", "peers", "only"} {
		_ = f.MarkHidden(hidden) // fails only for a flag that does not exist
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *reference {
			return bench.Reference(c.Context(), e.stdout)
		}
		if *peers {
			return bench.Peers(c.Context(), e.stdout)
		}
		if o.Connections < 1 || o.Connections > 4096 || o.Rounds < 1 || o.Rounds > 1000 || o.Round < 100*time.Millisecond || o.Round > time.Minute {
			return usage("bench takes 1 to 4096 connections, 1 to 1000 rounds, and rounds of 100ms to 1m")
		}
		var err error
		if o.Binary, err = os.Executable(); err != nil {
			return fmt.Errorf("find ourselves: %w", err)
		}
		o.Progress = func(format string, args ...any) {
			if e.isTerminal(e.stderr) {
				fmt.Fprintf(e.stderr, format+"\n", args...)
			}
		}
		report, err := bench.Run(c.Context(), o)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(e.stdout, report)
		}
		for _, t := range report.Tables() {
			if err := table(e.stdout, t.Heading, t.Rows); err != nil {
				return err
			}
			fmt.Fprintln(e.stdout)
		}
		return nil
	}
	return c
}
