package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Load reads the exchanges in one call.
func (e *Engine) Load(ctx context.Context, c store.Conn, ids ...exchange.ID) ([]exchange.Exchange, error) {
	fields := make([]string, len(ids))
	for i, id := range ids {
		fields[i] = plain(id)
	}
	bodies, err := e.fields(ctx, e.shard(c).key("exchanges"), fields)
	if err != nil {
		return nil, fmt.Errorf("load exchanges of %q: %w", c, err)
	}
	found := make([]exchange.Exchange, len(ids))
	for i, body := range bodies {
		if body == nil {
			return nil, fmt.Errorf("exchange %s: %w", ids[i], store.ErrNotFound)
		}
		if err := json.Unmarshal([]byte(*body), &found[i]); err != nil {
			return nil, fmt.Errorf("load exchange %s: %w", ids[i], err)
		}
	}
	return found, nil
}

// fields are the values of these fields of a hash, nil where there is none.
func (e *Engine) fields(ctx context.Context, key string, names []string) ([]*string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	values, err := e.client.HMGet(ctx, key, names...).Result()
	if err != nil {
		return nil, err
	}
	found := make([]*string, len(values))
	for i, v := range values {
		if text, ok := v.(string); ok {
			found[i] = &text
		}
	}
	return found, nil
}

// span is the members of a sorted set that begin with prefix and a zero byte.
func span(key, prefix string, limit int) goredis.ZRangeArgs {
	return goredis.ZRangeArgs{Key: key, ByLex: true, Start: "[" + prefix + "\x00", Stop: "(" + prefix + "\x01", Count: int64(limit)}
}

// Find looks the refs up, whatever their Shared says.
func (e *Engine) Find(ctx context.Context, c store.Conn, refs ...exchange.Ref) ([]exchange.ID, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	pipe := e.client.Pipeline()
	members := make([]*goredis.StringSliceCmd, len(refs))
	for i, r := range refs {
		members[i] = pipe.ZRangeArgs(ctx, span(e.shard(c).key("refs"), plain(r.Name), -1))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("find in %q: %w", c, err)
	}
	var found []exchange.ID
	for _, of := range members {
		for _, m := range of.Val() {
			found = append(found, exchangeID(strings.Split(m, "\x00")[1]))
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// Journal reads entries in the order of their versions.
func (e *Engine) Journal(ctx context.Context, c store.Conn, id exchange.ID, after uint64, limit int) ([]exchange.Entry, error) {
	lines := span(e.shard(c).key("journal"), plain(id), store.Page(limit))
	lines.Start = fmt.Sprintf("(%s\x00%019d\x01", plain(id), after)
	members, err := e.client.ZRangeArgs(ctx, lines).Result()
	if err != nil {
		return nil, fmt.Errorf("journal of exchange %s: %w", id, err)
	}
	found := make([]exchange.Entry, len(members))
	for i, m := range members {
		_, line, _ := strings.Cut(m[len(plain(id))+1:], "\x00")
		if err := json.Unmarshal([]byte(line), &found[i]); err != nil {
			return nil, fmt.Errorf("journal of exchange %s: %w", id, err)
		}
	}
	return found, nil
}

// Docs reads documents in the order of their keys.
func (e *Engine) Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error) {
	s := e.shard(c)
	keys := span(s.key("doc_keys"), plain(bucket), store.Page(limit))
	if after != "" {
		keys.Start = "(" + plain(bucket) + "\x00" + plain(after)
	}
	for {
		fields, err := e.client.ZRangeArgs(ctx, keys).Result()
		if err == nil && len(fields) == 0 && after == "" {
			return nil, e.same(ctx) // settings that are gone all at once are no settings
		}
		if err != nil || len(fields) == 0 {
			return nil, err
		}
		rows, err := e.fields(ctx, s.key("docs"), fields)
		if err != nil {
			return nil, err
		}
		found := make([]store.Doc, 0, len(rows))
		for i, row := range rows {
			if row == nil {
				continue // deleted just now
			}
			version, body, _ := strings.Cut(*row, "\x00")
			n, err := strconv.ParseUint(version, 10, 64)
			if err != nil {
				return nil, errors.Join(fmt.Errorf("document %s of %s", fields[i], bucket), err)
			}
			_, key, _ := strings.Cut(fields[i], "\x00")
			found = append(found, store.Doc{Conn: c, Bucket: bucket, Key: original(key), Version: n, Body: []byte(body)})
		}
		if len(found) > 0 {
			return found, nil
		}
		keys.Start = "(" + fields[len(fields)-1]
	}
}
