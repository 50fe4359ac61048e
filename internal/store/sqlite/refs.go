package sqlite

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// refChange is which names came and went with a commit.
type refChange struct{ added, dropped []string }

// writeRefs makes refs those of x, whose refs were the JSON in was, and returns theirs.
//
// Errors: store.ClaimError.
func (r *round) writeRefs(x *exchange.Exchange, refs []exchange.Ref, was string) (moved refChange, now string, err error) {
	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b exchange.Ref) int { return strings.Compare(a.Name, b.Name) })
	refs = slices.CompactFunc(refs, func(a, b exchange.Ref) bool { return a.Name == b.Name })
	b, err := json.Marshal(refs)
	if err != nil || string(b) == was {
		return refChange{}, was, err
	}
	var old []exchange.Ref
	if was != "" {
		if err := json.Unmarshal([]byte(was), &old); err != nil {
			return refChange{}, "", err
		}
	}
	for _, ref := range refs {
		if slices.Contains(old, ref) {
			continue
		}
		if err := r.addRef(x, ref); err != nil {
			return refChange{}, "", err
		}
		moved.added = append(moved.added, ref.Name)
	}
	for _, ref := range old {
		if slices.ContainsFunc(refs, func(n exchange.Ref) bool { return n.Name == ref.Name }) {
			continue
		}
		if _, err := r.exec(`DELETE FROM refs WHERE connection = ? AND name = ? AND exchange = ?`,
			string(x.Connection), ref.Name, string(x.ID)); err != nil {
			return refChange{}, "", err
		}
		moved.dropped = append(moved.dropped, ref.Name)
	}
	return moved, string(b), nil
}

// addRef names x by ref, unless that is another's claim or, if it is to be x's claim, any other's at all.
func (r *round) addRef(x *exchange.Exchange, ref exchange.Ref) error {
	var by string
	taken, err := r.row(`SELECT exchange FROM refs
		WHERE connection = ? AND name = ? AND exchange <> ? AND (shared = 0 OR ? = 0) LIMIT 1`,
		[]any{string(x.Connection), ref.Name, string(x.ID), ref.Shared}, &by)
	if err != nil {
		return err
	}
	if taken {
		return &store.ClaimError{Ref: ref, By: exchange.ID(by)}
	}
	_, err = r.exec(`INSERT INTO refs (connection, name, exchange, shared) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET shared = excluded.shared`, string(x.Connection), ref.Name, string(x.ID), ref.Shared)
	return err
}

// wakeAll wakes what is parked on names that came, or until names that went are nobody's.
func (r *round) wakeAll(c store.Conn, moved refChange) error {
	for _, name := range moved.added {
		if err := r.wake(c, name, false); err != nil {
			return err
		}
	}
	for _, name := range moved.dropped {
		exists, err := r.refExists(c, name)
		if err != nil {
			return err
		}
		if exists {
			continue
		}
		if err := r.wake(c, name, true); err != nil {
			return err
		}
	}
	return nil
}

// writeNames makes names those of x, which were the JSON in was, and returns theirs. The id and the names of
// refs are left out: exchanges are found by them already.
func (r *round) writeNames(x *exchange.Exchange, refs []exchange.Ref, names []string, was string) (now string, err error) {
	names = slices.DeleteFunc(names, func(name string) bool {
		return name == string(x.ID) || slices.ContainsFunc(refs, func(ref exchange.Ref) bool { return ref.Name == name })
	})
	b, err := json.Marshal(names)
	if err != nil || string(b) == was {
		return was, err
	}
	var old []string
	if was != "" {
		if err := json.Unmarshal([]byte(was), &old); err != nil {
			return "", err
		}
	}
	for _, name := range names {
		if !slices.Contains(old, name) {
			if _, err := r.exec(`INSERT INTO names (name, connection, exchange) VALUES (?, ?, ?)`,
				name, string(x.Connection), string(x.ID)); err != nil {
				return "", err
			}
		}
	}
	for _, name := range old {
		if !slices.Contains(names, name) {
			if _, err := r.exec(`DELETE FROM names WHERE name = ? AND connection = ? AND exchange = ?`,
				name, string(x.Connection), string(x.ID)); err != nil {
				return "", err
			}
		}
	}
	return string(b), nil
}
