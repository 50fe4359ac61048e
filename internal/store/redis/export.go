package redis

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Export reads each part from the sorted set in which it stands; places in it are members.
func (e *Engine) Export(ctx context.Context, c store.Conn, after string, limit int) ([]store.Row, string, error) {
	s := e.shard(c)
	limit = store.Page(limit)
	return store.ExportPage(after, func(p store.Part, at string) ([]store.Row, string, error) {
		if p == store.FencePart {
			rows, err := e.exportFence(ctx, s, at)
			return rows, "", err
		}
		from := exports[p]
		place, err := hex.DecodeString(at)
		if err != nil {
			return nil, "", fmt.Errorf("%w: cursor %q", store.ErrInvalid, at)
		}
		low := "-"
		if at != "" {
			low = "(" + string(place)
		}
		members, err := e.client.ZRangeArgs(ctx, goredis.ZRangeArgs{Key: s.key(from.set), ByLex: true, Start: low, Stop: "+", Count: int64(limit)}).Result()
		if err != nil || len(members) == 0 {
			return nil, "", err
		}
		end := len(members) < limit
		rows, err := from.read(ctx, e, s, members)
		if err != nil {
			return nil, "", err
		}
		if end && len(rows) == len(members) {
			return rows, "", nil
		}
		return rows, hex.EncodeToString([]byte(members[len(rows)-1])), nil
	})
}

// exports are the set in which a part stands, and how the rows of its members are read: of the first of them, at
// least, where they are large.
var exports = map[store.Part]struct {
	set  string
	read func(ctx context.Context, e *Engine, s *shard, members []string) ([]store.Row, error)
}{
	store.DocPart:      {"doc_keys", exportDocs},
	store.ExchangePart: {"xids", exportExchanges},
	store.LinePart:     {"journal", exportLines},
	store.ItemPart:     {"ids", exportItems},
	store.KeyPart:      {"dedupe_times", exportKeys},
}

func (e *Engine) exportFence(ctx context.Context, s *shard, at string) ([]store.Row, error) {
	fence, err := e.fields(ctx, s.key("lease"), []string{"fence"})
	if err != nil || fence[0] == nil || at != "" {
		return nil, err
	}
	n, err := strconv.ParseUint(*fence[0], 10, 64)
	return []store.Row{{Conn: s.conn, Part: store.FencePart, Version: n}}, err
}

// whole are the values of these fields, every one of which must be there.
func (e *Engine) whole(ctx context.Context, s *shard, hash string, names []string) ([]string, error) {
	values, err := e.fields(ctx, s.key(hash), names)
	if err != nil {
		return nil, err
	}
	found := make([]string, len(values))
	for i, v := range values {
		if v == nil {
			return nil, fmt.Errorf("%s of %q has nothing under %q: it is indexed, and missing", hash, s.conn, original(names[i]))
		}
		found[i] = *v
	}
	return found, nil
}

func exportDocs(ctx context.Context, e *Engine, s *shard, fields []string) ([]store.Row, error) {
	found, err := e.whole(ctx, s, "docs", fields)
	if err != nil {
		return nil, err
	}
	rows := make([]store.Row, len(found))
	for i, row := range found {
		bucket, key, _ := strings.Cut(fields[i], "\x00")
		version, body, _ := strings.Cut(row, "\x00")
		n, err := strconv.ParseUint(version, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("document %s/%s: %w", bucket, key, err)
		}
		rows[i] = store.Row{Conn: s.conn, Part: store.DocPart, Doc: &store.Doc{
			Conn: s.conn, Bucket: original(bucket), Key: original(key), Version: n, Body: []byte(body),
		}}
	}
	return rows, nil
}

func exportExchanges(ctx context.Context, e *Engine, s *shard, ids []string) ([]store.Row, error) {
	var rows []store.Row
	for some := range slices.Chunk(ids, 50) { // bodies are large
		bodies, err := e.whole(ctx, s, "exchanges", some)
		if err != nil {
			return nil, err
		}
		heads, err := e.whole(ctx, s, "heads", some)
		if err != nil {
			return nil, err
		}
		bytes := 0
		for i, body := range bodies {
			row := store.Row{Conn: s.conn, Part: store.ExchangePart, ID: original(some[i]), Body: []byte(body)}
			if row.Refs, err = refsOf(heads[i]); err != nil {
				return nil, fmt.Errorf("exchange %s: %w", row.ID, err)
			}
			rows = append(rows, row)
			bytes += row.Size()
		}
		if bytes > store.ExportBytes/8 {
			break
		}
	}
	return rows, nil
}

