package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Hold keeps the owner of a connection from acting after its store was restored from a backup: what was done
// since is known to the peers alone. It ends when they have told how all that is under way stands.
type Hold struct {
	Conn    Conn      `json:"-"`
	Since   time.Time `json:"since"`           // when it was restored
	Asked   bool      `json:"asked,omitempty"` // all exchanges under way were told to read
	Version uint64    `json:"-"`               // of its document; 0: not stored yet
}

const (
	holdBucket = "recovery"
	holdKey    = "hold"
)

// HoldOf is the hold of c, if there is one.
func HoldOf(ctx context.Context, r interface {
	Docs(ctx context.Context, c Conn, bucket, after string, limit int) ([]Doc, error)
}, c Conn,
) (h Hold, held bool, err error) {
	found, err := r.Docs(ctx, c, holdBucket, "", 1)
	if err != nil || len(found) == 0 {
		return Hold{}, false, err
	}
	if err := json.Unmarshal(found[0].Body, &h); err != nil {
		return Hold{}, false, fmt.Errorf("read the recovery hold of %s: %w", c, err)
	}
	h.Conn, h.Version = c, found[0].Version
	return h, true, nil
}

// Doc is the document that keeps the hold.
func (h Hold) Doc() (Doc, error) {
	body, err := json.Marshal(h)
	return Doc{Conn: h.Conn, Bucket: holdBucket, Key: holdKey, Version: h.Version, Body: body}, err
}

// Ended is the document that ends the hold.
func (h Hold) Ended() Doc {
	return Doc{Conn: h.Conn, Bucket: holdBucket, Key: holdKey, Version: h.Version}
}
