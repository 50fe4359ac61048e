package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestServeEndsInGoodTimeAndASecondSignalEndsItAtOnce stops serve under load while its peers answer nothing (F19). A
// first signal lets what is under way end; whoever cannot wait sends another. Either way what was acknowledged is there.
func TestServeEndsInGoodTimeAndASecondSignalEndsItAtOnce(t *testing.T) {
	asked := make(chan struct{}, 1)
	gone := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case asked <- struct{}{}:
		default:
		}
		<-gone
	}))
	t.Cleanup(func() { close(gone); silent.Close() })
	dir := t.TempDir()
	host := strings.TrimPrefix(silent.URL, "http://")
	v := &victim{t: t, binary: builtBinary(t), dir: dir, store: "sqlite://" + filepath.Join(dir, "t.db")}
	v.settings()
	text, err := os.ReadFile(v.path("connections.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.ReplaceAll(string(text), "127.0.0.1:1", host))
	if err := os.WriteFile(v.path("connections.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &mail{kept: map[int]string{}}
	for _, signals := range []int{1, 2} {
		v.start("--allow-host", host, "--call-timeout", "5s")
		l.kept[-signals] = v.returned()
		awaitAsked(t, asked)
		var once sync.Once
		var began time.Time
		after := len(l.kept) + 100
		l.all(v.base, true, func(acknowledged int) {
			if acknowledged < after {
				return
			}
			once.Do(func() {
				began = time.Now()
				_ = v.cmd.Process.Signal(syscall.SIGTERM)
			})
		})
		ended := make(chan error, 1)
		go func() { ended <- v.cmd.Wait() }()
		if signals == 2 {
			_ = v.cmd.Process.Signal(syscall.SIGTERM) // the connections are closed: the first was heard
		}
		err := <-ended
		took := time.Since(began)
		t.Logf("with %d signals it took %s to end: %v", signals, took, err)
		var exit *exec.ExitError
		switch {
		case signals == 1 && err != nil:
			t.Errorf("after one signal serve ended badly: %v", err)
		case signals == 1 && took > 15*time.Second:
			t.Errorf("serve took %s to end, more than its grace", took)
		case signals == 2 && (!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM):
			t.Errorf("after a second signal serve ended as %v, want at once", err)
		}
	}
	v.start("--allow-host", host, "--call-timeout", "1s")
	l.rest(v.base)
	v.stop()
	if l.refused != "" {
		t.Fatalf("an event was refused: %s", l.refused)
	}
	v.check(l.kept)
}

// returned posts what makes serve ask the shop: the portal has a return that nobody knows yet.
func (v *victim) returned() (id string) {
	v.t.Helper()
	body := fmt.Sprintf(`{"id":"evt_%[1]d","event":"return.created","created_at":"2026-11-22T10:00:00Z","data":{"shopify_return_id":"gid://shopify/Return/%[1]d"}}`, time.Now().UnixNano())
	req, err := http.NewRequest(http.MethodPost, v.base+"/webhooks/returns/nordwear", strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Webhook-Signature", signature("a-secret-of-some-length", body))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("the portal's event: %s", resp.Status)
	}
	var kept struct{ ID string }
	if err := json.NewDecoder(resp.Body).Decode(&kept); err != nil {
		v.t.Fatal(err)
	}
	return kept.ID
}

func awaitAsked(t *testing.T, asked <-chan struct{}) {
	t.Helper()
	select {
	case <-asked:
	case <-time.After(longest):
		t.Fatal("no peer was asked anything")
	}
}
