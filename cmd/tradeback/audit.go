package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func newAudit(e env) *cobra.Command {
	return group("audit", "List who did what, and verify that nothing of it was changed", newAuditList(e), newAuditVerify(e))
}

// chains are those that a store may hold, or one of them.
func chains(ctx context.Context, st store.Reads, only string) ([]exchange.Conn, error) {
	if only != "" {
		c, err := checkConn(ctx, st, only)
		return []exchange.Conn{c}, err
	}
	conns, err := st.Conns(ctx)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	return append([]exchange.Conn{""}, conns...), nil
}

func newAuditList(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "list", Short: "List who did what, the newest first", Args: cobra.NoArgs,
		Long: `List who did what, the newest first: every action of a person or an API key, with what was before and what was asked
for. What came of an action on an exchange is in its timeline, under the event that is named here.`,
	}
	settings.Flags(c.Flags(), "store")
	conn := c.Flags().String("connection", "", "of this connection alone; else of all, and of connections and keys themselves")
	from := c.Flags().String("since", "", "since this time, day, or so long ago (24h)")
	limit := c.Flags().Int("limit", 50, "at most so many")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		start, err := since(*from, e.now())
		if err != nil {
			return err
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			found, err := audited(c.Context(), st, *conn, start, *limit)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(e.stdout, page[audit.Linked]{Data: found})
			}
			return e.printAudit(found)
		})
	}
	return c
}

// audited reads the newest entries of one chain, or of all.
func audited(ctx context.Context, st store.Reads, conn string, start time.Time, limit int) ([]audit.Linked, error) {
	names, err := chains(ctx, st, conn)
	if err != nil {
		return nil, err
	}
	found := []audit.Linked{}
	for _, c := range names {
		some, _, err := audit.List(ctx, st, c, 0, limit)
		if err != nil {
			return nil, err
		}
		for _, l := range some {
			if !l.At.Before(start) {
				found = append(found, l)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b audit.Linked) int { return b.At.Compare(a.At) })
	return found[:min(limit, len(found))], nil
}

// changesShown is how many changes a line of the list has: a new connection has dozens.
const changesShown = 4

func (e env) printAudit(found []audit.Linked) error {
	rows := make([][]string, len(found))
	for i, l := range found {
		who := l.By + " " + l.Name
		switch {
		case l.Key != "":
			who += " (" + l.Key + ")"
		case l.User != "":
			who += " (" + l.User + ")"
		}
		changes := make([]string, 0, len(l.Changes))
		for _, c := range l.Changes {
			changes = append(changes, fmt.Sprintf("%s: %s -> %s", c.Field, dash(c.Before), dash(c.After)))
		}
		if more := len(changes) - changesShown; more > 1 {
			changes = append(changes[:changesShown], fmt.Sprintf("and %d more (--json)", more))
		}
		rows[i] = []string{at(l.At), who, l.Action, dash(string(l.Connection)), dash(l.Target), dash(l.Event), dash(strings.Join(changes, "; "))}
	}
	return table(e.stdout, "AT\tWHO\tACTION\tCONNECTION\tTARGET\tEVENT\tCHANGES", rows)
}

func newAuditVerify(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{
		Use: "verify", Short: "Read every audit chain, and hold it against its links and the log", Args: cobra.NoArgs,
		Long: `Read every audit chain from its beginning: each entry must be linked to the one before, and the last one must be the
end that the chain names. serve may run meanwhile. Exit status 1 says that something is wrong.

Who may write to the store may take entries out and link the rest anew. The log shows it: serve tells the end of each
chain when it starts, and daily. --log reads those lines and wants every end that was told to be in its chain:

  journalctl -u tradeback -o cat | tradeback audit verify --log -

After a backup was restored, what was told since the backup is missing, and is said to be.`,
	}
	settings.Flags(c.Flags(), "store")
	conn := c.Flags().String("connection", "", "the chain of this connection alone")
	log := c.Flags().String("log", "", "serve's log, as `FILE`; - is the standard input")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		told, err := e.announced(*log)
		if err != nil {
			return err
		}
		return e.withStore(c.Context(), &settings, false, func(st store.Engine) error {
			return e.verifyAudit(c.Context(), st, *conn, told, *asJSON)
		})
	}
	return c
}

// announced are the ends of chains that a log tells of.
func (e env) announced(path string) ([]audit.Announced, error) {
	in := e.stdin
	switch path {
	case "":
		return nil, nil
	case "-":
	default:
		f, err := os.Open(path) //nolint:gosec // whoever runs the command chooses the file
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	told, err := audit.AnnouncedIn(in)
	if err == nil && len(told) == 0 {
		return nil, notFound("the log tells of no end of an audit chain: serve logs one at its start, and daily")
	}
	return told, err
}

func (e env) verifyAudit(ctx context.Context, st store.Reads, conn string, told []audit.Announced, asJSON bool) error {
	names, err := chains(ctx, st, conn)
	if err != nil {
		return err
	}
	for _, a := range told { // one of which nothing is left
		if conn == "" && !slices.Contains(names, a.Chain) {
			names = append(names, a.Chain)
		}
	}
	out, faults := page[audit.Verified]{Data: []audit.Verified{}}, 0
	for _, c := range names {
		v, err := audit.Verify(ctx, st, c, told)
		if err != nil {
			return err
		}
		faults += len(v.Faults)
		out.Data = append(out.Data, v)
	}
	if asJSON {
		err = printJSON(e.stdout, out)
	} else {
		err = e.printAuditVerified(out.Data)
	}
	if err == nil && faults > 0 {
		err = reportedError{errors.New("an audit chain is not whole")}
	}
	return err
}

func (e env) printAuditVerified(list []audit.Verified) error {
	var rows [][]string
	for _, v := range list {
		verdict := "whole"
		if len(v.Faults) > 0 {
			verdict = "NOT WHOLE"
		}
		name := string(v.Chain)
		if name == "" {
			name = "(connections and keys)"
		}
		rows = append(rows, []string{name, strconv.FormatUint(v.Entries, 10), strconv.Itoa(v.Announced), dash(v.Link), verdict})
		for _, f := range v.Faults {
			rows = append(rows, []string{"", "", "", f, ""})
		}
	}
	return table(e.stdout, "CHAIN\tENTRIES\tTOLD BY THE LOG\tLINK OF THE LAST\tVERDICT", rows)
}
