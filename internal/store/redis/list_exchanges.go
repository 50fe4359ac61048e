package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Exchanges lists from the index that fits the query best.
func (e *Engine) Exchanges(ctx context.Context, q store.Query) ([]exchange.Exchange, string, error) {
	l := listing[exchange.Exchange]{e: e, q: q, read: func(ctx context.Context, s *shard, ids []string) ([]*exchange.Exchange, error) {
		return e.exchanges(ctx, s, ids, q)
	}}
	at, err := e.sources(ctx, q, func(ctx context.Context, s *shard) ([]source, error) { return e.exchangeSources(ctx, q, s) })
	if err != nil {
		return nil, "", err
	}
	return l.page(ctx, at)
}

// exchangeSources are where the exchanges of a shard stand that q may select.
func (e *Engine) exchangeSources(ctx context.Context, q store.Query, s *shard) ([]source, error) {
	switch {
	case q.Text != "":
		at, err := e.named(ctx, s, q.Text)
		return []source{at}, err
	case q.Raised != nil && *q.Raised:
		return []source{from(s, "raised")}, nil
	case !q.Since.IsZero():
		if at, few, err := e.recent(ctx, s, "created", q.Since); few || err != nil {
			return []source{at}, err
		}
	}
	if len(q.Stages) == 0 {
		return []source{from(s, "xids")}, nil
	}
	var at []source
	for _, stage := range q.Stages {
		at = append(at, from(s, "stages", stage))
	}
	return at, nil
}

// named is the exchanges that text names: their id, one of their refs, or another of their names.
func (e *Engine) named(ctx context.Context, s *shard, text string) (source, error) {
	pipe := e.client.Pipeline()
	refs := pipe.ZRangeArgs(ctx, span(s.key("refs"), plain(text), e.scan))
	names := pipe.ZRangeArgs(ctx, span(s.key("names"), plain(text), e.scan))
	if _, err := pipe.Exec(ctx); err != nil {
		return source{}, err
	}
	at := source{shard: s, ids: []string{plain(text)}}
	for _, m := range slices.Concat(refs.Val(), names.Val()) {
		at.ids = append(at.ids, strings.Split(m, "\x00")[1])
	}
	return at, nil
}

// exchanges reads those of ids that q selects: by their heads first, since bodies are large.
func (e *Engine) exchanges(ctx context.Context, s *shard, ids []string, q store.Query) ([]*exchange.Exchange, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	heads, err := e.fields(ctx, s.key("heads"), ids)
	if err != nil {
		return nil, err
	}
	found := make([]*exchange.Exchange, len(ids))
	bodies := map[int]*goredis.StringCmd{}
	pipe := e.client.Pipeline()
	for i, head := range heads {
		if head != nil && selectsHead(q, *head) {
			bodies[i] = pipe.HGet(ctx, s.key("exchanges"), ids[i])
		}
	}
	if len(bodies) == 0 {
		return found, nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	for i, body := range bodies {
		found[i] = &exchange.Exchange{}
		if err := json.Unmarshal([]byte(body.Val()), found[i]); err != nil {
			return nil, fmt.Errorf("exchange %s: %w", original(ids[i]), err)
		}
	}
	return found, nil
}

// selectsHead reports whether q selects the exchange of this head: version, stage, instant, raised, created.
func selectsHead(q store.Query, head string) bool {
	f := strings.SplitN(head, "\x00", 6)
	return len(f) == 6 &&
		(len(q.Stages) == 0 || slices.Contains(q.Stages, original(f[1]))) &&
		(q.Instant == nil || flag(*q.Instant) == f[2]) &&
		(q.Raised == nil || flag(*q.Raised) == f[3]) &&
		(q.Since.IsZero() || f[4] >= stamp(q.Since))
}

// Count counts in the index by stage.
func (e *Engine) Count(ctx context.Context, c store.Conn, stage exchange.Stage, below exchange.ID) (int, error) {
	prefix, upto := "["+plain(stage)+"\x00", "("+plain(stage)+"\x01"
	if below != "" {
		upto = "(" + prefix[1:] + plain(below)
	}
	n, err := e.client.ZLexCount(ctx, e.shard(c).key("stages"), prefix, upto).Result()
	return int(n), err
}
