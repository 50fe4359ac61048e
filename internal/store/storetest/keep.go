package storetest

import (
	"fmt"
	"slices"

	"github.com/tradeback/tradeback/internal/store"
)

var keeping = []promise{
	{"a document is written at the version read", func(h *harness) {
		d := doc("shopify", `{"n":1}`)
		h.must(store.Put{Doc: d})
		h.refused(store.Put{Doc: d}, store.ErrConflict)
		d.Version, d.Body = 1, []byte(`{"n":2}`)
		h.must(store.Put{Doc: d})
		h.refused(store.Put{Doc: d}, store.ErrConflict)
		got := h.docs(shop, "breakers")
		if len(got) != 1 || got[0].Version != 2 || string(got[0].Body) != `{"n":2}` || got[0].Conn != shop || got[0].Key != "shopify" {
			h.Fatalf("got %+v", got)
		}
	}},
	{"a document is deleted at the version read", func(h *harness) {
		d := doc("shopify", `{}`)
		h.must(store.Put{Doc: d})
		gone := store.Doc{Conn: shop, Bucket: "breakers", Key: "shopify", Version: 2}
		h.refused(store.Put{Doc: gone}, store.ErrConflict)
		gone.Version = 0
		h.refused(store.Put{Doc: gone}, store.ErrConflict)
		gone.Version = 1
		h.must(store.Put{Doc: gone})
		if got := h.docs(shop, "breakers"); len(got) != 0 {
			h.Fatalf("left %v", got)
		}
		h.refused(store.Put{Doc: gone}, store.ErrConflict)
		h.must(store.Put{Doc: d})
	}},
	{"a step deletes documents too", func(h *harness) {
		h.must(store.Put{Doc: doc("a", `{}`)}, store.Put{Doc: doc("b", `{}`)})
		h.must(store.Step{Conn: shop, Fence: h.own(shop), Docs: []store.Doc{
			{Conn: shop, Bucket: "breakers", Key: "a", Version: 1},
			{Conn: shop, Bucket: "breakers", Key: "b", Version: 1, Body: []byte(`2`)},
		}})
		if got := h.docs(shop, "breakers"); len(got) != 1 || got[0].Key != "b" || got[0].Version != 2 {
			h.Fatalf("left %v", got)
		}
	}},
	{"documents are paged by key, stable under inserts", func(h *harness) {
		for i := range 5 {
			h.must(store.Put{Doc: doc(fmt.Sprintf("k%d0", i), `{}`)})
		}
		var got []string
		after := ""
		for {
			ds, err := h.e.Docs(h.Context(), shop, "breakers", after, 2)
			if err != nil {
				h.Fatal(err)
			}
			if len(ds) == 0 {
				break
			}
			if len(ds) > 2 {
				h.Fatalf("a page of %d", len(ds))
			}
			for _, d := range ds {
				got = append(got, d.Key)
			}
			if after == "" {
				h.must(store.Put{Doc: doc("k05", `{}`)}, store.Put{Doc: doc("k35", `{}`)})
			}
			after = ds[len(ds)-1].Key
		}
		if want := []string{"k00", "k10", "k20", "k30", "k35", "k40"}; !slices.Equal(got, want) {
			h.Fatalf("got %v, want %v", got, want)
		}
	}},
	{"documents belong to one connection and one bucket", func(h *harness) {
		a, b, c := doc("k", `1`), doc("k", `2`), doc("k", `3`)
		b.Conn, c.Bucket = other, "keys"
		h.must(store.Put{Doc: a}, store.Put{Doc: b}, store.Put{Doc: c})
		if got := h.docs(other, "breakers"); len(got) != 1 || string(got[0].Body) != `2` {
			h.Fatalf("got %v", got)
		}
		if got := h.docs(shop, "keys"); len(got) != 1 || string(got[0].Body) != `3` {
			h.Fatalf("got %v", got)
		}
	}},
	{"the process's own shard keeps documents", func(h *harness) {
		d := store.Doc{Bucket: "connections", Key: "nordwear", Body: []byte(`{}`)}
		h.must(store.Put{Doc: d})
		if got := h.docs("", "connections"); len(got) != 1 || got[0].Key != "nordwear" {
			h.Fatalf("got %v", got)
		}
	}},
	{"documents of one round see each other", func(h *harness) {
		a := doc("k", `1`)
		b := a
		b.Version = 1
		c := store.Doc{Conn: shop, Bucket: "breakers", Key: "k", Version: 2}
		h.must(store.Put{Doc: a}, store.Put{Doc: b}, store.Put{Doc: c}, store.Put{Doc: a})
	}},
}
