package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Own takes, renews or gives up the lease of c, by Redis's clock.
func (e *Engine) Own(ctx context.Context, c store.Conn, owner string, ttl time.Duration) (uint64, error) {
	switch {
	case e.closed.Load():
		return 0, store.ErrClosed
	case owner == "":
		return 0, fmt.Errorf("%w: an owner without a name", store.ErrInvalid)
	}
	micros := max(ttl, 0).Microseconds()
	if ttl > 0 {
		micros = max(micros, 1)
	}
	answer, err := ownScript.Run(ctx, e.client, e.shard(c).keys, owner, micros).Text()
	switch {
	case err != nil:
		return 0, outOfRoom(err)
	case answer == "held":
		return 0, store.ErrHeld
	}
	fence, err := strconv.ParseUint(answer, 10, 64)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("lease of %q: answered %q", c, answer), err)
	}
	return fence, nil
}
