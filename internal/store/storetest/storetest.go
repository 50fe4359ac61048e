// Package storetest is the store's contract as tests: every engine passes all of them.
package storetest

import (
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
)

// promise is one case: a sentence that must hold, and its check.
type promise struct {
	name  string
	check func(h *harness)
}

// Run checks that the engines made by open keep the contract. Each case gets its own, empty one.
func Run(t *testing.T, open func(*testing.T) store.Engine) {
	all := slices.Concat(receiving, stepping, claiming, parking, leasing, announcing, working, telling, listing, keeping, sweeping, erasing, moving, lining)
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) { p.check(&harness{T: t, e: open(t)}) })
	}
}
