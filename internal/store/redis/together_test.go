package redis_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// One script does a round: Redis must hold the same as if each of its operations had come alone.
func TestARoundLeavesWhatItsOperationsLeaveOneByOne(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.Client(t)
	after := func(rounds func([]store.Op) [][]store.Op) map[string]string {
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		e := open(t, server.URL(), redis.Options{Now: func() time.Time { return noon }})
		for _, round := range rounds(variety(owned(t, e, "me"))) {
			apply(t, e, round...)
		}
		return contents(t, c)
	}
	apart := after(func(ops []store.Op) (rounds [][]store.Op) {
		for op := range slices.Chunk(ops, 1) {
			rounds = append(rounds, op)
		}
		return rounds
	})
	together := after(func(ops []store.Op) [][]store.Op { return [][]store.Op{ops} })
	for key := range maps.Keys(apart) {
		if together[key] != apart[key] {
			t.Errorf("%s\napart    %q\ntogether %q", key, apart[key], together[key])
		}
	}
	if len(together) != len(apart) || len(apart) < 15 {
		t.Errorf("%d keys, apart %d", len(together), len(apart))
	}
}

// variety is operations that undo, within the round, what those before them do.
func variety(fence uint64) []store.Op {
	parked := received("ev_parked")
	parked.Event.State, parked.Event.Ref = store.Parked, "order:#1"
	done := received("ev_done").Event
	done.Version, done.State, done.Exchange = 1, store.Done, "ex_0001"
	woken := parked.Event
	woken.Version, woken.State, woken.Ref = 2, store.Dead, ""
	dropped, ignored := received("ev_dropped").Event, received("ev_ignored").Event
	dropped.Version, dropped.State = 1, store.Dropped
	ignored.Version, ignored.State = 1, store.Ignored
	effect := whole(fence, 1).Items[0]
	effect.Version, effect.Due = 1, noon.Add(1)
	return []store.Op{
		received("ev_done"), parked, received("ev_dropped"), received("ev_ignored"), received("ev_waiting"),
		whole(fence, 1), // wakes what is parked on #1
		store.Step{Conn: shop, Fence: fence, Items: []store.Item{done, woken, dropped, ignored, effect}, Erase: []string{"ev_waiting"}},
		whole(fence, 2),
	}
}

// contents is what the keys hold, but for the lease and the answers of calls.
func contents(t *testing.T, c *goredis.Client) map[string]string {
	t.Helper()
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, key := range keys {
		if strings.HasSuffix(key, ":lease") { // its fence is a time
			continue
		}
		switch kind := c.Type(t.Context(), key).Val(); kind {
		case "hash":
			all[key] = fmt.Sprint(c.HGetAll(t.Context(), key).Val())
		case "zset":
			all[key] = strings.Join(c.ZRange(t.Context(), key, 0, -1).Val(), "\n")
		}
	}
	return all
}
