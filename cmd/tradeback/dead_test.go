package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// dead is a rig whose store has dead letters of three classes.
func dead(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	before, old := rigTime.Add(-time.Hour), rigTime.Add(-48*time.Hour)
	fence, err := e.Own(t.Context(), "nordwear", "rig", time.Hour) // as the rig does
	if err != nil {
		t.Fatal(err)
	}
	step := store.Step{Conn: "nordwear", Fence: fence}
	for _, it := range []store.Item{
		{ID: "ex_1/capture/a", Kind: store.Effect, Topic: "capture", Exchange: "ex_1", Reason: "gave_up: 502", Body: []byte(`{"id":"ex_1/capture/a"}`)},
		{ID: "ex_1/capture/b", Kind: store.Effect, Topic: "capture", Exchange: "ex_1", Reason: "gave_up: 503", Received: old, Body: []byte(`{"id":"ex_1/capture/b"}`)},
		{ID: "ex_1/fulfill/c", Kind: store.Effect, Topic: "fulfill", Exchange: "ex_1", Reason: "ambiguous: two of them"},
		{ID: "ev_1", Kind: store.Event, Source: "portal", Topic: "return.closed", Reason: "handling it panicked (string)", Body: []byte(`{}`)},
		{ID: "ev_2", Kind: store.Event, Source: "portal", Topic: "return.closed", Reason: store.ParkedTooLong, Body: []byte(`{}`)},
	} {
		it.Conn, it.State = "nordwear", store.Dead
		if it.Received.IsZero() {
			it.Received = before
		}
		step.Items = append(step.Items, it)
	}
	r.apply(e, step)
	return r
}

func TestDeadLettersAreGroupedByWhatWentWrong(t *testing.T) {
	r := dead(t)
	golden(t, "dead_list.txt", r.want(0, "dead", "list").out)
	var groups page[deadGroup]
	r.json(&groups, "dead", "list", "--class", "capture/gave_up")
	if len(groups.Data) != 1 || groups.Data[0].Count != 2 || groups.Data[0].Reason != "gave_up: 502" {
		t.Errorf("%+v, want the two captures, with the reason of the newer", groups.Data)
	}
	for args, want := range map[string]string{
		"":                                    "ev_1 ev_2 ex_1/capture/a ex_1/capture/b ex_1/fulfill/c",
		"--exchange ex_1":                     "ex_1/capture/a ex_1/capture/b ex_1/fulfill/c",
		"--class event/parked":                "ev_2",
		"--since 24h --class capture/gave_up": "ex_1/capture/a",
	} {
		var list page[rest.Dead]
		r.json(&list, append([]string{"dead", "list", "--each"}, strings.Fields(args)...)...)
		var got []string
		for _, d := range list.Data {
			got = append(got, d.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("dead list --each %s: %q, want %q", args, got, want)
		}
	}
	if out := r.want(0, "dead", "show", "ex_1/capture/a").out; !strings.Contains(out, "gave_up") {
		t.Errorf("dead show says %s", out)
	}
	r.want(exitNotFound, "dead", "show", "ex_9/capture/a")
}

func TestDeadLettersAreRetriedOnceHoweverOftenItIsAsked(t *testing.T) {
	r := dead(t)
	for _, args := range [][]string{
		{"dead", "retry", "--all"},
		{"dead", "retry", "--reason", "x"},
		{"dead", "retry", "--all", "--reason", "x", "--rate", "0"},
	} {
		r.want(exitUsage, args...)
	}
	r.want(exitNotFound, "dead", "retry", "--class", "capture/refused", "--reason", "x")
	r.tty, r.stdin = true, "n\n"
	if got := r.want(exitRefused, "dead", "retry", "--all", "--reason", "mended"); !strings.Contains(got.errOut, "5 dead letters") {
		t.Errorf("a person is asked %q, want how many there are", got.errOut)
	}
	r.stdin = "y\n"
	if got := r.stopAt("1 of 5", "dead", "retry", "--all", "--reason", "mended", "--rate", "1"); got.status == 0 || !strings.Contains(got.errOut, "1 of 5 are kept; to go on, run it again") {
		t.Errorf("stopped: exit status %d, said %q", got.status, got.errOut)
	}
	r.tty = false
	var first, second deadMoved
	r.json(&first, "dead", "retry", "--class", "capture/gave_up", "--reason", "mended", "--rate", "1000")
	r.json(&second, "dead", "retry", "--class", "capture/gave_up", "--reason", "mended", "--rate", "1000")
	if first.Kept != 2 || second.Kept != 2 || strings.Join(first.Events, " ") != strings.Join(second.Events, " ") {
		t.Errorf("the first time %+v, then %+v; want the same two events", first, second)
	}
	var list page[rest.Event]
	r.json(&list, "events", "list", "--source", "person")
	if len(list.Data) != 3 || list.Data[0].Topic != "dead.retry" {
		t.Errorf("%d events of people, want two to retry, and one of before: %+v", len(list.Data), list.Data)
	}
}
