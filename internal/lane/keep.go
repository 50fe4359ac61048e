package lane

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Bucket holds a document per peer, in the connection's shard of the store.
const Bucket = "lanes"

// State is what a breaker remembers between starts.
type State struct {
	Failures    int           `json:"failures"`            // refusals in a row, and calls begun since the first that may be refused
	Status      int           `json:"status,omitempty"`    // how the peer refused last: 401, 402, 403, 423
	Wait        time.Duration `json:"wait,omitempty"`      // between the last probe and the next
	Probe       time.Time     `json:"probe_at,omitzero"`   // when the next call may try; set once the breaker is open
	Rest        time.Time     `json:"rest_until,omitzero"` // the peer asked to be left alone until then
	Limits      limits        `json:"limits,omitempty"`    // until when an API method is left alone whose calls were too many
	Reason      string        `json:"reason,omitempty"`    // blocked until the credentials change
	Credentials string        `json:"credentials,omitempty"`
}

// Keeper keeps the state of one lane.
type Keeper interface {
	// Load gives what was saved last, and its version; the zero State and 0 if nothing was.
	Load(ctx context.Context) (State, uint64, error)
	// Save replaces the state at version and gives the new version.
	// Errors: store.ErrConflict when another process saved meanwhile.
	Save(ctx context.Context, s State, version uint64) (uint64, error)
}

// Docs is what this room asks of the store.
type Docs interface {
	Docs(ctx context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error)
	Apply(ctx context.Context, ops []store.Op) ([]error, error)
}

// KeepIn keeps the state of a connection's lane to peer as a document of the store.
func KeepIn(docs Docs, c store.Conn, peer string) Keeper { return &kept{docs, c, peer} }

type kept struct {
	docs Docs
	conn store.Conn
	peer string
}

func (k *kept) Load(ctx context.Context) (State, uint64, error) {
	found, err := k.docs.Docs(ctx, k.conn, Bucket, "", 50) // one for each peer
	if err != nil {
		return State{}, 0, fmt.Errorf("load lane state: %w", err)
	}
	for _, d := range found {
		if d.Key != k.peer {
			continue
		}
		var s State
		if err := json.Unmarshal(d.Body, &s); err != nil {
			return State{}, 0, fmt.Errorf("decode lane state: %w", err)
		}
		return s, d.Version, nil
	}
	return State{}, 0, nil
}

func (k *kept) Save(ctx context.Context, s State, version uint64) (uint64, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return 0, fmt.Errorf("encode lane state: %w", err)
	}
	put := store.Put{Doc: store.Doc{Conn: k.conn, Bucket: Bucket, Key: k.peer, Version: version, Body: body}}
	results, err := k.docs.Apply(ctx, []store.Op{put})
	if err == nil {
		err = results[0]
	}
	if err != nil {
		return 0, fmt.Errorf("save lane state: %w", err)
	}
	return version + 1, nil
}

// inMemory keeps a state as long as the process lives.
type inMemory struct {
	state   State
	version uint64
}

func (m *inMemory) Load(context.Context) (State, uint64, error) { return m.state, m.version, nil }

func (m *inMemory) Save(_ context.Context, s State, _ uint64) (uint64, error) {
	m.state, m.version = s, m.version+1
	return m.version, nil
}
