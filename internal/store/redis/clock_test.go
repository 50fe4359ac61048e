package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// TestAClockThatWasSetBackKeepsNobodyAlive lets an owner die just before the clock by which its lease and its
// announcement run is set back an hour, or a Redis takes over whose clock is an hour behind. No server can be made to
// do that, so what they would have stored by a clock that is ahead is written for them.
func TestAClockThatWasSetBackKeepsNobodyAlive(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	c := server.Client(t)
	const ttl = 200 * time.Millisecond
	if _, err := e.Own(t.Context(), shop, "dead", ttl); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Present(t.Context(), "dead", ttl); err != nil {
		t.Fatal(err)
	}
	ahead := time.Now().Add(time.Hour).UnixMicro()
	if err := errors.Join(
		c.HSet(t.Context(), "{tb:nordwear}:lease", "until", ahead).Err(),
		c.HSet(t.Context(), "{tb/all}:alive", "dead", fmt.Sprint(ahead, ttl.Microseconds())).Err(),
	); err != nil {
		t.Fatal(err)
	}
	if held, err := e.Held(t.Context(), shop); held || err != nil {
		t.Fatalf("it is said to be held, %t, by whom nobody heard of since the clock was set back, %v", held, err)
	}
	if _, err := e.Own(t.Context(), shop, "you", time.Hour); !errors.Is(err, store.ErrHeld) {
		t.Fatalf("got %v, want ErrHeld: who is alive has its time to renew", err)
	}
	until(t, func() error {
		_, err := e.Own(t.Context(), shop, "you", time.Hour)
		return err
	})
	until(t, func() error {
		alive, err := e.Present(t.Context(), "you", time.Hour)
		if err == nil && !slices.Equal(alive, []string{"you"}) {
			err = fmt.Errorf("announced are %q", alive)
		}
		return err
	})
}
