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
	Wait    int              // how many replicas must have what is written before it is called kept
	Now     func() time.Time // nil: time.Now; leases go by Redis's own clock
	Changed func(Durability) // hears when Redis promises something else than before; nil: nobody does
}

// Engine is the store in one Redis or cluster.
type Engine struct {
	client  goredis.UniversalClient
	space   space
	all     spanning
	options Options
	now     func() time.Time
	scan    int    // rows that a list looks at in one place before it gives a short page
	store   string // which store this is
	process string
	calls   atomic.Uint64
	closed  atomic.Bool
	shards  sync.Map // store.Conn to *shard, of what was written for
	watch   watch
}

var _ store.Engine = (*Engine)(nil)

// VersionError reports that another tradeback, with another schema, has written here.
type VersionError struct{ Found string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("holds schema %s, and this tradeback knows %s alone", e.Found, schema)
}

// LostError reports that Redis has lost what was stored in it, while it was served: it was emptied, or begun
// anew. Nothing is stored beside what is gone, or the loss would not be seen.
type LostError struct{ What string }

func (e *LostError) Error() string {
	return e.What + " is gone from Redis: restore its data, or start anew on what it holds now"
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
	e := &Engine{space: space, all: space.spanning(), options: o, now: o.Now, scan: 2000, process: ident.New(nil).Make("", o.Now())}
	if e.client, err = connect(text, e.watch.dialled); err != nil {
		return nil, err
	}
	e.client.AddHook(away{})
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store in Redis: %w", err), e.client.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) error {
	d, err := e.look(ctx)
	if err != nil {
		return unavailable(err)
	}
	if len(d.Weak) > 0 && !e.options.Relaxed {
		return &WeakError{d.Weak}
	}
	e.watch.saw(d, e.now())
	var found, kept *goredis.StringCmd
	if err := e.write(ctx, e.all.schema, func(p goredis.Pipeliner) {
		p.SetNX(ctx, e.all.schema, schema, 0)
		p.SetNX(ctx, e.all.store, e.process, 0)
		found, kept = p.Get(ctx, e.all.schema), p.Get(ctx, e.all.store)
		p.Incr(ctx, e.all.trial)
	}); err != nil {
		return outOfRoom(err)
	}
	if found.Val() != schema {
		return &VersionError{found.Val()}
	}
	e.store = kept.Val()
	return nil
}

// same reports whether Redis still holds the store that was opened.
func (e *Engine) same(ctx context.Context) error {
	found, err := e.client.Get(ctx, e.all.store).Result()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return err
	}
	return e.isSame(found)
}

func (e *Engine) isSame(found string) error {
	if found != e.store {
		return unavailable(&LostError{"the store"})
	}
	return nil
}

// Close ends the engine's connections.
func (e *Engine) Close() error {
	if e.closed.Swap(true) {
		return nil
	}
	return e.client.Close()
}

// shard names the keys of c.
func (e *Engine) shard(c store.Conn) *shard {
	if s, ok := e.shards.Load(c); ok {
		return s.(*shard) //nolint:errcheck // nothing else is stored there
	}
	return e.space.shard(c)
}

// written is the shard of c, which is remembered: one may read of connections that there are not, without end, but
// nobody writes for them.
func (e *Engine) written(c store.Conn) *shard {
	s, _ := e.shards.LoadOrStore(c, e.shard(c))
	return s.(*shard) //nolint:errcheck // nothing else is stored there
}

// callID names a call of the apply script, in all of tradeback.
func (e *Engine) callID() string {
	return e.process + "-" + strconv.FormatUint(e.calls.Add(1), 36)
}
