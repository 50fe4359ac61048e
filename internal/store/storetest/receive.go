package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

var receiving = []promise{
	{"an event is kept once by its key", func(h *harness) {
		first, again := event("ev_1"), event("ev_2")
		again.Dedupe, again.Digest = first.Dedupe, first.Digest
		h.must(store.Receive{Event: first})
		got := h.apply(store.Receive{Event: again})[0]
		var dup *store.DuplicateError
		if !errors.As(got, &dup) || dup.ID != "ev_1" || dup.Mismatch || !errors.Is(got, store.ErrDuplicate) {
			h.Fatalf("got %v, want a duplicate of ev_1", got)
		}
		if ids := h.itemIDs(store.Query{Conn: shop}); !slices.Equal(ids, []string{"ev_1"}) {
			h.Fatalf("kept %v", ids)
		}
	}},
	{"an event is kept once in one round", func(h *harness) {
		first, again := event("ev_1"), event("ev_2")
		again.Dedupe, again.Digest = first.Dedupe, first.Digest
		got := h.apply(store.Receive{Event: first}, store.Receive{Event: again})
		if got[0] != nil || !errors.Is(got[1], store.ErrDuplicate) {
			h.Fatalf("got %v, want kept, then a duplicate", got)
		}
	}},
	{"an event is kept once by its id", func(h *harness) {
		it := event("ev_1")
		it.Dedupe = ""
		h.must(store.Receive{Event: it})
		it.Body, it.Dedupe = []byte(`{}`), "a key that nobody has"
		h.refused(store.Receive{Event: it}, store.ErrDuplicate)
		if got := h.item(shop, "ev_1"); string(got.Body) != `{"event":"ev_1"}` {
			h.Fatalf("its body became %s", got.Body)
		}
		it.ID = "ev_2" // what was refused must not have taken the key
		h.must(store.Receive{Event: it})
	}},
	{"events without a key are all kept", func(h *harness) {
		a, b := event("ev_1"), event("ev_2")
		a.Dedupe, b.Dedupe = "", ""
		h.must(store.Receive{Event: a}, store.Receive{Event: b})
	}},
	{"another body under a known key is kept and flagged, once", func(h *harness) {
		a, b, c := event("ev_1"), event("ev_2"), event("ev_3")
		b.Dedupe, c.Dedupe, c.Digest = a.Dedupe, a.Dedupe, b.Digest
		h.must(store.Receive{Event: a}, store.Receive{Event: b})
		if got := h.item(shop, "ev_2"); got.Reason != store.AnotherBody || got.State != store.Waiting {
			h.Fatalf("got %s, reason %q", got.State, got.Reason)
		}
		var dup *store.DuplicateError
		if got := h.apply(store.Receive{Event: c})[0]; !errors.As(got, &dup) || dup.ID != "ev_2" || dup.Mismatch {
			h.Fatalf("the second body again: %v, want a duplicate of ev_2", got)
		}
	}},
	{"strictly, another body under a known key is refused", func(h *harness) {
		a, b, c := event("ev_1"), event("ev_2"), event("ev_3")
		b.Dedupe, c.Dedupe, c.Digest = a.Dedupe, a.Dedupe, a.Digest
		h.must(store.Receive{Event: a, Strict: true})
		var dup *store.DuplicateError
		got := h.apply(store.Receive{Event: b, Strict: true})[0]
		if !errors.As(got, &dup) || dup.ID != "ev_1" || !errors.Is(got, store.ErrMismatch) || errors.Is(got, store.ErrDuplicate) {
			h.Fatalf("got %v, want a mismatch with ev_1", got)
		}
		h.refused(store.Receive{Event: c, Strict: true}, store.ErrDuplicate)
		if ids := h.itemIDs(store.Query{Conn: shop}); !slices.Equal(ids, []string{"ev_1"}) {
			h.Fatalf("kept %v", ids)
		}
	}},
	{"an event about none of our refs is ignored at once, and kept once", func(h *harness) {
		fence := h.own(shop)
		h.must(made(fence, swap("ex_1"), exchange.RefOrder("#1001-EX1")), store.Put{Doc: store.Doc{Conn: other, Bucket: "b", Key: "k", Body: []byte(`1`)}})
		about := func(id string, c store.Conn, names ...string) store.Receive {
			it := event(id)
			it.Conn, it.About = c, names
			return store.Receive{Event: it}
		}
		known, unknown := exchange.RefOrder("#1001-EX1").Name, exchange.RefOriginal("#1001").Name
		h.must(about("ev_1", shop, unknown, known), about("ev_2", shop, unknown), about("ev_3", other, known), about("ev_4", shop))
		h.state(shop, "ev_1", store.Waiting)
		h.state(other, "ev_3", store.Ignored)
		h.state(shop, "ev_4", store.Waiting)
		if got := h.item(shop, "ev_2"); got.State != store.Ignored || got.Reason != store.AboutNothing || got.Body != nil || got.Raw != nil || got.Size == 0 {
			h.Fatalf("got %s, reason %q, %d bytes of %d kept", got.State, got.Reason, len(got.Body)+len(got.Raw), got.Size)
		}
		again := about("ev_5", shop, unknown)
		again.Event.Dedupe, again.Event.Digest = event("ev_2").Dedupe, event("ev_2").Digest
		h.refused(again, store.ErrDuplicate)
	}},
	{"a ref made before in the same round is one of ours", func(h *harness) {
		fence := h.own(shop)
		it := event("ev_1")
		it.About = []string{exchange.RefOrder("#1001-EX1").Name}
		h.must(made(fence, swap("ex_1"), exchange.RefOrder("#1001-EX1")), store.Receive{Event: it})
		h.state(shop, "ev_1", store.Waiting)
	}},
	{"keys and ids belong to one connection", func(h *harness) {
		a := event("ev_1")
		b := a
		b.Conn = other
		h.must(store.Receive{Event: a}, store.Receive{Event: b})
	}},
	{"an event reads back as it was kept", func(h *harness) {
		it := event("ev_1")
		it.Exchange, it.Reason, it.Attempt = "ex_1", "a reason", 3
		it.Due = noon.Add(7)
		h.must(store.Receive{Event: it})
		want := it
		want.Version, want.Size, want.Dedupe, want.Digest = 1, len(it.Raw), "", ""
		if got := h.item(shop, "ev_1"); text(h, got) != text(h, want) || !got.Received.Equal(noon) {
			h.Fatalf("got  %s\nwant %s", text(h, got), text(h, want))
		}
	}},
	{"times keep their nanoseconds and are UTC", func(h *harness) {
		it := event("ev_1")
		it.Received = noon.In(stockholm)
		it.Due = noon.In(stockholm).Add(1)
		h.must(store.Receive{Event: it})
		got := h.item(shop, "ev_1")
		if got.Received != noon || got.Due != noon.Add(1) {
			h.Fatalf("got %v and %v", got.Received, got.Due)
		}
	}},
	{"no time is no time", func(h *harness) {
		it := event("ev_1")
		it.Due = never
		h.must(store.Receive{Event: it})
		if got := h.item(shop, "ev_1"); !got.Due.IsZero() {
			h.Fatalf("due %v", got.Due)
		}
	}},
	{"a body that is not text is kept byte by byte", func(h *harness) {
		it := event("ev_1")
		it.Raw = []byte{0, 0xff, 0xfe, '{', 0, 'x'}
		h.must(store.Receive{Event: it})
		if got := h.item(shop, "ev_1"); !bytes.Equal(got.Raw, it.Raw) {
			h.Fatalf("raw %x", got.Raw)
		}
	}},
	{"a body with a zero byte is kept whole", func(h *harness) {
		it := event("ev_1")
		it.Raw = []byte("{\x00}")
		h.must(store.Receive{Event: it})
		if got := h.item(shop, "ev_1"); !bytes.Equal(got.Raw, it.Raw) {
			h.Fatalf("raw %x", got.Raw)
		}
	}},
	{"raw bodies come with items asked for by id alone", func(h *harness) {
		h.must(store.Receive{Event: event("ev_1")})
		got := h.items(store.Query{Conn: shop})[0]
		if got.Raw != nil || got.Size != len(event("ev_1").Raw) {
			h.Fatalf("listed with raw %q and %d bytes", got.Raw, got.Size)
		}
	}},
	{"an ignored event is a row without bodies", func(h *harness) {
		it := event("ev_1")
		it.State = store.Ignored
		h.must(store.Receive{Event: it})
		if got := h.item(shop, "ev_1"); got.Body != nil || got.Raw != nil || got.State != store.Ignored {
			h.Fatalf("got %s with %q and %q", got.State, got.Body, got.Raw)
		}
	}},
	{"an event that contradicts itself is refused", func(h *harness) {
		for what, spoil := range map[string]func(*store.Item){
			"no id":             func(it *store.Item) { it.ID = "" },
			"a timer":           func(it *store.Item) { it.Kind = store.Timer },
			"a version":         func(it *store.Item) { it.Version = 1 },
			"an unknown state":  func(it *store.Item) { it.State = "lost" },
			"parked on nothing": func(it *store.Item) { it.State = store.Parked },
		} {
			it := event("ev_1")
			spoil(&it)
			if got := h.apply(store.Receive{Event: it})[0]; !errors.Is(got, store.ErrInvalid) {
				h.Fatalf("%s: %v, want ErrInvalid", what, got)
			}
		}
	}},
	{"a bad operation leaves its neighbours alone", func(h *harness) {
		bad := event("ev_2")
		bad.ID = ""
		got := h.apply(store.Receive{Event: event("ev_1")}, store.Receive{Event: bad}, store.Receive{Event: event("ev_3")})
		if got[0] != nil || got[1] == nil || got[2] != nil {
			h.Fatalf("got %v", got)
		}
		if ids := h.itemIDs(store.Query{Conn: shop}); !slices.Equal(ids, []string{"ev_1", "ev_3"}) {
			h.Fatalf("kept %v", ids)
		}
	}},
	{"repeating a round is harmless", func(h *harness) {
		fence := h.own(shop)
		x := swap("ex_1")
		step := made(fence, x, store1)
		step.Items = []store.Item{effect("ex_1/release/1")}
		step.Docs = []store.Doc{doc("shopify", `{"open":true}`)}
		nokey := event("ev_2")
		nokey.Dedupe = ""
		ops := []store.Op{store.Receive{Event: event("ev_1")}, store.Receive{Event: nokey}, step, store.Put{Doc: doc("ongoing", `{}`)}}
		h.must(ops...)
		before := h.everything()
		want := []error{store.ErrDuplicate, store.ErrDuplicate, store.ErrConflict, store.ErrConflict}
		for i, err := range h.apply(ops...) {
			if !errors.Is(err, want[i]) {
				h.Fatalf("operation %d again: %v, want %v", i, err, want[i])
			}
		}
		if after := h.everything(); after != before {
			h.Fatalf("before %s\nafter  %s", before, after)
		}
	}},
	{"a round of no operations is a trial", func(h *harness) {
		h.must()
	}},
	{"a large round is done whole", func(h *harness) {
		var ops []store.Op
		for i := range 256 {
			it := event(fmt.Sprintf("ev_%03d", i))
			it.Raw = []byte(strings.Repeat("x", 10_000))
			ops = append(ops, store.Receive{Event: it})
		}
		h.must(ops...)
		if n := len(h.itemIDs(store.Query{Conn: shop, Limit: 100})); n != 256 {
			h.Fatalf("kept %d", n)
		}
	}},
}
