package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
)

// TestWhatWasAcknowledgedIsThereOnceHoweverRedisFails lets senders post webhooks to serve while its Redis is
// killed and started again, forgets the scripts, is out of memory, and is emptied by mistake. Senders are told
// to try again, and serve comes back by itself.
func TestWhatWasAcknowledgedIsThereOnceHoweverRedisFails(t *testing.T) {
	rnd := seeded(t)
	server := redistest.Start(t)
	v := &victim{t: t, binary: builtBinary(t), dir: t.TempDir(), store: server.URL()}
	v.settings()
	v.start()
	l := &mail{kept: map[int]string{}, patient: true}
	admin := server.Client(t)
	v.ready(http.StatusOK)
	for range 3 {
		forget, kill := len(l.kept)+1+rnd.IntN(150), len(l.kept)+150+rnd.IntN(150)
		var forgot, killed sync.Once
		l.all(v.base, true, func(acknowledged int) {
			if acknowledged >= forget {
				forgot.Do(func() { admin.ScriptFlush(t.Context()) })
			}
			if acknowledged >= kill {
				killed.Do(server.Kill)
			}
		})
		v.ready(http.StatusServiceUnavailable)
		server.Restart(t)
		v.ready(http.StatusOK)
	}

	memory := func(limit string) {
		t.Helper()
		if err := admin.ConfigSet(t.Context(), "maxmemory", limit).Err(); err != nil {
			t.Fatal(err)
		}
	}
	before := len(l.kept)
	memory("1mb")
	l.all(v.base, true, func(int) {})
	if len(l.kept) != before {
		t.Errorf("%d events were acknowledged without memory", len(l.kept)-before)
	}
	v.ready(http.StatusServiceUnavailable)
	memory("0")
	v.ready(http.StatusOK)
	l.rest(v.base)
	if l.refused != "" || len(l.again) > 0 {
		t.Fatalf("an event was refused: %s; %d are left", l.refused, len(l.again))
	}
	t.Logf("%d events acknowledged, %d of them after they had been sent before; %d were kept then already", len(l.kept), l.repeated, l.duplicates)
	v.check(l.kept)

	if err := admin.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	before = len(l.kept)
	l.all(v.base, true, func(int) {})
	v.ready(http.StatusServiceUnavailable)
	if len(l.kept) != before || l.refused != "" {
		t.Errorf("%d events were acknowledged after all was lost; refused: %s", len(l.kept)-before, l.refused)
	}
	v.stop()
	said, err := os.ReadFile(v.path("log"))
	if err != nil || !strings.Contains(string(said), "is gone from Redis") {
		t.Errorf("the log does not say that all was lost: %v\n%s", err, said)
	}
}

// ready waits until /readyz answers so.
func (v *victim) ready(status int) {
	v.t.Helper()
	var got string
	for deadline := time.Now().Add(longest); time.Now().Before(deadline); <-time.After(10 * time.Millisecond) {
		resp, err := http.Get(v.ops + "/readyz")
		if err != nil {
			v.t.Fatal(err)
		}
		resp.Body.Close()
		if got = resp.Status; resp.StatusCode == status {
			return
		}
	}
	v.t.Fatalf("/readyz says %s, want %d", got, status)
}

// TestExchangesAreCarriedThroughWhileRedisFails plays exchanges at once while the Redis that holds them dies in
// their midst. What truly happened is read from the peers' ledgers.
func TestExchangesAreCarriedThroughWhileRedisFails(t *testing.T) {
	for name, start := range map[string]func(*testing.T) (url string, args []string, fail func()){
		"killed and started again":      onOneRedis,
		"failed over by Sentinel":       behindSentinel,
		"a cluster's master taken over": onACluster,
	} {
		t.Run(name, func(t *testing.T) {
			url, args, fail := start(t)
			w := startWholeOn(t, url, append(args, "--rate", "100000")...)
			variants := w.variants()
			var swaps []*swap
			for i := range *faulty {
				swaps = append(swaps, w.request(fmt.Sprintf("#%d", 1001+i), variants))
			}
			var group sync.WaitGroup
			defer group.Wait()
			group.Go(func() {
				w.eventually("a return order", func() bool {
					var o sim.OngoingLedger
					w.call("GET", w.ongoing.URL+"/control/ledger", "", &o)
					return len(o.ReturnOrders) > 0
				})
				fail()
			})
			t.Run("all at once", func(t *testing.T) {
				for _, s := range swaps {
					t.Run(s.name, func(t *testing.T) {
						t.Parallel()
						mine := *w
						mine.t, s.w = t, &mine
						s.play()
						s.check()
					})
				}
			})
		})
	}
}

func onOneRedis(t *testing.T) (url string, args []string, fail func()) {
	server := redistest.Start(t)
	return server.URL(), nil, func() { server.Kill(); server.Restart(t) }
}

func behindSentinel(t *testing.T) (url string, args []string, fail func()) {
	master := redistest.Start(t)
	replica := redistest.StartReplica(t, master)
	sentinel := redistest.StartSentinel(t, "orders", master)
	sentinel.AwaitReplica(t)
	return sentinel.URL(), []string{"--wait-replicas", "1"}, func() {
		master.Kill()
		sentinel.AwaitMaster(t, replica)
		master.Follow(t, replica)
	}
}

func onACluster(t *testing.T) (url string, args []string, fail func()) {
	cluster := redistest.StartCluster(t)
	cluster.Replicate(t)
	return cluster.URL(), []string{"--wait-replicas", "1"}, func() {
		for i, m := range cluster.Masters {
			if m.Client(t).Exists(t.Context(), "{tb:nordwear}:mark").Val() == 1 {
				m.Kill()
				cluster.Replicas[i].AwaitRole(t, "master")
				m.Restart(t)
			}
		}
	}
}
