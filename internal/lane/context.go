package lane

import "context"

// Priority says which of the waiting calls goes first.
type Priority int

// The priorities. A call is an Act unless its context says otherwise.
const (
	Act  Priority = iota // changes something at the peer
	Read                 // only asks; it comes after every waiting act
)

type priorityKey struct{}

type operationKey struct{}

// WithPriority gives the calls under ctx a priority.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// WithOperation names what the calls under ctx do. What such a call cost last is what the next is expected to cost.
func WithOperation(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, operationKey{}, name)
}

func priorityOf(ctx context.Context) Priority {
	p, _ := ctx.Value(priorityKey{}).(Priority)
	return p
}

func operationOf(ctx context.Context) string {
	name, _ := ctx.Value(operationKey{}).(string)
	return name
}
