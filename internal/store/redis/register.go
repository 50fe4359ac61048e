package redis

import (
	"context"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
)

// register notes a connection in the list of all before anything is stored for it: the script writes nothing
// while the mark is missing, and the mark is set after the note is. Doing it twice changes nothing.
func (e *Engine) register(ctx context.Context, s *shard) error {
	if s.conn != "" {
		if err := e.client.SAdd(ctx, e.all.conns, string(s.conn)).Err(); err != nil {
			return err
		}
	}
	return e.client.Set(ctx, s.key("mark"), "1", 0).Err()
}

// Conns lists those registered connections that have anything stored.
func (e *Engine) Conns(ctx context.Context) ([]store.Conn, error) {
	names, err := e.client.SMembers(ctx, e.all.conns).Result()
	if err != nil {
		return nil, err
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
