package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// fullStore cannot keep anything. After so many tries it ends the test, whose clock may stand still.
type fullStore struct {
	*store.Store
	tries  atomic.Int64
	enough func()
}

func (s *fullStore) Commit(context.Context, store.Step) error {
	if s.tries.Add(1) > 100 {
		s.enough()
	}
	return fmt.Errorf("%w: disk full", store.ErrUnavailable)
}

func readOf(i int) exchange.Effect {
	return exchange.Effect{
		ID: exchange.EffectID(fmt.Sprintf("ex_%d/read/order", i)), Exchange: exchange.ID(fmt.Sprintf("ex_%d", i)), Kind: exchange.KindRead,
		Read: &exchange.ReadAsk{Target: exchange.ReadOrder, Want: 1},
	}
}

func TestAPeerIsNotHammeredWhileTheStoreKeepsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{}
		r := newRig(t, p)
		r.owe(readOf(1))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		w := r.worker()
		w.Store = &fullStore{Store: r.store, enough: cancel}
		if err := w.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v, want the end of the test's time", err)
		}
		if p.reads < 5 || p.reads > 11 {
			t.Errorf("%d reads in 10 seconds of which none could be kept, want one a second", p.reads)
		}
	})
}
