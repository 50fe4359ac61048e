package demo

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// asked is what a request through b comes to.
func asked(t *testing.T, b *Balancer) (status int, body string) {
	t.Helper()
	front := httptest.NewServer(b)
	defer front.Close()
	resp, err := http.Post(front.URL+"/a?b=c", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func backend(t *testing.T, name string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, name+" "+r.Method+" "+r.URL.String()+" "+string(text))
	}))
	t.Cleanup(s.Close)
	return s
}

func TestABalancerGoesToEachInTurn(t *testing.T) {
	b := NewBalancer(backend(t, "one").Listener.Addr().String(), backend(t, "two").Listener.Addr().String())
	var got []string
	for range 4 {
		status, body := asked(t, b)
		if status != http.StatusAccepted || !strings.HasSuffix(body, " POST /a?b=c {}") {
			t.Fatalf("%d %s", status, body)
		}
		got = append(got, body[:3])
	}
	if got[0] == got[1] || !slices.Equal(got[:2], got[2:]) {
		t.Errorf("requests went to %q, want each in turn", got)
	}
}

func TestABalancerPassesByWhereNobodyListens(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	b := NewBalancer(gone.Listener.Addr().String(), backend(t, "two").Listener.Addr().String())
	for range 3 {
		if status, body := asked(t, b); status != http.StatusAccepted || !strings.HasPrefix(body, "two") {
			t.Errorf("%d %s, want the one that listens", status, body)
		}
	}
}

func TestABalancerDoesNotRepeatWhatMayHaveBeenTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1))
			c.Close() // it broke off after it began to read
		}
	}()
	b := NewBalancer(l.Addr().String(), l.Addr().String())
	if status, _ := asked(t, b); status != http.StatusBadGateway {
		t.Errorf("status %d, want 502", status)
	}
}
