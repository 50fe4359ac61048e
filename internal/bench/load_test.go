package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/ongoing"
)

func TestALoadSendsEachEventOnceAndToldOfEveryAnswer(t *testing.T) {
	var (
		mu       sync.Mutex
		got      = map[string]int{}
		accepted = map[uint64]int{}
	)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("X-Auth-Token") != Token || len(body) != bodySize {
			t.Errorf("got %d bytes, token %q, %v", len(body), r.Header.Get("X-Auth-Token"), err)
		}
		n, dedupe, err := ongoing.Decode(body, 42)
		if err != nil || len(n.About) == 0 {
			t.Errorf("the body is no order event: %v", err)
		}
		mu.Lock()
		got[dedupe]++
		mu.Unlock()
		_, _ = io.WriteString(w, `{"id":"x"}`)
	}))
	defer s.Close()
	addr := s.Listener.Addr().String()
	l := load{addr: addr, connections: 8, count: 500, time: time.Minute, shot: newShot(addr, true), accepted: func(n uint64) {
		mu.Lock()
		accepted[n]++
		mu.Unlock()
	}}
	b, err := l.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if b.events != 500 || len(got) != 500 || len(accepted) != 500 || b.delay.count != 500 {
		t.Fatalf("%d answers counted, %d events heard, %d told, want 500 each", b.events, len(got), len(accepted))
	}
}

func TestALoadEndsWithTheFirstAnswerThatIsNot2xx(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer s.Close()
	addr := s.Listener.Addr().String()
	b, err := load{addr: addr, connections: 1, count: 10, time: time.Minute, shot: newShot(addr, true)}.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "503") || b.events != 0 {
		t.Fatalf("%d events, %v, want none and the 503", b.events, err)
	}
}

func TestALoadEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := l.Accept(); err == nil { // and never answers
			cancel()
			_, _ = io.Copy(io.Discard, c)
		}
	}()
	addr := l.Addr().String()
	if _, err := (load{addr: addr, connections: 1, count: 10, time: time.Minute, shot: newShot(addr, true)}).run(ctx); err == nil {
		t.Fatal("the load ended well")
	}
}

func TestTheReferenceComparesTheToken(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Reference(ctx, w) }()
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var p process
	if err := json.Unmarshal(line, &p); err != nil {
		t.Fatal(err)
	}
	l := load{addr: p.Listening, connections: 2, count: 20, time: time.Minute, shot: newShot(p.Listening, true)}
	if b, err := l.run(t.Context()); err != nil || b.events != 20 {
		t.Fatalf("%d of 20 were answered, %v", b.events, err)
	}
	l.shot.template = []byte(strings.Replace(string(l.shot.template), Token, strings.Repeat("x", len(Token)), 1))
	if _, err := l.run(t.Context()); err == nil || !strings.Contains(err.Error(), "401") {
		t.Fatalf("a wrong token got %v, want 401", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestAHistogramIsRightToThreePerCent(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 31, 32, 63, 64, 65, 1000, 123456, time.Millisecond, 17 * time.Second, time.Hour} {
		var h histogram
		h.note(d)
		if got := h.quantile(.99); got < d-d/30 || got > d+d/30 {
			t.Errorf("%v is noted as %v", d, got)
		}
	}
	var h histogram
	for i := range 100 {
		h.note(time.Duration(i) * time.Millisecond)
	}
	if got := h.quantile(.5); got < 48*time.Millisecond || got > 52*time.Millisecond {
		t.Errorf("the median of 0 to 99 ms is %v", got)
	}
	if got := h.quantile(.99); got < 96*time.Millisecond || got > 102*time.Millisecond {
		t.Errorf("the 99th percentile of 0 to 99 ms is %v", got)
	}
}
