package outbox

import (
	"encoding/json"
	"sync"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// width is how many deliveries of a connection are under way at once in each of its ways. The lanes decide how many of
// them call.
const width = 8

// way is what a delivery waits in: acts and reads at each peer have their own, so that a peer which does not answer
// holds up nothing at the other, and reads no acts.
type way struct {
	peer  exchange.PeerName
	reads bool
}

// ways is how many there are.
const ways = 4

func wayOf(it store.Item) way {
	if it.Topic != string(exchange.KindRead) {
		return way{peer: exchange.Kind(it.Topic).Peer()}
	}
	var e struct {
		Read exchange.ReadAsk `json:"read"`
	}
	_ = json.Unmarshal(it.Body, &e) // deliver ends what cannot be read
	return way{e.Read.Target.Peer(), true}
}

// inflight are the items being delivered.
type inflight struct {
	mu    sync.Mutex
	ids   map[string]way
	taken map[way]int
	more  bool // something was due that could not begin beside them
}

func (f *inflight) start(it store.Item) bool {
	in := wayOf(it)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids == nil {
		f.ids, f.taken = map[string]way{}, map[way]int{}
	}
	if _, begun := f.ids[it.ID]; begun || f.taken[in] >= width {
		f.more = true
		return false
	}
	f.ids[it.ID] = in
	f.taken[in]++
	return true
}

// end reports whether something may be due that could not begin before.
func (f *inflight) end(id string) (more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken[f.ids[id]]--
	delete(f.ids, id)
	more, f.more = f.more, false
	return more
}
