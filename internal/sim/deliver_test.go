package sim_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tradeback/tradeback/internal/sim"
)

// A mailbox is a receiver of webhooks: it answers each with the next of its statuses, 200 in the end.
type mailbox struct {
	mu       sync.Mutex
	statuses []int
	got      []string
	arrived  chan string
}

func newMailbox(t *testing.T, statuses ...int) (*mailbox, string) {
	t.Helper()
	m := &mailbox{statuses: statuses, arrived: make(chan string, 1000)}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return m, server.URL
}

func (m *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	m.got = append(m.got, string(body))
	status := http.StatusOK
	if len(m.statuses) > 0 {
		status, m.statuses = m.statuses[0], m.statuses[1:]
	}
	m.mu.Unlock()
	w.WriteHeader(status)
	m.arrived <- string(body)
}

// wait returns the next n bodies in the order they came.
func (m *mailbox) wait(t *testing.T, n int) []string {
	t.Helper()
	var got []string
	for range n {
		select {
		case body := <-m.arrived:
			got = append(got, body)
		case <-time.After(10 * time.Second):
			t.Fatalf("got %q, then nothing more; want %d", got, n)
		}
	}
	return got
}

func newCourier(t *testing.T, quick time.Duration) *sim.Courier {
	t.Helper()
	c := sim.NewCourier(quick, 0)
	t.Cleanup(c.Close)
	return c
}

func letters(c *sim.Courier, url string, retry []time.Duration, bodies ...string) {
	for _, body := range bodies {
		c.Enqueue(sim.Delivery{URL: url, Body: []byte(body), Label: body, Retry: retry})
	}
}

// settled waits until no delivery is waiting, and returns the records.
func settled(t *testing.T, c *sim.Courier) []sim.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Settled(ctx); err != nil {
		t.Fatal("deliveries are still waiting")
	}
	return c.Records()
}

func TestCourierSendsInOrder(t *testing.T) {
	m, url := newMailbox(t)
	c := newCourier(t, 0)
	letters(c, url, nil, "a", "b", "c")
	if got := strings.Join(m.wait(t, 3), ""); got != "abc" {
		t.Errorf("got %s, want abc", got)
	}
	for _, r := range settled(t, c) {
		if r.State != sim.Delivered || r.Status != 200 || r.Attempts != 1 {
			t.Errorf("record = %+v", r)
		}
	}
}

func TestCourierRetriesWithTheSameBody(t *testing.T) {
	m, url := newMailbox(t, 500, 503)
	c := newCourier(t, time.Millisecond)
	letters(c, url, sim.OneDay(), "a")
	if got := strings.Join(m.wait(t, 3), ""); got != "aaa" {
		t.Errorf("got %s, want aaa", got)
	}
	if r := settled(t, c)[0]; r.State != sim.Delivered || r.Attempts != 3 || r.Status != 200 {
		t.Errorf("record = %+v", r)
	}
}

func TestCourierGivesUpWhenTheScheduleIsSpent(t *testing.T) {
	_, url := newMailbox(t, 500, 500, 500, 500)
	c := newCourier(t, 0)
	letters(c, url, []time.Duration{0, time.Millisecond}, "a")
	letters(c, url, nil, "b")
	records := settled(t, c)
	if r := records[0]; r.State != sim.GivenUp || r.Attempts != 3 || r.Status != 500 {
		t.Errorf("with two retries: %+v", r)
	}
	if r := records[1]; r.State != sim.GivenUp || r.Attempts != 1 {
		t.Errorf("with none: %+v", r)
	}
}

func TestCourierRetriesWhenNobodyAnswers(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := newCourier(t, 0)
	letters(c, server.URL, []time.Duration{0}, "a")
	if r := settled(t, c)[0]; r.State != sim.GivenUp || r.Attempts != 2 || r.Status != 0 || r.Error == "" {
		t.Errorf("record = %+v", r)
	}
}

func TestCourierModes(t *testing.T) {
	t.Run("duplicates send each several times", func(t *testing.T) {
		m, url := newMailbox(t)
		c := newCourier(t, 0)
		c.SetModes(sim.Modes{Duplicates: 3})
		letters(c, url, nil, "a", "b")
		if got := strings.Join(m.wait(t, 6), ""); got != "aaabbb" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("hold keeps all until flush", func(t *testing.T) {
		m, url := newMailbox(t)
		c := newCourier(t, 0)
		c.SetModes(sim.Modes{Hold: true})
		letters(c, url, nil, "a", "b")
		if r := settled(t, c); r[0].State != sim.Held || r[1].State != sim.Held {
			t.Errorf("records = %+v", r)
		}
		if n := c.Flush(); n != 2 {
			t.Errorf("flushed %d", n)
		}
		if got := strings.Join(m.wait(t, 2), ""); got != "ab" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("shuffle sends in the seed's order", func(t *testing.T) {
		order := func(seed uint64) string {
			m, url := newMailbox(t)
			c := newCourier(t, 0)
			c.SetModes(sim.Modes{Shuffle: true, Seed: seed})
			letters(c, url, nil, "a", "b", "c", "d", "e", "f")
			c.Flush()
			return strings.Join(m.wait(t, 6), "")
		}
		if a, b := order(1), order(1); a != b || a == "abcdef" {
			t.Errorf("seed 1 gave %s, then %s", a, b)
		}
		if a, b := order(1), order(2); a == b {
			t.Errorf("two seeds gave %s", a)
		}
	})
	t.Run("drop sends nothing, a dropped label is dropped once", func(t *testing.T) {
		m, url := newMailbox(t)
		c := newCourier(t, 0)
		c.SetModes(sim.Modes{DropLabels: []string{"a"}})
		letters(c, url, nil, "a", "a")
		m.wait(t, 1)
		c.SetModes(sim.Modes{Drop: true})
		letters(c, url, nil, "b")
		records := settled(t, c)
		got := []string{records[0].State, records[1].State, records[2].State}
		if want := []string{sim.Dropped, sim.Delivered, sim.Dropped}; !slices.Equal(got, want) {
			t.Errorf("states = %v, want %v", got, want)
		}
	})
	t.Run("delay and jitter send later", func(t *testing.T) {
		m, url := newMailbox(t)
		c := newCourier(t, 0)
		c.SetModes(sim.Modes{DelayMS: 1, JitterMS: 5, Seed: 3, Parallel: 4})
		letters(c, url, nil, "a", "b", "c")
		got := m.wait(t, 3)
		slices.Sort(got)
		if strings.Join(got, "") != "abc" {
			t.Errorf("got %v", got)
		}
	})
}

func TestCourierResetForgets(t *testing.T) {
	_, url := newMailbox(t)
	c := newCourier(t, 0)
	c.SetModes(sim.Modes{Hold: true})
	letters(c, url, nil, "a")
	c.Reset()
	if n := c.Flush(); n != 0 || len(c.Records()) != 0 {
		t.Errorf("flushed %d, records %v", n, c.Records())
	}
}

func TestCourierLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	begun, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-release
	}))
	c := sim.NewCourier(0, time.Minute)
	letters(c, server.URL, sim.OneDay(), "hangs", "waits")
	<-begun
	c.Close()
	c.Close()
	letters(c, server.URL, nil, "late")
	if n := len(c.Records()); n != 2 {
		t.Errorf("%d records, want 2: a closed courier takes nothing on", n)
	}
	close(release)
	server.Close()
}
