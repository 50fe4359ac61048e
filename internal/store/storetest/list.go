package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// gallery stores exchanges that differ in everything that a query may ask.
func gallery(h *harness) {
	h.Helper()
	fences := map[store.Conn]uint64{shop: h.own(shop), other: h.own(other)}
	for _, row := range []struct {
		id      exchange.ID
		conn    store.Conn
		stage   exchange.Stage
		instant bool
		raised  bool
		age     time.Duration
		ref     exchange.Ref
	}{
		{"ex_1", shop, exchange.Open, false, false, 4 * time.Hour, exchange.RefOrder("#1001-EX1")},
		{"ex_2", other, exchange.Open, true, false, 3 * time.Hour, exchange.RefOrder("#1001-EX1")},
		{"ex_3", shop, exchange.Sent, true, true, 2 * time.Hour, exchange.RefReturn("gid://shopify/Return/3")},
		{"ex_4", shop, exchange.Completed, false, false, time.Hour, exchange.RefReference("R-4")},
		{"ex_5", other, exchange.Sent, false, true, 0, exchange.RefReference("R-4")},
	} {
		x := exchange.New(row.id, row.conn, exchange.Policy{Instant: row.instant}, noon.Add(-row.age))
		x.Stage, x.Version = row.stage, 1
		if row.raised {
			x.Raised = []exchange.Raised{{Code: "fulfillment_held", Since: noon}}
		}
		if row.id == "ex_4" {
			x.Facts.Shop = &exchange.Shop{OrderName: "#1004", ReturnName: "#1004-R1"}
		}
		h.must(made(fences[row.conn], x, row.ref))
	}
}

// events stores items that differ in everything that a query may ask.
func events(h *harness) {
	h.Helper()
	var items []store.Item
	for i, row := range []struct {
		id     string
		kind   store.Kind
		state  store.State
		source string
		x      exchange.ID
	}{
		{"ev_1", store.Event, store.Done, "ongoing", "ex_1"},
		{"ev_2", store.Event, store.Quarantined, "shopify", ""},
		{"ev_3", store.Event, store.Waiting, "shopify", "ex_2"},
		{"ev_4", store.Event, store.Ignored, "ongoing", ""},
		{"ev_5", store.Event, store.Parked, "portal", ""},
		{"ex_1/release/1", store.Effect, store.Dead, "", "ex_1"},
		{"ex_1/wake/1", store.Timer, store.Waiting, "", "ex_1"},
	} {
		items = append(items, store.Item{
			ID: row.id, Conn: shop, Kind: row.kind, State: row.state, Source: row.source, Exchange: row.x,
			Ref: "return:1", Received: noon.Add(time.Duration(i) * time.Minute), Due: noon,
		})
	}
	h.must(store.Step{Conn: shop, Fence: h.own(shop), Items: items})
	elsewhere := event("ev_3")
	elsewhere.Conn, elsewhere.Received = other, noon.Add(time.Hour)
	h.must(store.Receive{Event: elsewhere})
}

func ptr[T any](v T) *T { return &v }

