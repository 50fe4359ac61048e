package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// How long a round may take, and how many connections it serves at a time. In a cluster one master that does not
// answer keeps the others' events waiting: for so long, twice of which is less than a sender waits.
const (
	roundTime  = 8 * time.Second
	abreast    = 16
	masterTime = 1800 * time.Millisecond
)

// Apply sends each connection's operations to its slot in one script call. When some connections cannot be
// reached and others can, the operations of those that cannot are answered store.ErrUnavailable.
func (e *Engine) Apply(ctx context.Context, ops []store.Op) ([]error, error) {
	if e.closed.Load() {
		return nil, store.ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	if len(ops) == 0 {
		return nil, e.try(ctx)
	}
	results := make([]error, len(ops))
	parts := map[store.Conn]*part{}
	for i, op := range ops {
		if results[i] = store.Check(op); results[i] != nil {
			continue
		}
		c := op.Shard()
		if parts[c] == nil {
			parts[c] = &part{shard: e.written(c)}
		}
		parts[c].places = append(parts[c].places, i)
	}
	results, err := e.applyAll(ctx, parts, ops, results)
	if err == nil {
		err = e.vouch(ctx)
	}
	if err != nil {
		return nil, err
	}
	return results, nil
}

// try sees whether a write can be made durable now.
func (e *Engine) try(ctx context.Context) error {
	var found *goredis.StringCmd
	err := e.write(ctx, e.all.trial, func(p goredis.Pipeliner) {
		p.Incr(ctx, e.all.trial)
		found = p.Get(ctx, e.all.store)
	})
	if err != nil && !errors.Is(err, goredis.Nil) {
		return outOfRoom(err)
	}
	if err := e.isSame(found.Val()); err != nil {
		return err
	}
	return e.vouch(ctx)
}

// part is what a round holds for one connection.
type part struct {
	*shard
	places []int // of its operations in the round
	err    error
}

func (e *Engine) applyAll(ctx context.Context, parts map[store.Conn]*part, ops []store.Op, results []error) ([]error, error) {
	var group errgroup.Group
	if !e.cluster() { // else those of a master that hangs would stand before the others
		group.SetLimit(abreast)
	}
	for _, p := range parts {
		group.Go(func() error {
			p.err = e.applyPart(ctx, p, ops, results)
			return nil
		})
	}
	_ = group.Wait() // each part has its own
	var errs []error
	for _, p := range parts {
		if p.err != nil {
			errs = append(errs, p.err)
		}
	}
	if len(errs) > 0 && len(errs) == len(parts) {
		return nil, outOfRoom(errors.Join(errs...))
	}
	for _, p := range parts {
		for _, i := range p.places {
			if p.err != nil {
				results[i] = unavailable(p.err)
			}
		}
	}
	return results, nil
}

func (e *Engine) cluster() bool {
	_, ok := e.client.(*goredis.ClusterClient)
	return ok
}

// brief is ctx, but of a cluster it ends when masters that do not answer have kept others waiting for long enough.
func (e *Engine) brief(ctx context.Context) (context.Context, context.CancelFunc) {
	if !e.cluster() {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, masterTime)
}

// applyPart does the operations of one connection, which is registered first if it is new.
func (e *Engine) applyPart(ctx context.Context, p *part, ops []store.Op, results []error) error {
	args := arguments{stamp(e.now()), e.all.changes, e.news(p.conn)}
	args.count(len(p.places))
	for _, i := range p.places {
		if err := args.operation(ops[i]); err != nil {
			return err
		}
	}
	keys := p.with(e.callID())
	call := func() (any, error) {
		if _, copied := ops[0].(store.Import); copied { // its rounds are large, and nobody waits behind them
			return e.run(ctx, applyScript, keys, args...)
		}
		ctx, cancel := e.brief(ctx)
		defer cancel()
		return e.run(ctx, applyScript, keys, args...)
	}
	known := p.known.Load() // before the call: another that began at the same time may register it meanwhile
	answer, err := call()
	if err == nil && answer == "register" {
		if err = e.register(ctx, p.shard, known); err == nil {
			answer, err = call()
		}
	}
	if err != nil {
		return fmt.Errorf("commit for %q: %w", p.conn, err)
	}
	p.known.Store(true)
	said, ok := answer.([]any)
	if !ok || len(said) != 0 && len(said) != len(p.places) {
		return fmt.Errorf("commit for %q: answered %v", p.conn, answer)
	}
	for n, s := range said {
		text, _ := s.(string)
		results[p.places[n]] = resultOf(text, ops[p.places[n]])
	}
	return nil
}

// resultOf is what the script said of an operation.
func resultOf(said string, op store.Op) error {
	if said == "" {
		return nil
	}
	rest := strings.Split(said[1:], "\x00")
	switch kind := said[0]; {
	case kind == 'D':
		return &store.DuplicateError{ID: original(rest[0])}
	case kind == 'M':
		return &store.DuplicateError{ID: original(rest[0]), Mismatch: true}
	case kind == 'F':
		return store.ErrFenced
	case kind == 'C' && len(rest) == 3:
		return fmt.Errorf("%w: %s %s is not at version %s", store.ErrConflict, rest[0], original(rest[1]), rest[2])
	case kind == 'A' && len(rest) >= 1:
		o, _ := op.(store.Import)
		return fmt.Errorf("%w: another %s is there already", store.ErrConflict, o.Row.Name())
	case kind == 'R' && len(rest) == 3:
		return &store.ClaimError{Ref: exchange.Ref{Name: original(rest[0]), Shared: rest[1] == "s"}, By: exchangeID(rest[2])}
	}
	return fmt.Errorf("%w: %T answered %q", store.ErrInvalid, op, said)
}

// outOfRoom makes Redis's full memory the store's.
func outOfRoom(err error) error {
	if goredis.IsOOMError(err) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}
