package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// The connection of most cases, another one, and a time with nanoseconds.
const (
	shop  = store.Conn("nordwear")
	other = store.Conn("sudwear")
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)

// harness is an engine under test with the shorthands of the cases.
type harness struct {
	*testing.T
	e store.Engine
}

// apply does ops in one round and returns their results.
func (h *harness) apply(ops ...store.Op) []error {
	h.Helper()
	got, err := h.e.Apply(h.Context(), ops)
	if err != nil {
		h.Fatalf("Apply: %v", err)
	}
	if len(got) != len(ops) {
		h.Fatalf("Apply gave %d results for %d operations", len(got), len(ops))
	}
	return got
}

// must does ops in one round, all of which must be done.
func (h *harness) must(ops ...store.Op) {
	h.Helper()
	for i, err := range h.apply(ops...) {
		if err != nil {
			h.Fatalf("operation %d: %v", i, err)
		}
	}
}

// refused does op, which must answer want.
func (h *harness) refused(op store.Op, want error) {
	h.Helper()
	if got := h.apply(op)[0]; !errors.Is(got, want) {
		h.Fatalf("got %v, want %v", got, want)
	}
}

// own takes c for an hour.
func (h *harness) own(c store.Conn) uint64 {
	h.Helper()
	fence, err := h.e.Own(h.Context(), c, "me", time.Hour)
	if err != nil {
		h.Fatalf("Own: %v", err)
	}
	return fence
}

// item reads one item, which must be there.
func (h *harness) item(c store.Conn, id string) store.Item {
	h.Helper()
	found := h.items(store.Query{Conn: c, IDs: []string{id}})
	if len(found) != 1 {
		h.Fatalf("item %s of %s: found %d", id, c, len(found))
	}
	return found[0]
}

// state wants an item to be in a state.
func (h *harness) state(c store.Conn, id string, want store.State) {
	h.Helper()
	if it := h.item(c, id); it.State != want {
		h.Fatalf("item %s is %s (%s), want %s", id, it.State, it.Reason, want)
	}
}

// items reads all pages of q.
func (h *harness) items(q store.Query) []store.Item {
	h.Helper()
	return pages(h, q, h.e.Items)
}

// itemIDs are the ids of all pages of q.
func (h *harness) itemIDs(q store.Query) []string {
	h.Helper()
	var ids []string
	for _, it := range h.items(q) {
		ids = append(ids, it.ID)
	}
	return ids
}

// exchangeIDs are the ids of all pages of q.
func (h *harness) exchangeIDs(q store.Query) []string {
	h.Helper()
	var ids []string
	for _, x := range pages(h, q, h.e.Exchanges) {
		ids = append(ids, string(x.ID))
	}
	return ids
}

// absent wants no exchange of this id.
func (h *harness) absent(c store.Conn, id exchange.ID) {
	h.Helper()
	if _, err := h.e.Load(h.Context(), c, id); !errors.Is(err, store.ErrNotFound) {
		h.Fatalf("Load %s: %v, want ErrNotFound", id, err)
	}
}

// load reads one exchange, which must be there.
func (h *harness) load(c store.Conn, id exchange.ID) exchange.Exchange {
	h.Helper()
	xs, err := h.e.Load(h.Context(), c, id)
	if err != nil {
		h.Fatalf("Load: %v", err)
	}
	return xs[0]
}

// docs reads a bucket.
func (h *harness) docs(c store.Conn, bucket string) []store.Doc {
	h.Helper()
	ds, err := h.e.Docs(h.Context(), c, bucket, "", 500)
	if err != nil {
		h.Fatalf("Docs: %v", err)
	}
	return ds
}

// find looks refs up by name.
func (h *harness) find(c store.Conn, names ...string) []exchange.ID {
	h.Helper()
	var refs []exchange.Ref
	for _, n := range names {
		refs = append(refs, exchange.Ref{Name: n})
	}
	ids, err := h.e.Find(h.Context(), c, refs...)
	if err != nil {
		h.Fatalf("Find: %v", err)
	}
	return ids
}

// work is the ids of what is due, and when the next is.
func (h *harness) work(c store.Conn, now time.Time, limit int, kinds ...store.Kind) ([]string, time.Time) {
	h.Helper()
	due, next, err := h.e.Work(h.Context(), c, kinds, now, limit)
	if err != nil {
		h.Fatalf("Work: %v", err)
	}
	var ids []string
	for _, it := range due {
		ids = append(ids, it.ID)
	}
	return ids, next
}

