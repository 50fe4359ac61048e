package lane

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tradeback/tradeback/internal/store"
)

// F12: a password was changed. However many want to call, and however often the process starts again, the
// peer sees three calls, and then one probe at a time.
func TestAWrongPasswordLeadsToThreeCalls(t *testing.T) {
	for _, status := range []int{401, 402, 403, 423} {
		for _, c := range lanes {
			for _, restart := range []bool{false, true} {
				name := fmt.Sprintf("%d from %s, restarted %v", status, c.options().Name, restart)
				t.Run(name, func(t *testing.T) {
					docs, p := &documents{}, &peer{status: status}
					l := start(c.options(), docs, p)
					for range 20 {
						if restart {
							l = start(c.options(), docs, p)
						}
						_, _ = get(t.Context(), l, c.url)
					}
					if p.made() != 3 {
						t.Errorf("the peer saw %d calls, want 3", p.made())
					}
					n := wantNotSent(t, "while open", second(get(t.Context(), l, c.url)))
					if n.After <= 50*time.Second || n.After > time.Minute {
						t.Errorf("to wait %s, want about a minute", n.After)
					}
				})
			}
		}
	}
}

func second(_ int, err error) error { return err }

func TestAWrongPasswordLeadsToThreeCallsAlsoFromManyAtOnce(t *testing.T) {
	for _, c := range lanes {
		synctest.Test(t, func(t *testing.T) {
			docs, p := &documents{}, &peer{status: 401}
			slow := answering(func(r *http.Request) (*http.Response, error) {
				pause(time.Second)
				return p.RoundTrip(r)
			})
			o := c.options()
			o.Concurrency = 50
			l := start(o, docs, slow)
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() { _, _ = get(t.Context(), l, c.url) })
			}
			wg.Wait()
			if p.made() > 3 {
				t.Errorf("%s saw %d calls, want 3 at most", o.Name, p.made())
			}
		})
	}
}

// A process that is killed in the middle of each call leaves the calls counted that may have been refused.
func TestCallsThatACrashCutOffAreCounted(t *testing.T) {
	docs, p := &documents{}, &peer{status: 401}
	_, _ = get(t.Context(), start(Ongoing(), docs, p), ongoingURL)
	begun := 0
	for range 10 {
		l := start(Ongoing(), docs, p)
		if _, _, err := l.breaker.begin(t.Context(), ""); err == nil {
			begun++ // and here the process dies
		}
	}
	if begun != 2 {
		t.Errorf("%d more calls were begun after the first, want 2", begun)
	}
}

func TestNothingIsCalledThatCannotBeCounted(t *testing.T) {
	docs, p := &documents{}, &peer{status: 401}
	l := start(Ongoing(), docs, p)
	_, _ = get(t.Context(), l, ongoingURL)
	docs.breaks(store.ErrFull)
	for range 5 {
		wantNotSent(t, "without a store", second(get(t.Context(), l, ongoingURL)))
	}
	if p.made() != 1 {
		t.Errorf("the peer saw %d calls, want 1", p.made())
	}
}

func TestProbesComeAfterAMinuteAndThenEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs, p := &documents{}, &peer{status: 401}
		l := start(Ongoing(), docs, p)
		for begin := time.Now(); time.Since(begin) < 6*time.Hour; pause(10 * time.Second) {
			if time.Since(begin).Truncate(time.Minute) == 30*time.Minute {
				l = start(Ongoing(), docs, p) // starting again changes nothing
			}
			_, _ = get(t.Context(), l, ongoingURL)
		}
		var waits []time.Duration
		for i := 3; i < len(p.at); i++ {
			waits = append(waits, p.at[i].Sub(p.at[i-1]))
		}
		m := time.Minute
		want := []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m, 60 * m, 60 * m}
		if !slices.Equal(waits, want) {
			t.Errorf("probes after %v, want %v", waits, want)
		}
		p.answers(200)
		pause(time.Hour)
		for range 5 {
			if status, err := get(t.Context(), l, ongoingURL); status != 200 {
				t.Fatalf("mended: %d, %v", status, err)
			}
		}
		if s := docs.kept(t, "ongoing"); s.Failures != 0 || !s.Probe.IsZero() {
			t.Errorf("after a success there is kept %+v", s)
		}
	})
}

func TestOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs, p := &documents{}, &peer{status: 401}
		l := start(Shopify(), docs, p)
		for range 3 {
			_, _ = get(t.Context(), l, shopifyURL)
		}
		pause(time.Minute)
		l.base = answering(func(r *http.Request) (*http.Response, error) {
			pause(time.Second)
			return p.RoundTrip(r)
		})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { _, _ = get(t.Context(), l, shopifyURL) })
		}
		wg.Wait()
		if p.made() != 4 {
			t.Errorf("%d calls, want 3 and one probe", p.made())
		}
	})
}

