package lane

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	usualCost    = 100             // points that an operation is taken to cost until it was seen once
	longestDelay = 2 * time.Second // a call that would have to wait longer is declined
)

// budget keeps calls within Shopify's leaky bucket: each is charged what it asks for before it runs.
type budget struct {
	now func() time.Time

	mu       sync.Mutex
	seen     bool // an answer told of the bucket
	bucket   Cost
	at       time.Time // when it did
	reserved float64   // for calls in flight, which bucket does not know of yet
	last     map[string]float64
}

// reserve takes what operation is expected to cost, after a delay if the bucket cannot pay it yet.
//
// Errors: when the delay would be long; after says how long. Or the context's.
func (b *budget) reserve(ctx context.Context, operation string) (points float64, after time.Duration, err error) {
	for {
		points, after = b.take(operation)
		if after == 0 {
			return points, 0, nil
		}
		if after > longestDelay {
			return 0, after, errors.New("the cost budget is used up")
		}
		timer := time.NewTimer(after)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return 0, after, ctx.Err()
		}
	}
}

// take reserves what operation costs, or says how long that is not possible yet.
func (b *budget) take(operation string) (points float64, after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	points, known := b.last[operation]
	if !known {
		points = usualCost
	}
	if !b.seen {
		b.reserved += points
		return points, 0
	}
	points = min(points, b.bucket.Bucket.Maximum)
	if after := restored(points+b.reserved-b.available(), b.bucket.Bucket.Restore); after > 0 {
		return 0, max(after, time.Millisecond)
	}
	b.reserved += points
	return points, 0
}

// available is what the bucket holds by now, calls in flight not counted.
func (b *budget) available() float64 {
	since := max(b.now().Sub(b.at), 0).Seconds()
	return min(b.bucket.Bucket.Available+since*b.bucket.Bucket.Restore, b.bucket.Bucket.Maximum)
}

// settle gives back what was reserved, and takes over what the answer says, if it says something.
func (b *budget) settle(operation string, reserved float64, told Cost) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserved -= reserved
	if told.Bucket.Maximum <= 0 {
		return
	}
	b.seen, b.bucket, b.at = true, told, b.now()
	if b.last == nil {
		b.last = map[string]float64{}
	}
	if told.Requested > 0 {
		b.last[operation] = told.Requested
	}
}

// left is what the bucket can pay now; ok is false until an answer told of it.
func (b *budget) left() (points float64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.available() - b.reserved, b.seen
}
