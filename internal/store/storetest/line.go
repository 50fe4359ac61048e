package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tradeback/tradeback/internal/store"
)

// asked is an event of a person, with its line.
func asked(id string) store.Item {
	it := event(id)
	it.Source, it.Line = "person", []byte(`{"event":"`+id+`","name":"å <&> \u2028"}`)
	return it
}

// chain reads c's audit chain, which must be linked from its beginning to its head, and gives its lines.
func (h *harness) chain(c store.Conn) (lines []string) {
	h.Helper()
	var at store.Head
	for i, d := range h.docs(c, store.LineBucket) {
		var l store.Linked
		if err := json.Unmarshal(d.Body, &l); err != nil {
			h.Fatalf("line %d: %v", i+1, err)
		}
		var err error
		if at, err = at.Next(store.LineDigest(l.Line)); err != nil || l.Link != at.Link || d.Key != store.LineKey(at.Lines) || d.Version != 1 {
			h.Fatalf("line %s at version %d is linked by %s, want %s as line %d (%v)", d.Key, d.Version, l.Link, at.Link, at.Lines, err)
		}
		lines = append(lines, string(l.Line))
	}
	head, err := store.HeadOf(h.Context(), h.e, c)
	if err != nil || head != at {
		h.Fatalf("the head is %+v (%v), want %+v", head, err, at)
	}
	return lines
}

var lining = []promise{
	{"what a person or an API key asks for has a line, in the same commit", func(h *harness) {
		without := asked("ev_1")
		without.Line = nil
		h.refused(store.Receive{Event: without}, store.ErrInvalid)
		without.Source = "api"
		h.refused(store.Receive{Event: without}, store.ErrInvalid)
		broken := asked("ev_1")
		broken.Line = []byte(`"no object"`)
		h.refused(store.Receive{Event: broken}, store.ErrInvalid)
		h.must(store.Receive{Event: asked("ev_1")}, store.Receive{Event: event("ev_2")}, store.Receive{Event: asked("ev_3")})
		if got := h.chain(shop); len(got) != 2 || got[0] != string(asked("ev_1").Line) || got[1] != string(asked("ev_3").Line) {
			h.Fatalf("got %s", got)
		}
		if got := h.chain(other); len(got) != 0 {
			h.Fatalf("another connection has %s", got)
		}
	}},
	{"what was kept before has no second line", func(h *harness) {
		it := asked("ev_1")
		again, body := asked("ev_2"), asked("ev_3")
		again.Dedupe, again.Digest, body.Dedupe = it.Dedupe, it.Digest, it.Dedupe
		got := h.apply(store.Receive{Event: it}, store.Receive{Event: again}, store.Receive{Event: body, Strict: true}, store.Receive{Event: it}, store.Receive{Event: asked("ev_4")})
		if got[0] != nil || !errors.Is(got[1], store.ErrDuplicate) || !errors.Is(got[2], store.ErrMismatch) || !errors.Is(got[3], store.ErrDuplicate) || got[4] != nil {
			h.Fatalf("got %v", got)
		}
		if got := h.chain(shop); len(got) != 2 {
			h.Fatalf("got %s", got)
		}
	}},
	{"what is of no concern to us has its line all the same", func(h *harness) {
		it := asked("ev_1")
		it.About = []string{"nothing"}
		h.must(store.Receive{Event: it})
		h.state(shop, "ev_1", store.Ignored)
		if got := h.chain(shop); len(got) != 1 {
			h.Fatalf("got %s", got)
		}
	}},
	{"documents are put all or none, and their line with them", func(h *harness) {
		h.must(store.Put{Doc: doc("a", `1`), With: []store.Doc{doc("b", `1`)}, Line: []byte(`{"n":1}`)})
		second := doc("a", `2`)
		second.Version = 1
		h.refused(store.Put{Doc: second, With: []store.Doc{doc("b", `2`)}, Line: []byte(`{"n":2}`)}, store.ErrConflict)
		foreign := doc("c", `1`)
		foreign.Conn = other
		h.refused(store.Put{Doc: second, With: []store.Doc{foreign}}, store.ErrInvalid)
		if got := h.docs(shop, "breakers"); len(got) != 2 || got[0].Version != 1 {
			h.Fatalf("got %v", got)
		}
		if got := h.chain(shop); len(got) != 1 || got[0] != `{"n":1}` {
			h.Fatalf("got %s", got)
		}
	}},
	{"a chain is written by lines alone", func(h *harness) {
		h.must(store.Receive{Event: asked("ev_1")})
		for _, d := range append(h.docs(shop, store.LineBucket), h.docs(shop, store.HeadBucket)...) {
			h.refused(store.Put{Doc: d}, store.ErrInvalid)
			h.refused(store.Put{Doc: doc("a", `1`), With: []store.Doc{d}}, store.ErrInvalid)
			h.refused(store.Step{Conn: shop, Fence: h.own(shop), Docs: []store.Doc{d}}, store.ErrInvalid)
			d.Body = nil
			h.refused(store.Put{Doc: d}, store.ErrInvalid)
		}
		h.chain(shop)
	}},
	{"lines of several who write at once make one chain", func(h *harness) {
		const writers, each = 4, 15
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					got, err := h.e.Apply(h.Context(), []store.Op{
						store.Receive{Event: asked(fmt.Sprintf("ev_%d_%d", w, i))},
						store.Put{Doc: doc(fmt.Sprintf("k%d_%d", w, i), `1`), Line: []byte(`{}`)},
					})
					if err := errors.Join(append(got, err)...); err != nil {
						h.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := h.chain(shop); len(got) != 2*writers*each {
			h.Fatalf("%d lines, want %d", len(got), 2*writers*each)
		}
	}},
	{"a chain moves with its connection, and goes on there", func(h *harness) {
		for i := range 3 {
			h.must(store.Receive{Event: asked(fmt.Sprintf("ev_%d", i))})
		}
		want := strings.Join(h.chain(shop), "\n")
		for _, r := range moved(shop, other, h.export(shop, 2)) {
			h.must(store.Import{Row: r})
		}
		if got := strings.Join(h.chain(other), "\n"); got != want {
			h.Fatalf("got %s, want %s", got, want)
		}
		h.must(store.Put{Doc: store.Doc{Conn: other, Bucket: "b", Key: "k", Body: []byte(`1`)}, Line: []byte(`{}`)})
		if got := h.chain(other); len(got) != 4 {
			h.Fatalf("got %s", got)
		}
	}},
	{"a sweep leaves a chain alone", func(h *harness) {
		h.must(store.Receive{Event: asked("ev_1")})
		if _, err := h.e.Sweep(h.Context(), noon.AddDate(10, 0, 0), 500); err != nil {
			h.Fatal(err)
		}
		if got := h.chain(shop); len(got) != 1 {
			h.Fatalf("got %s", got)
		}
	}},
}
