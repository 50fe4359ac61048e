package storetest

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// export reads all pages of what c holds.
func (h *harness) export(c store.Conn, limit int) []store.Row {
	h.Helper()
	var all []store.Row
	after := ""
	for {
		rows, next, err := h.e.Export(h.Context(), c, after, limit)
		if err != nil {
			h.Fatalf("Export after %q: %v", after, err)
		}
		if len(rows) > limit {
			h.Fatalf("a page has %d, more than %d", len(rows), limit)
		}
		all = append(all, rows...)
		if next == "" {
			return all
		}
		if next == after {
			h.Fatalf("cursor %q leads to itself", next)
		}
		after = next
	}
}

// furnish stores something of every part.
func (h *harness) furnish() (fence uint64) {
	h.Helper()
	if _, err := h.e.Own(h.Context(), shop, "before", time.Hour); err != nil {
		h.Fatal(err)
	}
	if _, err := h.e.Own(h.Context(), shop, "before", 0); err != nil {
		h.Fatal(err)
	}
	fence = h.own(shop)
	x := swap("ex_1")
	h.must(made(fence, x, exchange.RefOrder("#1001-EX1"), exchange.RefShopOrder("gid://shopify/Order/1")))
	h.must(made(fence, next(x), exchange.RefOrder("#1001-EX1"), exchange.RefShopOrder("gid://shopify/Order/1"), exchange.RefReference("R-\x00-\x01")))
	h.must(made(fence, swap("ex_2"), exchange.RefShopOrder("gid://shopify/Order/1")))
	binary, another, plain := event("ev_binary"), event("ev_another"), event("ev_plain")
	binary.Raw = []byte{0xff, 0, 1}
	another.Dedupe, another.Raw = binary.Dedupe, []byte("another body")
	plain.Dedupe, plain.Raw, plain.State, plain.Reason = "", nil, store.Quarantined, "cannot be read"
	h.must(store.Receive{Event: binary}, store.Receive{Event: another}, store.Receive{Event: plain})
	numbered := event("ev_numbered")
	numbered.Dedupe = "ongoing/webhookOrdersId=1/0042"
	h.must(store.Receive{Event: numbered}, store.Receive{Event: parked("ev_parked", "return:none")})
	begun := effect("ex_1/release/1")
	h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{begun, effect("ex_1/read/shop")}})
	begun.Version, begun.Attempt, begun.Reason = 1, 1, "time-out"
	h.must(store.Step{Conn: shop, Fence: fence, Items: []store.Item{begun}})
	d := doc("shopify", `{"n":1}`)
	h.must(store.Put{Doc: d})
	d.Version, d.Body = 1, []byte(`{"n":2}`)
	h.must(store.Put{Doc: d}, store.Put{Doc: store.Doc{Conn: shop, Bucket: "sequences", Key: "gid://shopify/Order/1", Body: []byte(`2`)}})
	return fence
}

// moved are rows as those of another connection, which stands for another store.
func moved(from, to store.Conn, rows []store.Row) []store.Row {
	out := slices.Clone(rows)
	for i := range out {
		r := &out[i]
		r.Conn = to
		if r.Item != nil {
			it := *r.Item
			it.Conn, r.Item = to, &it
		}
		if r.Doc != nil {
			d := *r.Doc
			d.Conn, r.Doc = to, &d
		}
		if r.Part == store.ExchangePart {
			r.Body = bytes.Replace(r.Body, []byte(`"connection":"`+from+`"`), []byte(`"connection":"`+to+`"`), 1)
		}
	}
	return out
}

// imports are the operations that write rows.
func imports(rows []store.Row) []store.Op {
	ops := make([]store.Op, len(rows))
	for i := range rows {
		ops[i] = store.Import{Row: rows[i]}
	}
	return ops
}

// same wants two lists of rows to be equal.
func (h *harness) same(got, want []store.Row) {
	h.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) {
			h.Fatalf("%d rows, want %d", len(got), len(want))
		}
		if g, w := text(h, got[i]), text(h, want[i]); g != w {
			h.Fatalf("row %d is\n%s\nwant\n%s", i, g, w)
		}
	}
}

