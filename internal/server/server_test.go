package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/server"
)

func TestRequestsAtHandEndBeforeTheServerDoes(t *testing.T) {
	inside, leave := make(chan bool), make(chan bool)
	var r *running
	r = start(t, routes{"/slow": func(c *fiber.Ctx) error {
		inside <- true
		<-leave
		if !r.srv.Closing() {
			t.Error("a handler cannot see that the server is stopping")
		}
		return c.SendString("done")
	}})
	answer := make(chan string, 1)
	go func() {
		_, body := get(t, "http://"+r.addr+"/slow")
		answer <- body
	}()
	<-inside
	if resp, _ := get(t, "http://"+r.ops+"/readyz"); resp.StatusCode != 200 {
		t.Errorf("ready before: %d", resp.StatusCode)
	}
	r.stop()
	for !r.srv.Closing() {
	}
	if resp, body := get(t, "http://"+r.ops+"/readyz"); resp.StatusCode != 503 {
		t.Errorf("ready while stopping: %d %s", resp.StatusCode, body)
	}
	select {
	case err := <-r.done:
		t.Fatalf("the server ended with a request at hand: %v", err)
	default:
	}
	leave <- true
	if body := <-answer; body != "done" {
		t.Errorf("the request at hand got %q", body)
	}
	if err := <-r.done; err != nil {
		t.Errorf("Run = %v", err)
	}
}

func TestStuckRequestDoesNotHoldTheServerForEver(t *testing.T) {
	inside, leave := make(chan bool), make(chan bool)
	r := start(t, routes{"/stuck": func(*fiber.Ctx) error { inside <- true; <-leave; return nil }},
		func(o *server.Options) { o.Grace = 50 * time.Millisecond })
	go func() {
		_, _ = http.Get("http://" + r.addr + "/stuck")
	}()
	<-inside
	r.stop()
	if err := <-r.done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run = %v, want a deadline", err)
	}
	close(leave)
}

func TestStoppedBeforeItBegan(t *testing.T) {
	for range 20 {
		o := server.Options{Listener: listen(t), Ops: listen(t), Log: zerolog.Nop(), Now: time.Now}
		ctx, stop := context.WithCancel(context.Background())
		stop()
		if err := server.New(o).Run(ctx); err != nil {
			t.Fatalf("Run = %v", err)
		}
		for _, l := range []net.Listener{o.Listener, o.Ops} {
			if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
				c.Close()
				t.Fatal("it still listens")
			}
		}
	}
}

// broken is a listener that cannot accept.
type broken struct{ net.Listener }

func (broken) Accept() (net.Conn, error) { return nil, errors.New("too many open files") }

func TestListenerThatFailsEndsTheServer(t *testing.T) {
	s := server.New(server.Options{Listener: broken{listen(t)}, Log: zerolog.Nop(), Now: time.Now})
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "too many open files") {
		t.Errorf("Run = %v", err)
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	r := start(t, routes{"/x": ok})
	for _, path := range []string{"/x", "/nothing"} {
		resp, body := get(t, "http://"+r.addr+path)
		h := resp.Header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Server") != "" {
			t.Errorf("%s: headers %v", path, h)
		}
		if path == "/nothing" && (resp.StatusCode != 404 || strings.Contains(body, "nothing here\",\"detail") || strings.Contains(body, path)) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
}

func TestAnUnknownMethodIsAProblemAsAnyOther(t *testing.T) {
	r := start(t, routes{"/x": ok})
	for _, url := range []string{"http://" + r.addr + "/x", "http://" + r.ops + "/healthz"} {
		req, err := http.NewRequestWithContext(t.Context(), "BREW", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		h := resp.Header
		if err != nil || resp.StatusCode != 400 || !strings.Contains(string(body), "urn:tradeback:problem:bad_request") ||
			h.Get("Content-Type") != "application/problem+json" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %s", url, resp.StatusCode, h, body)
		}
	}
}

func TestRequestIDIsRepeatedOnlyIfItIsFitTo(t *testing.T) {
	r := start(t, routes{"/x": ok})
	for said, want := range map[string]string{
		"abc.DEF_1-2": "abc.DEF_1-2", strings.Repeat("a", 64): strings.Repeat("a", 64),
		strings.Repeat("a", 65): "", "a b": "", "a\tb": "", "<script>": "", "é": "", "": "",
	} {
		resp, _ := get(t, "http://"+r.addr+"/x", "X-Request-Id", said)
		if got := resp.Header.Get("X-Request-Id"); got != want {
			t.Errorf("%q came back as %q", said, got)
		}
	}
}

