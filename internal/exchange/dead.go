package exchange

import (
	"slices"
	"strings"
)

// absorbDead takes a person's word on a dead act. It reports false where the act is not dead (any more).
//
// An act that is tried again has no outcome any more: it is as one that was asked for and attempted, so its next
// attempt begins with a look. That it was dead once is in the journal.
func (f *Facts) absorbDead(ev Event) bool {
	i, known := slices.BinarySearchFunc(f.Movements, ev.Dead.Effect, func(m Movement, id EffectID) int { return strings.Compare(string(m.Effect), string(id)) })
	if !known || f.Movements[i].Result != Dead || f.Movements[i].Code == CodeDiscarded {
		return false
	}
	if !ev.Dead.Discard {
		f.Movements = slices.Delete(f.Movements, i, i+1)
		return true
	}
	m := &f.Movements[i]
	m.Code, m.Reason, m.At = CodeDiscarded, join2(m.Reason, "given up by "+ev.Actor), ev.At
	return true
}

// deadEffect is what becomes of the stored act.
func (x *Exchange) deadEffect(d DeadAsk) Effect {
	kind := Kind("")
	if i := slices.IndexFunc(x.Asked, func(a Asked) bool { return a.ID == d.Effect }); i >= 0 {
		kind = x.Asked[i].Kind
	}
	return Effect{ID: d.Effect, Exchange: x.ID, Kind: kind, Revive: !d.Discard, Discard: d.Discard}
}
