package redis

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

func TestAListLooksAtSoManyRowsAndGoesOnFromThere(t *testing.T) {
	t.Parallel()
	e, err := Open(t.Context(), redistest.Start(t).URL(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.scan = 10
	var ops []store.Op
	var want []string
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i := range 95 {
		for _, c := range []store.Conn{"a", "b", "c"} {
			if c == "c" && i%30 != 29 {
				continue // few rows, soon at their end
			}
			it := store.Item{ID: fmt.Sprintf("ev_%02d", i), Conn: c, Kind: store.Event, State: store.Waiting, Received: noon}
			if i%30 == 29 {
				it.Source = "portal"
				want = append(want, it.ID+" of "+string(c))
			}
			ops = append(ops, store.Receive{Event: it})
		}
	}
	if _, err := e.Apply(t.Context(), ops); err != nil {
		t.Fatal(err)
	}
	for _, q := range []store.Query{
		{Source: "portal"},
		{Source: "portal", Newest: true},
		{Source: "portal", Since: noon}, // more than are looked at in the order of their times
		{Source: "portal", States: []store.State{store.Waiting}},
	} {
		var got []string
		for pages := 1; ; pages++ {
			found, after, err := e.Items(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range found {
				got = append(got, it.ID+" of "+string(it.Conn))
			}
			if after == "" {
				if pages < 95/10 {
					t.Errorf("%d pages: too few for 10 rows at a time", pages)
				}
				break
			}
			q.After = after
		}
		if q.Newest {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: got %v, want %v", q, got, want)
		}
	}
}
