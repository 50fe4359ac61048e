package lane

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// wired is a lane over the real transport to a server of the test's own.
func wired(t *testing.T, h http.HandlerFunc, change func(*Options)) (*Lane, string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	o := Ongoing()
	o.AllowHosts = []string{strings.TrimPrefix(server.URL, "http://")}
	if change != nil {
		change(&o)
	}
	l := New(o)
	t.Cleanup(l.Close)
	return l, server.URL
}

// post sends body through l as an adapter does.
func post(t *testing.T, l *Lane, url string, body io.Reader) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := l.Client().Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

func TestAnAnswerComesWhole(t *testing.T) {
	l, url := wired(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %d %v %s", body, r.ContentLength, r.TransferEncoding, r.Header.Get("Accept-Encoding"))
	}, nil)
	for name, body := range map[string]io.Reader{
		"of known length":   strings.NewReader("hello"),
		"of unknown length": io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo")),
	} {
		if got, err := post(t, l, url, body); got != "hello 5 [] " {
			t.Errorf("%s: got %q, %v: want its length, no chunks, no compression", name, got, err)
		}
	}
}

func TestWhatMayHaveBeenCarriedOutIsUnknown(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"no answer in time", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}},
		{"headers and then nothing", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
		{"a reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"half a body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}},
		{"too long", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1001)) }},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var calls atomic.Int32
			l, url := wired(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				c.handler(w, r)
			}, func(o *Options) { o.Timeout, o.MaxResponse = 200*time.Millisecond, 1000 })
			begin := time.Now()
			_, err := post(t, l, url, strings.NewReader("hello"))
			wantUnknown(t, c.name, err)
			if took := time.Since(begin); took > usualTimeout/2 {
				t.Errorf("took %s, want the lane's own time-out", took)
			}
			if calls.Load() != 1 {
				t.Errorf("%d calls, want 1", calls.Load())
			}
			if s := l.Snapshot(); c.name != "a redirect" && s.Calls["unknown"] != 1 {
				t.Errorf("counted %v, want one unknown", s.Calls)
			}
		})
	}
}

func TestALongAnswerIsReadUpToTheLimit(t *testing.T) {
	l, url := wired(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1000)) },
		func(o *Options) { o.MaxResponse = 1000 })
	if got, err := post(t, l, url, strings.NewReader("hello")); len(got) != 1000 {
		t.Errorf("got %d bytes, %v, want 1000", len(got), err)
	}
}

// A connection that was kept open and dies under the next call: an act is not made again by itself.
func TestAnActIsNeverRepeated(t *testing.T) {
	var calls atomic.Int32
	l, url := wired(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if calls.Add(1) == 2 {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.Close()
			return
		}
		_, _ = io.WriteString(w, "ok")
	}, nil)
	if got, err := post(t, l, url, strings.NewReader("one")); got != "ok" {
		t.Fatalf("first: %q, %v", got, err)
	}
	_, err := post(t, l, url, strings.NewReader("two"))
	wantUnknown(t, "a connection that dies", err)
	if calls.Load() != 2 {
		t.Errorf("%d calls, want 2", calls.Load())
	}
}

// stopped is a context whose process was stopped past its end, and whose timer has not gone off yet.
type stopped struct{ context.Context }

func (stopped) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

func TestNoCallIsMadeWhoseTimeIsOver(t *testing.T) {
	for _, l := range lanes {
		p := &peer{status: 200}
		_, err := get(stopped{t.Context()}, start(l.options(), &documents{}, p), l.url)
		if wantNotSent(t, l.url, err); p.made() != 0 {
			t.Errorf("%s: %d calls were made after their time", l.url, p.made())
		}
	}
}

func TestWithoutAConnectionNothingWasSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	_ = listener.Close()
	o := Ongoing()
	o.AllowHosts = []string{nobody}
	l := New(o)
	_, err = post(t, l, "http://"+nobody, strings.NewReader("hello"))
	wantNotSent(t, "nobody listens", err)
	if s := l.Snapshot(); s.Calls["not_sent"] != 1 {
		t.Errorf("counted %v, want one not_sent", s.Calls)
	}
}

