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
	"github.com/tradeback/tradeback/internal/outbox"
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
		ctx, cancel := context.WithTimeout(t.Context(), 9500*time.Millisecond) // between two reads, not along with one
		defer cancel()
		w := r.worker()
		w.Store = &fullStore{Store: r.store, enough: cancel}
		if err := w.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v, want the end of the test's time", err)
		}
		if p.reads < 5 || p.reads > 10 {
			t.Errorf("%d reads in 9.5 seconds of which none could be kept, want one a second", p.reads)
		}
	})
}

// lateStore keeps what it is given, and says so late.
type lateStore struct {
	*store.Store
	late time.Duration
}

func (s *lateStore) Commit(ctx context.Context, step store.Step) error {
	err := s.Store.Commit(ctx, step)
	<-time.After(s.late)
	return err
}

// timed is a peer that declines calls whose time is over, as a lane does.
type timed struct {
	*peer
	declined int
}

func (p *timed) Look(ctx context.Context, e exchange.Effect) (exchange.Outcome, error) {
	if ctx.Err() != nil {
		p.declined++
		return exchange.Outcome{}, &exchange.NotSentError{Err: ctx.Err()}
	}
	return p.peer.Look(ctx, e)
}

func TestTheTimeOfAnAttemptsCallsBeginsBeforeItsIntentIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &timed{peer: &peer{}}
		r := newRig(t, p.peer)
		r.owe(release)
		w := r.worker()
		w.Store = &lateStore{Store: r.store, late: 4 * call}
		w.Peers = func(store.Conn, exchange.PeerName) (outbox.Peer, error) { return p, nil }
		if _, err := w.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p.looks+p.acts != 0 || p.declined != 1 {
			t.Errorf("%d looks and %d acts after the time of their attempt was over, %d declined; want one declined", p.looks, p.acts, p.declined)
		}
	})
}
