package redis

import (
	"context"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Sweep drops what is past its time, connection by connection.
func (e *Engine) Sweep(ctx context.Context, now time.Time, limit int) (swept store.Swept, err error) {
	conns, err := e.Conns(ctx)
	if err != nil {
		return store.Swept{}, err
	}
	for _, c := range append(conns, "") {
		if swept.Rows() >= limit {
			break
		}
		n, err := sweepScript.Run(ctx, e.client, e.shard(c).keys, limit-swept.Rows(), stamp(now.Add(-store.IgnoredKept)),
			stamp(now.Add(-store.ParkedKept)), stamp(now.Add(-store.RawKept)), stamp(now.Add(-store.DedupeKept))).Int64Slice()
		if err != nil {
			return swept, outOfRoom(err)
		}
		swept = swept.Add(store.Swept{Ignored: int(n[0]), Parked: int(n[1]), Bodies: int(n[2]), Keys: int(n[3])})
	}
	return swept, nil
}
