package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Part is a kind of thing that a connection holds.
type Part string

// The parts, in the order in which Export gives them.
const (
	FencePart    Part = "fence" // how many owners it has had: fences must go on growing
	DocPart      Part = "document"
	ExchangePart Part = "exchange"
	LinePart     Part = "journal line"
	ItemPart     Part = "item"
	KeyPart      Part = "dedupe key"
)

// Parts lists every part in the order of Export.
func Parts() []Part { return []Part{FencePart, DocPart, ExchangePart, LinePart, ItemPart, KeyPart} }

// Row is one thing that a connection holds, as it stands. Part says which members are set.
type Row struct {
	Conn    Conn
	Part    Part
	ID      string         // of an exchange, or of the exchange that a line is of
	Version uint64         // of a line; of a fence, the fence
	Refs    []exchange.Ref // of an exchange, by name
	Body    []byte         // of an exchange or a line: the JSON that is stored
	Item    *Item          // with its raw body
	Doc     *Doc
	Key     *Key
}

// Key is a dedupe key, and what was kept under it.
type Key struct {
	Key      []byte    `json:"key"`    // as DedupeKeys gives it
	Digest   []byte    `json:"digest"` // of the body
	Item     string    `json:"item"`
	Received time.Time `json:"received_at"`
}

// Import writes a row as it stands: nothing wakes, nothing is counted, no fence is asked for. One that stands
// there already is left, so that a copy may be repeated; a fence is never made smaller.
//
// Errors: ErrConflict when something else stands there; ClaimError when a ref of it is another's.
type Import struct{ Row Row }

// Shard is the connection an operation belongs to.
func (o Import) Shard() Conn { return o.Row.Conn }

// Name says which row it is, for people: "exchange ex_1".
func (r *Row) Name() string {
	name := r.ID
	switch r.Part {
	case FencePart:
		return string(FencePart)
	case DocPart:
		name = r.Doc.Bucket + "/" + r.Doc.Key
	case LinePart:
		name = fmt.Sprintf("%d of %s", r.Version, r.ID)
	case ItemPart:
		name = r.Item.ID
	case KeyPart:
		name = fmt.Sprintf("%x", r.Key.Key)
	}
	return string(r.Part) + " " + name
}

// Size is about how many bytes the row brings along.
func (r *Row) Size() int {
	n := 100 + len(r.Body)
	if r.Item != nil {
		n += size(r.Item)
	}
	if r.Doc != nil {
		n += len(r.Doc.Body)
	}
	return n
}

func checkImport(r Row) error {
	var whole bool
	switch r.Part {
	case FencePart:
		whole = true
	case DocPart:
		if whole = r.Doc != nil && r.Doc.Version > 0 && r.Doc.Bucket != "" && r.Doc.Key != ""; whole {
			return checkPlace(*r.Doc, r.Conn)
		}
	case ExchangePart:
		whole = r.ID != "" && len(r.Body) > 0
	case LinePart:
		whole = r.ID != "" && len(r.Body) > 0 && r.Version > 0
	case ItemPart:
		if whole = r.Item != nil && r.Item.Version > 0 && r.Item.State != Dropped; whole {
			return checkItem(*r.Item, r.Conn)
		}
	case KeyPart:
		whole = r.Key != nil && len(r.Key.Key) > 0 && len(r.Key.Digest) == digestBytes
	}
	if !whole {
		return fmt.Errorf("%w: a row of %s that is not whole", ErrInvalid, r.Part)
	}
	return nil
}

// ExportBytes is about how much a page of Export holds at most, beside its last row.
const ExportBytes = 4 << 20

// ExportPage is a page of Export. It asks read for rows of one part beyond a place in it; read says how far it
// came, and "" at the part's end. Cursors are made of the part's name and the place.
func ExportPage(after string, read func(p Part, at string) (rows []Row, upto string, err error)) (rows []Row, next string, err error) {
	name, at, _ := strings.Cut(after, "/")
	parts := Parts()
	i := slices.Index(parts, Part(name))
	switch {
	case after == "":
		i = 0
	case i < 0:
		return nil, "", fmt.Errorf("%w: cursor %q", ErrInvalid, after)
	}
	for ; i < len(parts); i, at = i+1, "" {
		rows, upto, err := read(parts[i], at)
		switch {
		case err != nil:
			return nil, "", fmt.Errorf("export %s: %w", parts[i], err)
		case upto != "":
			return rows, string(parts[i]) + "/" + upto, nil
		case len(rows) > 0 && i+1 < len(parts):
			return rows, string(parts[i+1]) + "/", nil
		case len(rows) > 0:
			return rows, "", nil
		}
	}
	return nil, "", nil
}
