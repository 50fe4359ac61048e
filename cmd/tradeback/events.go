package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func newEvents(e env) *cobra.Command {
	return group("events", "List and show what was heard", newEventsList(e), newEventsShow(e))
}

var (
	sources = []string{"ongoing", "portal", "shopify", "api", "person", "tradeback", "reconcile"}
	results = []string{
		string(store.Waiting), string(store.Parked), string(store.Quarantined), string(store.Dead), string(store.Done), string(store.Ignored),
	}
)

func newEventsList(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "list", Short: "List events, the newest first", Args: cobra.NoArgs,
		Long: `List events, the newest first. Results: waiting (to be taken), parked (for what they are about to be made),
quarantined (authenticated, but they cannot be read), dead (a person must see to them), done, ignored (about
nothing of ours; kept for a day).`,
	}
	settings.Flags(c.Flags(), "store")
	f := c.Flags()
	conn := f.String("connection", "", "of this connection alone")
	source := f.String("source", "", "heard from ongoing, portal, shopify, api, person, or from tradeback itself")
	result := f.StringSlice("result", nil, "which ended so: waiting, parked, quarantined, dead, done, ignored")
	quarantine := f.Bool("quarantine", false, "those that cannot be read: the same as --result quarantined")
	about := f.String("exchange", "", "which led to this exchange: any of its names")
	from := f.String("since", "", "received since this time, day, or so long ago (24h)")
	limit := f.Int("limit", 50, "at most so many, 1 to 500")
	after := f.String("after", "", "from this cursor on: what next said")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		q := store.Query{Kinds: []store.Kind{store.Event}, Source: *source, Limit: *limit, After: *after, Newest: true}
		if *source != "" && !slices.Contains(sources, *source) {
			return usage("--source: %q is none of %v", *source, sources)
		}
		if *quarantine {
			*result = append(*result, string(store.Quarantined))
		}
		for _, r := range *result {
			if !slices.Contains(results, r) {
				return usage("--result: %q is none of %v", r, results)
			}
			q.States = append(q.States, store.State(r))
		}
		var err error
		if q.Since, err = since(*from, e.now()); err != nil {
			return err
		}
		if err := checkLimit(*limit); err != nil {
			return err
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			if q.Conn, err = checkConn(c.Context(), st, *conn); err != nil {
				return err
			}
			if *about != "" {
				x, err := findExchange(c.Context(), st, q.Conn, *about)
				if err != nil {
					return err
				}
				q.Conn, q.Exchange = x.Connection, x.ID
			}
			found, next, err := all(c.Context(), q, st.Items)
			if err != nil {
				return listing(err)
			}
			list := page[rest.Event]{Data: make([]rest.Event, len(found)), Next: next}
			for i, it := range found {
				list.Data[i] = rest.EventView(it)
			}
			if *asJSON {
				return printJSON(e.stdout, list)
			}
			return e.printEvents(list)
		})
	}
	return c
}

func (e env) printEvents(list page[rest.Event]) error {
	rows := make([][]string, len(list.Data))
	for i, ev := range list.Data {
		rows[i] = []string{
			ev.ID, at(ev.Received), string(ev.Connection), ev.Source, dash(ev.Topic), string(ev.Result), dash(string(ev.Exchange)),
			strconv.Itoa(ev.Bytes), dash(ev.Reason),
		}
	}
	if err := table(e.stdout, "ID\tRECEIVED\tCONNECTION\tSOURCE\tTOPIC\tRESULT\tEXCHANGE\tBYTES\tREASON", rows); err != nil {
		return err
	}
	return e.more(list.Next)
}

// shownEvent is an event as events show prints it, and as replay --file reads it.
type shownEvent struct {
	rest.Event
	Raw       string `json:"raw,omitempty"`        // only when asked for
	RawBase64 []byte `json:"raw_base64,omitempty"` // in its stead, where it is no UTF-8
}

func newEventsShow(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "show ID", Short: "Show an event, and what was understood of it", Args: cobra.ExactArgs(1),
		Long: `Show an event, and what was understood of it. The body as it was received is printed with --raw alone: it may hold
names and addresses of people. It is kept for 90 days.`,
	}
	settings.Flags(c.Flags(), "store")
	conn := c.Flags().String("connection", "", "look in this connection alone")
	raw := c.Flags().Bool("raw", false, "print the body as it was received, too: it may hold personal data")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			name, err := checkConn(c.Context(), st, *conn)
			if err != nil {
				return err
			}
			it, err := findEvent(c.Context(), st, name, args[0])
			if err != nil {
				return err
			}
			if *raw {
				fmt.Fprintln(e.stderr, "tradeback: the body may hold personal data: mind where you keep it")
			}
			if *asJSON {
				return printJSON(e.stdout, eventWith(it, *raw))
			}
			return e.printEvent(it, *raw)
		})
	}
	return c
}

func eventWith(it store.Item, raw bool) shownEvent {
	v := shownEvent{Event: rest.EventView(it)}
	if json.Valid(it.Body) {
		v.Notice = it.Body
	}
	switch {
	case !raw || len(it.Raw) == 0:
	case utf8.Valid(it.Raw):
		v.Raw = string(it.Raw)
	default:
		v.RawBase64 = it.Raw
	}
	return v
}

func (e env) printEvent(it store.Item, raw bool) error {
	v := eventWith(it, raw)
	if err := pairs(e.stdout, v.ID, [][]string{
		{"connection", string(v.Connection)},
		{"source", v.Source},
		{"topic", dash(v.Topic)},
		{"received", at(v.Received)},
		{"result", string(v.Result)},
		{"reason", dash(v.Reason)},
		{"waits for", dash(v.WaitsFor)},
		{"exchange", dash(string(v.Exchange))},
		{"bytes", strconv.Itoa(v.Bytes)},
		{"understood", dash(understood(it))},
	}); err != nil {
		return err
	}
	if !raw {
		return nil
	}
	text := dash(string(it.Raw))
	if e.isTerminal(e.stdout) {
		text = printable(text) // what steers a terminal is not for one
	}
	_, err := fmt.Fprintf(e.stdout, "\n%s\n", text)
	return err
}

// understood is what the event tells, as JSON.
func understood(it store.Item) string {
	var n exchange.Notice
	if len(it.Body) == 0 || json.Unmarshal(it.Body, &n) != nil {
		return ""
	}
	return string(it.Body)
}
