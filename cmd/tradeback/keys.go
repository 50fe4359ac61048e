package main

import (
	"context"
	"sync"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
)

// lookAgain is how often a key that is not in the book makes us read the book anew.
const lookAgain = 100 * time.Millisecond

// doorBook is the book as doors and API see it. A key that was made a moment ago, by a command beside us, is
// known at once.
type doorBook struct {
	*connection.Book
	docs connection.Reader
	now  func() time.Time

	mu   sync.Mutex
	last time.Time
}

// Key finds an API key. Those who miss one at the same time wait for one look.
func (b *doorBook) Key(plaintext string) (connection.Key, bool) {
	if k, ok := b.Book.Key(plaintext); ok {
		return k, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := b.now(); now.Sub(b.last) >= lookAgain {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = b.Load(ctx, b.docs) // the regular refresh reports what cannot be read
		b.last = b.now()
	}
	return b.Book.Key(plaintext)
}
