package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/tradeback/tradeback/internal/store"
)

// spot is where a row stands in a list: by id, then by connection.
type spot struct {
	id   string // plain
	conn store.Conn
}

func (s spot) compare(o spot) int {
	return cmp.Or(cmp.Compare(s.id, o.id), cmp.Compare(s.conn, o.conn))
}

// source is where some of a list's rows stand in one connection: an index in which they are by id after a
// prefix, or the ids themselves, where they are few.
type source struct {
	*shard
	index  string // a key
	prefix string // with its zero byte
	ids    []string
}

// listing is a list of rows of type T under way.
type listing[T any] struct {
	e     *Engine
	q     store.Query
	after *spot
	read  func(ctx context.Context, s *shard, ids []string) ([]*T, error) // nil: gone, or not what q selects
}

// found is a row with its place.
type found[T any] struct {
	spot
	row *T
}

// page merges the sources: the rows of the next page, in order, and the cursor of the one after it. A source
// that was not read to its end bounds the page: what comes after its last row may be its own.
func (l *listing[T]) page(ctx context.Context, sources []source) (rows []T, after string, err error) {
	if l.q.After != "" {
		conn, id, ok := strings.Cut(l.q.After, "/")
		if !ok {
			return nil, "", fmt.Errorf("%w: cursor %q", store.ErrInvalid, l.q.After)
		}
		l.after = &spot{id: plain(id), conn: store.Conn(conn)}
	}
	limit := store.Page(l.q.Limit)
	parts := make([][]found[T], len(sources))
	bounds := make([]*spot, len(sources))
	group, asked := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	for i, s := range sources {
		group.Go(func() (err error) {
			parts[i], bounds[i], err = l.walk(asked, s, limit)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, "", err
	}
	all := slices.Concat(parts...)
	slices.SortFunc(all, func(a, b found[T]) int { return l.compare(a.spot, b.spot) })
	all = slices.CompactFunc(all, func(a, b found[T]) bool { return a.spot == b.spot })
	var bound *spot
	for _, b := range bounds {
		if b != nil && (bound == nil || l.compare(*b, *bound) < 0) {
			bound = b
		}
	}
	if bound != nil {
		all = all[:l.until(all, *bound)]
	}
	if len(all) > limit {
		all, bound = all[:limit], &all[limit-1].spot
	}
	for _, f := range all {
		rows = append(rows, *f.row)
	}
	if bound != nil {
		after = string(bound.conn) + "/" + original(bound.id)
	}
	return rows, after, nil
}

// compare puts places into the list's order.
func (l *listing[T]) compare(a, b spot) int {
	if l.q.Newest {
		a, b = b, a
	}
	return a.compare(b)
}

// until is how many rows are not after bound.
func (l *listing[T]) until(rows []found[T], bound spot) int {
	for i, f := range rows {
		if l.compare(f.spot, bound) > 0 {
			return i
		}
	}
	return len(rows)
}

// chunk is how many rows are read at a time; no call keeps Redis busy for longer.
const chunk = 500

// walk gives up to limit+1 rows of a source, and the last place it looked at unless that was its end.
func (l *listing[T]) walk(ctx context.Context, s source, limit int) (rows []found[T], upto *spot, err error) {
	next := l.ids(s)
	for looked := 0; looked < l.e.scan; {
		ids, end, err := next(ctx, min(chunk, limit+1+looked, l.e.scan-looked))
		if err != nil {
			return nil, nil, err
		}
		looked += len(ids)
		read, err := l.read(ctx, s.shard, ids)
		if err != nil {
			return nil, nil, err
		}
		for i, row := range read {
			if row == nil {
				continue
			}
			at := spot{ids[i], s.conn}
			if rows = append(rows, found[T]{at, row}); len(rows) > limit {
				return rows, &at, nil
			}
		}
		if end {
			return rows, nil, nil
		}
		upto = &spot{ids[len(ids)-1], s.conn}
	}
	return rows, upto, nil
}

// ids gives the ids of a source that lie beyond the cursor, some at a time, and says when they end.
func (l *listing[T]) ids(s source) func(ctx context.Context, n int) (ids []string, end bool, err error) {
	if s.index == "" {
		few := l.few(s)
		return func(_ context.Context, n int) ([]string, bool, error) {
			some := few[:min(n, len(few))]
			few = few[len(some):]
			return some, len(few) == 0, nil
		}
	}
	low, high := "["+s.prefix, "("+strings.TrimSuffix(s.prefix, "\x00")+"\x01"
	if s.prefix == "" {
		low, high = "-", "+"
	}
	if l.after != nil {
		from := "(" + s.prefix + l.after.id
		if l.compare(spot{l.after.id, s.conn}, *l.after) > 0 {
			from = "[" + from[1:]
		}
		if l.q.Newest {
			high = from
		} else {
			low = from
		}
	}
	return func(ctx context.Context, n int) ([]string, bool, error) {
		z := goredis.ZRangeArgs{Key: s.index, ByLex: true, Start: low, Stop: high, Count: int64(n)}
		if l.q.Newest {
			z.Rev, z.Start, z.Stop = true, high, low
		}
		members, err := l.e.client.ZRangeArgs(ctx, z).Result()
		if err != nil || len(members) == 0 {
			return nil, true, err
		}
		if last := "(" + members[len(members)-1]; l.q.Newest {
			high = last
		} else {
			low = last
		}
		for i, m := range members {
			members[i] = m[len(s.prefix):]
		}
		return members, len(members) < n, nil
	}
}

// few is a source's own ids, in order, beyond the cursor.
func (l *listing[T]) few(s source) []string {
	ids := slices.Clone(s.ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if l.q.Newest {
		slices.Reverse(ids)
	}
	return slices.DeleteFunc(ids, func(id string) bool {
		return l.after != nil && l.compare(spot{id, s.conn}, *l.after) <= 0
	})
}
