package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// What one round and the queue before it may hold. A round that is fuller does not get durable sooner; a
// queue that is fuller answers later than any sender waits.
const (
	roundOps   = 256
	roundBytes = 4 << 20
	queueOps   = 8192
	queueBytes = 64 << 20
)

// Store is an engine with a queue in front: what arrives while a round is being made durable waits and goes
// into the next one together. It is safe for concurrent use.
type Store struct {
	Reads
	engine Engine
	watchers

	mu     sync.Mutex
	queue  []*waiter
	bytes  int // of the queue
	closed bool
	wake   chan struct{} // cap 1: something waits, or closed
	done   chan struct{} // closed when the last round has ended
	deaf   func()        // ends listening to others

	waiters sync.Pool // of *waiter, used again

	trouble atomic.Pointer[error] // why the last round failed, or the last event was refused; nil: neither
	rounds  atomic.Uint64
	ops     atomic.Uint64
	failed  atomic.Uint64
	trial   atomic.Bool // asked for by Ready
}

// waiter is an operation in the queue and the place where its result arrives.
type waiter struct {
	op     Op
	size   int
	result chan error // cap 1
}

// New is a store on e, with its goroutines running: one flushes, and one listens to other processes if e is a
// Listener. Close ends all of it.
func New(e Engine) *Store {
	s := &Store{Reads: e, engine: e, wake: make(chan struct{}, 1), done: make(chan struct{}), deaf: func() {}}
	s.waiters.New = func() any { return &waiter{result: make(chan error, 1)} }
	go s.flush()
	if l, ok := e.(Listener); ok {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { l.Listen(ctx, s.heard) })
		s.deaf = func() { cancel(); wg.Wait() }
	}
	return s
}

// Receive keeps an event, once by its dedupe key: nil means that it is durable.
//
// Errors: DuplicateError when it was kept before; ErrUnavailable.
func (s *Store) Receive(ctx context.Context, event Item) error {
	return s.do(ctx, Receive{Event: event}, size(&event))
}

// ReceiveStrict is Receive that refuses another body under a key that is taken.
//
// Errors: DuplicateError, which is ErrMismatch of another body; ErrUnavailable.
func (s *Store) ReceiveStrict(ctx context.Context, event Item) error {
	return s.do(ctx, Receive{Event: event, Strict: true}, size(&event))
}

// Put writes a document. Errors: ErrConflict; ErrUnavailable.
func (s *Store) Put(ctx context.Context, d Doc) error { return s.PutAll(ctx, Put{Doc: d}) }

// PutAll writes documents, all or none. Errors: ErrConflict; ErrUnavailable.
func (s *Store) PutAll(ctx context.Context, p Put) error {
	n := len(p.Doc.Body) + len(p.Line)
	for _, d := range p.With {
		n += len(d.Body)
	}
	return s.do(ctx, p, n)
}

// Commit does a step, all of it or nothing.
//
// Errors: ErrFenced; ErrConflict, which is a ClaimError when a ref is another's; ErrUnavailable.
func (s *Store) Commit(ctx context.Context, step Step) error {
	n := 0
	for i := range step.Items {
		n += size(&step.Items[i])
	}
	return s.do(ctx, step, n)
}

// Own takes, renews or gives up a connection, as Engine.Own.
func (s *Store) Own(ctx context.Context, c Conn, owner string, ttl time.Duration) (uint64, error) {
	return s.engine.Own(ctx, c, owner, ttl)
}

// Present announces an owner and returns all who are announced, as Engine.Present.
func (s *Store) Present(ctx context.Context, owner string, ttl time.Duration) ([]string, error) {
	return s.engine.Present(ctx, owner, ttl)
}

// Sweep drops what is past its time, as Engine.Sweep.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (Swept, error) {
	return s.engine.Sweep(ctx, now, limit)
}

// Scrub takes what was erased out of the files too, as Engine.Scrub.
func (s *Store) Scrub(ctx context.Context) error { return s.engine.Scrub(ctx) }

// Ready is nil while rounds become durable and events are kept. After a failed round, or an event for which there was no
// room, it is the cause until another works; asking brings about a trial, so that a store which nobody writes to is
// found well again.
func (s *Store) Ready() error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return unavailable(ErrClosed)
	}
	cause := s.trouble.Load()
	if cause == nil {
		return nil
	}
	s.trial.Store(true)
	s.nudge()
	return *cause
}

// Stats counts what a store has done since it began.
type Stats struct {
	Rounds  uint64 // made durable
	Ops     uint64 // in those rounds, whatever their result
	Failed  uint64 // rounds that were not made durable
	Waiting int    // operations in the queue now
}

// Stats counts what the store has done.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	waiting := len(s.queue)
	s.mu.Unlock()
	return Stats{Rounds: s.rounds.Load(), Ops: s.ops.Load(), Failed: s.failed.Load(), Waiting: waiting}
}

// Close refuses new operations, finishes those that wait, and closes the engine.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.nudge()
	<-s.done
	if !first {
		return nil
	}
	s.deaf()
	return s.engine.Close()
}

// do queues op and waits for its result. When ctx ends first, the operation may still be done.
func (s *Store) do(ctx context.Context, op Op, size int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := s.waiters.Get().(*waiter) //nolint:errcheck // the pool holds nothing else
	w.op, w.size = op, size
	if err := s.enqueue(w); err != nil {
		w.op = nil
		s.waiters.Put(w)
		return err
	}
	select {
	case err := <-w.result:
		s.waiters.Put(w)
		return err
	case <-ctx.Done():
		return ctx.Err() // w is left to the round, not to the pool
	}
}

func (s *Store) enqueue(w *waiter) error {
	s.mu.Lock()
	switch {
	case s.closed:
		s.mu.Unlock()
		return unavailable(ErrClosed)
	case len(s.queue) >= queueOps || len(s.queue) > 0 && s.bytes+w.size > queueBytes:
		s.mu.Unlock()
		return unavailable(errors.New("too many operations wait"))
	}
	s.queue = append(s.queue, w)
	s.bytes += w.size
	first := len(s.queue) == 1
	s.mu.Unlock()
	if first { // else the flusher was told, and takes until nothing waits
		s.nudge()
	}
	return nil
}

func (s *Store) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func unavailable(cause error) error {
	if errors.Is(cause, ErrUnavailable) {
		return cause
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}

// size is about how many bytes an item brings along.
func size(it *Item) int { return len(it.Body) + len(it.Raw) + len(it.Line) }
