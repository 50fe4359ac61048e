package outbox_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// askedStore counts how often it is asked for work.
type askedStore struct {
	*store.Store
	asked atomic.Int64
}

func (s *askedStore) Work(ctx context.Context, c store.Conn, kinds []store.Kind, now time.Time, limit int) ([]store.Item, time.Time, error) {
	s.asked.Add(1)
	return s.Store.Work(ctx, c, kinds, now, limit)
}

func TestAnEffectThatIsHandedOverIsNotLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		r := newRig(t, p)
		w := r.worker()
		s := &askedStore{Store: r.store}
		w.Store, w.Now = s, time.Now // the bubble's
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		synctest.Wait()
		was := s.asked.Load()
		later := readOf(2)
		later.Due = time.Now().Add(300 * time.Millisecond)
		r.owe(readOf(1))
		r.owe(later)
		w.Owe([]store.Item{r.item(readOf(1).ID), r.item(later.ID)})
		synctest.Wait()
		if reads := p.readSoFar(); reads != 1 || s.asked.Load() != was {
			t.Errorf("%d reads, and the store was asked %d times more; want one read, and the store not asked", reads, s.asked.Load()-was)
		}
		<-time.After(300 * time.Millisecond) // what is due later is looked for then, not a second after
		synctest.Wait()
		if reads := p.readSoFar(); reads != 2 {
			t.Errorf("%d reads when the second was due, want two", reads)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