func TestTLSIsCheckedAndNotOld(t *testing.T) {
	for name, version := range map[string]uint16{"an unknown certificate": tls.VersionTLS13, "TLS 1.1": tls.VersionTLS11} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.StartTLS()
		o := Ongoing()
		o.AllowHosts = []string{strings.TrimPrefix(server.URL, "https://")}
		l := New(o)
		if version == tls.VersionTLS11 { // trusted, so that only its age speaks against it
			l.base.(*http.Transport).TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		}
		_, err := post(t, l, server.URL, strings.NewReader("hello"))
		wantNotSent(t, name, err)
		l.Close()
		server.Close()
	}
}

func TestOnlyThePeersHostsAreCalled(t *testing.T) {
	h := hosts{domains: []string{".ongoingsystems.se"}, allowed: []string{"127.0.0.1:9001", "sim:443"}}
	for _, c := range []struct {
		url string
		ok  bool
	}{
		{"https://api.ongoingsystems.se/x/", true},
		{"https://WMS1.ongoingsystems.se:443/x/", true},
		{"http://127.0.0.1:9001/x/", true},
		{"https://127.0.0.1:9001/x/", true},
		{"https://sim/x", true},
		{"http://sim/x", false},
		{"http://api.ongoingsystems.se/x/", false},
		{"https://api.ongoingsystems.se:8443/x/", false},
		{"https://ongoingsystems.se/", false},
		{"https://.ongoingsystems.se/", false},
		{"https://a.b.ongoingsystems.se/", false},
		{"https://api.ongoingsystems.se.evil.example/", false},
		{"https://evilongoingsystems.se/", false},
		{"https://api.ongoingsystems.se@evil.example/", false},
		{"http://127.0.0.1:9002/", false},
		{"https://169.254.169.254/", false},
		{"ftp://127.0.0.1:9001/", false},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.check(u); (err == nil) != c.ok {
			t.Errorf("%s: %v, want allowed: %v", c.url, err, c.ok)
		}
	}
	o := Ongoing()
	o.base = &peer{status: 200}
	_, err := get(t.Context(), New(o), "https://evil.example/")
	wantNotSent(t, "another host", err)
}

func TestAddressesInsideAreRefusedAtDial(t *testing.T) {
	for address, ok := range map[string]bool{
		"8.8.8.8:443": true, "[2a00:1450:400f::1]:443": true,
		"127.0.0.1:443": false, "10.1.2.3:443": false, "172.16.0.1:443": false, "192.168.1.1:443": false, "169.254.169.254:443": false,
		"100.64.0.1:443": false, "100.100.100.200:443": false, "0.0.0.0:443": false, "224.0.0.1:443": false, "255.255.255.255:443": false,
		"198.18.0.1:443": false, "192.0.0.192:443": false, "[::1]:443": false, "[::]:443": false, "[fe80::1%eth0]:443": false, "[fd00:ec2::254]:443": false,
		"[::ffff:10.0.0.1]:443": false, "[::ffff:100.64.0.1]:443": false, "[64:ff9b::a00:1]:443": false, "[2002:7f00:1::]:443": false, "nonsense": false,
	} {
		if err := control("tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v, want allowed: %v", address, err, ok)
		}
	}
	o := Ongoing()
	o.Hosts = []string{".0.0.1"} // a name of the peer's that leads to 127.0.0.1
	_, err := get(t.Context(), New(o), "https://127.0.0.1/")
	if wantNotSent(t, "a name that leads inside", err); !errors.Is(err, errInside) {
		t.Errorf("got %v, want the dial to refuse the address", err)
	}
}

func TestNoProxyIsUsed(t *testing.T) {
	if newTransport(hosts{}).Proxy != nil {
		t.Error("the transport asks for a proxy")
	}
}
