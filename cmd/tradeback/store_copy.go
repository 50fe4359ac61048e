package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/moving"
	"github.com/tradeback/tradeback/internal/store/redis"
)

func newStoreCopy(e env) *cobra.Command {
	c := &cobra.Command{
		Use: "copy", Short: "Copy a store into another, empty one, and verify the copy", Args: cobra.NoArgs,
		Long: `Copy all that a store holds into another, empty one, between SQLite and Redis or within a kind. Neither may be
served meanwhile. Run the same command again after an interruption: it goes on where it stopped. At the end both
are read anew: counts, and a checksum of each exchange with its refs, its journal and its items. Until that has
come out right, serve refuses the target. Give a URL with a password as TRADEBACK_FROM or TRADEBACK_TO.`,
	}
	from := c.Flags().String("from", "", "`URL` of the store to copy (TRADEBACK_FROM)")
	to := c.Flags().String("to", "", "`URL` of the store to copy into (TRADEBACK_TO)")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		source, target := cmp.Or(*from, e.getenv("TRADEBACK_FROM")), cmp.Or(*to, e.getenv("TRADEBACK_TO"))
		for _, u := range []struct{ flag, url string }{{"--from", source}, {"--to", target}} {
			if u.url == "" {
				return usage("%s: is not set: give the URL of a store", u.flag)
			}
			if _, err := config.StoreKind(u.url); err != nil {
				return usage("%s: %w", u.flag, err)
			}
		}
		if storeName(source) == storeName(target) {
			return usage("--from and --to name the same store")
		}
		got, err := e.copyStore(c.Context(), source, target)
		var differ *moving.DifferError
		switch {
		case errors.Is(err, context.Canceled):
			fmt.Fprintln(e.stderr, "tradeback: the same command goes on where this one has stopped")
			return err
		case err != nil && !errors.As(err, &differ):
			return err
		}
		if printed := e.printCopy(got, *asJSON); printed != nil {
			return printed
		}
		return err
	}
	return c
}

// copyStore copies one store into another, with neither served before or after.
func (e env) copyStore(ctx context.Context, source, target string) (got moving.Result, err error) {
	if path, err := config.StorePath(source); err == nil {
		if err := there(path); err != nil {
			return got, err
		}
	}
	// How durable a Redis must be is for serve to say: what is not there at the end is found out.
	from, err := openStore(ctx, source, opening{serve: true, redis: redis.Options{Relaxed: true}, now: e.now})
	if err != nil {
		return got, fmt.Errorf("--from: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := openStore(ctx, target, opening{serve: true, redis: redis.Options{Relaxed: true}, now: e.now})
	if err != nil {
		return got, fmt.Errorf("--to: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := wholeStore(ctx, from); err != nil {
		return got, fmt.Errorf("--from: %w", err)
	}
	unserved := func() error {
		return errors.Join(unserved(ctx, from, source), unserved(ctx, to, target))
	}
	if err := unserved(); err != nil {
		return got, err
	}
	show, end := e.progress()
	defer end()
	got, err = (&moving.Copy{
		From: from, To: to, Source: storeName(source), Check: unserved,
		Progress: func(verb string, rows int) { show("%s %d rows", verb, rows) },
	}).Run(ctx)
	var foreign *moving.ForeignError
	if errors.As(err, &foreign) {
		err = refused("--to: %w", err)
	}
	return got, err
}

func (e env) printCopy(got moving.Result, asJSON bool) error {
	if asJSON {
		return printJSON(e.stdout, got)
	}
	rows := make([][]string, len(got.Data))
	for i, c := range got.Data {
		verdict := "the same"
		if !c.Same {
			verdict = "DIFFERS"
		}
		rows[i] = countRow(c.Connection, c.Counts, c.Checksum, verdict)
	}
	if err := table(e.stdout, countHeading+"\tCHECKSUM\tVERDICT", rows); err != nil {
		return err
	}
	how := ""
	if got.Resumed {
		how = ", where an earlier run had stopped"
	}
	_, err := fmt.Fprintf(e.stdout, "%d rows copied%s\n", got.Copied, how)
	return err
}
