package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// kept reads back what replay says it kept.
func kept(t *testing.T, r *rig, args ...string) (list []replay.Replayed, items []store.Item, notices []exchange.Notice) {
	t.Helper()
	var out page[replay.Replayed]
	r.json(&out, append([]string{"replay"}, args...)...)
	e := r.store(false)
	for _, one := range out.Data {
		it, err := findEvent(t.Context(), e, one.Connection, one.ID)
		if err != nil {
			t.Fatal(err)
		}
		var n exchange.Notice
		decodeLine(t, string(it.Body), &n)
		items, notices = append(items, it), append(notices, n)
	}
	return out.Data, items, notices
}

func TestAnEventIsHeardAgainAsANewOne(t *testing.T) {
	r := heard(t)
	list, items, notices := kept(t, r, "--event", "ev_1")
	it, ev := items[0], notices[0].Event
	if list[0].Of != "ev_1" || it.Reason != "replay of ev_1" || it.State != store.Waiting || it.Source != "portal" || it.ID == "ev_1" {
		t.Errorf("kept %+v, %+v", list[0], it)
	}
	if ev.ID != it.ID || ev.Portal.Name != "return.closed" || !ev.Portal.At.Equal(rigTime.Add(-3600e9)) || notices[0].Park == "" {
		t.Errorf("it tells %+v", notices[0])
	}
	again, _, _ := kept(t, r, "--event", "ev_1", "--event", "ev_1")
	if len(again) != 2 {
		t.Errorf("kept %d, want 2: a replay has no dedupe key", len(again))
	}
}

func TestWhatCannotBeHeardAgainIsSaid(t *testing.T) {
	r := heard(t)
	r.want(exitNotFound, "replay", "--event", "ev_9")
	if got := r.want(exitRefused, "replay", "--event", "ev_3"); !strings.Contains(got.errOut, "nothing is left of ev_3") {
		t.Errorf("said %q", got.errOut)
	}
	if got := r.want(exitRefused, "replay", "--event", "ev_4"); !strings.Contains(got.errOut, "waits for serve") {
		t.Errorf("said %q", got.errOut)
	}
	r.connection()
	if got := r.want(exitRefused, "replay", "--event", "ev_2"); !strings.Contains(got.errOut, "still cannot be read") || strings.Contains(got.errOut, "Astrid") {
		t.Errorf("said %q", got.errOut)
	}
	r.env["TRADEBACK_KEY"] = ""
	if got := r.want(exitUsage, "replay", "--event", "ev_2"); !strings.Contains(got.errOut, "TRADEBACK_KEY") {
		t.Errorf("said %q", got.errOut)
	}
}

func TestAnEventThatCanBeReadByNowIsHeard(t *testing.T) {
	r := heard(t)
	r.connection()
	r.event(r.store(false), store.Item{
		ID: "ev_5", State: store.Quarantined, Source: "portal", Reason: "no event name",
		Raw: []byte(`{"id":"evt_1","event":"return.closed","created_at":"2026-11-22T09:30:00Z","data":{"shopify_return_id":"gid://shopify/Return/1"}}`),
	})
	_, items, notices := kept(t, r, "--event", "ev_5")
	if items[0].Topic != "return.closed" || notices[0].Event.Portal == nil || notices[0].Event.Portal.ReturnID != "gid://shopify/Return/1" {
		t.Errorf("kept %+v: %+v", items[0], notices[0])
	}
}

func TestAnExchangeHearsWhatOthersToldItAgain(t *testing.T) {
	r := heard(t)
	list, items, notices := kept(t, r, "--exchange", "R-ex_1")
	if len(list) != 1 || list[0].Of != "ev_request_ex_1" || items[0].Exchange != "ex_1" || items[0].Source != "api" {
		t.Fatalf("kept %+v: %+v", list, items)
	}
	if ev := notices[0].Event; ev.Kind != exchange.EventRequested || ev.Request.ReturnID != "gid://shopify/Return/1" || ev.Actor != "shop app" {
		t.Errorf("it tells %+v", ev)
	}
}

