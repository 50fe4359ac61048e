package sqlite

import (
	"fmt"

	"github.com/tradeback/tradeback/internal/store"
)

// insert stores a new item at version 1 and reports whether its id was free.
func (r *round) insert(it store.Item) (fresh bool, err error) {
	if it, err = r.settle(it); err != nil {
		return false, err
	}
	d, err := r.exec(`INSERT INTO items (connection, id, version, kind, state, received, due, attempt, size, gone,
			exchange, ref, source, topic, reason, body)
		VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		string(it.Conn), it.ID, string(it.Kind), string(it.State), it.Received, it.Due, it.Attempt, it.Size, it.Gone,
		string(it.Exchange), it.Ref, it.Source, it.Topic, it.Reason, it.Body)
	if err != nil || d.rows == 0 {
		return false, err
	}
	if it.Raw != nil {
		_, err = r.exec(`INSERT INTO raws (item, received, body) VALUES (?, ?, ?)`, d.id, it.Received, it.Raw)
	}
	return true, err
}

// write replaces an item that is at it.Version; of version 0 it must be new.
func (r *round) write(it store.Item) error {
	if it.Version == 0 {
		it.Size = len(it.Raw)
		fresh, err := r.insert(it)
		if err == nil && !fresh {
			err = conflict("item", it.ID, it.Version)
		}
		return err
	}
	if it.State == store.Dropped {
		d, err := r.exec(`DELETE FROM items WHERE connection = ? AND id = ? AND version = ?`,
			string(it.Conn), it.ID, it.Version)
		return changed(d, err, it)
	}
	it, err := r.settle(it)
	if err != nil {
		return err
	}
	d, err := r.exec(`UPDATE items SET version = version + 1, state = ?, due = ?, attempt = ?, gone = ?,
			exchange = ?, ref = ?, reason = ?, body = ?
		WHERE connection = ? AND id = ? AND version = ?`,
		string(it.State), it.Due, it.Attempt, it.Gone, string(it.Exchange), it.Ref, it.Reason, it.Body,
		string(it.Conn), it.ID, it.Version)
	if err := changed(d, err, it); err != nil || it.State != store.Ignored {
		return err
	}
	_, err = r.exec(`DELETE FROM raws WHERE item = (SELECT n FROM items WHERE connection = ? AND id = ?)`,
		string(it.Conn), it.ID)
	return err
}

func changed(d done, err error, it store.Item) error {
	if err == nil && d.rows == 0 {
		err = conflict("item", it.ID, it.Version)
	}
	return err
}

func conflict(what, id string, version uint64) error {
	return fmt.Errorf("%w: %s %s is not at version %d", store.ErrConflict, what, id, version)
}
