package lane

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestOngoingSeesOneCallAtATimeActsBeforeReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		flying, most := 0, 0
		l := start(Ongoing(), &documents{}, answering(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			flying++
			most = max(most, flying)
			order = append(order, r.URL.RawQuery)
			mu.Unlock()
			pause(time.Second)
			mu.Lock()
			flying--
			mu.Unlock()
			return answer(200, "{}"), nil
		}))
		var wg sync.WaitGroup
		for _, call := range []struct {
			name string
			p    Priority
		}{{"first", Read}, {"read-1", Read}, {"read-2", Read}, {"act-1", Act}, {"act-2", Act}} {
			wg.Go(func() {
				if _, err := get(WithPriority(t.Context(), call.p), l, ongoingURL+"?"+call.name); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if n := l.Snapshot().Waiting; n != 4 {
			t.Errorf("%d wait, want 4", n)
		}
		wg.Wait()
		if want := []string{"first", "act-1", "act-2", "read-1", "read-2"}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
		if most != 1 {
			t.Errorf("%d calls in flight, want 1", most)
		}
	})
}

func TestShopifySeesThreeCallsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		flying, most := 0, 0
		o := Shopify()
		o.Concurrency = 10
		l := start(o, &documents{}, answering(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			flying++
			most = max(most, flying)
			mu.Unlock()
			pause(time.Second)
			mu.Lock()
			flying--
			mu.Unlock()
			return answer(200, "{}"), nil
		}))
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				if _, err := get(t.Context(), l, shopifyURL); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most != 3 {
			t.Errorf("%d calls in flight, want 3", most)
		}
	})
}

func TestACallThatGivesUpWaitingIsNotSentAndTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{status: 200}
		l := start(Ongoing(), &documents{}, answering(func(r *http.Request) (*http.Response, error) {
			pause(10 * time.Second)
			return p.RoundTrip(r)
		}))
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = get(t.Context(), l, ongoingURL) })
		synctest.Wait()
		for range 3 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				wantNotSent(t, "given up", second(get(ctx, l, ongoingURL)))
			})
		}
		wg.Wait()
		if _, err := get(t.Context(), l, ongoingURL); err != nil || p.made() != 2 {
			t.Errorf("the next one: %v, %d calls", err, p.made())
		}
	})
}

func TestAPlaceGivenToOneThatGaveUpIsPassedOn(t *testing.T) {
	for range 300 {
		var places turns // none is free
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- places.take(ctx, Act) }()
		for places.queued() == 0 {
			runtime.Gosched()
		}
		cancel()
		places.give()
		if err := <-done; err == nil {
			places.give()
		}
		if places.free != 1 {
			t.Fatalf("%d places are free, want the one that was given", places.free)
		}
	}
}
