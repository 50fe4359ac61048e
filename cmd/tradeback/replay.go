package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/store"
)

func newReplay(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "replay --event ID | --exchange ID | --file FILE", Short: "Let events be heard again", Args: cobra.NoArgs,
		Long: `Let events be heard again. Each is kept as a new event, which serve takes as it takes any other.

Replaying is safe. Facts that are known already change nothing, and what an event asks for has an id made of the
exchange, the act and its cause: an act that was asked for before is not asked for again. --dry-run decides over
the stored exchanges in memory, says what would follow and what is done already, and stores nothing.

  --event     a stored event, whatever became of it. One that could not be read is read anew, by the settings
              of now; if it still cannot be, that is said.
  --exchange  all that Ongoing, the portal, Shopify, the API and people told of an exchange, in order.
  --file      a line for each event, in JSON: as events show --json prints them, or with the body that a sender
              posted: {"connection": "nordwear", "source": "shopify", "topic": "returns/approve", "body": {…}}.
              Sources: ongoing, portal, shopify. "headers" may be given in the place of "topic". - is the
              standard input.

What a body means depends on its connection's settings: reading one needs TRADEBACK_KEY.`,
	}
	settings.Flags(c.Flags(), "store")
	f := c.Flags()
	events := f.StringSlice("event", nil, "the event of this `ID`; repeatable")
	about := f.String("exchange", "", "what was told of the exchange of this `ID` or number")
	file := f.String("file", "", "the events of this `FILE`")
	conn := f.String("connection", "", "look for --event and --exchange in this connection alone")
	dryRun := f.Bool("dry-run", false, "say what would follow, and store nothing")
	asJSON := jsonFlag(c)
	c.MarkFlagsMutuallyExclusive("event", "exchange", "file")
	c.MarkFlagsOneRequired("event", "exchange", "file")
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx := c.Context()
		return e.withStore(ctx, &settings, false, func(st store.Engine) error {
			name, err := checkConn(ctx, st, *conn)
			if err != nil {
				return err
			}
			now, err := e.clockOf(ctx, st)
			if err != nil {
				return err
			}
			r := replayer{reads: st, ids: ident.New(nil), now: now, book: e.bookLater(ctx, &settings, st), who: e.person("")}
			var list []telling
			switch {
			case len(*events) > 0:
				list, err = r.events(ctx, name, *events)
			case *about != "":
				list, err = r.exchange(ctx, name, *about)
			default:
				list, err = r.fromFile(ctx, e, *file)
			}
			if err != nil {
				return err
			}
			if *dryRun {
				return e.foresee(ctx, r, list, *asJSON)
			}
			if err := keepAll(ctx, st, list); err != nil {
				return err
			}
			return e.printReplayed(list, *asJSON)
		})
	}
	return c
}

// bookLater opens the book of connections when somebody needs it first.
func (e env) bookLater(ctx context.Context, c *config.Process, docs connection.Reader) func() (directory, error) {
	var book *connection.Book
	return func() (directory, error) {
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

// directory finds a connection's settings.
type directory interface {
	Get(name exchange.Conn) (connection.Connection, bool)
}

// replayer makes events that are heard again out of what was heard once.
type replayer struct {
	reads store.Reads
	ids   *ident.Maker
	now   func() time.Time
	book  func() (directory, error) // asked when a body must be read
	who   audit.Actor
}

// telling is an event to be heard again. Of is the id of the first one, if it is known.
type telling struct {
	item store.Item
	note exchange.Notice
	of   string
}

// telling makes one of what was understood of a message. At is the exchange it is for; without one it finds
// those that it is about by itself.
func (r *replayer) telling(c exchange.Conn, source, of string, at exchange.ID, n exchange.Notice) (telling, error) {
	now := r.now()
	n.Event.ID, n.Event.At, n.Event.Number = r.ids.Make("ev_", now), now, 0
	if n.Event.Source == "" {
		n.Event.Source = source
	}
	if p := n.Event.Portal; p != nil && p.At.IsZero() {
		said := *p
		said.At = now
		n.Event.Portal = &said
	}
	body, err := json.Marshal(n)
	if err != nil {
		return telling{}, fmt.Errorf("encode notice %s: %w", n.Event.ID, err)
	}
	reason := "replayed"
	if of != "" {
		reason = "replay of " + of
	}
	it := store.Item{
		ID: n.Event.ID, Conn: c, Kind: store.Event, State: store.Waiting, Exchange: at, Source: source,
		Topic: n.Event.Topic, Received: now, Due: now, Reason: reason, Body: body,
	}
	about := audit.Entry{Actor: r.who, Action: "events.replay", Target: of}
	return telling{note: n, of: of, item: audit.Marked(it, about)}, nil
}

// fromFile reads a file's events; - is the standard input.
func (r *replayer) fromFile(ctx context.Context, e env, path string) ([]telling, error) {
	in := e.stdin
	if path != "-" {
		f, err := os.Open(path) //nolint:gosec // whoever runs the command chooses the file
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		defer f.Close()
		in = f
	}
	return r.file(ctx, path, in)
}

// replayFile keeps the events of a file in a store that is being served.
func replayFile(ctx context.Context, e env, st *store.Store, book directory, ids *ident.Maker, now func() time.Time, path string) error {
	r := replayer{reads: st, ids: ids, now: now, book: func() (directory, error) { return book, nil }, who: audit.Process("serve --replay")}
	list, err := r.fromFile(ctx, e, path)
	if err != nil {
		return err
	}
	return keepEach(ctx, st, list)
}
