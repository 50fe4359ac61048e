package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/moving"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// verified is what looking into a store came to.
type verified struct {
	Store   string           `json:"store"`
	Served  bool             `json:"served"`  // a process works for it: what changed meanwhile is no fault
	Damaged []string         `json:"damaged"` // what SQLite finds wrong with its file; never null
	Faults  int              `json:"faults"`
	Data    []moving.Checked `json:"data"` // never null
}

func newStoreVerify(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "verify [FILE]", Short: "Read all of the store, or of a backup, and hold it against itself", Args: cobra.MaximumNArgs(1),
		Long: `Read all of the store, or of a backup FILE, and hold it against itself: the file's pages and indexes, each
exchange's journal without a gap up to its version and stage, its refs, and every body. serve may run meanwhile.
Exit status 1 says that something is wrong.`,
	}
	settings.Flags(c.Flags(), "store")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 1 {
			if err := c.Flags().Set("store", "sqlite://"+args[0]); err != nil {
				return err
			}
			if err := there(args[0]); err != nil {
				return err
			}
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			got, err := e.verify(c.Context(), st, storeName(settings.Store), func() (bool, error) { return anyServed(c.Context(), &settings, st) })
			if err != nil {
				return err
			}
			if err := e.printVerified(got, *asJSON); err != nil {
				return err
			}
			if got.Faults+len(got.Damaged) > 0 {
				return reportedError{errors.New("the store has faults")}
			}
			return nil
		})
	}
	return c
}

// anyServed reports whether a process works for any connection of a store.
func anyServed(ctx context.Context, c *config.Process, st store.Engine) (bool, error) {
	conns, err := st.Conns(ctx)
	return slices.ContainsFunc(conns, func(conn store.Conn) bool { return served(ctx, c, st, conn) }), err
}

func (e env) verify(ctx context.Context, st store.Engine, name string, served func() (bool, error)) (got verified, err error) {
	got = verified{Store: name, Damaged: []string{}, Data: []moving.Checked{}}
	var faulty *sqlite.FaultyError
	if file, ok := st.(*sqlite.Engine); ok {
		if err := file.Integrity(ctx); errors.As(err, &faulty) {
			got.Damaged = faulty.Found
			return got, nil // what else is read from it means nothing
		} else if err != nil {
			return got, err
		}
	}
	if got.Served, err = served(); err != nil {
		return got, err
	}
	show, end := e.progress()
	defer end()
	rows := 0
	found, err := moving.Check(ctx, st, got.Served, func(n int) {
		rows += n
		show("read %d rows", rows)
	})
	for _, c := range found {
		got.Data = append(got.Data, c)
		got.Faults += c.Faults
	}
	return got, err
}

func (e env) printVerified(got verified, asJSON bool) error {
	if asJSON {
		return printJSON(e.stdout, got)
	}
	for _, d := range got.Damaged {
		fmt.Fprintf(e.stdout, "damaged: %s\n", printable(d))
	}
	if len(got.Damaged) > 0 {
		return nil
	}
	rows := make([][]string, len(got.Data))
	for i, c := range got.Data {
		rows[i] = countRow(c.Connection, c.Counts, c.Checksum, strconv.Itoa(c.Faults))
	}
	if err := table(e.stdout, countHeading+"\tCHECKSUM\tFAULTS", rows); err != nil {
		return err
	}
	for _, c := range got.Data {
		for _, t := range c.Told {
			fmt.Fprintf(e.stdout, "fault: %s\n", printable(t))
		}
		if more := c.Faults - len(c.Told); more > 0 {
			fmt.Fprintf(e.stdout, "and %d more\n", more)
		}
	}
	return nil
}
