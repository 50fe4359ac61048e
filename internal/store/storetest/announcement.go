package storetest

import (
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// news is what the subscriber s is to be told of ex_1.
func news(id, s string) store.Item {
	it := effect(id + "/" + s)
	it.Kind, it.Topic, it.Ref = store.Announcement, "exchange.created", s
	return it
}

var telling = []promise{
	{"what is to be told is kept with what it tells of, or not at all", func(h *harness) {
		fence := h.own(shop)
		step := full(fence)
		step.Items = append(step.Items, news("msg_1", "erp"), news("msg_1", "ops"))
		h.must(step)
		h.whole()
		h.state(shop, "msg_1/erp", store.Waiting)
		h.state(shop, "msg_1/ops", store.Waiting)
		h.refused(store.Step{Conn: shop, Fence: fence, Items: []store.Item{news("msg_2", "erp"), news("msg_1", "ops")}}, store.ErrConflict)
		if ids := h.itemIDs(store.Query{Conn: shop, Kinds: []store.Kind{store.Announcement}}); !slices.Equal(ids, []string{"msg_1/erp", "msg_1/ops"}) {
			h.Fatalf("kept are %v", ids)
		}
	}},
	{"what is to be told is work of its own kind, until it is told or dead", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{news("msg_1", "erp"), news("msg_1", "ops"), effect("ex_1/release/1")}})
		told := []store.Kind{store.Announcement}
		if ids, next := h.work(shop, noon, 10, told...); !slices.Equal(ids, []string{"msg_1/erp", "msg_1/ops"}) || !next.IsZero() {
			h.Fatalf("work %v, next %v", ids, next)
		}
		if ids, _ := h.work(shop, noon, 10, store.Event, store.Effect, store.Timer); !slices.Equal(ids, []string{"ex_1/release/1"}) {
			h.Fatalf("work of the other kinds %v", ids)
		}
		if ids, _ := h.work(shop, noon, 10); len(ids) != 3 {
			h.Fatalf("work of all kinds %v", ids)
		}
		away, sent := h.item(shop, "msg_1/erp"), h.item(shop, "msg_1/ops")
		away.Attempt, away.Due, away.Reason, sent.State = 1, noon.Add(time.Minute), "the subscriber answered 500", store.Dropped
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{away, sent}})
		if ids, next := h.work(shop, noon, 10, told...); len(ids) != 0 || next != noon.Add(time.Minute) {
			h.Fatalf("work %v, next %v", ids, next)
		}
		away = h.item(shop, "msg_1/erp")
		if away.Attempt != 1 || away.Reason == "" || away.Ref != "erp" || away.Exchange != "ex_1" || string(away.Body) != string(news("msg_1", "erp").Body) {
			h.Fatalf("put off %+v", away)
		}
		away.State = store.Dead
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{away}})
		if ids, next := h.work(shop, noon.Add(time.Hour), 10, told...); len(ids) != 0 || !next.IsZero() {
			h.Fatalf("work %v, next %v", ids, next)
		}
		for _, q := range []store.Query{
			{Conn: shop, Kinds: told}, {Conn: shop, Kinds: told, States: []store.State{store.Dead}}, {Conn: shop, Kinds: told, Exchange: "ex_1"}, {Conn: shop, Ref: "erp"},
		} {
			if ids := h.itemIDs(q); !slices.Equal(ids, []string{"msg_1/erp"}) {
				h.Fatalf("%+v finds %v", q, ids)
			}
		}
	}},
	{"a subscriber's name is no ref of an exchange", func(h *harness) {
		fence := h.own(shop)
		x := swap("ex_1")
		step := made(fence, x, exchange.Ref{Name: "erp"})
		step.Items = []store.Item{news("msg_1", "erp")}
		step.Items[0].Due = noon.Add(time.Hour)
		h.must(step)
		h.must(made(fence, next(x))) // the ref is given up
		if ids, at := h.work(shop, noon, 10, store.Announcement); len(ids) != 0 || at != noon.Add(time.Hour) {
			h.Fatalf("work %v, next %v", ids, at)
		}
	}},
}