func TestChangedCredentialsAreTriedAtOnceAndOnce(t *testing.T) {
	for _, restart := range []bool{false, true} {
		docs, p := &documents{}, &peer{status: 401}
		l := start(Ongoing(), docs, p)
		renew := func(mark string) {
			if l.UseCredentials(mark); restart {
				o := Ongoing()
				o.Credentials = mark
				l = start(o, docs, p)
			}
		}
		try := func(times int) {
			for range times {
				_, _ = get(t.Context(), l, ongoingURL)
			}
		}
		try(5)
		renew("second")
		if try(5); p.made() != 4 {
			t.Errorf("restarted %v: %d calls, want 3 and one with the new password", restart, p.made())
		}
		renew("second")
		if try(5); p.made() != 4 {
			t.Errorf("restarted %v: the same credentials again make %d calls, want 4", restart, p.made())
		}
		p.answers(200)
		renew("third")
		if try(5); p.made() != 9 {
			t.Errorf("restarted %v: %d calls, want 5 more with the right password", restart, p.made())
		}
	}
}

func TestOnlyRefusalsInARowOpenTheBreaker(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []int // 0 is no answer
		made    int   // calls out of these that are made
	}{
		{"a success between", []int{401, 401, 200, 401, 401, 200, 401, 401}, 8},
		{"a refusal for another reason between", []int{401, 401, 404, 401, 401, 400, 401}, 7},
		{"server errors tell nothing", []int{401, 500, 500, 503, 502, 500, 401, 401, 401}, 8},
		{"no answer may have been a refusal", []int{401, 0, 0, 200}, 3},
		{"only server errors", []int{500, 500, 500, 500, 500}, 5},
		{"only lost answers", []int{0, 0, 0, 0, 0}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			made := 0
			l := start(Ongoing(), &documents{}, answering(func(*http.Request) (*http.Response, error) {
				status := c.answers[made]
				if made++; status == 0 {
					return nil, errors.New("connection reset by peer")
				}
				return answer(status, "{}"), nil
			}))
			for range c.answers {
				_, _ = get(t.Context(), l, ongoingURL)
			}
			if made != c.made {
				t.Errorf("%d calls were made, want %d", made, c.made)
			}
		})
	}
}

func TestAHealthyLaneWritesNothing(t *testing.T) {
	docs := &documents{}
	l := start(Shopify(), docs, &peer{status: 200})
	for range 20 {
		if _, err := get(t.Context(), l, shopifyURL); err != nil {
			t.Fatal(err)
		}
	}
	if docs.writes != 0 {
		t.Errorf("%d writes, want none", docs.writes)
	}
}

func TestABlockedLaneStaysSoUntilTheCredentialsChange(t *testing.T) {
	docs, p := &documents{}, &peer{status: 200}
	l := start(Shopify(), docs, p)
	if err := l.Block(t.Context(), "uninstalled"); err != nil {
		t.Fatal(err)
	}
	wantNotSent(t, "blocked", second(get(t.Context(), l, shopifyURL)))
	l = start(Shopify(), docs, p)
	wantNotSent(t, "blocked, restarted", second(get(t.Context(), l, shopifyURL)))
	if s := l.Snapshot(); s.Breaker != "blocked" || s.Reason != "uninstalled" {
		t.Errorf("Snapshot = %+v", s)
	}
	l.UseCredentials("second")
	if _, err := get(t.Context(), l, shopifyURL); err != nil || p.made() != 1 {
		t.Errorf("with new credentials: %v, %d calls", err, p.made())
	}
	if err := l.Block(t.Context(), "uninstalled"); err != nil {
		t.Fatal(err)
	}
	if err := l.Unblock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := get(t.Context(), l, shopifyURL); err != nil {
		t.Errorf("unblocked by a person: %v", err)
	}
}

func TestTheLaneRestsForAsLongAsThePeerAsks(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header func() string
		rest   time.Duration
	}{
		{"seconds", 429, func() string { return "30" }, 30 * time.Second},
		{"a date", 429, func() string { return time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat) }, 90 * time.Second},
		{"too long", 429, func() string { return "999999999999" }, time.Hour},
		{"not said", 429, func() string { return "" }, time.Second},
		{"maintenance", 503, func() string { return "120" }, 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				docs, calls := &documents{}, 0
				base := answering(func(*http.Request) (*http.Response, error) {
					if calls++; calls > 1 {
						return answer(200, "{}"), nil
					}
					return answer(c.status, "{}", "Retry-After", c.header()), nil
				})
				l := start(Ongoing(), docs, base)
				if status, err := get(t.Context(), l, ongoingURL); status != c.status {
					t.Fatalf("got %d, %v", status, err)
				}
				if c.header() != "" {
					l = start(Ongoing(), docs, base) // a rest that was asked for outlives the process
				}
				pause(c.rest - time.Second + time.Millisecond)
				if n := wantNotSent(t, "resting", second(get(t.Context(), l, ongoingURL))); n.After > time.Second {
					t.Errorf("to wait %s, want the rest of it", n.After)
				}
				pause(time.Second)
				if _, err := get(t.Context(), l, ongoingURL); err != nil || calls != 2 {
					t.Errorf("rested: %v, %d calls", err, calls)
				}
			})
		})
	}
}

