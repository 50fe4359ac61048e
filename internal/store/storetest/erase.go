package storetest

import (
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

var erasing = []promise{
	{"raw bodies that a step erases are gone, whatever the state of their items", func(h *harness) {
		fence := h.own(shop)
		dead, odd, waits, kept := event("ev_dead"), event("ev_odd"), event("ev_waits"), event("ev_kept")
		dead.State, odd.State = store.Dead, store.Quarantined
		h.must(store.Receive{Event: dead}, store.Receive{Event: odd}, store.Receive{Event: waits}, store.Receive{Event: kept})
		h.must(store.Step{Conn: shop, Fence: fence, Erase: []string{"ev_dead", "ev_odd", "ev_waits", "ev_none"}})
		for _, it := range []store.Item{dead, odd, waits} {
			got := h.item(shop, it.ID)
			if got.Raw != nil || string(got.Body) != string(it.Body) || got.State != it.State || got.Version != 1 || got.Size == 0 {
				h.Fatalf("left %+v", got)
			}
		}
		if got := h.item(shop, "ev_kept"); got.Raw == nil {
			h.Fatal("a raw body is gone that nobody erased")
		}
		h.sweep(noon.Add(90*24*time.Hour+1), 1, 1) // their places in the order of time went too: the next is ev_kept
		if got := h.item(shop, "ev_kept"); got.Raw != nil {
			h.Fatal("what was erased is swept again")
		}
	}},
	{"an erasure stays in its connection, and stands or falls with its step", func(h *harness) {
		fence := h.own(shop)
		here, there := event("ev_1"), event("ev_1")
		there.Conn = other
		h.must(store.Receive{Event: here}, store.Receive{Event: there})
		h.refused(store.Step{Conn: shop, Fence: fence + 1, Erase: []string{"ev_1"}}, store.ErrFenced)
		h.refused(store.Step{Conn: shop, Fence: fence, Erase: []string{"ev_1"}, Docs: []store.Doc{{Conn: shop, Bucket: "privacy", Key: "a", Version: 7, Body: []byte("{}")}}}, store.ErrConflict)
		if got := h.item(shop, "ev_1"); got.Raw == nil {
			h.Fatal("a step that was refused erased")
		}
		h.must(store.Step{Conn: shop, Fence: fence, Erase: []string{"ev_1"}})
		if got := h.item(other, "ev_1"); got.Raw == nil {
			h.Fatal("another connection's raw body is gone")
		}
	}},
	{"a scrub changes nothing that can be asked for", func(h *harness) {
		fence := h.own(shop)
		h.must(full(fence))
		h.must(store.Receive{Event: event("ev_1")}, store.Receive{Event: event("ev_2")})
		h.must(store.Step{Conn: shop, Fence: fence, Erase: []string{"ev_1"}})
		before := h.everything()
		for range 2 {
			if err := h.e.Scrub(h.Context()); err != nil {
				h.Fatal(err)
			}
		}
		if after := h.everything(); after != before {
			h.Fatalf("before %s\nafter  %s", before, after)
		}
		h.must(store.Receive{Event: event("ev_3")})
	}},
}
