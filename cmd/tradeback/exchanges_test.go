package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func ids(list []rest.Exchange) string {
	var out []string
	for _, x := range list {
		out = append(out, string(x.ID))
	}
	return strings.Join(out, " ")
}

func TestExchangesAreListed(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	r.exchange(e, "ex_2", exchange.Sent, "gid://shopify/Return/2")
	r.exchange(e, "ex_3", exchange.Completed, "gid://shopify/Return/3")
	for args, want := range map[string]string{
		"":                             "ex_3 ex_2 ex_1",
		"--stage requested,sent":       "ex_2 ex_1",
		"--q gid://shopify/Return/3":   "ex_3",
		"--q R-ex_2":                   "ex_2",
		"--raised":                     "",
		"--raised=false --limit 2":     "ex_3 ex_2",
		"--instant=false":              "ex_3 ex_2 ex_1",
		"--instant":                    "",
		"--connection nordwear":        "ex_3 ex_2 ex_1",
		"--since 2026-11-22":           "ex_3 ex_2 ex_1",
		"--since 30m":                  "",
		"--since 2026-11-22T08:00:00Z": "ex_3 ex_2 ex_1",
	} {
		var list page[rest.Exchange]
		r.json(&list, append([]string{"exchanges", "list"}, strings.Fields(args)...)...)
		if got := ids(list.Data); got != want {
			t.Errorf("exchanges list %s: %q, want %q", args, got, want)
		}
	}
	var first, second page[rest.Exchange]
	r.json(&first, "exchanges", "list", "--limit", "2")
	r.json(&second, "exchanges", "list", "--limit", "2", "--after", first.Next)
	if got := ids(first.Data) + " | " + ids(second.Data); got != "ex_3 ex_2 | ex_1" || second.Next != "" {
		t.Errorf("two pages: %s, then %q", got, second.Next)
	}
	r.want(exitUsage, "exchanges", "list", "--after", "nonsense")
	r.want(exitNotFound, "exchanges", "list", "--connection", "elsewhere")
	golden(t, "exchanges_list.txt", r.want(0, "exchanges", "list").out)
}

func TestAnExchangeIsShownByAnyOfItsNames(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	x := r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	entries, err := e.Journal(t.Context(), x.Connection, x.ID, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(rest.View(&x, entries))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ex_1", "R-ex_1", "gid://shopify/Return/1"} {
		var got json.RawMessage
		r.json(&got, "exchanges", "show", name)
		if string(got) != string(want) {
			t.Errorf("exchanges show %s: %s, want %s", name, got, want)
		}
	}
	r.want(exitNotFound, "exchanges", "show", "ex_2")
	r.want(exitNotFound, "exchanges", "show", "ex_1", "--connection", "elsewhere")
	golden(t, "exchanges_show.txt", r.want(0, "exchanges", "show", "ex_1").out)
}

func TestACancellationIsKeptWhileNobodyServes(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	var kept rest.Event
	r.json(&kept, "exchanges", "cancel", "R-ex_1", "--reason", "changed her mind")
	if kept.Result != store.Waiting || kept.Source != "person" {
		t.Errorf("kept %+v", kept)
	}
	it, err := findEvent(t.Context(), e, "nordwear", kept.ID)
	if err != nil {
		t.Fatal(err)
	}
	var n exchange.Notice
	decodeLine(t, string(it.Body), &n)
	if ev := n.Event; ev.Kind != exchange.EventCancel || ev.Actor != "astrid" || *ev.Cancel != (exchange.CancelAsk{By: "person", Reason: "changed her mind"}) {
		t.Errorf("the event tells %+v", ev)
	}
	if got := r.want(0, "exchanges", "cancel", "ex_1", "--by", "bo"); !strings.Contains(got.out, "kept as ev_") {
		t.Errorf("said %q", got.out)
	}
	r.want(exitUsage, "exchanges", "cancel", "ex_1", "--reason", "two\nlines")
}

func TestWhatWasSentCannotBeCalledOff(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Sent, "gid://shopify/Return/1")
	r.exchange(e, "ex_2", exchange.Cancelled, "gid://shopify/Return/2")
	r.want(exitRefused, "exchanges", "cancel", "ex_1")
	r.want(exitNotFound, "exchanges", "cancel", "ex_9")
	if got := r.want(0, "exchanges", "cancel", "ex_2"); got.out != "ex_2 is cancelled\n" {
		t.Errorf("said %q", got.out)
	}
	found, _, err := e.Items(t.Context(), store.Query{Kinds: []store.Kind{store.Event}})
	if err != nil || len(found) != 0 {
		t.Errorf("kept %v, %v, want nothing", found, err)
	}
}

func TestACancellationIsWaitedForWhereServeRuns(t *testing.T) {
	r := newRig(t)
	e := r.store(true)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	serveInbox(t, e)
	var x rest.Exchange
	r.json(&x, "exchanges", "cancel", "ex_1", "--reason", "changed her mind")
	if x.ID != "ex_1" || x.Stage != exchange.Cancelled {
		t.Errorf("it is %s", x.Stage)
	}
	if last := x.Timeline[len(x.Timeline)-1]; last.Actor != "astrid" || last.Event != "person exchanges.cancel" {
		t.Errorf("the timeline says %+v", last)
	}
}

// serveInbox takes events of nordwear until the test ends.
func serveInbox(t *testing.T, e store.Engine) {
	t.Helper()
	st := store.New(e)
	fence, err := st.Own(t.Context(), "nordwear", "rig", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	w := inbox.New(inbox.Options{
		Store: st, Settings: func(store.Conn) (inbox.Settings, bool) { return inbox.Settings{}, true }, Item: outbox.Item,
		Now: func() time.Time { return rigTime }, Log: zerolog.Nop(),
	}, "nordwear", fence)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}