func TestAFileOfEventsIsHeard(t *testing.T) {
	r := heard(t)
	r.connection()
	shown := r.want(0, "events", "show", "ev_1", "--json").out
	path := r.file("events.jsonl", shown+`
{"connection":"nordwear","source":"portal","body":{"event":"return.closed","data":{"shopify_return_id":"gid://shopify/Return/1"}}}
{"connection":"nordwear","source":"shopify","headers":{"x-shopify-topic":"returns/approve"},"body":"{\"admin_graphql_api_id\":\"gid://shopify/Return/7\"}"}
{"connection":"nordwear","source":"ongoing","body":{"orderId":7,"orderNumber":"#1001","goodsOwner":{"id":42}}}
`)
	list, items, notices := kept(t, r, "--file", path)
	if len(list) != 4 || list[0].Of != "ev_1" || list[1].Of != "" {
		t.Fatalf("kept %+v", list)
	}
	for i, want := range []string{"return.closed", "return.closed", "returns/approve", items[3].Topic} {
		if items[i].Topic != want || items[i].State != store.Waiting || notices[i].Event.ID != items[i].ID {
			t.Errorf("line %d: kept %+v, which tells %+v", i+1, items[i], notices[i])
		}
	}
	if said := notices[1].Event.Portal; said.At.IsZero() {
		t.Error("the portal's event has no time")
	}
	r.stdin = shown
	if list, _, _ := kept(t, r, "--file", "-"); len(list) != 1 {
		t.Errorf("from the standard input: kept %+v", list)
	}
}

func TestAFileAtFaultIsReportedLineByLineAndNothingIsKept(t *testing.T) {
	r := heard(t)
	r.connection()
	path := r.file("events.jsonl", strings.Join([]string{
		`{"connection":"nordwear","source":"portal","body":{"event":"return.closed","data":{"shopify_return_id":"gid://shopify/Return/1"}}}`,
		`hunter2`,
		`{"source":"portal","body":{}}`,
		`{"connection":"elsewhere","source":"portal","body":{}}`,
		`{"connection":"nordwear","source":"tradeback","notice":{"event":{"kind":"read"}}}`,
		`{"connection":"nordwear","source":"portal","notice":{"event":{"kind":"outcome","outcome":{"result":"done"}}}}`,
		`{"connection":"nordwear","source":"shopify","body":{}}`,
		`{"connection":"nordwear","source":"ongoing"}`,
	}, "\n"))
	got := r.want(exitRefused, "replay", "--file", path)
	golden(t, "replay_faults.txt", strings.ReplaceAll(got.errOut, path, "events.jsonl"))
	var list page[rest.Event]
	r.json(&list, "events", "list")
	if len(list.Data) != 4 {
		t.Errorf("%d events are stored, want the 4 of before", len(list.Data))
	}
	r.want(exitRefused, "replay", "--file", r.file("empty.jsonl", "\n"))
	r.want(exitFailed, "replay", "--file", path+"x")
}

func TestADryRunSaysWhatWouldFollowAndStoresNothing(t *testing.T) {
	r := heard(t)
	got := r.want(0, "replay", "--exchange", "ex_1", "--dry-run").out + r.want(0, "replay", "--event", "ev_1", "--dry-run").out
	golden(t, "replay_dry.txt", got)
	path := r.file("events.jsonl", `{"connection":"nordwear","source":"person","notice":{"event":{"kind":"cancel","cancel":{"by":"person"}},"about":[{"ref":{"name":"id:ex_1"}}]}}
{"connection":"nordwear","source":"portal","notice":{"event":{"kind":"portal","portal":{"name":"return.closed","at":"2026-11-22T09:00:00Z"}},"park":"return:gid://shopify/Return/8"}}
`)
	var out replay.List[replay.Rehearsal]
	r.json(&out, "replay", "--file", path, "--dry-run")
	if one := out.Data[0]; one.From != exchange.Requested || one.To != exchange.Cancelling && one.To != exchange.Cancelled || len(one.Rules) == 0 {
		t.Errorf("a cancellation would lead to %+v", one)
	}
	if one := out.Data[1]; one.Exchange != "" || !strings.Contains(one.Note, "wait for one") {
		t.Errorf("an event about nobody would lead to %+v", one)
	}
	var list page[rest.Event]
	r.json(&list, "events", "list")
	if len(list.Data) != 4 {
		t.Errorf("%d events are stored, want the 4 of before", len(list.Data))
	}
}

func TestADryRunLeavesOutWhoseReturnIsAnother(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	line := `{"connection":"nordwear","source":"portal","notice":{"event":{"kind":"portal","portal":{"name":"return.closed","at":"2026-11-22T09:00:00Z","return_id":"gid://shopify/Return/8"}},"about":[{"ref":{"name":"reference:R-ex_1"}}],"park":"return:gid://shopify/Return/8"}}`
	var out replay.List[replay.Rehearsal]
	r.json(&out, "replay", "--dry-run", "--file", r.file("events.jsonl", line))
	if len(out.Data) != 1 || out.Data[0].Exchange != "" {
		t.Errorf("would lead to %+v, want nothing for ex_1, whose return is another", out.Data)
	}
}

