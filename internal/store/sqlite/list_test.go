package sqlite

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func TestAListLooksAtSoManyRowsAndGoesOnFromThere(t *testing.T) {
	e := serving(t)
	e.scan = 10
	var ops []store.Op
	var want []string
	for i := range 95 {
		for _, c := range []store.Conn{"a", "b", "c"} {
			if c == "c" && i%30 != 29 {
				continue // few rows, soon at their end
			}
			op := received(fmt.Sprintf("ev_%02d", i))
			op.Event.Conn = c
			if i%30 == 29 {
				op.Event.Source = "portal"
				want = append(want, fmt.Sprintf("%s of %s", op.Event.ID, c))
			}
			ops = append(ops, op)
		}
	}
	apply(t, e, ops...)
	for _, newest := range []bool{false, true} {
		q := store.Query{Source: "portal", Newest: newest}
		var got []string
		for pages := 1; ; pages++ {
			found, after, err := e.Items(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range found {
				got = append(got, fmt.Sprintf("%s of %s", it.ID, it.Conn))
			}
			if after == "" {
				if pages < 95/10 {
					t.Errorf("%d pages: too few for 10 rows at a time", pages)
				}
				break
			}
			q.After = after
		}
		if newest {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("newest %v: got %v, want %v", newest, got, want)
		}
	}
}

func TestNoQueryWalksATable(t *testing.T) {
	e := serving(t)
	apply(t, e, whole(owned(t, e), 1), received("ev_1"))
	yes, no := true, false
	var texts []string
	e.seen = func(text string) { texts = append(texts, text) }
	for _, q := range []store.Query{
		{},
		{Conn: shop},
		{Conn: shop, Newest: true},
		{Conn: shop, After: "nordwear/a"},
		{Stages: []string{"open"}},
		{Instant: &yes},
		{Raised: &yes},
		{Raised: &no},
		{Text: "#1"},
		{Since: noon},
		{Kinds: []store.Kind{store.Event}},
		{States: []store.State{store.Dead}},
		{States: []store.State{store.Waiting}},
		{States: []store.State{store.Done}},
		{Exchange: "ex_1"},
		{IDs: []string{"ev_1"}},
		{Source: "portal"},
		{Ref: "return:1"},
		{Ref: "return:1", States: []store.State{store.Parked}},
	} {
		if _, _, err := e.Exchanges(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.Items(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	_, _, _ = e.Work(t.Context(), shop, nil, noon, 10)
	_, _ = e.Load(t.Context(), shop, "ex_0001")
	_, _ = e.Find(t.Context(), shop, exchange.RefOrder("#1"))
	_, _ = e.Journal(t.Context(), shop, "ex_0001", 0, 10)
	_, _ = e.Docs(t.Context(), shop, "b", "", 10)
	if _, err := e.Sweep(t.Context(), noon, 10); err != nil {
		t.Fatal(err)
	}
	for text := range e.queries.by {
		texts = append(texts, text)
	}
	for text := range e.w.stmts {
		texts = append(texts, text)
	}
	for _, text := range texts {
		if strings.HasPrefix(text, "PRAGMA") {
			continue
		}
		for _, line := range plan(t, e, text) {
			tables := []string{"items", "exchanges", "journal", "refs", "names", "docs", "raws", "dedupe"}
			if words := strings.Fields(line); words[0] == "SCAN" && slices.Contains(tables, words[1]) {
				t.Errorf("%s\n  %s", text, line)
			}
		}
	}
}

func plan(t *testing.T, e *Engine, text string) []string {
	t.Helper()
	var lines []string
	err := e.w.each("EXPLAIN QUERY PLAN "+text, slices.Repeat([]any{nil}, 20), 4, func(row []driver.Value) bool {
		lines = append(lines, row[3].(string))
		return true
	})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return lines
}

func TestReadsAndWritesGoOnTogether(t *testing.T) {
	e := serving(t)
	s := store.New(e)
	fence := owned(t, e)
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := range 10 {
				if err := s.Receive(t.Context(), received(fmt.Sprintf("ev_%d_%d", n, i)).Event); err != nil {
					t.Error(err)
				}
				if err := s.Commit(t.Context(), whole(fence, n*100+i)); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				if _, _, err := s.Work(t.Context(), shop, nil, noon, 50); err != nil {
					t.Error(err)
				}
				if _, _, err := s.Items(t.Context(), store.Query{Newest: true}); err != nil {
					t.Error(err)
				}
				if _, _, err := s.Exchanges(t.Context(), store.Query{Text: "ex_0001"}); err != nil {
					t.Error(err)
				}
				if _, err := s.Own(t.Context(), shop, "me", time.Hour); err != nil {
					t.Error(err)
				}
				if _, err := s.Sweep(t.Context(), noon, 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
