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

// Key finds an API key.
func (b *doorBook) Key(plaintext string) (connection.Key, bool) {
	if k, ok := b.Book.Key(plaintext); ok || !b.due() {
		return k, ok
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = b.Load(ctx, b.docs) // the regular refresh reports what cannot be read
	return b.Book.Key(plaintext)
}

func (b *doorBook) due() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if now.Sub(b.last) < lookAgain {
		return false
	}
	b.last = now
	return true
}
