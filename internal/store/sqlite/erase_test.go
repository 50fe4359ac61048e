package sqlite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
)

var spoken = regexp.MustCompile(`secret of (\w+)\.`)

// words are those of the bodies that some file of the store still holds, by id.
func words(t *testing.T, e *Engine) []string {
	t.Helper()
	files, err := filepath.Glob(e.path + "*")
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	found := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range spoken.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
	}
	var ids []string
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func personal(id string, size int) store.Receive {
	op := received(id)
	op.Event.Raw = []byte(`{"a":"` + strings.Repeat("secret of "+id+". ", 1+size/20) + `"}`)
	return op
}

func TestWhatIsErasedIsInNoFileAfterAScrub(t *testing.T) {
	e := serving(t)
	fence := owned(t, e)
	for _, id := range []string{"ev_1", "ev_2"} { // the second time as the first
		apply(t, e, personal(id, 10), personal(id+"_stays", 10))
		if got := apply(t, e, store.Step{Conn: shop, Fence: fence, Erase: []string{id}}); got[0] != nil {
			t.Fatal(got[0])
		}
		if !slices.Contains(words(t, e), id) {
			t.Fatal("no file holds what was erased just now: this test sees nothing")
		}
		if err := e.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := words(t, e); slices.Contains(got, id) || !slices.Contains(got, id+"_stays") {
			t.Fatalf("the files hold the words of %v", got)
		}
	}
}

// Bodies of all sizes come and go for reasons of their own, so that pages are split, joined and given up, and copies
// of what is erased later stand where nobody looks.
func TestNoCopyOfWhatIsErasedIsLeft(t *testing.T) {
	e := serving(t)
	fence := owned(t, e)
	r := rand.New(rand.NewPCG(1, 2))
	var kept []string
	n := 0
	for range 40 {
		var ops []store.Op
		for range 20 {
			n++
			id := fmt.Sprintf("ev_%04d", n)
			ops, kept = append(ops, personal(id, 1<<r.IntN(15))), append(kept, id)
		}
		apply(t, e, ops...)
		r.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
		for _, id := range kept[:6] { // these go as those do that turn out to be of no concern
			it := received(id).Event
			it.State, it.Version, it.Body, it.Raw = store.Ignored, 1, nil, nil
			if got := apply(t, e, store.Step{Conn: shop, Fence: fence, Items: []store.Item{it}}); got[0] != nil {
				t.Fatal(got[0])
			}
		}
		if got := apply(t, e, store.Step{Conn: shop, Fence: fence, Erase: kept[6:14]}); got[0] != nil {
			t.Fatal(got[0])
		}
		kept = kept[14:]
		if _, err := e.Sweep(t.Context(), noon, 500); err != nil { // gives room back: pages move
			t.Fatal(err)
		}
		if err := e.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(slices.Values(kept))
		if got := words(t, e); !slices.Equal(got, want) {
			t.Fatalf("the files hold the words of %v, want those of %v", got, want)
		}
	}
}

func TestAReaderHoldsAScrubUp(t *testing.T) {
	e := serving(t)
	fence := owned(t, e)
	apply(t, e, personal("ev_1", 10))
	beside := opened(t, e.path, Options{}) // as a backup does
	if err := beside.w.script("BEGIN; SELECT count(*) FROM raws"); err != nil {
		t.Fatal(err)
	}
	apply(t, e, store.Step{Conn: shop, Fence: fence, Erase: []string{"ev_1"}})
	if err := e.Scrub(t.Context()); err == nil {
		t.Fatal("done while somebody reads what was there before")
	}
	apply(t, e, personal("ev_2", 10)) // nobody is kept from writing
	var ms int64
	if _, err := e.w.row("PRAGMA busy_timeout", nil, &ms); err != nil || ms != 5000 {
		t.Fatalf("the time for locks is %d ms, %v", ms, err)
	}
	beside.w.rollback()
	if err := e.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := words(t, e); !slices.Equal(got, []string{"ev_2"}) {
		t.Fatalf("the files hold the words of %v", got)
	}
}
