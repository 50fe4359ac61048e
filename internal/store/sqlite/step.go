package sqlite

import (
	"encoding/json"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// step does one commit. What can refuse it most cheaply comes first; what has been written when a later
// part refuses is undone by the round.
func (r *round) step(o store.Step) error {
	if err := r.checkFence(o.Conn, o.Fence); err != nil {
		return err
	}
	var moved refChange
	if o.Next != nil {
		var err error
		if moved, err = r.writeExchange(o.Next, o.Refs); err != nil {
			return err
		}
	}
	if o.Entry != nil {
		if err := r.writeEntry(o.Conn, o.Entry); err != nil {
			return err
		}
	}
	for _, it := range o.Items {
		if err := r.write(it); err != nil {
			return err
		}
	}
	for _, d := range o.Docs {
		if err := r.put(d); err != nil {
			return err
		}
	}
	if err := r.erase(o.Conn, o.Erase); err != nil {
		return err
	}
	return r.wakeAll(o.Conn, moved) // last: an item of this step may be parked on one of them no more
}

func (r *round) checkFence(c store.Conn, fence uint64) error {
	valid, ok := r.fences[c]
	if !ok {
		var n int64
		if _, err := r.row(`SELECT fence FROM leases WHERE connection = ? AND owner <> ''`, []any{string(c)}, &n); err != nil {
			return err
		}
		if r.fences == nil {
			r.fences = map[store.Conn]uint64{}
		}
		valid = uint64(n) //nolint:gosec // a count
		r.fences[c] = valid
	}
	if fence == 0 || fence != valid {
		return store.ErrFenced
	}
	return nil
}

// writeEntry adds a line to the journal.
func (r *round) writeEntry(c store.Conn, en *exchange.Entry) error {
	body, err := json.Marshal(en)
	if err != nil {
		return err
	}
	_, err = r.exec(`INSERT INTO journal (connection, exchange, version, body) VALUES (?, ?, ?, ?)`,
		string(c), string(en.Exchange), en.Version, body)
	return err
}

// put writes or deletes a document that is at d.Version; of version 0 it must be new.
func (r *round) put(d store.Doc) error {
	var (
		did done
		err error
	)
	switch {
	case d.Version == 0 && d.Body == nil:
		var one int64
		found, err := r.row(`SELECT 1 FROM docs WHERE connection = ? AND bucket = ? AND key = ?`,
			[]any{string(d.Conn), d.Bucket, d.Key}, &one)
		if err == nil && found {
			err = conflict("document", d.Bucket+"/"+d.Key, d.Version)
		}
		return err
	case d.Version == 0:
		did, err = r.exec(`INSERT INTO docs (connection, bucket, key, version, body) VALUES (?, ?, ?, 1, ?)
			ON CONFLICT DO NOTHING`, string(d.Conn), d.Bucket, d.Key, d.Body)
	case d.Body == nil:
		did, err = r.exec(`DELETE FROM docs WHERE connection = ? AND bucket = ? AND key = ? AND version = ?`,
			string(d.Conn), d.Bucket, d.Key, d.Version)
	default:
		did, err = r.exec(`UPDATE docs SET version = version + 1, body = ?
			WHERE connection = ? AND bucket = ? AND key = ? AND version = ?`,
			d.Body, string(d.Conn), d.Bucket, d.Key, d.Version)
	}
	if err == nil && did.rows == 0 {
		err = conflict("document", d.Bucket+"/"+d.Key, d.Version)
	}
	return err
}