func TestADryRunSaysWhatIsDoneAlready(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	x := r.exchange(e, "ex_1", exchange.Sent, "gid://shopify/Return/1")
	fence, err := e.Own(t.Context(), "nordwear", "rig", 3600e9)
	if err != nil {
		t.Fatal(err)
	}
	x.Version++
	x.Facts.Movements = []exchange.Movement{{Effect: "ex_1/release/1", Kind: exchange.Release, Result: exchange.Done, At: rigTime}}
	r.apply(e, store.Step{Conn: "nordwear", Fence: fence, Next: &x, Refs: x.Refs(), Entry: &exchange.Entry{
		Exchange: x.ID, Version: x.Version, At: rigTime, From: exchange.Returned, To: exchange.Released,
		Event:   exchange.Event{ID: "ev_7", Kind: exchange.EventPortal, At: rigTime, Source: "portal", Topic: "return.closed", Portal: &exchange.PortalEvent{Name: "return.closed", At: rigTime}},
		Effects: []exchange.Effect{{ID: "ex_1/release/1", Exchange: x.ID, Kind: exchange.Release}},
	}})
	var out replay.List[replay.Rehearsal]
	r.json(&out, "replay", "--exchange", "ex_1", "--dry-run")
	i := slices.IndexFunc(out.Data, func(one replay.Rehearsal) bool { return one.Event == "ev_7" })
	if i < 0 || len(out.Data[i].Done) != 1 || out.Data[i].Done[0] != (replay.WouldBe{ID: "ex_1/release/1", Kind: exchange.Release, Result: "done"}) {
		t.Fatalf("would lead to %+v", out.Data)
	}
	if text := r.want(0, "replay", "--exchange", "ex_1", "--dry-run").out; !strings.Contains(text, "already done: ex_1/release/1") || !strings.Contains(text, "1 are done already") {
		t.Errorf("said %s", text)
	}
	path := r.file("closed.jsonl", `{"connection":"nordwear","source":"portal","notice":{"event":{"kind":"portal","source":"portal","portal":{"name":"return.closed","at":"2026-11-22T10:00:00Z"}},"about":[{"ref":{"name":"id:ex_1"}}]}}`)
	if text := r.want(0, "replay", "--file", path, "--dry-run").out; !strings.Contains(text, "already done: ex_1/release/1") {
		t.Errorf("of an event without an id it said %s", text)
	}
	list, _, _ := kept(t, r, "--exchange", "ex_1")
	if i := slices.IndexFunc(list, func(one replay.Replayed) bool { return one.Of == "ev_7" }); i < 0 || !slices.Equal(list[i].Done, []string{"ex_1/release/1"}) {
		t.Errorf("kept %+v, want that the release is said to be done already", list)
	}
}

func TestServeReplaysAFile(t *testing.T) {
	r := heard(t)
	st := store.New(r.store(true))
	path := r.file("events.jsonl", r.want(0, "events", "show", "ev_1", "--json").out)
	e := env{now: systemEnv().now}
	if err := replayFile(t.Context(), e, st, nil, ident.New(nil), e.now, path); err != nil {
		t.Fatal(err)
	}
	found, _, err := st.Items(t.Context(), store.Query{Conn: "nordwear", Kinds: []store.Kind{store.Event}, States: []store.State{store.Waiting}})
	if err != nil || len(found) != 2 {
		t.Errorf("%d events wait, %v, want ev_4 and the replay of ev_1", len(found), err)
	}
}

