package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// Bucket holds one document in each connection's shard.
const Bucket = "reconcile"

const stateKey = "state"

// State is what is kept of a connection's sweeps.
type State struct {
	Since   time.Time                   `json:"since,omitzero"`   // when the connection was first served
	Last    time.Time                   `json:"last,omitzero"`    // the end of the last sweep
	Daily   time.Time                   `json:"daily,omitzero"`   // of the last one that looked for strays
	Returns time.Time                   `json:"returns,omitzero"` // how far the shop was looked through for returns that nobody told of
	After   string                      `json:"after,omitempty"`  // the exchange after which a sweep was broken off
	Trouble string                      `json:"trouble,omitempty"`
	Tally   map[exchange.PeerName]Tally `json:"tally,omitempty"`
	Strays  []Stray                     `json:"strays,omitempty"`

	conn    store.Conn
	version uint64
}

// Tally counts the changes of a peer that were not made by us: all that were learned, and those of which no webhook
// had told.
type Tally struct {
	Changes uint64 `json:"changes"`
	Missed  uint64 `json:"missed"`
}

// Stray is something that carries our mark, or an exchange's goods, and should not be there.
type Stray struct {
	Code     string      `json:"code"`
	About    string      `json:"about"` // an order's number, a fulfillment's gid
	Exchange exchange.ID `json:"exchange"`
	Since    time.Time   `json:"since"`
	Seen     time.Time   `json:"seen"` // last
}

// straysKept is how long a stray is shown after it was last seen, and mostStrays how many are.
const (
	straysKept = 7 * 24 * time.Hour
	mostStrays = 200
)

// StateOf is the state of c, the zero State if there was no sweep yet.
func StateOf(ctx context.Context, r interface {
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
}, c store.Conn,
) (State, error) {
	s := State{conn: c}
	found, err := r.Docs(ctx, c, Bucket, "", 1)
	if err != nil {
		return s, fmt.Errorf("load the state of reconcile: %w", err)
	}
	if len(found) > 0 {
		if err := json.Unmarshal(found[0].Body, &s); err != nil {
			return s, fmt.Errorf("read the state of reconcile: %w", err)
		}
		s.version = found[0].Version
	}
	if s.Tally == nil {
		s.Tally = map[exchange.PeerName]Tally{}
	}
	return s, nil
}

func (s *State) begin(now time.Time) {
	if s.Since.IsZero() {
		s.Since, s.Returns = now.UTC(), now.UTC()
	}
}

func (s *State) save(ctx context.Context, st Store) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := st.Put(ctx, store.Doc{Conn: s.conn, Bucket: Bucket, Key: stateKey, Version: s.version, Body: body}); err != nil {
		return fmt.Errorf("keep the state of reconcile: %w", err)
	}
	return nil
}

// note keeps a stray, or notes that it was seen again. It reports whether it is a new one.
func (s *State) note(found Stray, now time.Time) bool {
	found.Since, found.Seen = now.UTC(), now.UTC()
	i := slices.IndexFunc(s.Strays, func(have Stray) bool {
		return have.Code == found.Code && have.About == found.About && have.Exchange == found.Exchange
	})
	switch {
	case i >= 0:
		s.Strays[i].Seen = found.Seen
		return false
	case len(s.Strays) < mostStrays:
		s.Strays = append(s.Strays, found)
	}
	return true
}

// fresh are the strays that were seen of late.
func fresh(list []Stray, now time.Time) []Stray {
	return slices.DeleteFunc(list, func(s Stray) bool { return now.Sub(s.Seen) > straysKept })
}
