package inbox

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tradeback/tradeback/internal/store"
)

func TestConnectionsAreSharedEvenlyAndTheSameEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		conns := rapid.SliceOf(rapid.Map(rapid.StringN(0, 8, -1), func(s string) store.Conn { return store.Conn(s) })).Draw(t, "conns")
		owners := rapid.SliceOfN(rapid.String(), 1, 9).Draw(t, "owners")
		got := share(conns, owners)

		load := map[string]int{}
		for _, o := range owners {
			load[o] = 0
		}
		for _, c := range conns {
			o, ok := got[c]
			if !ok || !slices.Contains(owners, o) {
				t.Fatalf("%q has the owner %q", c, o)
			}
		}
		for _, o := range got {
			load[o]++
		}
		loads := slices.Sorted(maps.Values(load))
		if loads[len(loads)-1]-loads[0] > 1 {
			t.Fatalf("loads %v differ by more than one", loads)
		}
		shuffled, others := slices.Clone(conns), slices.Clone(owners)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
		if again := share(shuffled, others); !maps.Equal(got, again) {
			t.Fatalf("%v, and in another order %v", got, again)
		}
	})
}

func TestWithoutOwnersNothingIsShared(t *testing.T) {
	if got := share([]store.Conn{"a"}, nil); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// TestFewConnectionsMoveWhenAnOwnerComesOrGoes counts those that move between owners who stay: ideally none do,
// since the one who comes takes, or the one who goes leaves, just its own share.
func TestFewConnectionsMoveWhenAnOwnerComesOrGoes(t *testing.T) {
	var conns []store.Conn
	for i := range 1000 {
		conns = append(conns, store.Conn(fmt.Sprintf("shop-%d", i)))
	}
	for _, n := range []int{2, 3, 5, 10} {
		var owners []string
		for i := range n {
			owners = append(owners, fmt.Sprintf("serve_%d", i))
		}
		all, fewer := share(conns, owners), share(conns, owners[1:])
		moved := 0
		for c, o := range all {
			if o != owners[0] && fewer[c] != o {
				moved++
			}
		}
		t.Logf("%d owners: %d of 1000 move beside the share of the one that goes", n, moved)
		if moved > 100 {
			t.Errorf("of 1000 connections of %d owners, %d move that need not, want at most 100", n, moved)
		}
	}
}
