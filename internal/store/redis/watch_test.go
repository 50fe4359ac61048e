package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

func TestARedisThatBecomesWeakerIsRefusedUntilItIsMended(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	now := noon
	var heard []string
	o := redis.Options{Now: func() time.Time { return now }, Changed: func(d redis.Durability) { heard = append(heard, d.String()) }}
	e := open(t, server.URL(), o)
	o.Relaxed = true
	relaxed := open(t, server.URL(), o)
	apply(t, e, received("ev_1"))
	set := func(value string) {
		t.Helper()
		if err := server.Client(t).ConfigSet(t.Context(), "appendfsync", value).Err(); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	set("everysec")
	var weak *redis.WeakError
	for _, ops := range [][]store.Op{nil, {received("ev_2")}} {
		if _, err := e.Apply(t.Context(), ops); !errors.As(err, &weak) {
			t.Fatalf("%d operations: got %v, want a WeakError", len(ops), err)
		}
	}
	apply(t, relaxed, received("ev_3"))
	if len(heard) != 2 || !strings.Contains(heard[0], "appendfsync is everysec") {
		t.Errorf("heard %q, want it once from each", heard)
	}
	set("always")
	if results, err := e.Apply(t.Context(), []store.Op{received("ev_2")}); err != nil || !errors.Is(results[0], store.ErrDuplicate) {
		t.Fatalf("sent again: %v, %v, want a duplicate", results, err)
	}
	if len(heard) != 3 {
		t.Errorf("heard %q, want a third", heard)
	}
}

func TestAnotherRedisThatAnswersIsLookedAtBeforeAnythingIsCalledKept(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{Now: func() time.Time { return noon }}) // no minute ends
	apply(t, e, received("ev_1"))
	server.Set("--appendfsync", "no")
	server.Restart(t)
	var weak *redis.WeakError
	if _, err := e.Apply(t.Context(), []store.Op{received("ev_2")}); !errors.As(err, &weak) {
		t.Fatalf("got %v, want a WeakError", err)
	}
}

func TestWhatWasEmptiedIsNotBegunAnew(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	apply(t, e, received("ev_1"), store.Put{Doc: store.Doc{Bucket: "b", Key: "k", Body: []byte(`1`)}})
	other := received("ev_1")
	other.Event.Conn = "another"
	empty := func() {
		t.Helper()
		if err := server.Client(t).FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(when string) {
		t.Helper()
		var lost *redis.LostError
		for _, ops := range [][]store.Op{nil, {received("ev_2")}, {other}, {received("ev_2"), other}} {
			if results, err := e.Apply(t.Context(), ops); !errors.As(err, &lost) {
				t.Errorf("%s, %d operations: %v, %v, want a LostError", when, len(ops), results, err)
			}
		}
		if docs, err := e.Docs(t.Context(), "", "b", "", 10); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: documents %v, %v", when, docs, err)
		}
		if conns, err := e.Conns(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: connections %v, %v", when, conns, err)
		}
	}
	empty()
	refused("emptied")
	anew := open(t, server.URL(), redis.Options{}) // whoever starts after it begins a new store, knowing of no other
	refused("begun anew")
	apply(t, anew, received("ev_2"), other)
}

func TestAMasterThatWasEmptiedKeepsNothingMoreForWhatItHeld(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	e := open(t, cluster.URL(), redis.Options{})
	op := received("ev_1")
	apply(t, e, op)
	for _, m := range cluster.Masters {
		c := m.Client(t)
		if n := c.Exists(t.Context(), "{tb:nordwear}:mark").Val(); n == 1 {
			if err := c.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var lost *redis.LostError
	if results, err := e.Apply(t.Context(), []store.Op{op}); !errors.As(err, &lost) {
		t.Fatalf("got %v, %v, want a LostError", results, err)
	}
}
