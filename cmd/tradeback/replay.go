package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
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
	slowly
	events      []string
	about, file string
	from, to    string
	after       string
	conn        string
	dryRun      bool
	json        bool
}

func newReplay(e env) *cobra.Command {
	var settings config.Process
	r := replaying{slowly: slowly{env: e}}
	c := &cobra.Command{
		Use: "replay --event ID | --exchange ID | --since TIME [--until TIME] | --file FILE", Short: "Let events be heard again", Args: cobra.NoArgs,
		Long: `Let events be heard again. Each is kept as a new event, which serve takes as it takes any other.

Replaying is safe. Facts that are known already change nothing, and what an event asks for has an id made of the
exchange, the act and its cause: an act that was asked for before is not asked for again, and what is done already is
said. --dry-run decides over the stored exchanges in memory, says what would follow, and stores nothing: begin with it.
How many events are meant is said first, and a person at a terminal is asked; at most --rate of them a second are kept. It
can be stopped at any time, and then says the --after with which it goes on.

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
	f.StringVar(&r.after, "after", "", "from this cursor on: what a replay that was stopped has said")
	f.BoolVar(&r.dryRun, "dry-run", false, "say what would follow, and store nothing")
	r.flags(c)
	asJSON := jsonFlag(c)
	c.MarkFlagsMutuallyExclusive("event", "exchange", "file", "since")
	c.MarkFlagsOneRequired("event", "exchange", "file", "since")
	c.MarkFlagsMutuallyExclusive("until", "event")
	c.MarkFlagsMutuallyExclusive("until", "exchange")
	c.MarkFlagsMutuallyExclusive("until", "file")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if r.json = *asJSON; r.check() != nil {
			return r.check()
		}
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
	each, err := r.meant(ctx, st, t, name)
	if err != nil {
		return err
	}
	if r.dryRun {
		return r.rehearse(ctx, t, each)
	}
	return r.keep(ctx, st, t, each)
}

// batch is some of what is to be told. Next is the cursor of what follows it, empty at the end.
type batch struct {
	list []replay.Telling
	left []replay.Left
	next string
}

// batches visits what is to be told, at most size at a time.
type batches func(size int, visit func(batch) error) error

// batchSize is how many are read at a time where none are kept.
const batchSize = 200

func (r *replaying) rehearse(ctx context.Context, t *replay.Teller, each batches) error {
	would := replay.List[replay.Rehearsal]{Data: []replay.Rehearsal{}, Left: []replay.Left{}}
	rehearsal := t.Rehearse()
	err := each(batchSize, func(b batch) error {
		would.Left = append(would.Left, b.left...)
		for _, one := range b.list {
			heard, err := rehearsal.Tell(ctx, one)
			if err != nil {
				return err
			}
			would.Data = append(would.Data, heard...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.printRehearsals(would, r.json)
}

func (r *replaying) keep(ctx context.Context, st store.Engine, t *replay.Teller, each batches) error {
	count := 0
	if err := each(batchSize, func(b batch) error { count += len(b.list); return nil }); err != nil {
		return err
	}
	if count > 0 {
		if err := r.ask(ctx, "Replay "+plural(count, "event")+"?"); err != nil {
			return err
		}
	}
	did := replay.List[replay.Replayed]{Data: []replay.Replayed{}, Left: []replay.Left{}}
	rehearsal, after := t.Rehearse(), r.after
	err := each(min(r.perSecond, batchSize), func(b batch) error {
		did.Left = append(did.Left, b.left...)
		heard := make([][]replay.Rehearsal, len(b.list))
		for i, one := range b.list {
			var err error
			if heard[i], err = rehearsal.Tell(ctx, one); err != nil {
				return err
			}
		}
		if err := keepAll(ctx, st, b.list); err != nil {
			return err
		}
		for i, one := range b.list {
			did.Data = append(did.Data, one.Replayed(heard[i]))
		}
		after = b.next
		if len(b.list) > 0 {
			r.show(len(did.Data), count)
		}
		if b.next == "" {
			return nil
		}
		return r.pause(ctx, len(b.list))
	})
	if r.ended(len(did.Data), count, err, r.onward(after)); err != nil {
		return err
	}
	return r.printReplayed(did, r.json)
}

// onward is how to go on from a cursor. Times are said as they were taken: "24h" means others later.
func (r *replaying) onward(after string) string {
	if r.from == "" {
		return "give the same with --after " + after
	}
	return fmt.Sprintf("give the same with --since %s --until %s --after %s", r.from, r.to, after)
}

// meant are the events that the flags mean.
func (r *replaying) meant(ctx context.Context, st store.Engine, t *replay.Teller, c exchange.Conn) (batches, error) {
	var list []replay.Telling
	var left []replay.Left
	var err error
	switch {
	case r.from != "":
		return r.window(ctx, t, c)
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
	if err != nil {
		return nil, err
	}
	first := 0
	if r.after != "" {
		if first, err = strconv.Atoi(r.after); err != nil || first < 0 || first > len(list) {
			return nil, usage("--after: %q is no cursor of these events", r.after)
		}
	}
	return func(size int, visit func(batch) error) error {
		for at := first; ; at += size {
			if at+size >= len(list) {
				return visit(batch{list[at:], left, ""})
			}
			if err := visit(batch{list[at : at+size], nil, strconv.Itoa(at + size)}); err != nil {
				return err
			}
		}
	}, nil
}

// window are the events that were told between two times.
func (r *replaying) window(ctx context.Context, t *replay.Teller, c exchange.Conn) (batches, error) {
	now := t.Now()
	from, err := since(r.from, now)
	if err != nil {
		return nil, err
	}
	to, err := moment("--until", r.to, now)
	if err != nil {
		return nil, err
	}
	if to.IsZero() {
		to = now
	}
	if !from.Before(to) {
		return nil, usage("--since must be before --until")
	}
	r.from, r.to = from.Format(time.RFC3339Nano), to.Format(time.RFC3339Nano)
	return func(size int, visit func(batch) error) error {
		for after := r.after; ; {
			list, left, next, err := t.Between(ctx, c, from, to, after, size)
			switch {
			case errors.Is(err, store.ErrInvalid):
				return usage("--after: %w", err)
			case err == nil:
				err = visit(batch{list, left, next})
			}
			if after = next; err != nil || after == "" {
				return err
			}
		}
	}, nil
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
