package store_test

import (
	"testing"

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
