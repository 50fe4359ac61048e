package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func newDead(e env) *cobra.Command {
	return group("dead", "List, show, retry and discard dead letters",
		newDeadList(e), newDeadShow(e), newDeadMove(e, false), newDeadMove(e, true))
}

// deadFilter chooses dead letters.
type deadFilter struct {
	conn, class, about, from string
	ids                      []string
}

func (f *deadFilter) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.conn, "connection", "", "of this connection alone")
	c.Flags().StringVar(&f.class, "class", "", "of this `CLASS`, as dead list names them: capture/gave_up, event/panicked, …")
	c.Flags().StringVar(&f.about, "exchange", "", "about this exchange: any of its names")
	c.Flags().StringVar(&f.from, "since", "", "received since this time, day, or so long ago (24h)")
}

func (f *deadFilter) empty() bool {
	return f.conn == "" && f.class == "" && f.about == "" && f.from == "" && len(f.ids) == 0
}

// each visits the dead letters that are chosen, the oldest first, until visit reports an error.
func (f *deadFilter) each(ctx context.Context, e env, st store.Reads, visit func(store.Item) error) error {
	q := store.Query{Kinds: []store.Kind{store.Event, store.Effect, store.Announcement}, States: []store.State{store.Dead}, IDs: f.ids, Limit: 200}
	var err error
	if q.Since, err = since(f.from, e.now()); err != nil {
		return err
	}
	if q.Conn, err = checkConn(ctx, st, f.conn); err != nil {
		return err
	}
	if f.about != "" {
		x, err := findExchange(ctx, st, q.Conn, f.about)
		if err != nil {
			return err
		}
		q.Conn, q.Exchange = x.Connection, x.ID
	}
	for {
		found, after, err := st.Items(ctx, q)
		if err != nil {
			return fmt.Errorf("list dead letters: %w", err)
		}
		for _, it := range found {
			if f.class != "" && rest.DeadView(it).Class != f.class {
				continue
			}
			if err := visit(it); err != nil {
				return err
			}
		}
		if after == "" {
			return nil
		}
		q.After = after
	}
}

// deadGroup is the dead letters of one class and connection.
type deadGroup struct {
	Connection exchange.Conn `json:"connection"`
	Class      string        `json:"class"`
	Count      int           `json:"count"`
	Oldest     time.Time     `json:"oldest"`
	Newest     time.Time     `json:"newest"`
	Reason     string        `json:"reason"` // of the newest
}

func newDeadList(e env) *cobra.Command {
	var settings config.Process
	var f deadFilter
	c := &cobra.Command{
		Use: "list", Short: "List dead letters by class and connection", Args: cobra.NoArgs,
		Long: `List dead letters: events that could not be handled and acts that were given up. Nothing is dropped; each waits for a
person. They are counted by connection and class, which says what went wrong; --each lists them one by one, the oldest
first.`,
	}
	settings.Flags(c.Flags(), "store")
	f.flags(c)
	each := c.Flags().Bool("each", false, "list every one of them")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			var list []rest.Dead
			if err := f.each(c.Context(), e, st, func(it store.Item) error {
				list = append(list, rest.DeadView(it))
				return nil
			}); err != nil {
				return err
			}
			switch {
			case *each && *asJSON:
				return printJSON(e.stdout, page[rest.Dead]{Data: append([]rest.Dead{}, list...)})
			case *each:
				return e.printDead(list)
			case *asJSON:
				return printJSON(e.stdout, page[deadGroup]{Data: deadGroups(list)})
			default:
				return e.printDeadGroups(deadGroups(list))
			}
		})
	}
	return c
}

func deadGroups(list []rest.Dead) []deadGroup {
	type key struct {
		conn  exchange.Conn
		class string
	}
	all := map[key]deadGroup{}
	for _, d := range list {
		k := key{d.Connection, d.Class}
		g := all[k]
		if g.Count == 0 || d.Received.Before(g.Oldest) {
			g.Oldest = d.Received
		}
		if !d.Received.Before(g.Newest) {
			g.Newest, g.Reason = d.Received, d.Reason
		}
		g.Connection, g.Class, g.Count = k.conn, k.class, g.Count+1
		all[k] = g
	}
	out := slices.Collect(maps.Values(all))
	slices.SortFunc(out, func(a, b deadGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Connection, b.Connection), cmp.Compare(a.Class, b.Class))
	})
	return append([]deadGroup{}, out...)
}

func (e env) printDeadGroups(groups []deadGroup) error {
	rows := make([][]string, len(groups))
	for i, g := range groups {
		rows[i] = []string{string(g.Connection), g.Class, strconv.Itoa(g.Count), at(g.Oldest), at(g.Newest), dash(g.Reason)}
	}
	return table(e.stdout, "CONNECTION\tCLASS\tCOUNT\tOLDEST\tNEWEST\tREASON OF THE NEWEST", rows)
}

func (e env) printDead(list []rest.Dead) error {
	rows := make([][]string, len(list))
	for i, d := range list {
		rows[i] = []string{d.ID, string(d.Connection), d.Class, dash(string(d.Exchange)), at(d.Received), strconv.Itoa(d.Attempt), dash(d.Reason)}
	}
	return table(e.stdout, "ID\tCONNECTION\tCLASS\tEXCHANGE\tRECEIVED\tATTEMPTS\tREASON", rows)
}

func newDeadShow(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{Use: "show ID", Short: "Show a dead letter, and what it was to do", Args: cobra.ExactArgs(1)}
	settings.Flags(c.Flags(), "store")
	conn := c.Flags().String("connection", "", "look in this connection alone")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			var found *store.Item
			f := deadFilter{conn: *conn, ids: args}
			if err := f.each(c.Context(), e, st, func(it store.Item) error { found = &it; return nil }); err != nil {
				return err
			}
			if found == nil {
				return notFound("there is no dead letter %s", args[0])
			}
			v := rest.DeadView(*found)
			if *asJSON {
				return printJSON(e.stdout, struct {
					rest.Dead
					Body rawJSON `json:"body"`
				}{v, rawJSON(found.Body)})
			}
			return pairs(e.stdout, v.ID, [][]string{
				{"connection", string(v.Connection)},
				{"class", v.Class},
				{"exchange", dash(string(v.Exchange))},
				{"received", at(v.Received)},
				{"attempts", strconv.Itoa(v.Attempt)},
				{"reason", dash(v.Reason)},
				{"what it is", dash(string(found.Body))},
				{"try it again", "tradeback dead retry " + v.ID + " --reason …"},
			})
		})
	}
	return c
}

// rawJSON is JSON that is printed as it is; what is none is null.
type rawJSON []byte

func (r rawJSON) MarshalJSON() ([]byte, error) {
	if len(r) == 0 {
		return []byte("null"), nil
	}
	return r, nil
}