var moving = []promise{
	{"all that a connection holds is exported, whatever the pages", func(h *harness) {
		fence := h.furnish()
		all := h.export(shop, 500)
		var names []string
		parts := map[store.Part]int{}
		for _, r := range all {
			parts[r.Part]++
			names = append(names, r.Name())
			if r.Part == store.FencePart && r.Version != fence {
				h.Errorf("the fence is %d, want %d", r.Version, fence)
			}
		}
		want := map[store.Part]int{
			store.FencePart: 1, store.DocPart: 2, store.ExchangePart: 2, store.LinePart: 3, store.ItemPart: 7, store.KeyPart: 4,
		}
		for _, p := range store.Parts() {
			if parts[p] != want[p] {
				h.Errorf("%d rows of %s, want %d: %v", parts[p], p, want[p], names)
			}
		}
		for _, limit := range []int{1, 2, 3} {
			h.same(h.export(shop, limit), all)
		}
		if got := h.export(other, 500); len(got) != 0 {
			h.Errorf("another connection holds %v", got)
		}
	}},
	{"what is imported is what was exported, and may be imported again", func(h *harness) {
		h.furnish()
		all := h.export(shop, 500)
		ops := imports(moved(shop, other, all))
		h.must(ops...)
		h.must(ops...)
		h.same(moved(other, shop, h.export(other, 500)), all)
		h.state(other, "ev_parked", store.Parked)
		if ids := h.find(other, "order:#1001-EX1", "ref:none"); !slices.Equal(ids, []exchange.ID{"ex_1"}) {
			h.Errorf("found %v by its ref", ids)
		}
		if ids := h.exchangeIDs(store.Query{Conn: other, Stages: []string{string(exchange.Requested)}}); len(ids) != 2 {
			h.Errorf("listed %v by stage", ids)
		}
		due, _ := h.work(other, noon, 50, store.Effect)
		if want := []string{"ex_1/read/shop", "ex_1/release/1"}; !slices.Equal(due, want) {
			h.Errorf("due are %v, want %v", due, want)
		}
	}},
	{"what was imported is known by its dedupe key", func(h *harness) {
		h.furnish()
		h.must(imports(moved(shop, other, h.export(shop, 500)))...)
		for _, id := range []string{"ev_binary", "ev_numbered"} {
			again := event("ev_new")
			again.Conn = other
			again.Dedupe, again.Digest = event(id).Dedupe, event(id).Digest
			if id == "ev_numbered" {
				again.Dedupe = "ongoing/webhookOrdersId=1/0042"
			}
			var dup *store.DuplicateError
			if got := h.apply(store.Receive{Event: again})[0]; !errors.As(got, &dup) || dup.ID != id || dup.Mismatch {
				h.Errorf("%s again: %v, want a duplicate of it", id, got)
			}
		}
	}},
	{"a copied connection goes on where it was", func(h *harness) {
		fence := h.furnish()
		h.must(imports(moved(shop, other, h.export(shop, 500)))...)
		got := h.own(other)
		if got <= fence {
			h.Fatalf("the next owner's fence is %d, want more than %d", got, fence)
		}
		x := h.load(other, "ex_1")
		h.must(made(got, next(x)))
		entries, err := h.e.Journal(h.Context(), other, "ex_1", 0, 50)
		if err != nil || len(entries) != 3 || entries[2].Version != 3 {
			h.Fatalf("journal %v, %v", entries, err)
		}
		begun := h.item(other, "ex_1/release/1")
		if begun.Version != 2 || begun.Attempt != 1 {
			h.Fatalf("an act that was begun came over as %+v", begun)
		}
		h.must(store.Step{Conn: other, Fence: got, Items: []store.Item{begun}})
	}},
	{"a fence is never made smaller", func(h *harness) {
		fence := h.own(shop)
		h.must(store.Import{Row: store.Row{Conn: shop, Part: store.FencePart, Version: fence + 5}})
		h.must(store.Import{Row: store.Row{Conn: shop, Part: store.FencePart, Version: fence}})
		if rows := h.export(shop, 50); len(rows) != 1 || rows[0].Version != fence+5 {
			h.Fatalf("got %+v", rows)
		}
	}},
	{"an import does not replace what is there", func(h *harness) {
		h.furnish()
		rows := moved(shop, other, h.export(shop, 500))
		h.must(imports(rows)...)
		before := h.export(other, 500)
		for _, r := range rows {
			switch r.Part {
			case store.FencePart:
				continue
			case store.DocPart:
				d := *r.Doc
				d.Version++
				r.Doc = &d
			case store.ExchangePart:
				r.Refs = append(slices.Clone(r.Refs), exchange.Ref{Name: "zz:1"})
			case store.LinePart:
				r.Body = append(slices.Clone(r.Body), ' ')
			case store.ItemPart:
				it := *r.Item
				it.Raw = append(slices.Clone(it.Raw), 'x')
				r.Item = &it
			case store.KeyPart:
				k := *r.Key
				k.Item += "x"
				r.Key = &k
			}
			if got := h.apply(store.Import{Row: r})[0]; !errors.Is(got, store.ErrConflict) {
				h.Errorf("%s changed: %v, want a conflict", r.Name(), got)
			}
		}
		h.same(h.export(other, 500), before)
	}},
	{"an imported claim excludes others", func(h *harness) {
		fence := h.own(shop)
		ref := exchange.RefOrder("#1")
		h.must(made(fence, swap("ex_1"), ref))
		x := swap("ex_2")
		var claim *store.ClaimError
		got := h.apply(store.Import{Row: store.Row{Conn: shop, Part: store.ExchangePart, ID: "ex_2", Refs: []exchange.Ref{ref}, Body: []byte(text(h, x))}})[0]
		if !errors.As(got, &claim) || claim.By != "ex_1" {
			h.Fatalf("got %v, want a claim of ex_1", got)
		}
		h.absent(shop, "ex_2")
	}},
	{"a row that is not whole is refused", func(h *harness) {
		for _, r := range []store.Row{
			{},
			{Part: store.DocPart},
			{Part: store.ExchangePart, ID: "ex_1"},
			{Part: store.LinePart, ID: "ex_1", Body: []byte("{}")},
			{Part: store.ItemPart},
			{Part: store.KeyPart, Key: &store.Key{Key: []byte("k")}},
		} {
			r.Conn = shop
			h.refused(store.Import{Row: r}, store.ErrInvalid)
		}
	}},
}
