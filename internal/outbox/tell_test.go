package outbox_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func TestAnOutcomeThatIsNotDecidedAtOnceIsKept(t *testing.T) {
	for _, told := range []bool{true, false} {
		r := newRig(t, &peer{})
		r.owe(release)
		w := r.worker()
		var ended store.Item
		w.Tell = func(_ context.Context, id exchange.ID, ev exchange.Event, it store.Item) (bool, error) {
			if id != release.Exchange || ev.Outcome == nil || ev.Outcome.Result != exchange.Done || ev.ID == "" || !ev.At.Equal(r.now) {
				t.Errorf("told %s of %+v", id, ev)
			}
			ended = it
			return told, nil
		}
		if _, err := w.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ended.ID != string(release.ID) || ended.State != store.Dropped || ended.Version != 2 {
			t.Errorf("the effect ends as %+v, want it dropped at version 2", ended)
		}
		if n := len(r.outcomes()); (n == 0) != told {
			t.Errorf("told %t: %d outcomes are stored", told, n)
		}
	}
}

func TestAnOutcomeOfWhichNobodyKnowsWhetherItWasKeptIsFoundByALook(t *testing.T) {
	p := &peer{}
	r := newRig(t, p)
	r.owe(release)
	w := r.worker()
	lost := errors.New("the store is away")
	w.Tell = func(context.Context, exchange.ID, exchange.Event, store.Item) (bool, error) { return false, lost }
	if _, err := w.Pass(t.Context()); !errors.Is(err, lost) {
		t.Fatalf("got %v, want %v", err, lost)
	}
	if got := r.item(release.ID); got.State != store.Waiting || !got.Due.Equal(r.now.Add(3*call+quiet)) || len(r.outcomes()) != 0 {
		t.Fatalf("the effect is %s, due %s, with %d outcomes; want it waiting until the quiet time is over", got.State, got.Due, len(r.outcomes()))
	}
	r.now = r.now.Add(3*call + quiet)
	r.pass()
	if p.acts != 1 || len(r.outcomes()) != 1 || !r.outcomes()[0].Looked {
		t.Errorf("%d acts, outcomes %+v; want one act, found by a look", p.acts, r.outcomes())
	}
}
