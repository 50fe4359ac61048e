package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/config"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func newExchanges(e env) *cobra.Command {
	return group("exchanges", "List, show, explain, rebuild, accept, settle and cancel exchanges",
		newExchangesList(e), newExchangesShow(e), newExchangesWhy(e), newExchangesRebuild(e), newExchangesAccept(e), newExchangesSettle(e), newExchangesCancel(e))
}

// anyName is how the help says what names an exchange.
const anyName = "The exchange is named by its id, its order's or return order's number, the return's reference, or Shopify's gid."

func newExchangesList(e env) *cobra.Command {
	var settings config.Process
	c := &cobra.Command{Use: "list", Short: "List exchanges, the newest first", Args: cobra.NoArgs}
	settings.Flags(c.Flags(), "store")
	f := c.Flags()
	conn := f.String("connection", "", "of this connection alone")
	stages := f.StringSlice("stage", nil, "at these stages: requested, open, returned, …")
	instant := f.Bool("instant", false, "instant ones alone; =false: regular ones alone")
	waiting := f.Bool("waiting", false, "those that have not ended, counted by stage and age, those longest at their stage first; =false: those that have ended")
	raised := f.Bool("raised", false, "with something that needs a person; =false: without")
	text := f.String("q", "", "named by this number or id")
	from := f.String("since", "", "requested since this time, day, or so long ago (24h)")
	limit := f.Int("limit", 50, "at most so many, 1 to 500")
	after := f.String("after", "", "from this cursor on: what next said")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		q := store.Query{Stages: *stages, Text: *text, Limit: *limit, After: *after, Newest: true}
		for _, s := range *stages {
			if !slices.Contains(exchange.Stages(), exchange.Stage(s)) {
				return usage("--stage: %q is none of %v", s, exchange.Stages())
			}
		}
		if f.Changed("waiting") {
			q.Stages = exchange.StagesThat(*waiting, q.Stages)
		}
		switch {
		case f.Changed("waiting") && len(q.Stages) == 0:
			return usage("--waiting and --stage leave no stage")
		case *waiting && *after != "":
			return usage("--after does not go with --waiting: raise --limit")
		}
		if f.Changed("instant") {
			q.Instant = instant
		}
		if f.Changed("raised") {
			q.Raised = raised
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
			if *waiting {
				return e.listWaiting(c.Context(), st, q, *asJSON)
			}
			found, next, err := all(c.Context(), q, st.Exchanges)
			if err != nil {
				return listing(err)
			}
			list := page[rest.Exchange]{Data: make([]rest.Exchange, len(found)), Next: next}
			for i := range found {
				list.Data[i] = rest.View(&found[i], nil)
			}
			if *asJSON {
				return printJSON(e.stdout, list)
			}
			return e.printExchanges(list)
		})
	}
	return c
}

func (e env) printExchanges(list page[rest.Exchange]) error {
	rows := make([][]string, len(list.Data))
	for i, x := range list.Data {
		rows[i] = []string{
			string(x.ID), dash(x.Number), string(x.Connection), string(x.Stage), kindOf(x), dash(codes(x.Raised)),
			dash(waits(x.WaitingFor)), at(x.Updated),
		}
	}
	if err := table(e.stdout, "ID\tNUMBER\tCONNECTION\tSTAGE\tKIND\tRAISED\tWAITS FOR\tUPDATED", rows); err != nil {
		return err
	}
	return e.more(list.Next)
}

// more says on stderr how to see the next page.
func (e env) more(next string) error {
	if next == "" {
		return nil
	}
	_, err := fmt.Fprintf(e.stderr, "there is more: --after %s\n", next)
	return err
}

func kindOf(x rest.Exchange) string {
	if x.Instant {
		return "instant"
	}
	return "regular"
}

func codes(raised []rest.Raised) string {
	var all []string
	for _, r := range raised {
		all = append(all, r.Code)
	}
	return strings.Join(slices.Compact(all), ",")
}

// waits is the first of what is waited for, and how much more there is.
func waits(list []rest.Condition) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0].Condition
	}
	return fmt.Sprintf("%s (+%d)", list[0].Condition, len(list)-1)
}
