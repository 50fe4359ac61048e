package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

const shop = store.Conn("nordwear")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func received(id string) store.Receive {
	return store.Receive{Event: store.Item{
		ID: id, Conn: shop, Kind: store.Event, State: store.Waiting, Source: "ongoing",
		Received: noon, Due: noon, Dedupe: "key " + id, Digest: "digest", Body: []byte(`{}`), Raw: []byte(`{"raw":1}`),
	}}
}

// whole is a step with a part of each kind.
func whole(fence uint64, n int) store.Step {
	id := exchange.ID(fmt.Sprintf("ex_%04d", n))
	x := exchange.New(id, shop, exchange.Policy{}, noon)
	x.Version = 1
	return store.Step{
		Conn: shop, Fence: fence, Next: &x, Refs: []exchange.Ref{exchange.RefOrder(fmt.Sprintf("#%d", n))},
		Entry: &exchange.Entry{Exchange: id, Version: 1, At: noon},
		Items: []store.Item{{ID: string(id) + "/release/1", Conn: shop, Kind: store.Effect, State: store.Waiting, Exchange: id, Received: noon, Due: noon}},
		Docs:  []store.Doc{{Conn: shop, Bucket: "b", Key: string(id), Body: []byte(`{}`)}},
	}
}

func owned(t testing.TB, e store.Engine, owner string) uint64 {
	t.Helper()
	fence, err := e.Own(t.Context(), shop, owner, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return fence
}

func apply(t testing.TB, e store.Engine, ops ...store.Op) {
	t.Helper()
	results, err := e.Apply(t.Context(), ops)
	if err = errors.Join(append(results, err)...); err != nil {
		t.Fatal(err)
	}
}

// until repeats ask until it has no fault to tell.
func until(t testing.TB, ask func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-tick.C {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestACallSentAgainIsDoneOnceAndAnswersTheSame(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	line := newLine(t, server.Addr)
	e := open(t, "redis://"+line.addr, redis.Options{})
	fence := owned(t, e, "me")
	apply(t, e, received("ev_0"))
	for n := range 3 {
		bad := store.Put{Doc: store.Doc{Conn: shop, Bucket: "b", Key: "never", Version: 7, Body: []byte(`1`)}}
		ops := []store.Op{received(fmt.Sprintf("ev_1%d", n)), whole(fence, n), bad, received("ev_0")}
		line.cut.Store(1) // the first answer is lost, and go-redis sends the call again
		results, err := e.Apply(t.Context(), ops)
		if err != nil {
			t.Fatal(err)
		}
		if line.cut.Load() != 0 {
			t.Fatal("no answer was lost")
		}
		if results[0] != nil || results[1] != nil || !errors.Is(results[2], store.ErrConflict) || !errors.Is(results[3], store.ErrDuplicate) {
			t.Fatalf("round %d: got %v", n, results)
		}
	}
	entries, err := e.Journal(t.Context(), shop, "ex_0001", 0, 10)
	if err != nil || len(entries) != 1 {
		t.Fatalf("journal %v, %v", entries, err)
	}
}

func TestAScriptThatRedisLostIsSentAnew(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	c := server.Client(t)
	fence := owned(t, e, "me")
	for n := range 3 {
		if err := c.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		apply(t, e, whole(fence, n), received(fmt.Sprintf("ev_%d", n)))
		if err := c.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if got := owned(t, e, "me"); got != fence {
			t.Fatalf("fence %d, was %d", got, fence)
		}
	}
}

func TestWhileRedisIsAwayNothingIsKeptAndThenItGoesOn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	fence := owned(t, e, "me")
	apply(t, e, received("ev_1"), whole(fence, 1))
	server.Kill()
	if _, err := e.Apply(t.Context(), []store.Op{received("ev_2")}); err == nil {
		t.Fatal("kept without Redis")
	}
	if _, err := e.Apply(t.Context(), nil); err == nil {
		t.Fatal("a trial without Redis")
	}
	server.Restart(t)
	if _, err := e.Apply(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	apply(t, e, received("ev_2"), whole(fence, 2)) // the lease is still ours
	if results, err := e.Apply(t.Context(), []store.Op{received("ev_1"), whole(fence, 1)}); err != nil ||
		!errors.Is(results[0], store.ErrDuplicate) || !errors.Is(results[1], store.ErrConflict) {
		t.Fatalf("got %v, %v: what was kept before the kill is gone", results, err)
	}
}

func TestARedisThatIsBusyIsAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	apply(t, e, received("ev_1"))
	c := server.Client(t)
	if err := c.ConfigSet(t.Context(), "lua-time-limit", "10").Err(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Eval(t.Context(), "while true do end", nil).Err() }() // of somebody else's
	until(t, func() error {
		if _, err := e.Find(t.Context(), shop, exchange.RefOrder("#1")); !errors.Is(err, store.ErrUnavailable) {
			return fmt.Errorf("got %w, want it unavailable", err)
		}
		return nil
	})
	if err := server.Client(t).ScriptKill(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the script ended by itself")
	}
	apply(t, e, received("ev_2"))
}

func TestWhatWasAcknowledgedSurvivesAKillUnderLoad(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	s := store.New(e)
	var (
		mu    sync.Mutex
		acked []string
		wg    sync.WaitGroup
	)
	for w := range 8 {
		wg.Go(func() {
			for i := range 10_000 {
				id := fmt.Sprintf("ev_%d_%05d", w, i)
				if err := s.Receive(t.Context(), received(id).Event); err != nil {
					return
				}
				mu.Lock()
				acked = append(acked, id)
				n := len(acked)
				mu.Unlock()
				if n == 500 {
					wg.Go(server.Kill)
				}
			}
		})
	}
	wg.Wait()
	server.Restart(t)
	for i := 0; i < len(acked); i += 400 {
		ids := acked[i:min(i+400, len(acked))]
		found, _, err := s.Items(t.Context(), store.Query{Conn: shop, IDs: ids, Limit: 500})
		if err != nil || len(found) != len(ids) {
			t.Fatalf("of %d acknowledged, %d are there: %v", len(ids), len(found), err)
		}
	}
	if len(acked) < 500 {
		t.Fatalf("only %d were acknowledged", len(acked))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutMemoryNothingIsHalfDone(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	e := open(t, server.URL(), redis.Options{})
	c := server.Client(t)
	fence := owned(t, e, "me")
	apply(t, e, received("ev_1"))
	memory := func(limit string) {
		t.Helper()
		if err := c.ConfigSet(t.Context(), "maxmemory", limit).Err(); err != nil {
			t.Fatal(err)
		}
	}
	memory("1mb")
	before, err := c.DBSize(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []store.Op{received("ev_2"), whole(fence, 1)} {
		if _, err := e.Apply(t.Context(), []store.Op{op}); !errors.Is(err, store.ErrFull) {
			t.Fatalf("%T: got %v, want ErrFull", op, err)
		}
	}
	if _, err := e.Apply(t.Context(), nil); !errors.Is(err, store.ErrFull) {
		t.Fatalf("a trial: got %v, want ErrFull", err)
	}
	if after := c.DBSize(t.Context()).Val(); after != before {
		t.Fatalf("%d keys became %d", before, after)
	}
	memory("0")
	apply(t, e, received("ev_2"), whole(fence, 1))
}

func TestADeadMasterStopsItsOwnConnectionsAlone(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	e := open(t, cluster.URL(), redis.Options{})
	var ops []store.Op
	for n := range 30 {
		op := received("ev_1")
		op.Event.Conn = store.Conn(fmt.Sprintf("shop-%d", n))
		ops = append(ops, op)
	}
	apply(t, e, ops...)
	cluster.Masters[2].Kill()
	results, err := e.Apply(t.Context(), ops)
	if err != nil {
		t.Fatal(err)
	}
	there, away := 0, 0
	for _, r := range results {
		switch {
		case errors.Is(r, store.ErrDuplicate):
			there++
		case errors.Is(r, store.ErrUnavailable):
			away++
		default:
			t.Fatalf("got %v", r)
		}
	}
	if there == 0 || away == 0 {
		t.Fatalf("%d there, %d away", there, away)
	}
	cluster.Masters[2].Restart(t)
	until(t, func() error {
		results, err := e.Apply(t.Context(), ops)
		for _, r := range results {
			if !errors.Is(r, store.ErrDuplicate) {
				return r
			}
		}
		return err
	})
}

// TestAMasterThatHangsKeepsOthersWaitingShortly stops a master, which takes calls and never answers, as a machine that
// was cut off does. A door waits for four seconds.
func TestAMasterThatHangsKeepsOthersWaitingShortly(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	e := open(t, cluster.URL(), redis.Options{})
	hung := cluster.Masters[2].Client(t)
	var ops []store.Op
	for n := range 90 {
		op := received("ev_1")
		op.Event.Conn = store.Conn(fmt.Sprintf("shop-%d", n))
		ops = append(ops, op)
	}
	apply(t, e, ops...)
	its := map[store.Conn]bool{}
	for _, op := range ops {
		if hung.Exists(t.Context(), "{tb:"+string(op.Shard())+"}:mark").Val() == 1 {
			its[op.Shard()] = true
		}
	}
	resume := cluster.Masters[2].Pause(t)
	defer resume()
	began := time.Now()
	results, err := e.Apply(t.Context(), ops)
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the round took %s", took)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if want := map[bool]error{true: store.ErrUnavailable, false: store.ErrDuplicate}[its[ops[i].Shard()]]; !errors.Is(r, want) {
			t.Errorf("%s: %v, want %v", ops[i].Shard(), r, want)
		}
	}
}

func TestTextsWithZeroBytesAreKeptApart(t *testing.T) {
	t.Parallel()
	e := open(t, redistest.Start(t).URL(), redis.Options{})
	fence := owned(t, e, "me")
	names := []string{"a", "a\x00", "a\x00b", "a\x01", "a\x01b", "a\x01\x01", "ab", "a\xff", "å"}
	for n, name := range names {
		step := whole(fence, n)
		step.Refs = []exchange.Ref{{Name: name}}
		step.Next.ID = exchange.ID("ex_" + name)
		step.Entry.Exchange, step.Items[0].Exchange, step.Items[0].ID = step.Next.ID, step.Next.ID, name
		step.Docs[0].Key = name
		apply(t, e, step)
	}
	for _, name := range names {
		ids, err := e.Find(t.Context(), shop, exchange.Ref{Name: name})
		if err != nil || len(ids) != 1 || string(ids[0]) != "ex_"+name {
			t.Errorf("%q finds %q, %v", name, ids, err)
		}
		if entries, err := e.Journal(t.Context(), shop, exchange.ID("ex_"+name), 0, 9); err != nil || len(entries) != 1 {
			t.Errorf("%q has %d entries, %v", name, len(entries), err)
		}
		items, _, err := e.Items(t.Context(), store.Query{Exchange: exchange.ID("ex_" + name)})
		if err != nil || len(items) != 1 || items[0].ID != name {
			t.Errorf("%q has items %v, %v", name, items, err)
		}
	}
	docs, err := e.Docs(t.Context(), shop, "b", "", 100)
	if err != nil || len(docs) != len(names) {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, d.Key)
	}
	if slices.Sort(names); !slices.Equal(got, names) {
		t.Errorf("documents %q, want %q", got, names)
	}
}
