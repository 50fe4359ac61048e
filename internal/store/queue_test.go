package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// slow is an engine that does a round when it is told to, and remembers it.
type slow struct {
	store.Reads
	begun  chan []store.Op // a round has begun
	answer chan error      // end it so
	result func(op store.Op) error
	closed int
}

func newSlow() *slow {
	return &slow{begun: make(chan []store.Op), answer: make(chan error), result: func(store.Op) error { return nil }}
}

func (e *slow) Apply(_ context.Context, ops []store.Op) ([]error, error) {
	e.begun <- slices.Clone(ops)
	if err := <-e.answer; err != nil {
		return nil, err
	}
	results := make([]error, len(ops))
	for i, op := range ops {
		results[i] = e.result(op)
	}
	return results, nil
}

func (e *slow) Own(context.Context, store.Conn, string, time.Duration) (uint64, error) { return 7, nil }

func (e *slow) Present(context.Context, string, time.Duration) ([]string, error) {
	return []string{"me"}, nil
}

func (e *slow) Scrub(context.Context) error { return nil }

func (e *slow) Sweep(context.Context, time.Time, int) (store.Swept, error) {
	return store.Swept{Bodies: 3}, nil
}

func (e *slow) Close() error { e.closed++; return nil }

// round lets the next round end with err and returns its operations.
func (e *slow) round(err error) []store.Op {
	ops := <-e.begun
	e.answer <- err
	return ops
}

// crowd sends operations to a store, each from a goroutine of its own.
type crowd struct {
	t    *testing.T
	s    *store.Store
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

// send queues n events and waits until they are in the queue.
func (c *crowd) send(n, size int) {
	c.t.Helper()
	want := c.s.Stats().Waiting + n
	for i := range n {
		c.wg.Go(func() {
			err := c.s.Receive(context.Background(), store.Item{ID: fmt.Sprint(i), Conn: "a", Raw: make([]byte, size)})
			c.mu.Lock()
			defer c.mu.Unlock()
			c.errs = append(c.errs, err)
		})
	}
	for c.s.Stats().Waiting < want {
		runtime.Gosched()
	}
}

// held is a store whose first round, of one event, has begun and has not ended.
func held(t *testing.T) (*slow, *crowd) {
	t.Helper()
	e := newSlow()
	c := &crowd{t: t, s: store.New(e)}
	c.wg.Go(func() { _ = c.s.Receive(context.Background(), store.Item{ID: "first", Conn: "a"}) })
	if ops := <-e.begun; len(ops) != 1 {
		t.Fatalf("first round of %d", len(ops))
	}
	return e, c
}

func TestWhatWaitsGoesIntoOneRound(t *testing.T) {
	e, c := held(t)
	c.send(10, 0)
	e.answer <- nil
	if ops := e.round(nil); len(ops) != 10 {
		t.Fatalf("second round of %d, want 10", len(ops))
	}
	c.wg.Wait()
	if st := c.s.Stats(); st != (store.Stats{Rounds: 2, Ops: 11}) {
		t.Fatalf("stats %+v", st)
	}
}

func TestARoundIsBounded(t *testing.T) {
	e, c := held(t)
	c.send(300, 0)
	c.send(3, 3<<20)
	e.answer <- nil
	var got []int
	for range 4 {
		got = append(got, len(e.round(nil)))
	}
	if want := []int{256, 45, 1, 1}; !slices.Equal(got, want) {
		t.Fatalf("rounds of %v, want %v: 256 operations at most, and one body of 3 MiB in each", got, want)
	}
	c.wg.Wait()
}

func TestAFailedRoundIsUnavailableToAll(t *testing.T) {
	e, c := held(t)
	c.send(5, 0)
	e.answer <- nil
	cause := errors.New("the disk is gone")
	e.round(cause)
	c.wg.Wait()
	for _, err := range c.errs {
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, cause) {
			t.Fatalf("got %v, want ErrUnavailable because of the cause", err)
		}
	}
	if err := c.s.Ready(); !errors.Is(err, cause) {
		t.Fatalf("Ready: %v, want the cause", err)
	}
	if ops := e.round(cause); len(ops) != 0 {
		t.Fatalf("a trial of %d operations", len(ops))
	}
	for c.s.Stats().Failed != 2 {
		runtime.Gosched()
	}
	if err := c.s.Ready(); err == nil {
		t.Fatal("ready after a failed trial")
	}
	e.round(nil)
	for c.s.Stats().Rounds != 2 {
		runtime.Gosched()
	}
	if err := c.s.Ready(); err != nil {
		t.Fatalf("Ready after a trial that worked: %v", err)
	}
}

