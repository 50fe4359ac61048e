package redis

import (
	"context"
	"fmt"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
)

// register notes a connection in the list of all before anything is stored for it: the script writes nothing
// while the mark is missing, and the mark is set after the note is. Doing it twice changes nothing.
//
// Errors: LostError when the mark was known to be there before the call that missed it, or the store is not the one
// that was opened.
func (e *Engine) register(ctx context.Context, s *shard, known bool) error {
	if known {
		return &LostError{fmt.Sprintf("what was stored for %q", s.conn)}
	}
	if err := e.same(ctx); err != nil {
		return err
	}
	if s.conn != "" {
		if err := e.write(ctx, e.all.conns, func(p goredis.Pipeliner) {
			p.SAdd(ctx, e.all.conns, string(s.conn))
			p.Incr(ctx, e.all.trial) // it may be there already, and then this is what is waited for
		}); err != nil {
			return err
		}
	}
	return e.write(ctx, s.key("mark"), func(p goredis.Pipeliner) { p.Set(ctx, s.key("mark"), "1", 0) })
}

// Conns lists those registered connections that have anything stored.
func (e *Engine) Conns(ctx context.Context) ([]store.Conn, error) {
	names, err := e.client.SMembers(ctx, e.all.conns).Result()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, e.same(ctx)
	}
	slices.Sort(names)
	var found []store.Conn
	for some := range slices.Chunk(names, 500) {
		pipe := e.client.Pipeline()
		has := make([]*goredis.IntCmd, len(some))
		for i, name := range some {
			s := e.space.shard(store.Conn(name))
			has[i] = pipe.Exists(ctx, s.key("xids"), s.key("ids"), s.key("doc_keys"), s.key("dedupe"))
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return nil, err
		}
		for i, name := range some {
			if has[i].Val() > 0 {
				found = append(found, store.Conn(name))
			}
		}
	}
	return found, nil
}
