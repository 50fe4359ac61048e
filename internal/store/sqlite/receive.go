package sqlite

import (
	"cmp"

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
	ours, err := r.isOurs(it)
	if err != nil {
		return err
	}
	if !ours {
		it.State, it.Reason = store.Ignored, cmp.Or(it.Reason, store.AboutNothing)
	}
	fresh, err := r.insert(it)
	if err != nil {
		return err
	}
	if !fresh {
		return &store.DuplicateError{ID: it.ID}
	}
	return r.line(it.Conn, it.Line)
}

// isOurs reports whether an exchange has one of the refs that a waiting event is about.
func (r *round) isOurs(it store.Item) (bool, error) {
	if len(it.About) == 0 || it.State != store.Waiting {
		return true, nil
	}
	for _, name := range it.About {
		if exists, err := r.refExists(it.Conn, name); exists || err != nil {
			return exists, err
		}
	}
	return false, nil
}

// claimKey takes the event's dedupe key and reports whether it was taken by another body before.
func (r *round) claimKey(it store.Item, strict bool) (mismatch bool, err error) {
	key, other, digest := store.DedupeKeys(&it)
	before, err := r.keep(it, key, digest)
	switch {
	case err != nil || before == nil:
		return false, err
	case before.digest == string(digest):
		return false, &store.DuplicateError{ID: before.id}
	case strict:
		return false, &store.DuplicateError{ID: before.id, Mismatch: true}
	}
	before, err = r.keep(it, other, digest)
	if err == nil && before != nil {
		err = &store.DuplicateError{ID: before.id}
	}
	return true, err
}

// kept is the event that stands under a key.
type kept struct{ id, digest string }

// keep puts the event under a key, or returns the one that stands there.
func (r *round) keep(it store.Item, key, digest blob) (before *kept, err error) {
	d, err := r.exec(`INSERT INTO dedupe (connection, key, digest, item, received) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, string(it.Conn), key, digest, it.ID, it.Received)
	if err != nil || d.rows > 0 {
		return nil, err
	}
	before = &kept{}
	_, err = r.row(`SELECT item, digest FROM dedupe WHERE connection = ? AND key = ?`,
		[]any{string(it.Conn), key}, &before.id, &before.digest)
	return before, err
}