func TestOutOfRoomIsUnavailable(t *testing.T) {
	e, c := held(t)
	e.result = func(store.Op) error { return store.ErrFull }
	c.send(1, 0)
	e.answer <- nil
	e.round(nil)
	c.wg.Wait()
	if err := c.errs[0]; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, store.ErrFull) {
		t.Fatalf("got %v", err)
	}
	if err := c.s.Ready(); !errors.Is(err, store.ErrFull) { // asks for a trial
		t.Fatalf("Ready = %v while events are refused", err)
	}
	e.round(store.ErrFull)
	e.result = func(store.Op) error { return nil }
	c.wg.Go(func() { _ = c.s.Put(t.Context(), store.Doc{}) })
	e.round(nil)
	c.wg.Wait()
	if err := c.s.Ready(); !errors.Is(err, store.ErrFull) {
		t.Fatalf("Ready = %v after a document was written: no event was kept yet", err)
	}
	e.round(nil) // the trial
	for c.s.Stats().Rounds != 4 {
		runtime.Gosched()
	}
	if err := c.s.Ready(); err != nil {
		t.Fatalf("Ready = %v after a trial found room", err)
	}
}

func TestResultsAreEachOnesOwn(t *testing.T) {
	e, c := held(t)
	e.result = func(op store.Op) error {
		switch op.(type) {
		case store.Put:
			return store.ErrConflict
		case store.Step:
			return store.ErrFenced
		}
		return nil
	}
	var put, step, strict error
	c.wg.Go(func() { put = c.s.Put(t.Context(), store.Doc{}) })
	c.wg.Go(func() { step = c.s.Commit(t.Context(), store.Step{}) })
	c.wg.Go(func() { strict = c.s.ReceiveStrict(t.Context(), store.Item{}) })
	for c.s.Stats().Waiting < 3 {
		runtime.Gosched()
	}
	e.answer <- nil
	for _, op := range e.round(nil) {
		if r, ok := op.(store.Receive); ok && !r.Strict {
			t.Error("ReceiveStrict was not strict")
		}
	}
	c.wg.Wait()
	if !errors.Is(put, store.ErrConflict) || !errors.Is(step, store.ErrFenced) || strict != nil {
		t.Fatalf("got %v, %v, %v", put, step, strict)
	}
}

func TestAFullQueueRefuses(t *testing.T) {
	e, c := held(t)
	c.send(8192, 0)
	if err := c.s.Receive(t.Context(), store.Item{ID: "one more"}); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	e.answer <- nil
	for range 8192 / 256 {
		e.round(nil)
	}
	c.wg.Wait()
}

func TestAQueueIsBoundedInBytes(t *testing.T) {
	e, c := held(t)
	c.send(8, 8<<20)
	if err := c.s.Receive(t.Context(), store.Item{Raw: []byte{1}}); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	e.answer <- nil
	for range 8 {
		e.round(nil)
	}
	c.wg.Wait()
}

func TestWhoGivesUpWaitingIsNotWaitedFor(t *testing.T) {
	e, c := held(t)
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error)
	go func() { given <- c.s.Receive(ctx, store.Item{ID: "impatient", Conn: "a"}) }()
	for c.s.Stats().Waiting == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	e.answer <- nil
	if ops := e.round(nil); ops[0].(store.Receive).Event.ID != "impatient" {
		t.Fatalf("round of %v", ops)
	}
	if err := c.s.Put(ctx, store.Doc{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("with a context that has ended: %v", err)
	}
	c.wg.Wait()
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	e, c := held(t)
	c.send(5, 0)
	ended := make(chan error)
	go func() { ended <- c.s.Close() }()
	for c.s.Ready() == nil {
		runtime.Gosched()
	}
	if err := c.s.Receive(t.Context(), store.Item{}); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, store.ErrClosed) {
		t.Fatalf("after Close: %v", err)
	}
	e.answer <- nil
	e.round(nil)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	c.wg.Wait()
	for _, err := range c.errs {
		if err != nil {
			t.Fatalf("what waited: %v", err)
		}
	}
	if err := c.s.Close(); err != nil || e.closed != 1 {
		t.Fatalf("closed %d times, %v", e.closed, err)
	}
}

func TestOwnPresentAndSweepGoToTheEngine(t *testing.T) {
	s := store.New(newSlow())
	if fence, err := s.Own(t.Context(), "a", "me", time.Second); fence != 7 || err != nil {
		t.Fatalf("Own: %d, %v", fence, err)
	}
	if alive, err := s.Present(t.Context(), "me", time.Second); !slices.Equal(alive, []string{"me"}) || err != nil {
		t.Fatalf("Present: %q, %v", alive, err)
	}
	if n, err := s.Sweep(t.Context(), time.Time{}, 1); n.Rows() != 3 || err != nil {
		t.Fatalf("Sweep: %+v, %v", n, err)
	}
}

func BenchmarkQueue(b *testing.B) {
	s := store.New(instant{})
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Receive(context.Background(), store.Item{ID: "ev", Conn: "a"}); err != nil {
				b.Error(err)
			}
		}
	})
}

// instant is an engine that has done everything already.
type instant struct{ store.Engine }

func (instant) Apply(_ context.Context, ops []store.Op) ([]error, error) {
	return make([]error, len(ops)), nil
}
