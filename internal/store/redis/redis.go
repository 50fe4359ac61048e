// Package redis is the store's engine on Redis, on Redis Cluster or behind Sentinel, for several replicas of
// tradeback at a time. A connection lies in one slot; one script call commits what a round holds for it.
package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/store"
)

// schema is the version of what keys.go names. A Redis that holds another one is left alone.
const schema = "1"

// Options says what the store is opened for.
type Options struct {
	Relaxed bool             // a Redis that may lose what it has acknowledged will do
	Now     func() time.Time // nil: time.Now; leases go by Redis's own clock
}

// Engine is the store in one Redis or cluster.
type Engine struct {
	client     goredis.UniversalClient
	space      space
	all        spanning
	now        func() time.Time
	durability Durability
	scan       int // rows that a list looks at in one place before it gives a short page
	process    string
	calls      atomic.Uint64
	closed     atomic.Bool
	shards     sync.Map // store.Conn to *shard
}

var _ store.Engine = (*Engine)(nil)

// VersionError reports that another tradeback, with another schema, has written here.
type VersionError struct{ Found string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("holds schema %s, and this tradeback knows %s alone", e.Found, schema)
}

// Open connects to the Redis that text names, and looks how durable it is. The URL's kinds: redis://HOST:PORT
// and rediss:// (TLS) with USER:PASSWORD@ and /DATABASE, redis+cluster:// and rediss+cluster:// with
// ?addr=HOST:PORT for more of its nodes, redis+sentinel:// and rediss+sentinel:// with ?master_name=NAME.
// With ?space=NAME the names of all keys begin so, and the store knows nothing of others in the same Redis.
//
// Errors: WeakError when Redis may lose what it has acknowledged, unless Relaxed; VersionError.
func Open(ctx context.Context, text string, o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // what is not given is the machine's own clock
	}
	text, space, err := cutSpace(text)
	if err != nil {
		return nil, err
	}
	client, err := connect(text)
	if err != nil {
		return nil, err
	}
	e := &Engine{client: client, space: space, all: space.spanning(), now: o.Now, scan: 2000, process: ident.New(nil).Make("", o.Now())}
	if err := e.open(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store in Redis: %w", err), client.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context, o Options) error {
	var err error
	if e.durability, err = e.look(ctx); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	if len(e.durability.Weak) > 0 && !o.Relaxed {
		return &WeakError{e.durability.Weak}
	}
	if err := e.client.SetNX(ctx, e.all.schema, schema, 0).Err(); err != nil {
		return outOfRoom(err)
	}
	found, err := e.client.Get(ctx, e.all.schema).Result()
	if err == nil && found != schema {
		err = &VersionError{found}
	}
	return err
}

// Durability is what Redis said of itself when it was opened.
func (e *Engine) Durability() Durability { return e.durability }

// Close ends the engine's connections.
func (e *Engine) Close() error {
	if e.closed.Swap(true) {
		return nil
	}
	return e.client.Close()
}

// shard names the keys of c, once.
func (e *Engine) shard(c store.Conn) *shard {
	if s, ok := e.shards.Load(c); ok {
		return s.(*shard) //nolint:errcheck // nothing else is stored there
	}
	s := e.space.shard(c)
	e.shards.Store(c, s)
	return s
}

// callID names a call of the apply script, in all of tradeback.
func (e *Engine) callID() string {
	return e.process + "-" + strconv.FormatUint(e.calls.Add(1), 36)
}
