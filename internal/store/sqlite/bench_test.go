package sqlite_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

const doors = 64

// BenchmarkReceive is durable ingest as the doors do it: 64 at a time, each waiting for its answer.
func BenchmarkReceive(b *testing.B) {
	s := store.New(open(b, path(b)))
	raw := []byte(`{"event":"` + strings.Repeat("x", 900) + `"}`)
	body := []byte(`{"event":{"kind":"hint","hint":{"target":"order"}},"about":[{"ref":{"name":"order:#1001-EX1"}}]}`)
	var n atomic.Int64
	together(b, func() error {
		i := n.Add(1)
		return s.Receive(context.Background(), store.Item{
			ID: fmt.Sprintf("ev_%026d", i), Conn: "nordwear", Kind: store.Event, State: store.Waiting, Source: "ongoing",
			Topic: "order.status", Received: begun.Add(time.Duration(i)), Due: begun.Add(time.Duration(i)),
			Dedupe: fmt.Sprintf("ongoing:\"nordwear\"/webhookOrdersId=21/%d", 880_000+i), Digest: fmt.Sprintf("%064x", i), Body: body, Raw: raw,
		})
	})
	report(b, s)
}

// BenchmarkStep is a commit as the inbox does it: an exchange, a journal entry, an effect, an event's end.
func BenchmarkStep(b *testing.B) {
	e := open(b, path(b))
	s := store.New(e)
	fence, err := e.Own(b.Context(), "nordwear", "bench", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	together(b, func() error {
		i := n.Add(1)
		x := exchange.New(exchange.ID(fmt.Sprintf("ex_%026d", i)), "nordwear", exchange.Policy{ReleaseOn: exchange.OnReturnClosed}, begun)
		x.Version = 1
		x.Facts.Shop = &exchange.Shop{OrderID: "gid://shopify/Order/1", OrderName: "#1001", ReturnName: "#1001-R1"}
		refs := []exchange.Ref{
			exchange.RefID(x.ID), exchange.RefReturn(fmt.Sprint("gid://shopify/Return/", i)), exchange.RefOrder(fmt.Sprintf("#%d-EX1", i)),
			exchange.RefReference(fmt.Sprint("R-", i)),
		}
		return s.Commit(context.Background(), store.Step{
			Conn: "nordwear", Fence: fence, Next: &x, Refs: refs,
			Entry: &exchange.Entry{Exchange: x.ID, Version: 1, At: begun, Event: exchange.Event{ID: "ev", Kind: exchange.EventHint}},
			Items: []store.Item{{
				ID: string(x.ID) + "/place_order/1", Conn: "nordwear", Kind: store.Effect, State: store.Waiting, Exchange: x.ID,
				Received: begun, Due: begun, Body: []byte(`{"kind":"place_order","lines":[{"row":"1","article":"A"}]}`),
			}},
		})
	})
	report(b, s)
}

// BenchmarkWork is a look for work where there is none, as after most commits.
func BenchmarkWork(b *testing.B) {
	e := open(b, path(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := e.Work(b.Context(), "nordwear", []store.Kind{store.Event, store.Timer}, begun, 64); err != nil {
			b.Fatal(err)
		}
	}
}

var begun = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// together does b.N times op, from 64 goroutines.
func together(b *testing.B, op func() error) {
	b.ReportAllocs()
	var (
		left atomic.Int64
		wg   sync.WaitGroup
	)
	left.Store(int64(b.N))
	took := make([]time.Duration, b.N)
	before := cpu(b)
	b.ResetTimer()
	for range doors {
		wg.Go(func() {
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				start := time.Now()
				if err := op(); err != nil {
					b.Error(err)
					return
				}
				took[n] = time.Since(start)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[b.N*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// cpu is the processor time that this process has used: what else the machine does is not in it.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, s *store.Store) {
	st := s.Stats()
	b.ReportMetric(float64(st.Ops)/float64(st.Rounds), "ops/round")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
