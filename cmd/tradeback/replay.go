package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/store"
)

// replaying is one run of replay.
type replaying struct {
	env
	events      []string
	about, file string
	from, to    string
	conn        string
	dryRun      bool
	json        bool
}

func newReplay(e env) *cobra.Command {
	var settings config.Process
	r := replaying{env: e}
	c := &cobra.Command{
		Use: "replay --event ID | --exchange ID | --since TIME [--until TIME] | --file FILE", Short: "Let events be heard again", Args: cobra.NoArgs,
		Long: `Let events be heard again. Each is kept as a new event, which serve takes as it takes any other.

Replaying is safe. Facts that are known already change nothing, and what an event asks for has an id made of the
exchange, the act and its cause: an act that was asked for before is not asked for again, and what is done already is
said. --dry-run decides over the stored exchanges in memory, says what would follow, and stores nothing: begin with it.

  --event     a stored event, whatever became of it. One that could not be read is read anew, by the settings
              of now; if it still cannot be, that is said.
  --exchange  all that Ongoing, the portal, Shopify, the API and people told of an exchange, in order.
  --since     all that they told from that time on, and before --until (left out: now): of --connection, or of all.
              What was a replay itself is not told again.
  --file      a line for each event, in JSON: as events show --json prints them, or with the body that a sender
              posted: {"connection": "nordwear", "source": "shopify", "topic": "returns/approve", "body": {…}}.
              Sources: ongoing, portal, shopify. "headers" may be given in the place of "topic". - is the
              standard input.

A person's decision counts each time it is told, so it is left out (--exchange, --since) or refused: say it anew.
What a body means depends on its connection's settings: reading one needs TRADEBACK_KEY.`,
	}
	settings.Flags(c.Flags(), "store")
	f := c.Flags()
	f.StringSliceVar(&r.events, "event", nil, "the event of this `ID`; repeatable")
	f.StringVar(&r.about, "exchange", "", "what was told of the exchange of this `ID` or number")
	f.StringVar(&r.from, "since", "", "what was told since this `TIME`, day, or so long ago (24h)")
	f.StringVar(&r.to, "until", "", "with --since: and before this `TIME`, day, or so long ago")
	f.StringVar(&r.file, "file", "", "the events of this `FILE`")
	f.StringVar(&r.conn, "connection", "", "look for --event, --exchange and --since in this connection alone")
	f.BoolVar(&r.dryRun, "dry-run", false, "say what would follow, and store nothing")
	asJSON := jsonFlag(c)
	c.MarkFlagsMutuallyExclusive("event", "exchange", "file", "since")
	c.MarkFlagsOneRequired("event", "exchange", "file", "since")
	c.MarkFlagsMutuallyExclusive("until", "event")
	c.MarkFlagsMutuallyExclusive("until", "exchange")
	c.MarkFlagsMutuallyExclusive("until", "file")
	c.RunE = func(c *cobra.Command, _ []string) error {
		r.json = *asJSON
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error { return r.run(c.Context(), &settings, st) })
	}
	return c
}

func (r *replaying) run(ctx context.Context, settings *config.Process, st store.Engine) error {
	name, err := checkConn(ctx, st, r.conn)
	if err != nil {
		return err
	}
	now, err := r.clockOf(ctx, st)
	if err != nil {
		return err
	}
	t := &replay.Teller{Reads: st, IDs: ident.New(nil), Now: now, Known: known(st), Book: r.bookLater(ctx, settings, st), Who: r.person("")}
	would := replay.List[replay.Rehearsal]{Data: []replay.Rehearsal{}, Left: []replay.Left{}}
	did := replay.List[replay.Replayed]{Data: []replay.Replayed{}, Left: []replay.Left{}}
	rehearsal := t.Rehearse()
	err = r.each(ctx, st, t, name, func(list []replay.Telling, left []replay.Left) error {
		would.Left, did.Left = append(would.Left, left...), append(did.Left, left...)
		if len(list) == 0 {
			return nil
		}
		heard := make([][]replay.Rehearsal, len(list))
		for i, one := range list {
			var err error
			if heard[i], err = rehearsal.Tell(ctx, one); err != nil {
				return err
			}
			if r.dryRun {
				would.Data = append(would.Data, heard[i]...)
			}
		}
		if r.dryRun {
			return nil
		}
		if err := keepAll(ctx, st, list); err != nil {
			return err
		}
		for i, one := range list {
			did.Data = append(did.Data, one.Replayed(heard[i]))
		}
		return nil
	})
	switch {
	case err != nil && len(did.Data) > 0:
		return fmt.Errorf("after %d events were kept: %w", len(did.Data), err)
	case err != nil:
		return err
	case r.dryRun:
		return r.printRehearsals(would, r.json)
	default:
		return r.printReplayed(did, r.json)
	}
}

