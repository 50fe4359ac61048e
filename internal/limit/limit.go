// Package limit counts how fast somebody speaks: token buckets by key, in memory that stays bounded.
package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

// Rate is how much is let through. The zero Rate lets everything through.
type Rate struct {
	PerSecond float64
	Burst     int // at once, after a pause
}

// ExceededError reports somebody who speaks faster than their rate.
type ExceededError struct{ Wait time.Duration }

func (e *ExceededError) Error() string { return "too many requests; wait " + e.Wait.String() }

// shards spread the keys, so that two senders seldom wait for one lock.
const shards = 16

// Limiter holds a bucket per key. A bucket that has filled up again is the same as none, so memory is
// bounded by dropping those first; if all are in use, any one goes, and its key starts afresh.
type Limiter[K comparable] struct {
	rate   Rate
	most   int // buckets per shard
	seed   maphash.Seed
	shards [shards]shard[K]
}

type shard[K comparable] struct {
	mu      sync.Mutex
	buckets map[K]bucket
}

// bucket is a virtual schedule: free is when it will be full again.
type bucket struct{ free time.Time }

// New is a Limiter of r for each key. It remembers at most keys of them; 0 means 65,536.
func New[K comparable](r Rate, keys int) *Limiter[K] {
	if keys <= 0 {
		keys = 65536
	}
	l := &Limiter[K]{rate: r, most: max(1, keys/shards), seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].buckets = map[K]bucket{}
	}
	return l
}

// Allow takes one token of k at now. If there is none, wait says when there will be.
func (l *Limiter[K]) Allow(k K, now time.Time) (wait time.Duration, ok bool) {
	if l == nil || l.rate.PerSecond <= 0 {
		return 0, true
	}
	each := time.Duration(float64(time.Second) / l.rate.PerSecond)
	depth := each * time.Duration(max(1, l.rate.Burst))
	s := &l.shards[maphash.Comparable(l.seed, k)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	b, known := s.buckets[k]
	if b.free.Before(now) {
		b.free = now
	}
	if wait = b.free.Add(each).Sub(now) - depth; wait > 0 {
		return wait, false
	}
	if !known && len(s.buckets) >= l.most {
		s.drop(now)
	}
	b.free = b.free.Add(each)
	s.buckets[k] = b
	return 0, true
}

// drop makes room: of a few buckets the first that is full again, or else the last one looked at.
func (s *shard[K]) drop(now time.Time) {
	var victim K
	looked := 0
	for k, b := range s.buckets {
		victim = k
		if looked++; looked == 8 || !b.free.After(now) {
			break
		}
	}
	delete(s.buckets, victim)
}

// Len is the number of keys remembered.
func (l *Limiter[K]) Len() int {
	n := 0
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].buckets)
		l.shards[i].mu.Unlock()
	}
	return n
}