// Ongoing's limits are of one API method each, and so are their rests: those of reads hold up no release.
func TestALimitOfOneMethodHoldsUpNoOther(t *testing.T) {
	for name, retryAfter := range map[string]string{"for as long as was asked": "1800", "where nothing was said": ""} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				docs, calls := &documents{}, map[string]int{}
				base := answering(func(r *http.Request) (*http.Response, error) {
					calls[r.Method+" "+r.URL.Path[len("/nordwear/api/v1/"):]]++
					if r.Method == http.MethodGet {
						return answer(429, "{}", "Retry-After", retryAfter), nil
					}
					return answer(200, "{}"), nil
				})
				l := start(Ongoing(), docs, base)
				if status, err := get(t.Context(), l, ongoingURL+"/50?a=1"); status != 429 {
					t.Fatalf("got %d, %v", status, err)
				}
				if retryAfter != "" {
					l = start(Ongoing(), docs, base) // it outlives the process
				}
				patch := func() error {
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, ongoingURL+"/50/orderStatus", nil)
					if err != nil {
						return err
					}
					_, err = l.RoundTrip(req)
					return err
				}
				for range 10 {
					if err := patch(); err != nil {
						t.Fatalf("another method: %v", err)
					}
					wantNotSent(t, "the same method of another order", second(get(t.Context(), l, ongoingURL+"/51")))
				}
				if want := map[string]int{"GET orders/50": 1, "PATCH orders/50/orderStatus": 10}; !maps.Equal(calls, want) {
					t.Errorf("calls %v, want %v", calls, want)
				}
				pause(30 * time.Minute)
				if status, err := get(t.Context(), l, ongoingURL+"/51"); status != 429 {
					t.Errorf("after its rest: %d, %v", status, err)
				}
			})
		})
	}
}

func TestRepeated429WithoutAWordRestLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{status: 429}
		l := start(Ongoing(), &documents{}, p)
		for begin := time.Now(); time.Since(begin) < 10*time.Minute; pause(time.Second) {
			_, _ = get(t.Context(), l, ongoingURL)
		}
		if p.made() > 16 {
			t.Errorf("%d calls in ten minutes, want 16 at most: rests of 1, 2, 4 … 60 s", p.made())
		}
	})
}

func TestAnotherProcessIsNoticed(t *testing.T) {
	docs, p := &documents{}, &peer{status: 200}
	ours, theirs := start(Ongoing(), docs, p), start(Ongoing(), docs, p)
	_, _ = get(t.Context(), ours, ongoingURL) // loads the state: all is well
	p.answers(401)
	for range 3 {
		_, _ = get(t.Context(), theirs, ongoingURL)
	}
	ours.Reload()
	if wantNotSent(t, "after taking over", second(get(t.Context(), ours, ongoingURL))); p.made() != 4 {
		t.Errorf("%d calls, want 4", p.made())
	}
	late := start(Ongoing(), docs, p)
	late.breaker.loaded = true // as if it had looked before the others called
	_, _ = get(t.Context(), late, ongoingURL)
	if s := docs.kept(t, "ongoing"); s.Failures != 4 {
		t.Errorf("kept %+v: a refusal that collided with another process's is not counted", s)
	}
}

func TestAClockSetBackDoesNotBlockForever(t *testing.T) {
	now := time.Now()
	docs, p := &documents{}, &peer{status: 401}
	o := Ongoing()
	o.Now = func() time.Time { return now }
	l := start(o, docs, p)
	for range 3 {
		_, _ = get(t.Context(), l, ongoingURL)
	}
	now = now.Add(-48 * time.Hour)
	p.answers(200)
	if _, err := get(t.Context(), l, ongoingURL); err != nil {
		t.Errorf("two days earlier: %v", err)
	}
}

func TestAStateSaysWhetherItIsOpen(t *testing.T) {
	for want, s := range map[string]State{
		"":                                   {Failures: failureLimit - 1, Status: 401, Rest: time.Now()},
		"it refuses our calls (402)":         {Failures: failureLimit, Status: 402},
		"the app was uninstalled from there": {Reason: "the app was uninstalled from there"},
	} {
		if why, open := s.Open(); why != want || open != (want != "") {
			t.Errorf("%+v: open is %v: %s", s, open, why)
		}
	}
}
