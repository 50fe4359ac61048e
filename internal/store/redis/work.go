package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
)

// Work takes the first of each kind and merges them.
func (e *Engine) Work(ctx context.Context, c store.Conn, kinds []store.Kind, now time.Time, limit int) (due []store.Item, next time.Time, err error) {
	if len(kinds) == 0 {
		kinds = []store.Kind{store.Event, store.Effect, store.Timer, store.Announcement}
	}
	limit = store.Page(limit)
	s := e.shard(c)
	pipe := e.client.Pipeline()
	heads := make([]*goredis.StringSliceCmd, len(kinds))
	for i, k := range kinds {
		heads[i] = pipe.ZRangeArgs(ctx, span(s.key("todo"), plain(k), limit+1))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, time.Time{}, fmt.Errorf("work of %q: %w", c, err)
	}
	var first []todo
	for _, h := range heads {
		for _, m := range h.Val() {
			f := strings.SplitN(m, "\x00", 3)
			first = append(first, todo{due: f[1], id: f[2]})
		}
	}
	slices.SortFunc(first, todo.compare)
	first = slices.Compact(first) // a kind may have been named twice
	n := min(limit, len(first))
	if later, ok := slices.BinarySearchFunc(first[:n], stamp(now), func(t todo, now string) int {
		return cmp.Or(cmp.Compare(t.due, now), -1)
	}); !ok {
		n = later
	}
	if n < len(first) {
		if next, err = moment(first[n].due); err != nil {
			return nil, time.Time{}, err
		}
	}
	if due, err = e.waiting(ctx, s, first[:n]); err != nil {
		return nil, time.Time{}, fmt.Errorf("work of %q: %w", c, err)
	}
	return due, next, nil
}

// todo is an item's place among what waits.
type todo struct{ due, id string }

func (t todo) compare(o todo) int { return cmp.Or(cmp.Compare(t.due, o.due), cmp.Compare(t.id, o.id)) }

// waiting reads items, but for those that have moved on since they were found.
func (e *Engine) waiting(ctx context.Context, s *shard, found []todo) ([]store.Item, error) {
	ids := make([]string, len(found))
	for i, t := range found {
		ids[i] = t.id
	}
	rows, err := e.fields(ctx, s.key("items"), ids)
	if err != nil {
		return nil, err
	}
	var items []store.Item
	for i, row := range rows {
		if row == nil {
			continue
		}
		it, err := readRow(s.conn, ids[i], *row)
		if err != nil {
			return nil, err
		}
		if it.State == store.Waiting && stamp(it.Due) == found[i].due {
			items = append(items, it)
		}
	}
	return items, nil
}