var listing = []promise{
	{"exchanges are selected by everything a query has", func(h *harness) {
		gallery(h)
		for _, c := range []struct {
			name string
			q    store.Query
			want []string
		}{
			{"all", store.Query{}, []string{"ex_1", "ex_2", "ex_3", "ex_4", "ex_5"}},
			{"newest", store.Query{Newest: true}, []string{"ex_5", "ex_4", "ex_3", "ex_2", "ex_1"}},
			{"connection", store.Query{Conn: other}, []string{"ex_2", "ex_5"}},
			{"no such connection", store.Query{Conn: "none"}, nil},
			{"stage", store.Query{Stages: []string{"open"}}, []string{"ex_1", "ex_2"}},
			{"stages", store.Query{Stages: []string{"sent", "completed", "sent"}}, []string{"ex_3", "ex_4", "ex_5"}},
			{"instant", store.Query{Instant: ptr(true)}, []string{"ex_2", "ex_3"}},
			{"regular", store.Query{Instant: ptr(false)}, []string{"ex_1", "ex_4", "ex_5"}},
			{"raised", store.Query{Raised: ptr(true)}, []string{"ex_3", "ex_5"}},
			{"not raised", store.Query{Raised: ptr(false)}, []string{"ex_1", "ex_2", "ex_4"}},
			{"raised and stage", store.Query{Raised: ptr(true), Stages: []string{"open"}}, nil},
			{"since", store.Query{Since: noon.Add(-2 * time.Hour)}, []string{"ex_3", "ex_4", "ex_5"}},
			{"since and stage", store.Query{Since: noon.Add(-time.Hour), Stages: []string{"sent"}}, []string{"ex_5"}},
			{"since, newest", store.Query{Since: noon.Add(-2 * time.Hour), Newest: true}, []string{"ex_5", "ex_4", "ex_3"}},
			{"order number", store.Query{Text: "#1001-EX1"}, []string{"ex_1", "ex_2"}},
			{"order number of one", store.Query{Text: "#1001-EX1", Conn: shop}, []string{"ex_1"}},
			{"return id", store.Query{Text: "gid://shopify/Return/3"}, []string{"ex_3"}},
			{"reference", store.Query{Text: "R-4"}, []string{"ex_4", "ex_5"}},
			{"ref", store.Query{Text: "reference:R-4"}, []string{"ex_4", "ex_5"}},
			{"order name", store.Query{Text: "#1004"}, []string{"ex_4"}},
			{"return name", store.Query{Text: "#1004-R1"}, []string{"ex_4"}},
			{"id", store.Query{Text: "ex_2"}, []string{"ex_2"}},
			{"part of a number", store.Query{Text: "#1001"}, nil},
			{"text and stage", store.Query{Text: "R-4", Stages: []string{"sent"}}, []string{"ex_5"}},
			{"text and raised", store.Query{Text: "R-4", Raised: ptr(true)}, []string{"ex_5"}},
			{"everything", store.Query{
				Conn: other, Text: "R-4", Stages: []string{"sent"}, Raised: ptr(true), Instant: ptr(false), Since: noon,
			}, []string{"ex_5"}},
		} {
			for _, limit := range []int{0, 1, 2} {
				c.q.Limit = limit
				if got := h.exchangeIDs(c.q); !slices.Equal(got, c.want) {
					h.Errorf("%s, %d a page: got %v, want %v", c.name, limit, got, c.want)
				}
			}
		}
	}},
	{"exchanges are selected by what they are now", func(h *harness) {
		fence := h.own(shop)
		x := swap("ex_1")
		x.Raised = []exchange.Raised{{Code: "number_taken"}}
		h.must(made(fence, x, exchange.RefOrder("#1")))
		y := next(x)
		y.Raised, y.Stage = nil, exchange.Open
		y.Facts.Request.Instant = ptr(true)
		h.must(made(fence, y, exchange.RefOrder("#2")))
		for _, c := range []struct {
			q     store.Query
			found bool
		}{
			{store.Query{Raised: ptr(true)}, false},
			{store.Query{Raised: ptr(false)}, true},
			{store.Query{Stages: []string{"requested"}}, false},
			{store.Query{Stages: []string{"open"}}, true},
			{store.Query{Text: "#1"}, false},
			{store.Query{Text: "#2"}, true},
		} {
			if got := h.exchangeIDs(c.q); (len(got) == 1) != c.found {
				h.Errorf("%+v: got %v", c.q, got)
			}
		}
	}},
	{"items are selected by everything a query has", func(h *harness) {
		events(h)
		for _, c := range []struct {
			name string
			q    store.Query
			want []string
		}{
			{"all", store.Query{}, []string{"ev_1", "ev_2", "ev_3", "ev_3", "ev_4", "ev_5", "ex_1/release/1", "ex_1/wake/1"}},
			{"connection", store.Query{Conn: other}, []string{"ev_3"}},
			{"newest", store.Query{Conn: shop, Newest: true}, []string{"ex_1/wake/1", "ex_1/release/1", "ev_5", "ev_4", "ev_3", "ev_2", "ev_1"}},
			{"kind", store.Query{Kinds: []store.Kind{store.Effect}}, []string{"ex_1/release/1"}},
			{"kinds", store.Query{Kinds: []store.Kind{store.Effect, store.Timer}}, []string{"ex_1/release/1", "ex_1/wake/1"}},
			{"waiting", store.Query{States: []store.State{store.Waiting}}, []string{"ev_3", "ev_3", "ex_1/wake/1"}},
			{"aside", store.Query{States: []store.State{store.Dead, store.Quarantined}}, []string{"ev_2", "ex_1/release/1"}},
			{"done", store.Query{States: []store.State{store.Done}}, []string{"ev_1"}},
			{"done or waiting", store.Query{States: []store.State{store.Done, store.Waiting}}, []string{"ev_1", "ev_3", "ev_3", "ex_1/wake/1"}},
			{"dead events", store.Query{States: []store.State{store.Dead}, Kinds: []store.Kind{store.Event}}, nil},
			{"exchange", store.Query{Exchange: "ex_1"}, []string{"ev_1", "ex_1/release/1", "ex_1/wake/1"}},
			{"events of an exchange", store.Query{Exchange: "ex_1", Kinds: []store.Kind{store.Event}}, []string{"ev_1"}},
			{"ids", store.Query{IDs: []string{"ev_4", "ev_3", "nothing"}}, []string{"ev_3", "ev_3", "ev_4"}},
			{"ids of one", store.Query{Conn: shop, IDs: []string{"ev_4", "ev_3"}}, []string{"ev_3", "ev_4"}},
			{"source", store.Query{Source: "shopify"}, []string{"ev_2", "ev_3"}},
			{"parked on a ref", store.Query{Conn: shop, Ref: "return:1", States: []store.State{store.Parked}}, []string{"ev_5"}},
			{"parked on another", store.Query{Ref: "return:2", States: []store.State{store.Parked}}, nil},
			{"waiting after a ref", store.Query{Conn: shop, Ref: "return:1", States: []store.State{store.Waiting, store.Parked}}, []string{"ev_3", "ev_5", "ex_1/wake/1"}},
			{"events that named a ref", store.Query{Conn: shop, Ref: "return:1", Source: "ongoing"}, []string{"ev_1", "ev_4"}},
			{"since", store.Query{Since: noon.Add(4 * time.Minute)}, []string{"ev_3", "ev_5", "ex_1/release/1", "ex_1/wake/1"}},
			{"source since", store.Query{Source: "ongoing", Since: noon.Add(3 * time.Minute)}, []string{"ev_3", "ev_4"}},
		} {
			for _, limit := range []int{0, 1, 2} {
				c.q.Limit = limit
				if got := h.itemIDs(c.q); !slices.Equal(got, c.want) {
					h.Errorf("%s, %d a page: got %v, want %v", c.name, limit, got, c.want)
				}
			}
		}
	}},
	{"pages of exchanges are stable under inserts", func(h *harness) {
		fence := h.own(shop)
		for i := range 6 {
			h.must(made(fence, swap(exchange.ID(fmt.Sprintf("ex_%d", i*10)))))
		}
		stable(h, store.Query{Limit: 2}, func(x exchange.Exchange) string { return string(x.ID) }, h.e.Exchanges,
			func(id string) { h.must(made(fence, swap(exchange.ID(id)))) })
	}},
	{"pages of items are stable under inserts", func(h *harness) {
		for i := range 6 {
			h.must(store.Receive{Event: event(fmt.Sprintf("ex_%d", i*10))})
		}
		stable(h, store.Query{Limit: 2}, func(it store.Item) string { return it.ID }, h.e.Items,
			func(id string) { h.must(store.Receive{Event: event(id)}) })
	}},
	{"a limit is bounded", func(h *harness) {
		var ops []store.Op
		for i := range 501 {
			ops = append(ops, store.Receive{Event: event(fmt.Sprintf("ev_%03d", i))})
		}
		h.must(ops...)
		for limit, want := range map[int]int{0: 50, -1: 50, 10_000: 500} {
			found, after, err := h.e.Items(h.Context(), store.Query{Limit: limit})
			if err != nil || len(found) != want || after == "" {
				h.Errorf("limit %d: %d items, next %q, %v", limit, len(found), after, err)
			}
			if ids, _ := h.work(shop, noon, limit); len(ids) != want {
				h.Errorf("limit %d: work of %d", limit, len(ids))
			}
		}
	}},
	{"a cursor that is none of ours is refused", func(h *harness) {
		if _, _, err := h.e.Items(h.Context(), store.Query{After: "nonsense"}); !errors.Is(err, store.ErrInvalid) {
			h.Fatalf("got %v", err)
		}
		if _, _, err := h.e.Exchanges(h.Context(), store.Query{After: "nonsense"}); !errors.Is(err, store.ErrInvalid) {
			h.Fatalf("got %v", err)
		}
	}},
	{"connections are those that have anything stored", func(h *harness) {
		fence := h.own("c")
		x := swap("ex_1")
		x.Connection = "c"
		it := event("ev_1")
		it.Conn = "a"
		d := doc("k", `1`)
		d.Conn = "b"
		settings := doc("k", `1`)
		settings.Conn = ""
		h.must(made(fence, x), store.Receive{Event: it}, store.Put{Doc: d}, store.Put{Doc: settings})
		got, err := h.e.Conns(h.Context())
		if err != nil || !slices.Equal(got, []store.Conn{"a", "b", "c"}) {
			h.Fatalf("got %v, %v", got, err)
		}
	}},
	{"exchanges are counted by stage and id", func(h *harness) {
		fence := h.own(shop)
		for _, id := range []exchange.ID{"ex_1", "ex_2", "ex_3", "ex_4"} {
			h.must(made(fence, swap(id)))
		}
		moved := next(swap("ex_4"))
		moved.Stage = exchange.Open
		h.must(made(fence, moved))
		for _, c := range []struct {
			conn  store.Conn
			stage exchange.Stage
			below exchange.ID
			want  int
		}{
			{shop, exchange.Requested, "", 3},
			{shop, exchange.Requested, "ex_3", 2},
			{shop, exchange.Requested, "ex_1", 0},
			{shop, exchange.Open, "", 1},
			{shop, exchange.Open, "ex_4", 0},
			{shop, exchange.Sent, "", 0},
			{other, exchange.Requested, "", 0},
		} {
			if n, err := h.e.Count(h.Context(), c.conn, c.stage, c.below); err != nil || n != c.want {
				h.Errorf("%s of %s below %q: %d (%v), want %d", c.stage, c.conn, c.below, n, err, c.want)
			}
		}
	}},
}
