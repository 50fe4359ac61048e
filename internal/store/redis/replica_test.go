package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// guarded are the settings of a master that refuses writes while nobody follows it.
var guarded = slices.Concat(redistest.Durable, []string{"--min-replicas-to-write", "1"})

func TestWhatReplicasMeanForTheirMastersPromiseIsSaid(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	redistest.StartReplica(t, master)
	for _, c := range []struct {
		wait       int
		set, value string
		want       string
	}{
		{0, "min-replicas-to-write", "0", "a failover to a replica may lose the last of it, unless --wait-replicas says"},
		{1, "min-replicas-to-write", "0", "and with 1 of its replicas; min-replicas-to-write should be 1"},
		{1, "min-replicas-to-write", "1", "what is acknowledged is on the master's disk and with 1 of its replicas"},
	} {
		if err := master.Client(t).ConfigSet(t.Context(), c.set, c.value).Err(); err != nil {
			t.Fatal(err)
		}
		d := open(t, master.URL(), redis.Options{Wait: c.wait}).Durability()
		if d.Replicas != 1 || !strings.HasSuffix(d.String(), c.want) && c.wait == 1 && c.value == "1" || !strings.Contains(d.String(), c.want) {
			t.Errorf("wait for %d, %s %s: %+v: %s", c.wait, c.set, c.value, d, d)
		}
	}
	if _, err := redis.Open(t.Context(), master.URL(), redis.Options{Wait: 2}); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "1 replicas have it, and 2 must") {
		t.Errorf("waiting for more than there are: %v", err)
	}
}

func TestNothingIsCalledKeptBeforeTheReplicaHasIt(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	replica := redistest.StartReplica(t, master)
	e := open(t, master.URL(), redis.Options{Wait: 1})
	fence := owned(t, e, "me")
	apply(t, e, received("ev_1"), whole(fence, 1))

	resume := replica.Pause(t)
	defer resume()
	for range 2 { // it is there after the first time, and is no more kept than then
		if results, err := e.Apply(t.Context(), []store.Op{received("ev_2")}); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("kept without the replica: %v, %v", results, err)
		}
	}
	if _, err := e.Own(t.Context(), shop, "me", time.Hour); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("a lease without the replica: %v", err)
	}
	if _, err := e.Apply(t.Context(), nil); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("a trial without the replica: %v", err)
	}
	resume()
	results, err := e.Apply(t.Context(), []store.Op{received("ev_2"), whole(fence, 2)})
	if err != nil || !errors.Is(results[0], store.ErrDuplicate) || results[1] != nil {
		t.Fatalf("sent again: %v, %v", results, err)
	}
	if n := replica.Client(t).HExists(t.Context(), "{tb:nordwear}:items", "ev_2").Val(); !n {
		t.Fatal("the replica does not have it")
	}
	if err := master.Client(t).ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	apply(t, e, received("ev_3"))
}

