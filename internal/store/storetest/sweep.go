package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// sweep drops what is past its time, and wants so many rows.
func (h *harness) sweep(now time.Time, limit, want int) {
	h.Helper()
	if n := h.swept(now, limit).Rows(); n != want {
		h.Fatalf("swept %d, want %d", n, want)
	}
}

func (h *harness) swept(now time.Time, limit int) store.Swept {
	h.Helper()
	n, err := h.e.Sweep(h.Context(), now, limit)
	if err != nil {
		h.Fatal(err)
	}
	return n
}

var sweeping = []promise{
	{"a sweep says how many of what", func(h *harness) {
		waits, ignored := parked("ev_2", "return:1"), event("ev_3")
		waits.Dedupe = ""
		ignored.State, ignored.Dedupe = store.Ignored, ""
		h.must(store.Receive{Event: event("ev_1")}, store.Receive{Event: waits}, store.Receive{Event: ignored})
		want := store.Swept{Ignored: 1, Parked: 1, Bodies: 2, Keys: 1}
		if got := h.swept(noon.AddDate(1, 0, 0), 10); got != want {
			h.Fatalf("swept %+v, want %+v", got, want)
		}
	}},
	{"raw bodies go after 90 days, the event stays", func(h *harness) {
		it := event("ev_1")
		it.Dedupe = ""
		h.must(store.Receive{Event: it})
		h.sweep(noon.Add(90*24*time.Hour), 10, 0)
		h.sweep(noon.Add(90*24*time.Hour+1), 10, 1)
		if got := h.item(shop, "ev_1"); got.Raw != nil || got.Body == nil || got.Size == 0 {
			h.Fatalf("left raw %q, body %q", got.Raw, got.Body)
		}
	}},
	{"a body goes after 90 days though younger ones were stored before it, as by a copy", func(h *harness) {
		var ops []store.Op
		for i := range 2500 {
			it := event(fmt.Sprintf("ev_%04d", i))
			it.Dedupe = ""
			if i == 2400 {
				it.Received = noon.Add(-time.Hour)
			}
			ops = append(ops, store.Receive{Event: it})
		}
		for some := range slices.Chunk(ops, 250) {
			h.must(some...)
		}
		swept := 0
		for range 5 { // it is looked at so many at a time
			swept += h.swept(noon.Add(90*24*time.Hour-time.Minute), 10).Bodies
		}
		if swept != 1 || h.item(shop, "ev_2400").Raw != nil {
			h.Fatalf("%d bodies went, want the one that is older", swept)
		}
	}},
	{"dedupe keys go after 30 days", func(h *harness) {
		it := event("ev_1")
		it.Raw = nil
		h.must(store.Receive{Event: it})
		again := it
		again.ID = "ev_2"
		h.sweep(noon.Add(30*24*time.Hour), 10, 0)
		h.refused(store.Receive{Event: again}, store.ErrDuplicate)
		h.sweep(noon.Add(30*24*time.Hour+1), 10, 1)
		h.must(store.Receive{Event: again})
	}},
	{"ignored rows go after a day, their keys later", func(h *harness) {
		it := event("ev_1")
		it.State = store.Ignored
		h.must(store.Receive{Event: it})
		h.sweep(noon.Add(24*time.Hour), 10, 0)
		h.sweep(noon.Add(24*time.Hour+1), 10, 1)
		if ids := h.itemIDs(store.Query{Conn: shop}); len(ids) != 0 {
			h.Fatalf("left %v", ids)
		}
		it.ID = "ev_2"
		got := h.apply(store.Receive{Event: it})[0]
		var dup *store.DuplicateError
		if !errors.As(got, &dup) || dup.ID != "ev_1" {
			h.Fatalf("got %v, want a duplicate of ev_1", got)
		}
	}},
	{"parked items are dead after 7 days", func(h *harness) {
		a, b := parked("ev_1", "return:1"), parked("ev_2", "return:1")
		a.Dedupe, b.Dedupe = "", ""
		b.Due = noon.Add(time.Hour) // parked an hour after receipt
		h.must(store.Receive{Event: a}, store.Receive{Event: b})
		h.sweep(noon.Add(7*24*time.Hour), 10, 0)
		h.sweep(noon.Add(7*24*time.Hour+1), 10, 1)
		if got := h.item(shop, "ev_1"); got.State != store.Dead || got.Reason == "" || got.Version != 2 || got.Body == nil {
			h.Fatalf("got %+v", got)
		}
		h.state(shop, "ev_2", store.Parked)
		h.sweep(noon.Add(7*24*time.Hour+time.Hour+1), 10, 1)
		h.state(shop, "ev_2", store.Dead)
	}},
	{"what is parked for a reason that is nobody's fault goes after 7 days", func(h *harness) {
		for i, reason := range append(store.Forgotten(), "it matters") {
			it := parked(fmt.Sprintf("ev_%d", i), "return:1")
			it.Reason, it.Dedupe = reason, ""
			h.must(store.Receive{Event: it})
		}
		h.sweep(noon.Add(7*24*time.Hour), 10, 0)
		h.sweep(noon.Add(7*24*time.Hour+1), 10, 3)
		if ids := h.itemIDs(store.Query{Conn: shop}); !slices.Equal(ids, []string{"ev_2"}) {
			h.Fatalf("left %v", ids)
		}
		h.state(shop, "ev_2", store.Dead)
		h.must(made(h.own(shop), swap("ex_1"), exchange.Ref{Name: "return:1"}))
		h.state(shop, "ev_2", store.Dead)
	}},
	{"a sweep stops at its limit and goes on next time", func(h *harness) {
		for i := range 5 {
			it := event(fmt.Sprintf("ev_%d", i))
			it.State = store.Ignored
			it.Dedupe = ""
			h.must(store.Receive{Event: it})
		}
		old := noon.Add(100 * 24 * time.Hour)
		h.sweep(old, 0, 0)
		h.sweep(old, 3, 3)
		h.sweep(old, 3, 2)
		h.sweep(old, 3, 0)
	}},
	{"a sweep leaves everything else", func(h *harness) {
		fence := h.own(shop)
		h.must(full(fence))
		ended := event("ev_1")
		ended.Dedupe, ended.Raw = "", nil
		h.must(store.Receive{Event: ended})
		before := h.everything()
		h.sweep(noon.Add(1000*24*time.Hour), 100, 0)
		if after := h.everything(); after != before {
			h.Fatalf("before %s\nafter  %s", before, after)
		}
	}},
	{"a sweep reaches every connection", func(h *harness) {
		for _, c := range []store.Conn{shop, other} {
			it := event("ev_1")
			it.Conn, it.Raw = c, nil
			h.must(store.Receive{Event: it})
		}
		h.sweep(noon.Add(30*24*time.Hour+1), 10, 2)
		if got, err := h.e.Conns(h.Context()); err != nil || !slices.Equal(got, []store.Conn{shop, other}) {
			h.Fatalf("connections %v, %v", got, err)
		}
	}},
}