// refsOf are the refs that a head holds.
func refsOf(head string) ([]exchange.Ref, error) {
	f := strings.SplitN(head, "\x00", 6)
	if len(f) != 6 {
		return nil, fmt.Errorf("a head of %d fields", len(f))
	}
	texts, err := unpackFirst(f[5])
	if err != nil {
		return nil, err
	}
	var refs []exchange.Ref
	for i := 0; i+1 < len(texts); i += 2 {
		refs = append(refs, exchange.Ref{Name: original(texts[i]), Shared: texts[i+1] == "s"})
	}
	return refs, nil
}

func exportLines(_ context.Context, _ *Engine, s *shard, members []string) ([]store.Row, error) {
	rows := make([]store.Row, len(members))
	for i, m := range members {
		f := strings.SplitN(m, "\x00", 3)
		if len(f) != 3 {
			return nil, fmt.Errorf("a line of %d fields", len(f))
		}
		n, err := strconv.ParseUint(f[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("journal of exchange %s: %w", f[0], err)
		}
		rows[i] = store.Row{Conn: s.conn, Part: store.LinePart, ID: original(f[0]), Version: n, Body: []byte(f[2])}
	}
	return rows, nil
}

func exportItems(ctx context.Context, e *Engine, s *shard, ids []string) ([]store.Row, error) {
	found, err := e.whole(ctx, s, "items", ids)
	if err != nil {
		return nil, err
	}
	rows, bytes := make([]store.Row, 0, len(found)), 0
	for i, text := range found {
		it, err := readRow(s.conn, ids[i], text)
		if err != nil {
			return nil, err
		}
		rows = append(rows, store.Row{Conn: s.conn, Part: store.ItemPart, Item: &it})
		if bytes += len(text) + it.Size; bytes > store.ExportBytes {
			break // its raw bodies are read too
		}
	}
	raws, err := e.fields(ctx, s.key("raws"), ids[:len(rows)])
	if err != nil {
		return nil, err
	}
	for i, raw := range raws {
		if raw != nil {
			rows[i].Item.Raw = []byte(*raw)
		}
	}
	return rows, nil
}

func exportKeys(ctx context.Context, e *Engine, s *shard, members []string) ([]store.Row, error) {
	keys := make([]string, len(members))
	for i, m := range members {
		_, keys[i], _ = strings.Cut(m, "\x00")
	}
	found, err := e.whole(ctx, s, "dedupe", keys)
	if err != nil {
		return nil, err
	}
	rows := make([]store.Row, len(members))
	for i, kept := range found {
		stamp, _, _ := strings.Cut(members[i], "\x00")
		received, err := moment(stamp)
		if err != nil || len(kept) < 16 {
			return nil, fmt.Errorf("dedupe key %x: %q, %w", keys[i], kept, err)
		}
		rows[i] = store.Row{Conn: s.conn, Part: store.KeyPart, Key: &store.Key{
			Key: []byte(keys[i]), Digest: []byte(kept[:16]), Item: original(kept[16:]), Received: received,
		}}
	}
	return rows, nil
}

// row adds a row to import. See takeRow in import.lua.
func (a *arguments) row(r *store.Row) error {
	switch r.Part {
	case store.FencePart:
		a.add("I", "F", strconv.FormatUint(r.Version, 10))
	case store.DocPart:
		a.add("I", "D", plain(r.Doc.Bucket), plain(r.Doc.Key), strconv.FormatUint(r.Doc.Version, 10))
		a.body(r.Doc.Body)
	case store.ExchangePart:
		var x exchange.Exchange
		if err := json.Unmarshal(r.Body, &x); err != nil {
			return fmt.Errorf("%w: %s cannot be read: %w", store.ErrInvalid, r.Name(), err)
		}
		if x.ID != exchange.ID(r.ID) || x.Connection != r.Conn || x.Version == 0 {
			return fmt.Errorf("%w: %s is %s of %q at version %d", store.ErrInvalid, r.Name(), x.ID, x.Connection, x.Version)
		}
		a.add("I", "X")
		return a.exchange(&x, r.Body, r.Refs, nil)
	case store.LinePart:
		a.add("I", "L", plain(r.ID), fmt.Sprintf("%019d", r.Version), string(r.Body))
	case store.ItemPart:
		a.add("I", "T", plain(r.Item.ID), rowOf(r.Item, r.Item.Version))
		a.body(r.Item.Raw)
	case store.KeyPart:
		a.add("I", "K", string(r.Key.Key), string(r.Key.Digest)+plain(r.Key.Item), stamp(r.Key.Received))
	}
	return nil
}
