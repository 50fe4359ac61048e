package main

import (
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
)

func TestWhatWaitsIsListedByStageAndAge(t *testing.T) {
	r := newRig(t)
	r.at = func() time.Time { return rigTime.Add(36 * time.Hour) }
	e := r.store(false)
	for _, x := range []struct {
		id    exchange.ID
		stage exchange.Stage
		after time.Duration // it came to its stage
	}{
		{"ex_1", exchange.Sent, 35*time.Hour + 30*time.Minute},
		{"ex_2", exchange.Open, 20 * time.Hour},
		{"ex_3", exchange.Completed, 0},
		{"ex_4", exchange.Open, 0},
		{"ex_5", exchange.Cancelled, 0},
		{"ex_6", exchange.Sent, -240 * time.Hour},
	} {
		made := r.exchange(e, x.id, exchange.Requested, "gid://shopify/Return/"+string(x.id))
		next, entry, err := exchange.Step(made, exchange.Event{ID: "ev_1" + string(x.id), Kind: exchange.EventHint, At: made.Updated, Source: "shopify", Hint: &exchange.Hint{Target: exchange.ReadShop}})
		if err != nil {
			t.Fatal(err)
		}
		next.Stage, entry.To = x.stage, x.stage
		next.Since = append(next.Since, exchange.StageAt{Stage: x.stage, At: rigTime.Add(x.after)})
		r.commit(e, next, entry)
	}
	golden(t, "exchanges_waiting.txt", r.want(0, "exchanges", "list", "--waiting").out)
	var list waitingList
	r.json(&list, "exchanges", "list", "--waiting", "--limit", "3")
	if got := ids(list.Data); got != "ex_4 ex_2 ex_6" || len(list.Stages) != 2 || list.Stages[1].Count != 2 {
		t.Errorf("listed %s, counted %+v", got, list.Stages)
	}
	if got := r.want(0, "exchanges", "list", "--waiting", "--limit", "3").errOut; got != "1 more are not listed: --limit, --stage or --connection\n" {
		t.Errorf("said %q", got)
	}
	r.json(&list, "exchanges", "list", "--waiting", "--stage", "sent,completed")
	if got := ids(list.Data); got != "ex_6 ex_1" {
		t.Errorf("listed %s", got)
	}
	if got := r.want(0, "exchanges", "list", "--waiting=false", "--json").out; got == "" || ids(pageOf(t, got)) != "ex_5 ex_3" {
		t.Errorf("of those that have ended it lists %s", got)
	}
	r.want(exitUsage, "exchanges", "list", "--waiting", "--stage", "completed")
	r.want(exitUsage, "exchanges", "list", "--waiting", "--after", "x")
}

func pageOf(t *testing.T, text string) []rest.Exchange {
	t.Helper()
	var list page[rest.Exchange]
	decodeLine(t, text, &list)
	return list.Data
}