func TestOneAddressHasARate(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	r := start(t, routes{"/x": ok}, func(o *server.Options) {
		o.Now = func() time.Time { return time.Unix(0, now.Load()) }
		o.Rate = limit.Rate{PerSecond: 1, Burst: 2}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	ask := func(forwarded ...string) int {
		var headers []string
		for _, f := range forwarded {
			headers = append(headers, "X-Forwarded-For", f)
		}
		resp, _ := get(t, "http://"+r.addr+"/x", headers...)
		return resp.StatusCode
	}
	for _, c := range []struct {
		name string
		from []string
		want int
	}{
		{"first", []string{"203.0.113.1"}, 200},
		{"second", []string{"203.0.113.1"}, 200},
		{"third", []string{"203.0.113.1"}, 429},
		{"what the client wrote before it does not count", []string{"198.51.100.9, 203.0.113.1"}, 429},
		{"nor in a line of its own", []string{"198.51.100.9", "203.0.113.1"}, 429},
		{"proxies behind proxies are passed over", []string{"203.0.113.1, 10.1.2.3"}, 429},
		{"another address", []string{"203.0.113.2"}, 200},
		{"IPv6, first", []string{"2001:db8::1"}, 200},
		{"its neighbour is the same client", []string{"2001:db8::2"}, 200},
		{"and so is this one", []string{"2001:db8::ffff:3"}, 429},
		{"another network is another client", []string{"2001:db8:0:1::1"}, 200},
		{"what is no address is the proxy itself", []string{"unknown"}, 200},
	} {
		if got := ask(c.from...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	now.Add(int64(time.Second))
	if got := ask("203.0.113.1"); got != 200 {
		t.Errorf("a second later: %d", got)
	}
}

func TestForwardedAddressesAreNotBelievedFromAnybody(t *testing.T) {
	at := time.Now()
	r := start(t, routes{"/x": ok}, func(o *server.Options) {
		o.Now = func() time.Time { return at }
		o.Rate = limit.Rate{PerSecond: 1, Burst: 1}
	})
	first, _ := get(t, "http://"+r.addr+"/x", "X-Forwarded-For", "203.0.113.1")
	second, _ := get(t, "http://"+r.addr+"/x", "X-Forwarded-For", "203.0.113.2")
	if first.StatusCode != 200 || second.StatusCode != 429 || second.Header.Get("Retry-After") != "1" {
		t.Errorf("%d, then %d", first.StatusCode, second.StatusCode)
	}
}

func TestMachinesHaveAListenerOfTheirOwn(t *testing.T) {
	fault := atomic.Bool{}
	r := start(t, routes{"/x": ok}, func(o *server.Options) {
		o.Ready = func(context.Context) error {
			if fault.Load() {
				return errors.New("store: disk full")
			}
			return nil
		}
	})
	get(t, "http://"+r.addr+"/x")
	get(t, "http://"+r.addr+"/not/there/42")
	for path, want := range map[string]string{"/healthz": `"ok"`, "/readyz": `"ready"`, "/metrics": "tradeback_events_received_total"} {
		if resp, body := get(t, "http://"+r.ops+path); resp.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
		if resp, _ := get(t, "http://"+r.addr+path); resp.StatusCode != 404 {
			t.Errorf("%s is served to everybody", path)
		}
	}
	fault.Store(true)
	if resp, body := get(t, "http://"+r.ops+"/readyz"); resp.StatusCode != 503 || !strings.Contains(body, "disk full") {
		t.Errorf("not ready: %d %s", resp.StatusCode, body)
	}
	_, metrics := get(t, "http://"+r.ops+"/metrics")
	for _, want := range []string{
		`tradeback_http_request_duration_seconds_count{method="GET",route="/x",status="2xx"} 1`,
		`tradeback_events_received_total{door="ongoing",result="kept"} 0`,
		`route="none",status="4xx"`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(metrics, "/not/there") {
		t.Error("/metrics holds what a client wrote")
	}
}
