package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// Held reports whether somebody's lease of c runs. One that ends later than if it was renewed just now is of before
// the clock was set back.
func (e *Engine) Held(ctx context.Context, c store.Conn) (bool, error) {
	key := e.shard(c).key("lease")
	lease, err := e.client.HMGet(ctx, key, "owner", "until", "ttl").Result()
	if err != nil || lease[0] == nil || lease[0] == "" {
		return false, err
	}
	now, err := e.timeOf(ctx, key)
	if err != nil {
		return false, err
	}
	var until, ttl int64
	if _, err := fmt.Sscan(fmt.Sprintln(lease[1:]...), &until, &ttl); err != nil {
		return false, fmt.Errorf("lease of %q: %v: %w", c, lease, err)
	}
	return until > now.UnixMicro() && until <= now.UnixMicro()+ttl, nil
}

// Own takes, renews or gives up the lease of c, by Redis's clock.
func (e *Engine) Own(ctx context.Context, c store.Conn, owner string, ttl time.Duration) (uint64, error) {
	switch {
	case e.closed.Load():
		return 0, store.ErrClosed
	case owner == "":
		return 0, fmt.Errorf("%w: an owner without a name", store.ErrInvalid)
	}
	answer, err := e.run(ctx, ownScript, e.shard(c).keys, owner, micros(ttl))
	switch {
	case err != nil:
		return 0, outOfRoom(err)
	case answer == "held":
		return 0, store.ErrHeld
	}
	text, _ := answer.(string)
	fence, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("lease of %q: answered %q", c, answer), err)
	}
	return fence, nil
}

// Present announces an owner, by Redis's clock.
func (e *Engine) Present(ctx context.Context, owner string, ttl time.Duration) ([]string, error) {
	switch {
	case e.closed.Load():
		return nil, store.ErrClosed
	case owner == "":
		return nil, fmt.Errorf("%w: an owner without a name", store.ErrInvalid)
	}
	alive, err := presentScript.Run(ctx, e.client, []string{e.all.alive}, owner, micros(ttl)).StringSlice()
	if err != nil {
		return nil, outOfRoom(err)
	}
	slices.Sort(alive)
	return alive, nil
}

// micros is a time to live as the scripts count it. What is not over at once is at least one.
func micros(ttl time.Duration) int64 {
	if ttl <= 0 {
		return 0
	}
	return max(ttl.Microseconds(), 1)
}

// Time is what Redis's clock shows: that by which leases and announcements run. Of a cluster, it is that of the master
// by which announcements do.
func (e *Engine) Time(ctx context.Context) (time.Time, error) { return e.timeOf(ctx, e.all.alive) }

// timeOf is what the clock shows of the Redis where a key lies.
func (e *Engine) timeOf(ctx context.Context, key string) (time.Time, error) {
	shown, err := timeScript.Run(ctx, e.client, []string{key}).StringSlice()
	if err != nil {
		return time.Time{}, err
	}
	var seconds, rest int64
	if _, err := fmt.Sscan(strings.Join(shown, " "), &seconds, &rest); err != nil {
		return time.Time{}, fmt.Errorf("the time is said to be %q: %w", shown, err)
	}
	return time.Unix(seconds, rest*int64(time.Microsecond)), nil
}
