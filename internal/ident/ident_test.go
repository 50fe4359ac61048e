package ident_test

import (
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/ident"
)

func TestIDsOnlyGrowAlsoWhenTheClockStepsBack(t *testing.T) {
	m := ident.New(nil)
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	last := ""
	for _, step := range []time.Duration{0, 0, time.Second, -time.Hour, 0, time.Millisecond} {
		at = at.Add(step)
		id := m.Make("ev_", at)
		if id <= last || len(id) != len("ev_")+26 {
			t.Fatalf("Make at %s = %q after %q", at, id, last)
		}
		last = id
	}
}

func TestManyAtOnceGetDifferentIDs(t *testing.T) {
	m := ident.New(nil)
	at := time.UnixMilli(1)
	var seen sync.Map
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if _, again := seen.LoadOrStore(m.Make("ev_", at), true); again {
					t.Error("an id was given twice")
				}
			}
		})
	}
	wg.Wait()
}

func TestTheFirstIDOfATimeIsBeforeAllThatAreMadeThen(t *testing.T) {
	m := ident.New(nil)
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	before, first := m.Make("ex_", at.Add(-time.Millisecond)), ident.First("ex_", at)
	if then := m.Make("ex_", at); first <= before || first > then || len(first) != len(then) {
		t.Errorf("First = %q, between %q and %q", first, before, then)
	}
}
