package sqlite

import (
	"encoding/json"
	"fmt"

	"github.com/tradeback/tradeback/internal/store"
)

// putAll writes documents, and a line about them.
func (r *round) putAll(o store.Put) error {
	if err := r.put(o.Doc); err != nil {
		return err
	}
	for _, d := range o.With {
		if err := r.put(d); err != nil {
			return err
		}
	}
	return r.line(o.Doc.Conn, o.Line)
}

// line puts a line at the end of c's audit chain, linked to the one before. Nil is none.
func (r *round) line(c store.Conn, text []byte) error {
	if text == nil {
		return nil
	}
	var (
		version int64
		body    string
		head    store.Head
	)
	found, err := r.row(`SELECT version, body FROM docs WHERE connection = ? AND bucket = ? AND key = ?`,
		[]any{string(c), store.HeadBucket, store.HeadKey}, &version, &body)
	if err != nil {
		return err
	}
	if found {
		if err := json.Unmarshal([]byte(body), &head); err != nil {
			return fmt.Errorf("read the end of the audit chain of %q: %w", c, err)
		}
	}
	if head, err = head.Next(store.LineDigest(text)); err != nil {
		return err
	}
	if err := r.put(head.LineDoc(c, text)); err != nil {
		return err
	}
	return r.put(head.Doc(c, uint64(version))) //nolint:gosec // a count
}
