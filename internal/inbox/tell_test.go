package inbox_test

import (
	"errors"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/store"
)

// begun is an exchange whose returnCreate has been begun, and that act's item as it stands.
func begun(t *testing.T) (r *rig, x exchange.ID, it store.Item) {
	r = newRig(t)
	id := r.receive("api", byLines())
	r.pass()
	x = r.item(id).Exchange
	it = r.item(string(x) + "/create_return/1")
	it.Attempt++
	r.commit(it)
	return r, x, r.item(it.ID)
}

func (r *rig) commit(items ...store.Item) {
	r.t.Helper()
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: items}); err != nil {
		r.t.Fatal(err)
	}
}

// created is what became of the returnCreate.
func created(r *rig, it store.Item, result exchange.Result) exchange.Event {
	return exchange.Event{
		ID: "ev_told", At: r.now, Kind: exchange.EventOutcome, Source: "tradeback",
		Outcome: &exchange.Outcome{Effect: exchange.EffectID(it.ID), Kind: exchange.CreateReturn, Result: result, ID: ret, Attempts: 1},
	}
}

func dropped(it store.Item) store.Item {
	it.State = store.Dropped
	return it
}

func TestAnOutcomeIsDecidedInTheCommitThatEndsItsEffect(t *testing.T) {
	r, x, it := begun(t)
	w := r.worker()
	commits := r.store.Stats().Ops
	told, err := w.Tell(t.Context(), x, created(r, it, exchange.Done), dropped(it))
	if !told || err != nil {
		t.Fatalf("told %t, %v", told, err)
	}
	if n := r.store.Stats().Ops - commits; n != 1 {
		t.Errorf("%d operations, want one", n)
	}
	if got := r.exchanges()[0]; got.ReturnID() != ret || got.Version != 2 {
		t.Errorf("return %q at version %d, want %s at 2", got.ReturnID(), got.Version, ret)
	}
	left, _, err := r.store.Items(t.Context(), store.Query{Conn: conn, IDs: []string{it.ID, "ev_told"}})
	if err != nil || len(left) != 0 {
		t.Errorf("%d of the effect and the event are stored, %v; want neither", len(left), err)
	}
	// Whoever delivers it again finds the effect gone.
	if told, err := w.Tell(t.Context(), x, created(r, it, exchange.Done), dropped(it)); told || err != nil {
		t.Errorf("told %t a second time, %v", told, err)
	}
	if got := r.exchanges()[0]; got.Version != 2 {
		t.Errorf("version %d after it was told twice, want 2", got.Version)
	}
}

func TestWhatCannotBeDecidedAtOnceIsLeftToTheInbox(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(r *rig, w *inbox.Worker, it *store.Item)
	}{
		{"the effect has changed meanwhile", func(r *rig, _ *inbox.Worker, it *store.Item) { r.commit(*it) }},
		{"its handling panics", func(_ *rig, w *inbox.Worker, _ *store.Item) { w.Settings = nil }},
		{"the return is another exchange's", func(r *rig, w *inbox.Worker, _ *store.Item) {
			x := exchange.New("ex_other", conn, r.settings.Policy, r.now)
			x.Version = 1
			if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &x, Refs: []exchange.Ref{exchange.RefReturn(ret)}}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		r, x, it := begun(t)
		w := r.worker()
		c.do(r, w, &it)
		told, err := w.Tell(t.Context(), x, created(r, it, exchange.Done), dropped(it))
		if told || err != nil {
			t.Errorf("%s: told %t, %v; want neither", c.name, told, err)
		}
		for _, got := range r.exchanges() {
			if got.ID == x && got.Version != 1 {
				t.Errorf("%s: the exchange is at version %d, want 1", c.name, got.Version)
			}
		}
		r.item(it.ID) // is there still
	}
}

func TestNobodyIsToldUnderAnotherOwner(t *testing.T) {
	r, x, it := begun(t)
	w := r.worker()
	w.Fence++
	if told, err := w.Tell(t.Context(), x, created(r, it, exchange.Done), dropped(it)); told || !errors.Is(err, store.ErrFenced) {
		t.Errorf("told %t, %v; want %v", told, err, store.ErrFenced)
	}
}
