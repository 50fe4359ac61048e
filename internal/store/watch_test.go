package store_test

import (
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// heard reports whether a signal is there.
func heard(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func TestWatchHearsOfItsConnection(t *testing.T) {
	s := store.New(instant{})
	a, stop := s.Watch("a")
	b, _ := s.Watch("b")
	all, _ := s.Watch("")
	for range 3 { // three commits, one signal
		if err := s.Receive(t.Context(), store.Item{ID: "ev", Conn: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	if !heard(a) || heard(a) || heard(b) || !heard(all) || heard(all) {
		t.Fatal("want one signal for a and one for all, none for b")
	}
	if err := s.Put(t.Context(), store.Doc{}); err != nil {
		t.Fatal(err)
	}
	if heard(a) || !heard(all) {
		t.Fatal("a commit of the process's own shard is for those who watch all")
	}
	stop()
	stop()
	if err := s.Commit(t.Context(), store.Step{Conn: "a"}); err != nil {
		t.Fatal(err)
	}
	if heard(a) || !heard(all) {
		t.Fatal("heard after stop, or all not heard")
	}
}

func TestWatchHearsNothingOfWhatWasRefused(t *testing.T) {
	e, c := held(t)
	e.answer <- nil
	c.wg.Wait()
	a, _ := c.s.Watch("a")
	e.result = func(store.Op) error { return store.ErrConflict }
	c.send(0, 0)
	c.wg.Go(func() { _ = c.s.Commit(t.Context(), store.Step{Conn: "a"}) })
	e.round(nil)
	c.wg.Wait()
	if heard(a) {
		t.Fatal("heard of a refused step")
	}
	c.wg.Go(func() { _ = c.s.Commit(t.Context(), store.Step{Conn: "a"}) })
	e.round(store.ErrFull)
	c.wg.Wait()
	if heard(a) {
		t.Fatal("heard of a failed round")
	}
}

func TestWatchHearsOfItsKinds(t *testing.T) {
	s := store.New(instant{})
	events, _ := s.Watch("a", store.Event, store.Timer)
	effects, _ := s.Watch("a", store.Effect)
	steps := []struct {
		name            string
		do              func() error
		events, effects bool
	}{
		{"an event came", func() error { return s.Receive(t.Context(), store.Item{ID: "ev", Conn: "a"}) }, true, false},
		{"an effect waits", func() error { return commit(t, s, store.Effect, store.Waiting, nil) }, false, true},
		{"a timer waits", func() error { return commit(t, s, store.Timer, store.Waiting, nil) }, true, false},
		{"an effect has ended", func() error { return commit(t, s, store.Effect, store.Dropped, nil) }, false, false},
		{"an exchange changed", func() error {
			return commit(t, s, store.Event, store.Done, &exchange.Exchange{ID: "ex"})
		}, false, false},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if a, b := heard(events), heard(effects); a != step.events || b != step.effects {
			t.Errorf("%s: events heard %t, effects %t, want %t and %t", step.name, a, b, step.events, step.effects)
		}
	}
}

func commit(t *testing.T, s *store.Store, k store.Kind, state store.State, next *exchange.Exchange) error {
	return s.Commit(t.Context(), store.Step{Conn: "a", Next: next, Items: []store.Item{{ID: "it", Conn: "a", Kind: k, State: state}}})
}
