package main

import (
	"context"
	"fmt"

	"github.com/tradeback/tradeback/internal/store"
)

// documents lets those who change documents go through the store's queue, as an engine's Apply would take
// them: each by itself.
type documents struct{ *store.Store }

// Apply writes the documents that ops put. Errors: of the store, per operation.
func (d documents) Apply(ctx context.Context, ops []store.Op) ([]error, error) {
	results := make([]error, len(ops))
	for i, op := range ops {
		put, ok := op.(store.Put)
		if !ok {
			return nil, fmt.Errorf("%T is no document", op)
		}
		results[i] = d.PutAll(ctx, put)
	}
	return results, nil
}
