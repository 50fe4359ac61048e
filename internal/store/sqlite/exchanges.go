package sqlite

import (
	"encoding/json"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// stored is what a commit must know of the exchange before it.
type stored struct {
	version, raised    int64
	stage, refs, names string
}

// writeExchange stores the next version of x, its refs and names, and says which refs came and went.
func (r *round) writeExchange(x *exchange.Exchange, refs []exchange.Ref) (refChange, error) {
	was, err := r.stored(x)
	if err != nil {
		return refChange{}, err
	}
	if x.Version != uint64(was.version)+1 { //nolint:gosec // a count
		return refChange{}, conflict("exchange", string(x.ID), x.Version-1)
	}
	body, err := json.Marshal(x)
	if err != nil {
		return refChange{}, err
	}
	return r.storeExchange(x, refs, was, body)
}

// stored is what stands of x; at version 0 there is nothing.
func (r *round) stored(x *exchange.Exchange) (was stored, err error) {
	_, err = r.row(`SELECT version, raised, stage, refs, names FROM exchanges WHERE connection = ? AND id = ?`,
		[]any{string(x.Connection), string(x.ID)},
		&was.version, &was.raised, &was.stage, &was.refs, &was.names)
	return was, err
}

// storeExchange stores x, which is body, in place of what was.
func (r *round) storeExchange(x *exchange.Exchange, refs []exchange.Ref, was stored, body []byte) (refChange, error) {
	at := store.IndexOf(x, refs)
	moved, newRefs, err := r.writeRefs(x, refs, was.refs)
	if err != nil {
		return refChange{}, err
	}
	newNames, err := r.writeNames(x, refs, at.Names, was.names)
	if err != nil {
		return refChange{}, err
	}
	if was.version == 0 {
		_, err = r.exec(`INSERT INTO exchanges (version, stage, instant, raised, created, updated, number, return_number,
				refs, names, body, connection, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			x.Version, string(x.Stage), at.Instant, at.Raised, x.Created, x.Updated, at.Number, at.ReturnNumber,
			newRefs, newNames, body, string(x.Connection), string(x.ID))
		return moved, err
	}
	if was.stage != string(x.Stage) || (was.raised == 1) != at.Raised {
		_, err = r.exec(`UPDATE exchanges SET stage = ?, raised = ? WHERE connection = ? AND id = ?`,
			string(x.Stage), at.Raised, string(x.Connection), string(x.ID))
		if err != nil {
			return refChange{}, err
		}
	}
	// Apart from the above, so that the indices of stage and raised are left alone when neither changes.
	_, err = r.exec(`UPDATE exchanges SET version = ?, instant = ?, updated = ?, number = ?, return_number = ?,
			refs = ?, names = ?, body = ? WHERE connection = ? AND id = ?`,
		x.Version, at.Instant, x.Updated, at.Number, at.ReturnNumber, newRefs, newNames, body,
		string(x.Connection), string(x.ID))
	return moved, err
}
