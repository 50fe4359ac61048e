package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/inbox"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

var errAway = errors.New("no way to the store")

// way is an owner's way to the store, which can be cut.
type way struct {
	*store.Store
	cut atomic.Bool
}

func (w *way) Own(ctx context.Context, c store.Conn, owner string, ttl time.Duration) (uint64, error) {
	if w.cut.Load() {
		return 0, errAway
	}
	return w.Store.Own(ctx, c, owner, ttl)
}

func (w *way) Present(ctx context.Context, owner string, ttl time.Duration) ([]string, error) {
	if w.cut.Load() {
		return nil, errAway
	}
	return w.Store.Present(ctx, owner, ttl)
}

// office is a store that several owners share.
type office struct {
	t     *testing.T
	store *store.Store
	wg    sync.WaitGroup

	mu    sync.Mutex
	conns []store.Conn
	works map[store.Conn][]string // who works for a connection
	last  map[store.Conn]uint64   // the fence under which somebody worked for it last
	most  int                     // how many ever worked for one at a time
	slow  time.Duration           // how long a call takes to end
}

func newOffice(t *testing.T, conns int) *office {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{Serve: true})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, store: store.New(engine), works: map[store.Conn][]string{}, last: map[store.Conn]uint64{}}
	for i := range conns {
		o.conns = append(o.conns, store.Conn(fmt.Sprintf("shop-%d", i)))
	}
	return o
}

// close ends what the office began.
func (o *office) close() {
	o.wg.Wait()
	if err := o.store.Close(); err != nil {
		o.t.Error(err)
	}
}

// opens starts an owner. stop ends it.
func (o *office) opens(name string) (w *way, stop func()) {
	w = &way{Store: o.store}
	ctx, cancel := context.WithCancel(o.t.Context())
	owner := &inbox.Owner{
		Options: inbox.Options{
			Store: w, Settings: func(store.Conn) (inbox.Settings, bool) { return inbox.Settings{}, true },
			Item: outbox.Item, Now: time.Now, Log: zerolog.Nop(),
		},
		Name: name, TTL: 6 * time.Second, Conns: o.on,
		Part: func(in *inbox.Worker) func(context.Context) error {
			return func(ctx context.Context) error {
				o.begins(in.Conn, name, in.Fence)
				defer o.ends(in.Conn, name)
				<-ctx.Done()
				<-time.After(o.slow)
				return ctx.Err()
			}
		},
	}
	o.wg.Go(func() {
		if err := owner.Run(ctx); !errors.Is(err, context.Canceled) {
			o.t.Errorf("Run = %v", err)
		}
	})
	return w, cancel
}

func (o *office) on() []store.Conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.conns)
}

// begins notes who works for a connection. Whoever begins counts from one what it stamps: it needs a fence of its own.
func (o *office) begins(c store.Conn, name string, fence uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if fence <= o.last[c] {
		o.t.Errorf("%s works for %s under fence %d after %d", name, c, fence, o.last[c])
	}
	o.last[c] = fence
	o.works[c] = append(o.works[c], name)
	o.most = max(o.most, len(o.works[c]))
}

func (o *office) ends(c store.Conn, name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.works[c] = slices.DeleteFunc(o.works[c], func(n string) bool { return n == name })
}

// after lets time pass, and wants these owners to work for so many connections each then, and nobody else.
func (o *office) after(d time.Duration, want map[string]int) {
	o.t.Helper()
	<-time.After(d)
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	got := map[string]int{}
	for _, names := range o.works {
		for _, n := range names {
			got[n]++
		}
	}
	if !maps.Equal(got, want) {
		o.t.Fatalf("after %s more these work for so many connections: %v, want %v", d, got, want)
	}
}

func TestOwnersShareTheConnections(t *testing.T) {
	for name, story := range map[string]func(o *office){
		"who is alone takes all of them at once": func(o *office) {
			_, stop := o.opens("a")
			o.after(0, map[string]int{"a": 7})
			stop()
			o.after(0, map[string]int{})
		},
		"one who comes has its share within two seconds, and nobody works for one twice": func(o *office) {
			_, stopA := o.opens("a")
			o.after(100*time.Millisecond, map[string]int{"a": 7})
			_, stopB := o.opens("b")
			o.after(2*time.Second, o.shares("a", "b"))
			_, stopC := o.opens("c")
			o.after(2*time.Second, o.shares("a", "b", "c"))
			stopA()
			stopB()
			stopC()
		},
		"one who stops gives its share up at once": func(o *office) {
			_, stopA := o.opens("a")
			_, stopB := o.opens("b")
			o.after(3*time.Second, o.shares("a", "b"))
			stopA()
			o.after(2*time.Second, map[string]int{"b": 7})
			stopB()
		},
		"one whose calls take long to end keeps what they are for until then": func(o *office) {
			o.slow = 15 * time.Second
			_, stopA := o.opens("a")
			o.after(time.Second, map[string]int{"a": 7})
			_, stopB := o.opens("b")
			stopA()
			o.after(14*time.Second, map[string]int{"a": 7})
			o.after(3*time.Second, map[string]int{"b": 7})
			stopB()
		},
		"one who is gone is replaced within ten seconds": func(o *office) {
			a, stopA := o.opens("a")
			_, stopB := o.opens("b")
			o.after(3*time.Second, o.shares("a", "b"))
			a.cut.Store(true)
			o.after(9*time.Second, map[string]int{"b": 7})
			a.cut.Store(false)
			o.after(3*time.Second, o.shares("a", "b"))
			stopA()
			stopB()
		},
		"while the store is away nobody works, and then all go on": func(o *office) {
			a, stopA := o.opens("a")
			b, stopB := o.opens("b")
			o.after(3*time.Second, o.shares("a", "b"))
			a.cut.Store(true)
			b.cut.Store(true)
			o.after(4*time.Second, o.shares("a", "b"))
			o.after(time.Minute, map[string]int{})
			a.cut.Store(false)
			b.cut.Store(false)
			o.after(3*time.Second, o.shares("a", "b"))
			stopA()
			stopB()
		},
		"one that is switched off has no worker, and others stay where they are": func(o *office) {
			_, stop := o.opens("a")
			o.after(time.Second, map[string]int{"a": 7})
			o.mu.Lock()
			all := o.conns
			o.conns = all[1:]
			o.mu.Unlock()
			o.after(time.Second, map[string]int{"a": 6})
			o.mu.Lock()
			o.conns = all
			o.mu.Unlock()
			o.after(time.Second, map[string]int{"a": 7})
			stop()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, 7)
				defer o.close()
				story(o)
				if o.most > 1 {
					t.Errorf("%d worked for one connection at a time", o.most)
				}
			})
		})
	}
}

// shares is how many connections each of these owners has, as it turns out: even.
func (o *office) shares(names ...string) map[string]int {
	o.t.Helper()
	out, conns := map[string]int{}, o.on()
	for _, owner := range inbox.Share(conns, names) {
		out[owner]++
	}
	return out
}
