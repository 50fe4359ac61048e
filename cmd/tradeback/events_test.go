package main

import (
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

const body = `{"customer": "Astrid Berg"`

// heard is a rig whose store has an exchange and an event of each sort.
func heard(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	closed := `{"event":{"id":"","kind":"portal","at":"0001-01-01T00:00:00Z","source":"portal","topic":"return.closed","portal":{"name":"return.closed","at":"2026-11-22T09:00:00Z","return_id":"gid://shopify/Return/1"}},"about":[{"ref":{"name":"return:gid://shopify/Return/1"}}],"park":"return:gid://shopify/Return/1"}`
	r.event(e, store.Item{ID: "ev_1", State: store.Done, Source: "portal", Topic: "return.closed", Exchange: "ex_1", Body: []byte(closed), Raw: []byte(body)})
	r.event(e, store.Item{ID: "ev_2", State: store.Quarantined, Source: "ongoing", Reason: "broken off at byte 26", Raw: []byte(body)})
	r.event(e, store.Item{ID: "ev_3", State: store.Ignored, Source: "ongoing", Topic: "order", Reason: "about nothing of ours"})
	r.event(e, store.Item{ID: "ev_4", State: store.Waiting, Source: "shopify", Topic: "returns/approve", Body: []byte(`{"event":{"kind":"hint","hint":{"target":"shop"}}}`)})
	return r
}

func TestEventsAreListed(t *testing.T) {
	r := heard(t)
	for args, want := range map[string]string{
		"":                                "ev_4 ev_3 ev_2 ev_1",
		"--quarantine":                    "ev_2",
		"--result done,waiting":           "ev_4 ev_1",
		"--source ongoing":                "ev_3 ev_2",
		"--exchange R-ex_1":               "ev_1",
		"--since 10m":                     "",
		"--limit 1":                       "ev_4",
		"--connection nordwear --limit 2": "ev_4 ev_3",
	} {
		var list page[rest.Event]
		r.json(&list, append([]string{"events", "list"}, strings.Fields(args)...)...)
		var got []string
		for _, ev := range list.Data {
			got = append(got, ev.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("events list %s: %q, want %q", args, got, want)
		}
	}
	r.want(exitNotFound, "events", "list", "--exchange", "ex_9")
	golden(t, "events_list.txt", r.want(0, "events", "list").out)
}

func TestQuarantineIsListedAsTheAPIDoes(t *testing.T) {
	r := heard(t)
	var list page[map[string]any]
	r.json(&list, "events", "list", "--quarantine")
	ev := list.Data[0]
	for name, want := range map[string]any{
		"id": "ev_2", "source": "ongoing", "connection": "nordwear", "received_at": "2026-11-22T09:00:00Z",
		"result": "quarantined", "reason": "broken off at byte 26", "bytes": float64(len(body)),
	} {
		if ev[name] != want {
			t.Errorf("%s is %v, want %v", name, ev[name], want)
		}
	}
}

func TestABodyIsShownOnRequestAlone(t *testing.T) {
	r := heard(t)
	for _, args := range [][]string{{"events", "show", "ev_1"}, {"events", "show", "ev_1", "--json"}, {"events", "list", "--json"}} {
		if got := r.want(0, args...); strings.Contains(got.out, "Astrid") {
			t.Errorf("tradeback %s shows the body: %s", strings.Join(args, " "), got.out)
		}
	}
	for _, args := range [][]string{{"events", "show", "ev_1", "--raw"}, {"events", "show", "ev_1", "--raw", "--json"}} {
		got := r.want(0, args...)
		if !strings.Contains(got.out, "Astrid") || !strings.Contains(got.errOut, "personal data") {
			t.Errorf("tradeback %s: %q and %q", strings.Join(args, " "), got.out, got.errOut)
		}
	}
	var shown shownEvent
	r.json(&shown, "events", "show", "ev_1", "--raw")
	if shown.Raw != body || !strings.Contains(string(shown.Notice), "return.closed") {
		t.Errorf("shown %+v", shown)
	}
	r.want(exitNotFound, "events", "show", "ev_9")
}
