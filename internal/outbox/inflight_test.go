package outbox_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
)

// silent is a peer that answers no read before its call's time is over.
type silent struct{ *peer }

func (silent) Read(ctx context.Context, _ exchange.Effect) (exchange.ReadResult, error) {
	<-ctx.Done()
	return exchange.ReadResult{}, ctx.Err()
}

// However many reads a silent peer has to answer, what is owed to the other one goes on, and so do acts at the same.
func TestReadsThatNobodyAnswersHoldUpNoOtherWork(t *testing.T) {
	const reads = 100
	for _, c := range []struct {
		name string
		act  exchange.Effect
		owe  bool // it is handed over; else it is found in the store, behind all reads
	}{
		{"an act at the other peer", exchange.Effect{ID: "ex_1/fulfill/1", Exchange: "ex_1", Kind: exchange.Fulfill}, true},
		{"an act at the other peer, asked for before a restart", exchange.Effect{ID: "ex_1/fulfill/1", Exchange: "ex_1", Kind: exchange.Fulfill}, false},
		{"an act at the silent peer", release, true},
		{"an act at the silent peer, asked for before a restart", release, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &peer{}
				r := newRig(t, p)
				w := r.worker()
				w.Now = time.Now // the bubble's
				w.Peers = func(_ store.Conn, name exchange.PeerName) (outbox.Peer, error) {
					if name == exchange.PeerOngoing {
						return silent{p}, nil
					}
					return p, nil
				}
				r.now = time.Now()
				r.owe(readsOf(reads)...)
				r.now = r.now.Add(time.Millisecond)
				c.act.Due = r.now
				if !c.owe {
					r.owe(c.act)
				}
				<-time.After(time.Second)
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- w.Run(ctx) }()
				synctest.Wait()
				if c.owe {
					r.owe(c.act)
					w.Owe([]store.Item{r.item(c.act.ID)})
				}
				<-time.After(call)
				synctest.Wait()
				p.mu.Lock()
				acts := p.done
				p.mu.Unlock()
				if acts != 1 {
					t.Errorf("within the time of a call the act was done %d times, want once", acts)
				}
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		})
	}
}
