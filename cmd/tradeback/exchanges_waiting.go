package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// ages are what the exchanges at a stage are counted by: how long they have been there.
var ages = []struct {
	name  string
	under time.Duration // 0: any longer
}{{"under 1 h", time.Hour}, {"under 1 day", 24 * time.Hour}, {"under 1 week", 7 * 24 * time.Hour}, {"longer", 0}}

// waitingStage is how many exchanges wait at a stage, and for how long they have been there.
type waitingStage struct {
	Stage  exchange.Stage `json:"stage"`
	Count  int            `json:"count"`
	Ages   []waitingAge   `json:"ages"`
	Oldest time.Time      `json:"oldest"` // when the one that is there longest came
}

type waitingAge struct {
	Age   string `json:"age"`
	Count int    `json:"count"`
}

// waitingList is all that waits: counted, and those listed that have been at their stages longest.
type waitingList struct {
	Stages []waitingStage  `json:"stages"`
	Data   []rest.Exchange `json:"data"`
}

// place is where an exchange stands, and since when.
type place struct {
	id    exchange.ID
	conn  exchange.Conn
	stage int // in the order of stages
	since time.Time
}

// listWaiting lists what q selects and has not ended, by stage, those that have been there longest first.
func (e env) listWaiting(ctx context.Context, st store.Engine, q store.Query, asJSON bool) error {
	limit := q.Limit
	var places []place
	for q.Limit, q.Newest = 500, false; ; {
		found, after, err := st.Exchanges(ctx, q)
		if err != nil {
			return fmt.Errorf("list exchanges: %w", err)
		}
		for i := range found {
			x := &found[i]
			places = append(places, place{x.ID, x.Connection, slices.Index(exchange.Stages(), x.Stage), x.Entered()})
		}
		if q.After = after; after == "" {
			break
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), a.since.Compare(b.since), cmp.Compare(a.id, b.id))
	})
	list := waitingList{Stages: waitingStages(places, e.now()), Data: []rest.Exchange{}}
	for _, p := range places[:min(limit, len(places))] {
		found, err := st.Load(ctx, p.conn, p.id)
		if err != nil {
			return fmt.Errorf("load %s: %w", p.id, err)
		}
		list.Data = append(list.Data, rest.View(&found[0], nil))
	}
	if asJSON {
		return printJSON(e.stdout, list)
	}
	return e.printWaiting(list, len(places))
}

// waitingStages counts places, which are sorted.
func waitingStages(places []place, now time.Time) []waitingStage {
	out := []waitingStage{}
	for _, p := range places {
		stage := exchange.Stages()[p.stage]
		if n := len(out); n == 0 || out[n-1].Stage != stage {
			at := waitingStage{Stage: stage, Oldest: p.since}
			for _, a := range ages {
				at.Ages = append(at.Ages, waitingAge{Age: a.name})
			}
			out = append(out, at)
		}
		at := &out[len(out)-1]
		at.Count++
		for i, a := range ages {
			if a.under == 0 || now.Sub(p.since) < a.under {
				at.Ages[i].Count++
				break
			}
		}
	}
	return out
}

func (e env) printWaiting(list waitingList, all int) error {
	rows := make([][]string, len(list.Stages))
	for i, s := range list.Stages {
		rows[i] = []string{string(s.Stage), strconv.Itoa(s.Count)}
		for _, a := range s.Ages {
			rows[i] = append(rows[i], strconv.Itoa(a.Count))
		}
		rows[i] = append(rows[i], at(s.Oldest))
	}
	if err := table(e.stdout, "STAGE\tEXCHANGES\tUNDER 1 H\tUNDER 1 DAY\tUNDER 1 WEEK\tLONGER\tOLDEST SINCE", rows); err != nil || all == 0 {
		return err
	}
	rows = make([][]string, len(list.Data))
	for i, x := range list.Data {
		rows[i] = []string{
			string(x.Stage), at(x.StageSince), string(x.ID), dash(x.Number), string(x.Connection), dash(codes(x.Raised)), dash(waits(x.WaitingFor)),
		}
	}
	fmt.Fprintln(e.stdout)
	if err := table(e.stdout, "STAGE\tSINCE\tID\tNUMBER\tCONNECTION\tRAISED\tWAITS FOR", rows); err != nil {
		return err
	}
	if more := all - len(list.Data); more > 0 {
		_, err := fmt.Fprintf(e.stderr, "%d more are not listed: --limit, --stage or --connection\n", more)
		return err
	}
	return nil
}
