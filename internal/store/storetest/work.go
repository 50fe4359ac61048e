package storetest

import (
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// due is a waiting item of a kind, due so long after noon.
func due(id string, kind store.Kind, after time.Duration) store.Item {
	it := effect(id)
	it.Kind, it.Due = kind, noon.Add(after)
	return it
}

var working = []promise{
	{"work is by due, then by id, and says when the next is due", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{
			due("c", store.Effect, 0), due("a", store.Timer, 2), due("b", store.Event, 0), due("d", store.Effect, 1),
			due("later", store.Effect, time.Minute), due("last", store.Timer, time.Hour),
		}})
		ids, next := h.work(shop, noon.Add(2), 10)
		if !slices.Equal(ids, []string{"b", "c", "d", "a"}) || next != noon.Add(time.Minute) {
			h.Fatalf("work %v, next %v", ids, next)
		}
		ids, next = h.work(shop, noon.Add(1), 10)
		if !slices.Equal(ids, []string{"b", "c", "d"}) || next != noon.Add(2) {
			h.Fatalf("a nanosecond earlier: work %v, next %v", ids, next)
		}
		ids, next = h.work(shop, noon.Add(2), 10, store.Timer)
		if !slices.Equal(ids, []string{"a"}) || next != noon.Add(time.Hour) {
			h.Fatalf("timers: work %v, next %v", ids, next)
		}
		ids, next = h.work(shop, noon.Add(2), 10, store.Effect, store.Timer)
		if !slices.Equal(ids, []string{"c", "d", "a"}) || next != noon.Add(time.Minute) {
			h.Fatalf("effects and timers: work %v, next %v", ids, next)
		}
	}},
	{"work is cut off at its limit, and the next is due already", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{
			due("a", store.Effect, 0), due("b", store.Timer, 1), due("c", store.Effect, 2),
		}})
		ids, next := h.work(shop, noon.Add(time.Hour), 2)
		if !slices.Equal(ids, []string{"a", "b"}) || next != noon.Add(2) {
			h.Fatalf("work %v, next %v", ids, next)
		}
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{due("d", store.Effect, 3)}})
		ids, next = h.work(shop, noon.Add(time.Hour), 2, store.Effect)
		if !slices.Equal(ids, []string{"a", "c"}) || next != noon.Add(3) {
			h.Fatalf("effects: work %v, next %v", ids, next)
		}
	}},
	{"work at its limit exactly has no next", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{due("a", store.Effect, 0), due("b", store.Effect, 0)}})
		if ids, next := h.work(shop, noon, 2); len(ids) != 2 || !next.IsZero() {
			h.Fatalf("work %v, next %v", ids, next)
		}
	}},
	{"only waiting items are work", func(h *harness) {
		fence := h.own(shop)
		var items []store.Item
		for _, s := range []store.State{store.Parked, store.Quarantined, store.Dead, store.Done, store.Ignored, store.Waiting} {
			it := parked("ev_"+string(s), "return:1")
			it.State = s
			items = append(items, it)
		}
		h.must(store.Step{Conn: shop, Fence: fence, Items: items})
		if ids, next := h.work(shop, noon, 10); !slices.Equal(ids, []string{"ev_waiting"}) || !next.IsZero() {
			h.Fatalf("work %v, next %v", ids, next)
		}
	}},
	{"work is of one connection", func(h *harness) {
		it := event("ev_1")
		it.Conn = other
		h.must(store.Receive{Event: it})
		if ids, next := h.work(shop, noon, 10); len(ids) != 0 || !next.IsZero() {
			h.Fatalf("work %v, next %v", ids, next)
		}
	}},
	{"an item begun moves to its new due time", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{due("a", store.Effect, 0)}})
		it := h.item(shop, "a")
		it.Attempt, it.Due = 1, noon.Add(time.Minute)
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}})
		if ids, next := h.work(shop, noon, 10); len(ids) != 0 || next != noon.Add(time.Minute) {
			h.Fatalf("work %v, next %v", ids, next)
		}
		found, _, err := h.e.Work(h.Context(), shop, nil, noon.Add(time.Minute), 10)
		if err != nil || len(found) != 1 || found[0].Attempt != 1 || found[0].Version != 2 || string(found[0].Body) != string(it.Body) {
			h.Fatalf("got %+v, %v", found, err)
		}
	}},
}
