package redis

import (
	"context"
	"slices"

	"github.com/tradeback/tradeback/internal/store"
)

// Items lists from the index that fits the query best.
func (e *Engine) Items(ctx context.Context, q store.Query) ([]store.Item, string, error) {
	l := listing[store.Item]{e: e, q: q, read: func(ctx context.Context, s *shard, ids []string) ([]*store.Item, error) {
		return e.items(ctx, s, ids, q)
	}}
	at, err := e.sources(ctx, q, func(ctx context.Context, s *shard) ([]source, error) { return e.itemSources(ctx, q, s) })
	if err != nil {
		return nil, "", err
	}
	return l.page(ctx, at)
}

// itemSources are where the items of a shard stand that q may select.
func (e *Engine) itemSources(ctx context.Context, q store.Query, s *shard) ([]source, error) {
	switch {
	case len(q.IDs) > 0:
		ids := make([]string, len(q.IDs))
		for i, id := range q.IDs {
			ids[i] = plain(id)
		}
		return []source{{shard: s, ids: ids}}, nil
	case q.Exchange != "":
		return []source{from(s, "of", string(q.Exchange))}, nil
	case q.Ref != "" && len(q.States) == 1 && q.States[0] == store.Parked:
		comes, goes := from(s, "parked", q.Ref), from(s, "parked", q.Ref)
		comes.prefix, goes.prefix = comes.prefix+"0\x00", goes.prefix+"1\x00"
		return []source{comes, goes}, nil
	case len(q.States) > 0 && !slices.ContainsFunc(q.States, inTheWay):
		var at []source
		for _, state := range q.States {
			at = append(at, from(s, "aside", string(state)))
		}
		return at, nil
	case !q.Since.IsZero():
		if at, few, err := e.recent(ctx, s, "times", q.Since); few || err != nil {
			return []source{at}, err
		}
	}
	return []source{from(s, "ids")}, nil
}

// inTheWay reports whether a state has no index of its own: most items are in it.
func inTheWay(s store.State) bool { return s == store.Done || s == store.Ignored }

// items reads those of ids that q selects, with raw bodies if they were asked for by id.
func (e *Engine) items(ctx context.Context, s *shard, ids []string, q store.Query) ([]*store.Item, error) {
	rows, err := e.fields(ctx, s.key("items"), ids)
	if err != nil {
		return nil, err
	}
	found := make([]*store.Item, len(ids))
	raw := false
	for i, row := range rows {
		if row == nil {
			continue
		}
		it, err := readRow(s.conn, ids[i], *row)
		if err != nil {
			return nil, err
		}
		if !q.Selects(&it) {
			continue
		}
		found[i] = &it
		raw = raw || it.Size > 0
	}
	if !raw || len(q.IDs) == 0 {
		return found, nil
	}
	raws, err := e.fields(ctx, s.key("raws"), ids)
	for i, body := range raws {
		if body != nil && found[i] != nil {
			found[i].Raw = []byte(*body)
		}
	}
	return found, err
}
