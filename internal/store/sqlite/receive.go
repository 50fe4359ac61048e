package sqlite

import (
	"github.com/tradeback/tradeback/internal/store"
)

// receive keeps an event, unless its key or its id is known.
func (r *round) receive(o store.Receive) error {
	it := o.Event
	if it.Dedupe != "" {
		mismatch, err := r.claimKey(it, o.Strict)
		if err != nil {
			return err
		}
		if mismatch {
			it.Reason = store.AnotherBody
		}
	}
	it.Size = len(it.Raw)
	fresh, err := r.insert(it)
	if err != nil {
		return err
	}
	if !fresh {
		return &store.DuplicateError{ID: it.ID}
	}
	return nil
}

// claimKey takes the event's dedupe key and reports whether it was taken by another body before.
func (r *round) claimKey(it store.Item, strict bool) (mismatch bool, err error) {
	fresh, err := r.keep(it, "")
	if fresh || err != nil {
		return false, err
	}
	id, digest, err := r.kept(it, "")
	switch {
	case err != nil:
		return false, err
	case digest == it.Digest:
		return false, &store.DuplicateError{ID: id}
	case strict:
		return false, &store.DuplicateError{ID: id, Mismatch: true}
	}
	if fresh, err = r.keep(it, "="+it.Digest); fresh || err != nil {
		return true, err
	}
	if id, _, err = r.kept(it, "="+it.Digest); err != nil {
		return false, err
	}
	return false, &store.DuplicateError{ID: id}
}

// keep writes the event's key and reports whether it is new.
func (r *round) keep(it store.Item, other string) (fresh bool, err error) {
	d, err := r.exec(`INSERT INTO dedupe (connection, key, other, digest, item, received) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, string(it.Conn), it.Dedupe, other, it.Digest, it.ID, it.Received)
	return d.rows > 0, err
}

func (r *round) kept(it store.Item, other string) (id, digest string, err error) {
	_, err = r.row(`SELECT item, digest FROM dedupe WHERE connection = ? AND key = ? AND other = ?`,
		[]any{string(it.Conn), it.Dedupe, other}, &id, &digest)
	return id, digest, err
}
