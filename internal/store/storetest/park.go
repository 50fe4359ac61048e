package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

var parking = []promise{
	{"a parked item is no work until its ref is made", func(h *harness) {
		fence := h.own(shop)
		ret := exchange.RefReturn("gid://shopify/Return/1")
		h.must(store.Receive{Event: parked("ev_1", ret.Name)}, store.Receive{Event: parked("ev_2", "return:2")})
		if ids, next := h.work(shop, noon.Add(time.Hour), 10); len(ids) != 0 || !next.IsZero() {
			h.Fatalf("work %v, next %v", ids, next)
		}
		h.must(made(fence, swap("ex_1"), ret))
		if ids, _ := h.work(shop, noon, 10); !slices.Equal(ids, []string{"ev_1"}) {
			h.Fatalf("work %v", ids)
		}
		if got := h.item(shop, "ev_1"); got.Version != 2 {
			h.Fatalf("woken at version %d, want 2: who read it before must notice", got.Version)
		}
		h.state(shop, "ev_2", store.Parked)
	}},
	{"what one round parks, it wakes, changes and drops", func(h *harness) {
		fence := h.own(shop)
		woken := parked("ev_2", "order:#1")
		woken.Version, woken.State = 2, store.Done
		h.must(
			store.Receive{Event: parked("ev_1", "order:#1")}, store.Receive{Event: parked("ev_2", "order:#1")}, store.Receive{Event: event("ev_3")},
			made(fence, swap("ex_1"), exchange.RefOrder("#1")),
			store.Step{Conn: shop, Fence: fence, Items: []store.Item{woken, {ID: "ev_3", Conn: shop, Kind: store.Event, State: store.Dropped, Received: noon, Version: 1}}},
		)
		if ids, _ := h.work(shop, noon.Add(time.Hour), 10); !slices.Equal(ids, []string{"ev_1"}) {
			h.Fatalf("work %v", ids)
		}
		for state, want := range map[store.State]int{store.Parked: 0, store.Waiting: 1, store.Done: 1} {
			if got := h.items(store.Query{Conn: shop, States: []store.State{state}}); len(got) != want {
				h.Fatalf("%d items are %s, want %d", len(got), state, want)
			}
		}
		if got := h.items(store.Query{Conn: shop}); len(got) != 2 {
			h.Fatalf("%d items are there, want 2", len(got))
		}
	}},
	{"a ref added by a later version wakes", func(h *harness) {
		fence := h.own(shop)
		x := swap("ex_1")
		h.must(made(fence, x), store.Receive{Event: parked("ev_1", "order:#1")})
		h.must(made(fence, next(x), exchange.RefOrder("#1")))
		h.state(shop, "ev_1", store.Waiting)
	}},
	{"the echo of our own returnCreate before its outcome", func(h *harness) {
		fence := h.own(shop)
		creating, ret := exchange.RefCreating("gid://shopify/Order/1"), exchange.RefReturn("gid://shopify/Return/9")
		x := swap("ex_1")
		h.must(made(fence, x, creating))
		h.must(store.Receive{Event: parkedUntilGone("ev_1", creating.Name)})
		h.state(shop, "ev_1", store.Parked)
		h.must(made(fence, next(x), ret))
		h.state(shop, "ev_1", store.Waiting)
		if ids := h.find(shop, ret.Name); !slices.Equal(ids, []exchange.ID{"ex_1"}) {
			h.Fatalf("the return is found as %v", ids)
		}
	}},
	{"an item parked on a ref that was made meanwhile waits", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Receive{Event: event("ev_1")}, made(fence, swap("ex_1"), exchange.RefOrder("#1")))
		it := h.item(shop, "ev_1")
		it.State, it.Ref = store.Parked, "order:#1"
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}}, store.Receive{Event: parked("ev_2", "order:#1")})
		h.state(shop, "ev_1", store.Waiting)
		h.state(shop, "ev_2", store.Waiting)
	}},
	{"an item parked until a ref goes that went meanwhile waits", func(h *harness) {
		h.own(shop)
		h.must(store.Receive{Event: parkedUntilGone("ev_1", "creating:1")})
		h.state(shop, "ev_1", store.Waiting)
	}},
	{"an item parked by the step that makes its ref waits", func(h *harness) {
		fence := h.own(shop)
		step := made(fence, swap("ex_1"), exchange.RefOrder("#1"))
		step.Items = []store.Item{parked("ev_1", "order:#1")}
		h.must(step)
		h.state(shop, "ev_1", store.Waiting)
	}},
	{"an item that its own step moves is not woken too", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Receive{Event: parked("ev_1", "order:#1")})
		it := h.item(shop, "ev_1")
		it.State = store.Done
		step := made(fence, swap("ex_1"), exchange.RefOrder("#1"))
		step.Items = []store.Item{it}
		h.must(step)
		h.state(shop, "ev_1", store.Done)
	}},
	{"a ref that goes wakes nobody who waits for it to come", func(h *harness) {
		fence := h.own(shop)
		creating := exchange.RefCreating("1")
		x := swap("ex_1")
		h.must(made(fence, x, creating), store.Receive{Event: parkedUntilGone("ev_1", creating.Name)})
		h.must(made(fence, next(x), creating, exchange.RefOrder("#1")))
		h.state(shop, "ev_1", store.Parked)
		h.must(made(fence, next(next(x)), creating))
		h.must(store.Receive{Event: parked("ev_2", "order:#1")})
		h.must(made(fence, next(next(next(x)))))
		h.state(shop, "ev_1", store.Waiting)
		h.state(shop, "ev_2", store.Parked)
	}},
	{"a shared ref is gone with its last holder", func(h *harness) {
		fence := h.own(shop)
		ref := exchange.RefReference("R-1")
		a, b := swap("ex_1"), swap("ex_2")
		h.must(made(fence, a, ref), store.Receive{Event: parkedUntilGone("ev_1", ref.Name)}, made(fence, b, ref))
		h.state(shop, "ev_1", store.Parked)
		h.must(made(fence, next(a)))
		h.state(shop, "ev_1", store.Parked)
		h.must(made(fence, next(b)))
		h.state(shop, "ev_1", store.Waiting)
	}},
	{"a refused step wakes nobody", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Receive{Event: parked("ev_1", "order:#1")})
		step := made(fence, swap("ex_1"), exchange.RefOrder("#1"))
		step.Docs = []store.Doc{{Conn: shop, Bucket: "b", Key: "k", Version: 9, Body: []byte(`1`)}}
		h.refused(step, store.ErrConflict)
		h.state(shop, "ev_1", store.Parked)
	}},
	{"an item that wakes is due at once, or earlier if it was", func(h *harness) {
		fence := h.own(shop)
		far, past := parked("ev_1", "order:#1"), parked("ev_2", "order:#1")
		far.Due = time.Now().Add(1000 * time.Hour) //nolint:forbidigo // far from any engine's clock
		past.Due = noon.Add(-time.Hour)
		h.must(store.Receive{Event: far}, store.Receive{Event: past})
		h.must(made(fence, swap("ex_1"), exchange.RefOrder("#1")))
		late := parked("ev_3", "order:#1")
		late.Due = far.Due
		h.must(store.Receive{Event: late})
		for _, id := range []string{"ev_1", "ev_3"} {
			if got := h.item(shop, id); !got.Due.Before(far.Due.Add(-time.Hour)) {
				h.Fatalf("%s is due at %v still", id, got.Due)
			}
		}
		if got := h.item(shop, "ev_2"); got.Due != past.Due {
			h.Fatalf("due %v, want %v", got.Due, past.Due)
		}
	}},
	{"refs of another connection wake nobody", func(h *harness) {
		h.must(store.Receive{Event: parked("ev_1", "order:#1")})
		x := swap("ex_1")
		x.Connection = other
		h.must(made(h.own(other), x, exchange.RefOrder("#1")))
		h.state(shop, "ev_1", store.Parked)
	}},
	{"beyond the bound of a connection, parked items are dead", func(h *harness) {
		fence := h.own(shop)
		var ops []store.Op
		for i := range store.MaxParked {
			it := parked(fmt.Sprintf("ev_%05d", i), "return:never")
			it.Raw, it.Body, it.Dedupe = nil, nil, ""
			if ops = append(ops, store.Receive{Event: it}); len(ops) == 250 {
				h.must(ops...)
				ops = ops[:0]
			}
		}
		more, elsewhere := parked("ev_more", "return:never"), parked("ev_else", "return:never")
		elsewhere.Conn = other
		h.must(store.Receive{Event: more}, store.Receive{Event: elsewhere})
		if got := h.item(shop, "ev_more"); got.State != store.Dead || got.Reason != store.TooManyParked {
			h.Fatalf("one more is %s: %s", got.State, got.Reason)
		}
		h.state(other, "ev_else", store.Parked)
		again := h.item(shop, "ev_00000")
		again.Reason = "again"
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{again}})
		h.state(shop, "ev_00000", store.Parked)
		again = h.item(shop, "ev_00000")
		again.State = store.Done
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{again}})
		h.must(store.Receive{Event: parked("ev_room", "return:never")})
		h.state(shop, "ev_room", store.Parked)
	}},
}
