package redis

import (
	"context"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Sweep drops what is past its time, connection by connection.
func (e *Engine) Sweep(ctx context.Context, now time.Time, limit int) (n int, err error) {
	conns, err := e.Conns(ctx)
	if err != nil {
		return 0, err
	}
	for _, c := range append(conns, "") {
		if n >= limit {
			break
		}
		swept, err := sweepScript.Run(ctx, e.client, e.shard(c).keys, limit-n, stamp(now.Add(-store.IgnoredKept)),
			stamp(now.Add(-store.ParkedKept)), stamp(now.Add(-store.RawKept)), stamp(now.Add(-store.DedupeKept))).Int()
		if err != nil {
			return n, outOfRoom(err)
		}
		n += swept
	}
	return n, nil
}
