package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

// restored is what restoring came to.
type restored struct {
	verified
	From  string       `json:"from"`
	Aside string       `json:"aside"` // where the old file is; empty: there was none
	Held  []store.Conn `json:"held"`  // connections for which nothing is done until the peers were read; never null
}

func newStoreRestore(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "restore", Short: "Put a backup in the place of the store", Args: cobra.NoArgs,
		Long: `Put a copy of a backup in the place of a store that is a file, with serve stopped. The backup is verified first; a
store that is there already is replaced with --force alone, and kept under a new name.

What was done since the backup is known to the peers alone. So every connection is put on hold: serve first reads
how each exchange under way stands in Ongoing and Shopify, and does nothing until all of that has come back.`,
	}
	settings.Flags(c.Flags(), "store")
	from := c.Flags().String("from", "", "the backup's `FILE`")
	force := c.Flags().Bool("force", false, "replace a store that is there; its file is kept under a new name")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := settings.Load(e.getenv); err != nil {
			return err
		}
		if *from == "" {
			return usage("--from: say which backup to restore")
		}
		path, err := onlyFile(&settings, "restored", "restore into a file, and copy that with tradeback store copy")
		if err != nil {
			return err
		}
		if err := there(*from); err != nil {
			return err
		}
		got, err := e.restore(c.Context(), *from, path, *force, settings.Store)
		if err != nil {
			return err
		}
		return e.printRestored(got, *asJSON)
	}
	return c
}

func (e env) restore(ctx context.Context, from, path string, force bool, url string) (got restored, err error) {
	aside := ".before-" + e.now().UTC().Format("20060102T150405.000Z")
	got = restored{From: from, Held: []store.Conn{}}
	if there(path) == nil {
		got.Aside = path + aside
	}
	err = sqlite.Restore(ctx, from, path, force, aside, func(st *sqlite.Engine) error {
		if got.verified, err = e.verify(ctx, st, storeName(url), func() (bool, error) { return false, nil }); err != nil {
			return err
		}
		if got.Faults > 0 {
			return refused("the backup has %d faults; tradeback store verify %s tells them", got.Faults, from)
		}
		got.Held, err = e.hold(ctx, st)
		return err
	})
	var exists *sqlite.ExistsError
	if errors.As(err, &exists) {
		err = refused("%w; --force replaces it and keeps it under a new name", err)
	}
	return got, err
}

// hold puts every connection of a store on hold.
func (e env) hold(ctx context.Context, st store.Engine) (held []store.Conn, err error) {
	held = []store.Conn{}
	conns, err := st.Conns(ctx)
	if err != nil {
		return held, err
	}
	for _, c := range conns {
		h, _, err := store.HoldOf(ctx, st, c) // a backup may hold one already
		if err != nil {
			return held, err
		}
		doc, err := store.Hold{Conn: c, Since: e.now().UTC(), Version: h.Version}.Doc()
		if err != nil {
			return held, err
		}
		results, err := st.Apply(ctx, []store.Op{store.Put{Doc: doc, Line: audit.Entry{
			Actor: e.person(""), At: e.now(), Action: "store.restore", Connection: c, Target: string(c),
			Changes: []audit.Change{{Field: "held_since", After: e.now().UTC().Format(time.RFC3339)}},
		}.Line()}})
		if err = errors.Join(append(results, err)...); err != nil {
			return held, fmt.Errorf("put %s on hold: %w", c, err)
		}
		held = append(held, c)
	}
	return held, nil
}

func (e env) printRestored(got restored, asJSON bool) error {
	if asJSON {
		return printJSON(e.stdout, got)
	}
	if err := e.printVerified(got.verified, false); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s is restored from %s\n", got.Store, got.From)
	if got.Aside != "" {
		fmt.Fprintf(e.stdout, "what was there is %s\n", got.Aside)
	}
	_, err := fmt.Fprintf(e.stdout, "%d connections are on hold: serve reads first how everything stands, then it goes on\n", len(got.Held))
	return err
}