func TestACallThatIsAnsweredFromWhatIsThereWritesSomething(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	line := newLine(t, server.Addr)
	e := open(t, "redis://"+line.addr, redis.Options{})
	c := server.Client(t)
	apply(t, e, received("ev_1"))
	changes := func() (n int) {
		t.Helper()
		text := c.Info(t.Context(), "persistence").Val()
		_, after, _ := strings.Cut(text, "rdb_changes_since_last_save:")
		if _, err := fmt.Sscan(after, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := changes()
	if results, err := e.Apply(t.Context(), []store.Op{received("ev_1")}); err != nil || !errors.Is(results[0], store.ErrDuplicate) {
		t.Fatalf("got %v, %v", results, err)
	}
	duplicate := changes()
	if duplicate == before {
		t.Error("a duplicate wrote nothing that could be waited for")
	}
	line.cut.Store(1)
	if results, err := e.Apply(t.Context(), []store.Op{received("ev_1")}); err != nil || !errors.Is(results[0], store.ErrDuplicate) {
		t.Fatalf("got %v, %v", results, err)
	}
	if got := changes() - duplicate; got != 2 {
		t.Errorf("a call and the same call again made %d changes, want one each", got)
	}
}

// TestAFenceIsNotGivenOutTwiceThoughALeaseIsLost lets a replica take over that lacks the newest lease.
func TestAFenceIsNotGivenOutTwiceThoughALeaseIsLost(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	replica := redistest.StartReplica(t, master)
	old := open(t, master.URL(), redis.Options{Wait: 1})
	first, err := old.Own(t.Context(), shop, "first", time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := replica.Client(t).ReplicaOf(t.Context(), "no", "one").Err(); err != nil {
		t.Fatal(err)
	}
	lost := owned(t, open(t, master.URL(), redis.Options{}), "second") // nobody but the old master hears of it
	after := open(t, replica.URL(), redis.Options{})
	fence := owned(t, after, "third")
	if fence == lost || fence <= first || lost <= first {
		t.Fatalf("fences %d, then %d which was lost, then %d", first, lost, fence)
	}
	if results, err := after.Apply(t.Context(), []store.Op{whole(lost, 1)}); err != nil || !errors.Is(results[0], store.ErrFenced) {
		t.Fatalf("the owner whose lease was lost: %v, %v", results, err)
	}
}

func TestAFailoverBySentinelLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t, guarded...)
	if err := master.Client(t).ConfigSet(t.Context(), "min-replicas-to-write", "0").Err(); err != nil {
		t.Fatal(err) // until it has one
	}
	replica := redistest.StartReplica(t, master, guarded...)
	sentinel := redistest.StartSentinel(t, "orders", master)
	sentinel.AwaitReplica(t)
	press(t, sentinel.URL(), []store.Conn{shop}, func() {
		master.Kill()
		sentinel.AwaitMaster(t, replica)
		master.Follow(t, replica)
	})
}

func TestAFailoverInAClusterLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	cluster.Replicate(t)
	var conns []store.Conn
	for n := range 12 {
		conns = append(conns, store.Conn(fmt.Sprintf("shop-%d", n)))
	}
	press(t, cluster.URL(), conns, func() {
		cluster.Masters[1].Kill()
		cluster.Replicas[1].AwaitRole(t, "master")
		cluster.Masters[1].Restart(t)
		cluster.Masters[1].AwaitRole(t, "slave")
	})
}

// press sends events at once, each until it is acknowledged, and lets trouble come in the midst of it. What was
// acknowledged must be there afterwards, once.
func press(t *testing.T, url string, conns []store.Conn, trouble func()) {
	t.Helper()
	const senders, each = 8, 150
	e := open(t, url, redis.Options{Wait: 1})
	s := store.New(e)
	var acked, again sync.Map
	var group sync.WaitGroup
	half, over := make(chan bool, 2*senders), make(chan bool)
	for n := range senders {
		group.Go(func() {
			defer func() { half <- true }() // also when it ended early
			for i := range each {
				if i == each/2 {
					half <- true
				}
				if i == each-10 {
					<-over // the last come when it is over
				}
				ev := received(fmt.Sprintf("ev_%d_%04d", n, i)).Event
				ev.Conn = conns[(n+i)%len(conns)]
				err := s.Receive(t.Context(), ev)
				for end := time.Now().Add(30 * time.Second); errors.Is(err, store.ErrUnavailable); {
					again.Store(ev.ID, true)
					if time.Now().After(end) {
						t.Errorf("%s: %v", ev.ID, err)
						return
					}
					err = s.Receive(t.Context(), ev)
				}
				if err != nil && !errors.Is(err, store.ErrDuplicate) {
					t.Errorf("%s: %v", ev.ID, err)
					return
				}
				acked.Store(ev.ID, ev.Conn)
			}
		})
	}
	<-half
	trouble()
	close(over)
	group.Wait()
	n, repeated := 0, 0
	acked.Range(func(id, conn any) bool {
		n++
		found, _, err := s.Items(t.Context(), store.Query{Conn: conn.(store.Conn), IDs: []string{id.(string)}})
		if err != nil || len(found) != 1 {
			t.Errorf("%s of %s was acknowledged: %d found, %v", id, conn, len(found), err)
		}
		return true
	})
	again.Range(func(any, any) bool { repeated++; return true })
	t.Logf("%d acknowledged, %d of them after they had been refused", n, repeated)
	if n != senders*each {
		t.Errorf("%d of %d were acknowledged", n, senders*each)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
