package inbox

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/store"
)

// share says which owner works for which connection. The same connections and owners, in any order, are shared
// the same everywhere; no owner has more than one more than another; and when one comes or goes, most
// connections stay where they are: each goes to the owner that it is closest to and that has room.
func share(conns []store.Conn, owners []string) map[store.Conn]string {
	owners = slices.Compact(slices.Sorted(slices.Values(owners)))
	conns = slices.Compact(slices.Sorted(slices.Values(conns)))
	out := make(map[store.Conn]string, len(conns))
	if len(owners) == 0 {
		return out
	}
	bids := make([]bid, 0, len(conns)*len(owners))
	for _, c := range conns {
		for _, o := range owners {
			bids = append(bids, bid{closeness(c, o), c, o})
		}
	}
	slices.SortFunc(bids, bid.compare)
	each, more := len(conns)/len(owners), len(conns)%len(owners) // so many have one more than each
	has := make(map[string]int, len(owners))
	for _, b := range bids {
		switch _, taken := out[b.conn]; {
		case taken || has[b.owner] > each || has[b.owner] == each && more == 0:
			continue
		case has[b.owner] == each:
			more--
		}
		out[b.conn] = b.owner
		has[b.owner]++
	}
	return out
}

// bid is how close a connection is to an owner.
type bid struct {
	near  uint64
	conn  store.Conn
	owner string
}

// compare puts the closest first.
func (b bid) compare(o bid) int {
	switch {
	case b.near > o.near:
		return -1
	case b.near < o.near:
		return 1
	case b.conn != o.conn:
		return strings.Compare(string(b.conn), string(o.conn))
	}
	return strings.Compare(b.owner, o.owner)
}

// closeness is the same on every machine, and as good as drawn by lot.
func closeness(c store.Conn, owner string) uint64 {
	sum := sha256.Sum256([]byte(string(c) + "\x00" + owner))
	return binary.BigEndian.Uint64(sum[:])
}
