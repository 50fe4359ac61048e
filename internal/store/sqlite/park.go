package sqlite

import (
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// settle is the item as it must be stored: ignored ones without bodies, and a parked one awake if what it
// waits for is so already, or dead if too many are parked.
func (r *round) settle(it store.Item) (store.Item, error) {
	switch it.State {
	case store.Ignored:
		it.Body, it.Raw = nil, nil
	case store.Parked:
		exists, err := r.refExists(it.Conn, it.Ref)
		if err != nil {
			return it, err
		}
		if exists != it.Gone {
			it.State, it.Due = store.Waiting, r.atOnce(it.Due)
			return it, nil
		}
		if already, err := r.isParked(it); already || err != nil {
			return it, err
		}
		n, err := r.countParked(it.Conn)
		if err != nil {
			return it, err
		}
		if n >= store.MaxParked {
			it.State, it.Reason = store.Dead, store.TooManyParked
			return it, nil
		}
		r.parked[it.Conn] = n + 1
	}
	return it, nil
}

// atOnce is due, or now if that is earlier.
func (r *round) atOnce(due time.Time) time.Time {
	if nanos(due) > r.now {
		return moment(r.now)
	}
	return due
}

func (r *round) refExists(c store.Conn, name string) (bool, error) {
	var one int64
	return r.row(`SELECT 1 FROM refs WHERE connection = ? AND name = ? LIMIT 1`, []any{string(c), name}, &one)
}

// isParked reports whether an item that is to be parked is so already, and takes no new place.
func (r *round) isParked(it store.Item) (bool, error) {
	if it.Version == 0 {
		return false, nil
	}
	var one int64
	return r.row(`SELECT 1 FROM items WHERE connection = ? AND id = ? AND state = 'parked'`,
		[]any{string(it.Conn), it.ID}, &one)
}

// countParked is how many items of c are parked, counted once per round; what a round takes out is not
// noticed before the next.
func (r *round) countParked(c store.Conn) (int64, error) {
	if n, ok := r.parked[c]; ok {
		return n, nil
	}
	var n int64
	_, err := r.row(`SELECT count(*) FROM items WHERE connection = ? AND state = 'parked'`, []any{string(c)}, &n)
	if r.parked == nil {
		r.parked = map[store.Conn]int64{}
	}
	r.parked[c] = n
	return n, err
}

// wake moves what is parked on a ref, until it is made or (gone) given up, to what waits.
func (r *round) wake(c store.Conn, name string, gone bool) error {
	_, err := r.exec(`UPDATE items SET version = version + 1, state = 'waiting', due = min(due, ?)
		WHERE connection = ? AND ref = ? AND state = 'parked' AND gone = ?`, r.now, string(c), name, gone)
	return err
}
