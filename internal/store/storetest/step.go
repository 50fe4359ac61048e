package storetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// full is a step with a part of each kind.
func full(fence uint64) store.Step {
	step := made(fence, swap("ex_1"), exchange.RefReturn("gid://shopify/Return/1"), exchange.RefReference("R-1"))
	step.Items = []store.Item{effect("ex_1/release/1"), effect("ex_1/capture/1")}
	step.Docs = []store.Doc{doc("shopify", `{"failures":1}`)}
	return step
}

// whole wants every part of full to be there.
func (h *harness) whole() {
	h.Helper()
	if x := h.load(shop, "ex_1"); x.Version != 1 {
		h.Fatalf("exchange at version %d", x.Version)
	}
	entries, err := h.e.Journal(h.Context(), shop, "ex_1", 0, 10)
	if err != nil || len(entries) != 1 || entries[0].Version != 1 {
		h.Fatalf("journal %v, %v", entries, err)
	}
	h.state(shop, "ex_1/release/1", store.Waiting)
	h.state(shop, "ex_1/capture/1", store.Waiting)
	if ds := h.docs(shop, "breakers"); len(ds) != 1 || ds[0].Version != 1 {
		h.Fatalf("documents %v", ds)
	}
	if ids := h.find(shop, "return:gid://shopify/Return/1"); !slices.Equal(ids, []exchange.ID{"ex_1"}) {
		h.Fatalf("found %v", ids)
	}
}

