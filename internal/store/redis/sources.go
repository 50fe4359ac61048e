package redis

import (
	"context"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/store"
)

// sources are those of each connection that q asks for, in the order of their names.
func (e *Engine) sources(ctx context.Context, q store.Query, of func(context.Context, *shard) ([]source, error)) ([]source, error) {
	conns := []store.Conn{q.Conn}
	if q.Conn == "" {
		var err error
		if conns, err = e.Conns(ctx); err != nil {
			return nil, err
		}
	}
	each := make([][]source, len(conns))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	for i, c := range conns {
		group.Go(func() (err error) {
			each[i], err = of(ctx, e.shard(c))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var all []source
	for _, some := range each {
		all = append(all, some...)
	}
	return all, nil
}

// from is the index of a shard behind a prefix of one text; empty: all of it.
func from(s *shard, name string, prefix ...string) source {
	at := source{shard: s, index: s.key(name)}
	if len(prefix) > 0 {
		at.prefix = plain(prefix[0]) + "\x00"
	}
	return at
}

// recent is a source of the rows since a time, if they are so few that it is best to look at them all.
func (e *Engine) recent(ctx context.Context, s *shard, name string, since time.Time) (at source, few bool, err error) {
	low := "[" + stamp(since)
	n, err := e.client.ZLexCount(ctx, s.key(name), low, "+").Result()
	if err != nil || n > int64(e.scan) {
		return source{}, false, err
	}
	members, err := e.client.ZRangeArgs(ctx, goredis.ZRangeArgs{
		Key: s.key(name), ByLex: true, Start: low, Stop: "+", Count: int64(e.scan),
	}).Result()
	if err != nil {
		return source{}, false, err
	}
	for i, m := range members {
		_, members[i], _ = strings.Cut(m, "\x00")
	}
	return source{shard: s, ids: members}, true, nil
}
