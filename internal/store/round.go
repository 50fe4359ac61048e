package store

import (
	"context"
	"errors"
	"runtime"
)

// flush turns what waits into rounds until the store is closed and nothing waits any more.
func (s *Store) flush() {
	defer close(s.done)
	var (
		round []*waiter
		ops   []Op
	)
	for range s.wake {
		for {
			runtime.Gosched() // those who were answered come back with their next first, and rounds are fuller
			round = s.take(round[:0])
			if len(round) == 0 {
				break
			}
			ops = ops[:0]
			for _, w := range round {
				ops = append(ops, w.op)
			}
			s.apply(round, ops)
			clear(round)
			clear(ops)
		}
		if s.trial.Swap(false) && s.trouble.Load() != nil {
			s.apply(nil, nil)
		}
		s.mu.Lock()
		end := s.closed && len(s.queue) == 0
		s.mu.Unlock()
		if end {
			return
		}
	}
}

// take moves the next round from the queue into round.
func (s *Store) take(round []*waiter) []*waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, bytes := 0, 0
	for n < len(s.queue) && n < roundOps && (n == 0 || bytes+s.queue[n].size <= roundBytes) {
		bytes += s.queue[n].size
		n++
	}
	round = append(round, s.queue[:n]...)
	rest := copy(s.queue, s.queue[n:])
	clear(s.queue[rest:])
	s.queue = s.queue[:rest]
	s.bytes -= bytes
	return round
}

// apply does one round and tells everybody. Its context is nobody's: a round serves many.
func (s *Store) apply(round []*waiter, ops []Op) {
	results, err := s.engine.Apply(context.Background(), ops)
	if err != nil {
		err = unavailable(err)
		s.trouble.Store(&err)
		s.failed.Add(1)
		for _, w := range round {
			w.answer(err)
		}
		return
	}
	s.rounds.Add(1)
	s.ops.Add(uint64(len(ops)))
	for i, w := range round {
		if results[i] == nil {
			s.changed(w.op)
		}
	}
	s.judge(ops, results)
	for i, w := range round {
		if errors.Is(results[i], ErrFull) {
			results[i] = unavailable(results[i])
		}
		w.answer(results[i])
	}
}

// judge takes from a round whether the store is in trouble. Where there is no room for events, steps and documents may
// still be written: they do not say that there is room again; a trial does, and an event that is kept.
func (s *Store) judge(ops []Op, results []error) {
	trouble := s.trouble.Load()
	if len(ops) == 0 || trouble != nil && !errors.Is(*trouble, ErrFull) {
		trouble = nil
	}
	for i, op := range ops {
		if _, ok := op.(Receive); !ok {
			continue
		}
		if trouble = nil; errors.Is(results[i], ErrFull) {
			err := unavailable(results[i])
			trouble = &err
		}
	}
	s.trouble.Store(trouble)
}

func (w *waiter) answer(err error) {
	w.op = nil
	w.result <- err
}