var stepping = []promise{
	{"a step is whole", func(h *harness) {
		h.must(full(h.own(shop)))
		h.whole()
	}},
	{"a step that conflicts leaves nothing, and its neighbours are done", func(h *harness) {
		fence := h.own(shop)
		taken := swap("ex_0")
		h.must(
			made(fence, taken, exchange.RefReturn("gid://shopify/Return/0")),
			store.Receive{Event: event("ev_1")},
			store.Put{Doc: doc("ongoing", `{}`)},
		)
		stale := event("ev_1")
		stale.Version = 7
		for what, spoil := range map[string]func(*store.Step){
			"another's fence":       func(s *store.Step) { s.Fence++ },
			"no fence":              func(s *store.Step) { s.Fence = 0 },
			"exchange ahead":        func(s *store.Step) { s.Next.Version, s.Entry.Version = 2, 2 },
			"exchange known":        func(s *store.Step) { s.Next.ID, s.Entry.Exchange = "ex_0", "ex_0" },
			"another's claim":       func(s *store.Step) { s.Refs = append(s.Refs, exchange.RefReturn("gid://shopify/Return/0")) },
			"an item at a version":  func(s *store.Step) { s.Items = append(s.Items, stale) },
			"an item known":         func(s *store.Step) { s.Items = append(s.Items, event("ev_1")) },
			"an item unknown":       func(s *store.Step) { s.Items[1].Version = 1 },
			"an item twice":         func(s *store.Step) { s.Items = append(s.Items, s.Items[0]) },
			"an unknown one gone":   func(s *store.Step) { s.Items[1].Version, s.Items[1].State = 1, store.Dropped },
			"a document known":      func(s *store.Step) { s.Docs = append(s.Docs, doc("ongoing", `{}`)) },
			"a document stale":      func(s *store.Step) { s.Docs[0].Version = 3 },
			"a document not gone":   func(s *store.Step) { s.Docs[0] = store.Doc{Conn: shop, Bucket: "breakers", Key: "ongoing"} },
			"an exchange elsewhere": func(s *store.Step) { s.Next.Connection = other },
			"an item elsewhere":     func(s *store.Step) { s.Items[1].Conn = other },
			"a document elsewhere":  func(s *store.Step) { s.Docs[0].Conn = other },
			"an entry astray":       func(s *store.Step) { s.Entry.Version = 9 },
			"refs of nothing":       func(s *store.Step) { s.Next, s.Entry = nil, nil },
			"an entry of nothing":   func(s *store.Step) { s.Next, s.Refs = nil, nil },
			"a ref without a name":  func(s *store.Step) { s.Refs = append(s.Refs, exchange.Ref{}) },
			"a document unnamed":    func(s *store.Step) { s.Docs[0].Key = "" },
		} {
			before := h.everything()
			step := full(fence)
			spoil(&step)
			got := h.apply(step)[0]
			switch {
			case got == nil:
				h.Fatalf("%s: done", what)
			case !errors.Is(got, store.ErrConflict) && !errors.Is(got, store.ErrFenced) && !errors.Is(got, store.ErrInvalid):
				h.Fatalf("%s: %v", what, got)
			}
			if after := h.everything(); after != before {
				h.Fatalf("%s:\nbefore %s\nafter  %s", what, before, after)
			}
			if ids := h.find(shop, "return:gid://shopify/Return/1", "reference:R-1"); len(ids) > 0 {
				h.Fatalf("%s: left refs of %v", what, ids)
			}
		}
		bad := full(fence)
		bad.Docs[0].Version = 3
		x := swap("ex_2")
		got := h.apply(store.Receive{Event: event("ev_2")}, bad, made(fence, x), full(fence))
		if got[0] != nil || !errors.Is(got[1], store.ErrConflict) || got[2] != nil {
			h.Fatalf("got %v", got)
		}
		if got[3] != nil {
			h.Fatalf("the same step put right: %v", got[3])
		}
		h.state(shop, "ev_2", store.Waiting)
		h.load(shop, "ex_2")
	}},
	{"an exchange reads back as it was committed", func(h *harness) {
		x := swap("ex_1")
		x.Stage = exchange.Open
		x.Facts.Shop = &exchange.Shop{OrderName: "#1001", Outstanding: exchange.Money{Minor: 5000, Currency: "SEK"}}
		x.Raised = []exchange.Raised{{Code: "money_mismatch", Message: "a sentence", Since: noon}}
		h.must(made(h.own(shop), x))
		if got := h.load(shop, "ex_1"); text(h, got) != text(h, x) {
			h.Fatalf("got  %s\nwant %s", text(h, got), text(h, x))
		}
	}},
	{"a step of very many items is done whole", func(h *harness) {
		fence := h.own(shop)
		step := store.Step{Conn: shop, Fence: fence}
		for i := range 5000 {
			step.Items = append(step.Items, event(fmt.Sprintf("ev_%04d", i)))
		}
		h.must(step)
		if ids, next := h.work(shop, noon, 500); len(ids) != 500 || next.IsZero() {
			h.Fatalf("work %d, next %v", len(ids), next)
		}
		if n := len(h.itemIDs(store.Query{Conn: shop, States: []store.State{store.Waiting}, Limit: 500})); n != 5000 {
			h.Fatalf("%d of 5000 items are there", n)
		}
	}},
	{"steps of one exchange see each other in one round", func(h *harness) {
		fence := h.own(shop)
		x1 := swap("ex_1")
		x2 := next(x1)
		x2.Stage = exchange.Open
		first := made(fence, x1)
		first.Items = []store.Item{effect("ex_1/release/1")}
		second := made(fence, x2)
		ended := effect("ex_1/release/1")
		ended.Version, ended.State = 1, store.Done
		second.Items = []store.Item{ended}
		h.must(first, second)
		if got := h.load(shop, "ex_1"); got.Version != 2 || got.Stage != exchange.Open {
			h.Fatalf("at version %d, %s", got.Version, got.Stage)
		}
		h.state(shop, "ex_1/release/1", store.Done)
		if got := h.apply(made(fence, x2), made(fence, next(x2))); !errors.Is(got[0], store.ErrConflict) || got[1] != nil {
			h.Fatalf("got %v", got)
		}
	}},
	{"of two commits on one version one is done", func(h *harness) {
		fence := h.own(shop)
		x := swap("ex_1")
		h.must(made(fence, x))
		got := h.apply(made(fence, next(x)), made(fence, next(x)))
		if got[0] != nil || !errors.Is(got[1], store.ErrConflict) {
			h.Fatalf("got %v", got)
		}
	}},
	{"a step without an exchange changes items and documents", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Receive{Event: event("ev_1")})
		it := h.item(shop, "ev_1")
		it.State, it.Reason = store.Quarantined, "cannot be read"
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}, Docs: []store.Doc{doc("x", `1`)}})
		if got := h.item(shop, "ev_1"); got.State != store.Quarantined || got.Version != 2 || got.Reason != "cannot be read" {
			h.Fatalf("got %+v", got)
		}
		it.State = store.Done
		h.refused(store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}}, store.ErrConflict)
	}},
	{"what an item is stays as first stored", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Receive{Event: event("ev_1")})
		it := h.item(shop, "ev_1")
		it.Kind, it.Source, it.Received, it.Raw, it.Size = store.Effect, "else", noon.Add(1), []byte("else"), 1
		it.State, it.Body = store.Done, []byte(`{"new":1}`)
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}})
		got, was := h.item(shop, "ev_1"), event("ev_1")
		if got.Kind != was.Kind || got.Source != was.Source || got.Received != was.Received || string(got.Raw) != string(was.Raw) || got.Size != len(was.Raw) {
			h.Fatalf("became %+v", got)
		}
		if got.State != store.Done || string(got.Body) != `{"new":1}` {
			h.Fatalf("is %s with %s", got.State, got.Body)
		}
	}},
	{"an event ignored later loses its bodies", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Receive{Event: event("ev_1")})
		it := h.item(shop, "ev_1")
		it.State = store.Ignored
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}})
		if got := h.item(shop, "ev_1"); got.Body != nil || got.Raw != nil {
			h.Fatalf("has %q and %q", got.Body, got.Raw)
		}
		again := event("ev_2")
		again.Dedupe, again.Digest = event("ev_1").Dedupe, event("ev_1").Digest
		h.refused(store.Receive{Event: again}, store.ErrDuplicate)
	}},
	{"a dropped item is gone", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Receive{Event: event("ev_1")})
		it := h.item(shop, "ev_1")
		it.State = store.Dropped
		h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}})
		if ids := h.itemIDs(store.Query{Conn: shop}); len(ids) != 0 {
			h.Fatalf("left %v", ids)
		}
	}},
	{"the journal is read in order, from any version", func(h *harness) {
		fence := h.own(shop)
		x := swap("ex_1")
		for range 5 {
			h.must(made(fence, x))
			x = next(x)
		}
		h.must(made(fence, swap("ex_2")))
		var got []uint64
		var after uint64
		for {
			entries, err := h.e.Journal(h.Context(), shop, "ex_1", after, 2)
			if err != nil {
				h.Fatal(err)
			}
			if len(entries) == 0 {
				break
			}
			for _, en := range entries {
				got = append(got, en.Version)
				after = en.Version
			}
		}
		if !slices.Equal(got, []uint64{1, 2, 3, 4, 5}) {
			h.Fatalf("versions %v", got)
		}
	}},
	{"the journal holds what an exchange can be rebuilt from", func(h *harness) {
		fence := h.own(shop)
		blank := swap("ex_1")
		x, lines := exchange.New(blank.ID, blank.Connection, blank.Policy, noon), []string{}
		for _, ev := range []exchange.Event{
			{ID: "ev_1", Kind: exchange.EventRequested, At: noon, Source: "api", Policy: &blank.Policy, Request: &exchange.Request{ReturnID: "gid://shopify/Return/1"}},
			{ID: "ev_2", Kind: exchange.EventRead, At: noon.Add(1), Source: "tradeback", Read: &exchange.ReadResult{
				Target: exchange.ReadShop, Want: 1, Missing: &exchange.Missing{Target: exchange.ReadShop, Code: "return_not_found"},
			}},
			{ID: "ev_3", Kind: exchange.EventCancel, At: noon.Add(2), Source: "person", Actor: "astrid", Cancel: &exchange.CancelAsk{By: "person"}},
		} {
			next, entry, err := exchange.Step(x, ev)
			if err != nil {
				h.Fatal(err)
			}
			h.must(store.Step{Conn: shop, Fence: fence, Next: &next, Entry: &entry, Refs: next.Refs()})
			x, lines = next, append(lines, text(h, entry))
		}
		entries, err := h.e.Journal(h.Context(), shop, "ex_1", 0, 10)
		if err != nil || len(entries) != len(lines) {
			h.Fatalf("journal %v, %v", entries, err)
		}
		built := exchange.Unfolded(shop, entries[0])
		for i, en := range entries {
			if got := text(h, en); got != lines[i] {
				h.Fatalf("line %d reads back as\n%s, want\n%s", i+1, got, lines[i])
			}
			if built, err = exchange.Fold(built, en); err != nil {
				h.Fatal(err)
			}
		}
		if got, want := text(h, built), text(h, h.load(shop, "ex_1")); got != want {
			h.Fatalf("rebuilt\n%s, stored\n%s", got, want)
		}
	}},
	{"exchanges are loaded in the order asked for", func(h *harness) {
		fence := h.own(shop)
		h.must(made(fence, swap("ex_1")), made(fence, swap("ex_2")))
		xs, err := h.e.Load(h.Context(), shop, "ex_2", "ex_1")
		if err != nil || len(xs) != 2 || xs[0].ID != "ex_2" || xs[1].ID != "ex_1" {
			h.Fatalf("got %v, %v", xs, err)
		}
		if _, err := h.e.Load(h.Context(), shop, "ex_1", "ex_3"); !errors.Is(err, store.ErrNotFound) {
			h.Fatalf("got %v, want ErrNotFound", err)
		}
		h.absent(other, "ex_1")
	}},
}