// noticeOf is n as it is stored.
func noticeOf(t *testing.T, n exchange.Notice) []byte {
	t.Helper()
	body, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestWhatWasToldBetweenTwoTimesIsHeardAgain(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	closed := noticeOf(t, exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventPortal, Source: "portal", Topic: "return.closed", Portal: &exchange.PortalEvent{Name: "return.closed", At: rigTime}},
		About: []exchange.About{{Ref: exchange.RefReturn("gid://shopify/Return/1")}},
	})
	said := noticeOf(t, exchange.Notice{Event: exchange.Event{Kind: exchange.EventSaid, Source: "person", Said: &exchange.Said{What: exchange.WrittenOff, Reason: "x"}}, About: []exchange.About{{Ref: exchange.RefID("ex_1")}}})
	at := func(back time.Duration) time.Time { return rigTime.Add(-back) }
	for _, it := range []store.Item{
		{ID: "ev_1", Source: "portal", State: store.Done, Exchange: "ex_1", Received: at(4 * time.Hour), Body: closed},
		{ID: "ev_2", Source: "portal", State: store.Done, Exchange: "ex_1", Received: at(3 * time.Hour), Body: closed},
		{ID: "ev_3", Source: "person", State: store.Done, Exchange: "ex_1", Received: at(3 * time.Hour), Body: said},
		{ID: "ev_4", Source: "reconcile", State: store.Done, Exchange: "ex_1", Received: at(3 * time.Hour), Body: closed},
		{ID: "ev_5", Source: "portal", State: store.Ignored, Received: at(3 * time.Hour)},
		{ID: "ev_6", Source: "portal", State: store.Waiting, Received: at(3 * time.Hour), Body: closed},
		{ID: "ev_61", Source: "portal", State: store.Parked, Ref: "return:gid://shopify/Return/8", Received: at(3 * time.Hour), Body: closed},
		{ID: "ev_7", Source: "portal", State: store.Done, Exchange: "ex_1", Received: at(2 * time.Hour), Body: closed},
		{ID: "ev_8", Source: "portal", State: store.Done, Exchange: "ex_1", Received: at(time.Hour), Body: closed},
	} {
		r.event(e, it)
	}
	for args, want := range map[string]string{
		"--since 3h --until 2h":                           "ev_2",
		"--since 3h --connection nordwear":                "ev_2 ev_7 ev_8",
		"--since 2026-11-22T08:00:00Z --until 90m":        "ev_7",
		"--since 2026-11-22 --until 2026-11-22T06:30:00Z": "ev_1",
	} {
		var out replay.List[replay.Rehearsal]
		r.json(&out, append([]string{"replay", "--dry-run"}, strings.Fields(args)...)...)
		var got []string
		for _, one := range out.Data {
			got = append(got, one.Event)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", args, got, want)
		}
	}
	var did replay.List[replay.Replayed]
	r.json(&did, "replay", "--since", "3h")
	if len(did.Data) != 3 || len(did.Left) != 1 || did.Left[0].Event != "ev_3" {
		t.Errorf("kept %+v", did)
	}
	again, err := findEvent(t.Context(), e, "nordwear", did.Data[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	fence, err := e.Own(t.Context(), "nordwear", "rig", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	again.State, again.Exchange, again.Reason = store.Done, "ex_1", "" // as the inbox ends it
	r.apply(e, store.Step{Conn: "nordwear", Fence: fence, Items: []store.Item{again}})
	r.at = func() time.Time { return rigTime.Add(time.Minute) }
	r.json(&did, "replay", "--since", "3h")
	for _, one := range did.Data {
		if one.Of == again.ID {
			t.Errorf("a replay is replayed: %+v", one)
		}
	}
	r.want(exitUsage, "replay", "--since", "1h", "--until", "2h")
	r.want(exitUsage, "replay", "--until", "2h")
	r.want(exitUsage, "replay", "--event", "ev_1", "--until", "2h")
}

func TestAReplayOfManyIsAskedForStoppedAndGoneOnWith(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	closed := noticeOf(t, exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventPortal, Source: "portal", Topic: "return.closed", Portal: &exchange.PortalEvent{Name: "return.closed", At: rigTime}},
		About: []exchange.About{{Ref: exchange.RefReturn("gid://shopify/Return/1")}},
	})
	want := []string{"ev_1", "ev_2", "ev_3", "ev_4", "ev_5"}
	for _, id := range want {
		r.event(e, store.Item{ID: id, Source: "portal", State: store.Done, Exchange: "ex_1", Body: closed})
	}
	file := r.file("events.jsonl", strings.Repeat(`{"connection":"nordwear","source":"portal","notice":`+string(closed)+"}\n", len(want)))
	var before []string
	for _, flags := range [][]string{{"--since", "3h"}, {"--file", file}} {
		args := append([]string{"replay"}, flags...)
		r.tty, r.stdin = true, "n\n"
		if got := r.want(exitRefused, args...); !strings.Contains(got.errOut, "Replay 5 events?") {
			t.Errorf("a person is asked %q, want how many there are", got.errOut)
		}
		r.mute = true
		if got := r.stopAt("[y/N]", args...); got.status != exitFailed || !strings.Contains(got.errOut, "interrupted") {
			t.Errorf("interrupted when it asks: exit status %d, said %q", got.status, got.errOut)
		}
		r.mute, r.stdin = false, "y\n"
		got := r.stopAt("2 of 5", append(args, "--rate", "2")...)
		said, cursor, ok := strings.Cut(strings.TrimSpace(got.errOut), "2 of 5 are kept; to go on, give the same with ")
		cursor, _, _ = strings.Cut(cursor, "\n")
		onward := append(args, strings.Fields(cursor)...)
		if got.status == 0 || !ok {
			t.Fatalf("stopped: exit status %d, said %q", got.status, said)
		}
		var list page[rest.Event]
		r.tty = false
		r.json(&list, "events", "list", "--result", "waiting")
		if len(list.Data) != len(before)+2 {
			t.Errorf("%d wait when it is stopped, want %d", len(list.Data), len(before)+2)
		}
		var did replay.List[replay.Replayed]
		r.at = func() time.Time { return rigTime.Add(24 * time.Hour) } // "3h" would mean others now
		r.json(&did, onward...)
		r.at = func() time.Time { return rigTime }
		if len(did.Data) != 3 || flags[0] == "--since" && did.Data[0].Of != "ev_3" {
			t.Errorf("it goes on with %+v", did.Data)
		}
		r.json(&list, "events", "list", "--result", "waiting")
		before = nil
		for _, ev := range list.Data {
			before = append(before, ev.ID)
		}
		r.want(exitUsage, append(args, "--after", "-1")...)
		r.want(exitUsage, append(args, "--rate", "0")...)
	}
	if len(before) != 2*len(want) {
		t.Errorf("%d wait at the end, want each twice", len(before))
	}
}

