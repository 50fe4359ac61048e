package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

// applying is one run of apply.
type applying struct {
	env
	settings config.Process
	file     string
	yes      bool
	dryRun   bool
	json     bool

	text []byte // of the file
	want []connection.Connection
}

func newApply(e env) *cobra.Command {
	a := applying{env: e}
	c := &cobra.Command{
		Use: "apply -f connections.yaml", Short: "Make the stored connections as a file says, after showing what changes", Args: cobra.NoArgs,
		Long: `Make the stored connections as a file says. What changes is shown first; on a terminal it is asked for, unless
--yes. Secrets are never shown: one that differs reads "changed". ${NAME} in the file is read from the environment.

If anything is wrong with the file, everything that is wrong is reported by line and field, and nothing is
applied. Status names are held against the warehouse's own, if Ongoing can be reached. Connections that are not
in the file stay as they are. A serve that runs takes the new settings within seconds.`,
	}
	a.settings.Flags(c.Flags(), "store", "allow-host", "key", "call-timeout")
	c.Flags().StringVarP(&a.file, "file", "f", "", "the connections.yaml `FILE`; - is the standard input")
	c.Flags().BoolVarP(&a.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&a.dryRun, "dry-run", false, "show what would change, and change nothing")
	c.Flags().BoolVar(&a.json, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case a.file == "":
			return usage("give the file: tradeback apply -f connections.yaml")
		case a.file == "-" && !a.yes && !a.dryRun:
			return usage("-f - takes the standard input, so that nobody can be asked: give --yes")
		}
		return a.run(c.Context())
	}
	return c
}

// applied is what apply says of its run.
type applied struct {
	Applied     bool                   `json:"applied"`
	DryRun      bool                   `json:"dry_run"`
	Connections []connection.ChangeSet `json:"connections"`
	Notes       []string               `json:"notes"`
	Faults      []connection.Fault     `json:"faults"` // then nothing was applied
}

func (a *applying) run(ctx context.Context) error {
	if err := a.settings.Load(a.getenv); err != nil {
		return err
	}
	sealer, err := connection.NewSealer(a.settings.Key.Reveal())
	if err != nil {
		return fmt.Errorf("TRADEBACK_KEY: %w", err)
	}
	if err := a.read(); err != nil {
		return a.faulty(err)
	}
	err = a.useStore(ctx, &a.settings, !a.dryRun, func(st store.Engine) error { return a.apply(ctx, st, sealer) })
	if a.dryRun && exitStatus(err) == exitNotFound { // against a store that is yet to be made, everything is new
		return a.rehearse(ctx, sealer)
	}
	return err
}

// rehearse is a dry run where there is no store yet.
func (a *applying) rehearse(ctx context.Context, sealer *connection.Sealer) error {
	dir, err := os.MkdirTemp("", "tradeback-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	a.settings.Store = "sqlite://" + filepath.Join(dir, "empty.db")
	return a.useStore(ctx, &a.settings, true, func(st store.Engine) error { return a.apply(ctx, st, sealer) })
}

func (a *applying) apply(ctx context.Context, st store.Engine, sealer *connection.Sealer) error {
	sets, err := connection.Plan(ctx, st, sealer, a.want)
	if err != nil {
		return err
	}
	result := applied{DryRun: a.dryRun, Connections: sets, Notes: []string{}, Faults: []connection.Fault{}}
	wanted := changed(a.want, sets)
	result.Notes, err = a.statuses(ctx, st, sealer, wanted)
	if err != nil {
		return a.faulty(err)
	}
	result.Notes = append(result.Notes, moneyNotes(wanted, sets)...)
	if len(wanted) == 0 || a.dryRun {
		return a.print(result)
	}
	if !a.json {
		printSets(a.stdout, result)
	}
	if err := a.ask(ctx, result); err != nil {
		return err
	}
	if _, err := connection.Apply(ctx, st, sealer, a.want, a.person(""), a.now()); err != nil {
		return err
	}
	result.Applied = true
	if a.json {
		return printJSON(a.stdout, result)
	}
	_, err = fmt.Fprintln(a.stdout, "applied")
	return err
}

func (a *applying) read() (err error) {
	if a.file == "-" {
		a.text, err = io.ReadAll(io.LimitReader(a.stdin, 8<<20))
	} else {
		a.text, err = os.ReadFile(a.file)
	}
	if err != nil {
		return fmt.Errorf("read connections: %w", err)
	}
	a.want, err = connection.Parse(a.text, a.getenv, connection.Options{AllowHosts: a.settings.AllowHosts})
	return err
}

// ask lets a person at a terminal say no.
func (a *applying) ask(ctx context.Context, r applied) error {
	if a.yes || !a.isTerminal(a.stdin) {
		return nil
	}
	if a.json {
		printSets(a.stderr, r)
	}
	return a.agreed(ctx, "Apply this?", "nothing was applied")
}

// faulty reports everything that is wrong with the file.
func (a *applying) faulty(err error) error {
	var faults connection.Faults
	if !errors.As(err, &faults) {
		return err
	}
	if a.json {
		_ = printJSON(a.stdout, applied{
			DryRun: a.dryRun, Connections: []connection.ChangeSet{}, Notes: []string{}, Faults: faults,
		})
	}
	count := "1 fault"
	if len(faults) > 1 {
		count = fmt.Sprintf("%d faults", len(faults))
	}
	return refused("%s has %s; nothing was applied:\n%w", a.file, count, faults)
}
