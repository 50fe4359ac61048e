package outbox_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// distant is a peer that can be out of reach, and knows what it has done.
type distant struct {
	mu    sync.Mutex
	away  bool
	calls int
	done  map[exchange.EffectID]int
}

func (d *distant) Look(_ context.Context, e exchange.Effect) (exchange.Outcome, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.away {
		return exchange.Outcome{}, errLost
	}
	if d.done[e.ID] > 0 {
		return exchange.Outcome{Result: exchange.Done}, nil
	}
	return exchange.Outcome{Result: exchange.NotDone}, nil
}

func (d *distant) Act(_ context.Context, e exchange.Effect) (exchange.Outcome, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done[e.ID]++
	return exchange.Outcome{Result: exchange.Done}, nil
}

func (d *distant) Read(context.Context, exchange.Effect) (exchange.ReadResult, error) {
	return exchange.ReadResult{}, errLost
}

// A peer that is away for a day and comes back is asked ever more rarely meanwhile, and then not by all at once; no
// act is given up for it (F15).
func TestAPeerThatWasAwayForADayIsNotStormed(t *testing.T) {
	const acts, away = 60, 26 * time.Hour
	d := &distant{away: true, done: map[exchange.EffectID]int{}}
	r := newRig(t, nil)
	r.many = d
	for n := range acts {
		e := release
		e.Exchange = exchange.ID(fmt.Sprintf("ex_%d", n))
		e.ID = exchange.EffectID(fmt.Sprintf("ex_%d/release/1", n))
		r.owe(e)
	}
	w := r.worker()
	minute := func() (calls int) {
		t.Helper()
		before := d.calls
		for more := true; more; {
			n, err := w.Pass(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			more = n > 0
		}
		r.now = r.now.Add(time.Minute)
		return d.calls - before
	}
	last := 0 // calls in the last hour of the outage
	for end := r.now.Add(away); r.now.Before(end); {
		n := minute()
		if end.Sub(r.now) < time.Hour {
			last += n
		}
	}
	if last > 3*acts {
		t.Errorf("%d calls for %d acts in the last hour of the outage, want each asked about twice", last, acts)
	}
	d.away = false
	busiest := 0
	for end := r.now.Add(time.Hour); r.now.Before(end); {
		busiest = max(busiest, minute())
	}
	once := 0
	for _, n := range d.done {
		if n == 1 {
			once++
		}
	}
	if once != acts {
		t.Errorf("within an hour after its return %d of %d acts are done once", once, acts)
	}
	if busiest > acts/4 {
		t.Errorf("%d of %d acts in one minute: that is a storm", busiest, acts)
	}
	t.Logf("%d calls in all, %d in the last hour of the outage, %d in the busiest minute after it", d.calls, last, busiest)
}