func TestAPersonsDecisionIsNotHeardAgain(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	x := r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	said := exchange.Event{ID: "ev_said", Kind: exchange.EventSaid, At: rigTime, Source: "person", Actor: "astrid", Said: &exchange.Said{What: exchange.WrittenOff, Reason: "x"}}
	r.hears(e, x, said)
	r.event(e, store.Item{ID: "ev_said", Source: "person", State: store.Done, Exchange: "ex_1", Body: noticeOf(t, exchange.Notice{Event: said, About: []exchange.About{{Ref: exchange.RefID("ex_1")}}})})
	r.event(e, store.Item{ID: "ev_dead", Source: "person", State: store.Done, Body: noticeOf(t, exchange.Notice{Event: exchange.Event{Kind: exchange.EventDead, Dead: &exchange.DeadAsk{}}, Item: "ev_0"})})
	for _, id := range []string{"ev_said", "ev_dead"} {
		if got := r.want(exitRefused, "replay", "--event", id); !strings.Contains(got.errOut, "say it anew") {
			t.Errorf("said %q", got.errOut)
		}
	}
	shown := r.want(0, "events", "show", "ev_said", "--json").out
	r.want(exitRefused, "replay", "--file", r.file("events.jsonl", shown))
	var did replay.List[replay.Replayed]
	r.json(&did, "replay", "--exchange", "ex_1")
	if len(did.Data) != 1 || did.Data[0].Of != "ev_request_ex_1" || len(did.Left) != 1 || did.Left[0].Event != "ev_said" {
		t.Errorf("kept %+v", did)
	}
}

func TestARequestThatMadeAnExchangeMakesNoOther(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	instant := true
	asked := &exchange.Request{OrderID: "gid://shopify/Order/1", Instant: &instant, ExchangeLines: []exchange.WantedExchangeLine{{VariantID: "gid://shopify/ProductVariant/8", Quantity: 1}}}
	n := exchange.Notice{Create: asked, Event: exchange.Event{Kind: exchange.EventRequested, Source: "api", Topic: "exchanges.create", Request: asked}}
	r.event(e, store.Item{ID: "ev_lines", Source: "api", State: store.Done, Exchange: "ex_1", Body: noticeOf(t, n)})
	shown := r.want(0, "events", "show", "ev_lines", "--json").out
	for _, args := range [][]string{{"--event", "ev_lines"}, {"--file", r.file("events.jsonl", shown)}} {
		_, _, notices := kept(t, r, args...)
		if n := notices[0]; n.Create != nil || len(n.About) != 1 || n.About[0].Ref != exchange.RefID("ex_1") || n.Event.Request.Instant != nil || n.Event.Replay != "ev_lines" {
			t.Errorf("%v tells %+v", args, n)
		}
	}
	line := `{"connection":"nordwear","source":"api","notice":` + string(noticeOf(t, n)) + "}"
	for range 2 { // of another store: it makes one, and once
		r.want(0, "replay", "--file", r.file("other.jsonl", line))
	}
	found, _, err := e.Items(t.Context(), store.Query{Conn: "nordwear", Kinds: []store.Kind{store.Event}, States: []store.State{store.Waiting}})
	if err != nil || len(found) != 3 {
		t.Errorf("%d events wait, %v, want the two that are told to ex_1 and one request", len(found), err)
	}
}