// pages reads q to its end and checks that no page is longer than asked for.
func pages[T any](h *harness, q store.Query, list func(context.Context, store.Query) ([]T, string, error)) []T {
	h.Helper()
	var all []T
	for {
		found, after, err := list(h.Context(), q)
		if err != nil {
			h.Fatalf("list %+v: %v", q, err)
		}
		if len(found) > store.Page(q.Limit) {
			h.Fatalf("a page has %d, more than %d", len(found), store.Page(q.Limit))
		}
		all = append(all, found...)
		if after == "" {
			return all
		}
		if after == q.After {
			h.Fatalf("cursor %q leads to itself", after)
		}
		q.After = after
	}
}

// event is a waiting event, due at noon, with a dedupe key of its own.
func event(id string) store.Item {
	return store.Item{
		ID: id, Conn: shop, Kind: store.Event, State: store.Waiting, Source: "ongoing", Topic: "order.status",
		Received: noon, Due: noon, Dedupe: "key " + id, Digest: "digest " + id,
		Body: []byte(`{"event":"` + id + `"}`), Raw: []byte(`{"raw":"` + id + `"}`),
	}
}

// effect is a waiting effect, due at noon.
func effect(id string) store.Item {
	return store.Item{
		ID: id, Conn: shop, Kind: store.Effect, State: store.Waiting, Exchange: "ex_1", Topic: "release",
		Received: noon, Due: noon, Body: []byte(`{"id":"` + id + `"}`),
	}
}

// parked is an event that waits for a ref.
func parked(id, ref string) store.Item {
	it := event(id)
	it.State, it.Ref = store.Parked, ref
	return it
}

// parkedUntilGone is an event that waits for a ref to be given up.
func parkedUntilGone(id, ref string) store.Item {
	it := parked(id, ref)
	it.Gone = true
	return it
}

// swap is a new exchange of shop, at version 1.
func swap(id exchange.ID) exchange.Exchange {
	x := exchange.New(id, shop, exchange.Policy{ReleaseOn: exchange.OnReturnClosed}, noon)
	x.Version = 1
	return x
}

// made is the step that makes x with these refs, and its journal entry.
func made(fence uint64, x exchange.Exchange, refs ...exchange.Ref) store.Step {
	return store.Step{Conn: x.Connection, Fence: fence, Next: &x, Refs: refs, Entry: &exchange.Entry{
		Exchange: x.ID, Version: x.Version, At: noon, Event: exchange.Event{ID: "ev", Kind: exchange.EventHint},
		From: x.Stage, To: x.Stage,
	}}
}

// next is x one version on.
func next(x exchange.Exchange) exchange.Exchange {
	x.Version++
	return x
}

func doc(key, body string) store.Doc {
	return store.Doc{Conn: shop, Bucket: "breakers", Key: key, Body: []byte(body)}
}

// text is v as JSON, to compare.
func text(h *harness, v any) string {
	h.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		h.Fatal(err)
	}
	return string(b)
}

var (
	stockholm = time.FixedZone("CET", 3600)
	never     time.Time
	store1    = exchange.RefReturn("gid://shopify/Return/1")
)

// everything is what both connections hold, as text, to compare.
func (h *harness) everything() string {
	h.Helper()
	var all []any
	for _, c := range []store.Conn{shop, other} {
		xs := pages(h, store.Query{Conn: c}, h.e.Exchanges)
		all = append(all, xs, h.items(store.Query{Conn: c}), h.docs(c, "breakers"))
		for _, x := range xs {
			entries, err := h.e.Journal(h.Context(), c, x.ID, 0, 500)
			if err != nil {
				h.Fatal(err)
			}
			all = append(all, entries)
		}
	}
	return text(h, all)
}

// stable reads six things, ids ex_0 to ex_50, two a page, while others are stored before and after the
// cursor: the six come once each, and what is stored after the cursor comes too.
func stable[T any](h *harness, q store.Query, id func(T) string, list func(context.Context, store.Query) ([]T, string, error), insert func(string)) {
	h.Helper()
	var got []string
	for page := 0; ; page++ {
		found, after, err := list(h.Context(), q)
		if err != nil {
			h.Fatal(err)
		}
		for _, v := range found {
			got = append(got, id(v))
		}
		if after == "" {
			break
		}
		if page == 0 {
			insert("ex_05") // passed already
			insert("ex_45") // still to come
		}
		q.After = after
	}
	if want := []string{"ex_0", "ex_10", "ex_20", "ex_30", "ex_40", "ex_45", "ex_50"}; !slices.Equal(got, want) {
		h.Fatalf("got %v, want %v", got, want)
	}
}