// each visits what is to be told, some hundreds at a time.
func (r *replaying) each(ctx context.Context, st store.Engine, t *replay.Teller, c exchange.Conn, visit func([]replay.Telling, []replay.Left) error) error {
	const page = 200
	if r.from != "" {
		return r.window(ctx, t, c, page, visit)
	}
	var list []replay.Telling
	var left []replay.Left
	var err error
	switch {
	case len(r.events) > 0:
		list, err = t.Events(ctx, c, r.events)
	case r.about != "":
		var x exchange.Exchange
		if x, err = findExchange(ctx, st, c, r.about); err == nil {
			list, left, err = t.Exchange(ctx, x)
		}
	default:
		list, err = fromFile(ctx, r.env, t, r.file)
	}
	for err == nil && len(list) > page {
		err = visit(list[:page], nil)
		list = list[page:]
	}
	if err != nil {
		return err
	}
	return visit(list, left)
}

// window visits what was told between two times.
func (r *replaying) window(ctx context.Context, t *replay.Teller, c exchange.Conn, page int, visit func([]replay.Telling, []replay.Left) error) error {
	now := t.Now()
	from, err := since(r.from, now)
	if err != nil {
		return err
	}
	to, err := moment("--until", r.to, now)
	if err != nil {
		return err
	}
	if to.IsZero() {
		to = now
	}
	if !from.Before(to) {
		return usage("--since must be before --until")
	}
	for after := ""; ; {
		list, left, next, err := t.Between(ctx, c, from, to, after, page)
		if err == nil {
			err = visit(list, left)
		}
		if after = next; err != nil || after == "" {
			return err
		}
	}
}

// known finds connections by their names, for a line of a file.
func known(st store.Reads) func(context.Context, string) (exchange.Conn, error) {
	return func(ctx context.Context, name string) (exchange.Conn, error) {
		c, err := checkConn(ctx, st, name)
		if err != nil {
			err = errors.New(strings.TrimPrefix(err.Error(), "--connection: "))
		}
		return c, err
	}
}

// bookLater opens the book of connections when somebody needs it first.
func (e env) bookLater(ctx context.Context, c *config.Process, docs connection.Reader) func() (replay.Directory, error) {
	var book *connection.Book
	return func() (replay.Directory, error) {
		if book != nil {
			return book, nil
		}
		err := c.LoadKey(e.getenv)
		if err == nil {
			book, err = e.openBook(ctx, c, docs)
		}
		return book, err
	}
}

// fromFile reads a file's events; - is the standard input.
func fromFile(ctx context.Context, e env, t *replay.Teller, path string) ([]replay.Telling, error) {
	in := e.stdin
	if path != "-" {
		f, err := os.Open(path) //nolint:gosec // whoever runs the command chooses the file
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		defer f.Close()
		in = f
	}
	return t.File(ctx, path, in)
}

// replayFile keeps the events of a file in a store that is being served.
func replayFile(ctx context.Context, e env, st *store.Store, book replay.Directory, ids *ident.Maker, now func() time.Time, path string) error {
	t := &replay.Teller{Reads: st, IDs: ids, Now: now, Known: known(st), Book: func() (replay.Directory, error) { return book, nil }, Who: audit.Process("serve --replay")}
	list, err := fromFile(ctx, e, t, path)
	if err != nil {
		return err
	}
	return replay.Keep(ctx, st, list)
}
