package sim

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
)

// A Chance is harm that nobody chose: of 1000 calls, and of 1000 webhooks, so many are harmed. What happens to
// the n-th call of a name, and to the n-th webhook of a label, follows from Seed, the name and n alone: the
// same calls in the same order suffer the same. The zero value harms nothing.
//
// Units: DelayMS and LateMS are milliseconds. A harmed call is answered, or its connection cut, after DelayMS
// at the latest, so that a caller who waits a second is never kept waiting; and what is done for it is done by then.
type Chance struct {
	Seed    uint64   `json:"seed"`
	Calls   int      `json:"calls"`              // of 1000
	Kinds   []string `json:"kinds,omitempty"`    // of Fault, drawn from; all of them if empty
	DelayMS int      `json:"delay_ms,omitempty"` // of slow, slow_before and act_late, at most; 300 if 0
	InARow  int      `json:"in_a_row,omitempty"` // so many calls of one name are harmed one after the other at most; 2 if 0

	Dropped int `json:"dropped,omitempty"` // of 1000 webhooks: never sent
	Doubled int `json:"doubled,omitempty"` // sent twice
	Late    int `json:"late,omitempty"`    // sent later, after others
	LateMS  int `json:"late_ms,omitempty"` // how much later, at most; 500 if 0
}

// Validate reports what is wrong with c: a number that is no share of 1000, or an unknown kind.
func (c Chance) Validate() error {
	for _, n := range []int{c.Calls, c.Dropped, c.Doubled, c.Late} {
		if n < 0 || n > 1000 {
			return fmt.Errorf("chance: %d is not between 0 and 1000", n)
		}
	}
	for _, kind := range c.Kinds {
		if !slices.Contains(kinds, kind) {
			return fmt.Errorf("chance: kind %q is not one of %v", kind, kinds)
		}
	}
	if min(c.DelayMS, c.InARow, c.LateMS) < 0 {
		return fmt.Errorf("chance: delay_ms, in_a_row and late_ms count from 0")
	}
	return nil
}

// draws keeps count of what a seed has been drawn for.
type draws map[string]uint64

// next returns the dice for the next thing of this name.
func (d draws) next(seed uint64, name string) *rand.Rand {
	d[name]++
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()+d[name])) //nolint:gosec // harm that can be repeated, not a secret
}

// fault draws what the next call of this name suffers. Row counts the harmed calls right before it.
func (c Chance) fault(dice *rand.Rand, row int) (Fault, bool) {
	if dice.IntN(1000) >= c.Calls || row >= cmp.Or(c.InARow, 2) {
		return Fault{}, false
	}
	from := kinds
	if len(c.Kinds) > 0 {
		from = c.Kinds
	}
	f := Fault{Kind: from[dice.IntN(len(from))]}
	switch f.Kind {
	case ErrorBefore, ErrorAfter:
		f.Status = []int{500, 502, 503, 504}[dice.IntN(4)]
	case Slow, SlowBefore, ActLate:
		f.DelayMS = 1 + dice.IntN(cmp.Or(c.DelayMS, 300))
	}
	return f, true
}

// webhook draws what becomes of a webhook: how often it is sent, and how much later.
func (c Chance) webhook(dice *rand.Rand) (copies, lateMS int, dropped bool) {
	copies = 1
	if dice.IntN(1000) < c.Doubled {
		copies = 2
	}
	if dice.IntN(1000) < c.Late {
		lateMS = 1 + dice.IntN(cmp.Or(c.LateMS, 500))
	}
	return copies, lateMS, dice.IntN(1000) < c.Dropped
}
