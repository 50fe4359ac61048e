package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// said keeps what is written to it. It is safe for concurrent use.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func TestSimRunsUntilInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var told said
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, env{stdout: in, stderr: &told, now: time.Now}, []string{
			"sim", "--ongoing", "127.0.0.1:0", "--shopify", "127.0.0.1:0", "--system", "nordwear", "--webhook-retry", "20ms",
		})
	}()
	var where struct{ Ongoing, Shopify string }
	if err := json.NewDecoder(out).Decode(&where); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{where.Ongoing, where.Shopify} {
		answer, err := http.Get("http://" + at + "/control/ledger")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("the ledger of %s: %s", at, answer.Status)
		}
	}
	interrupt()
	if status := <-ended; status != exitDone {
		t.Errorf("exit status %d: %s", status, told.text.String())
	}
	for _, want := range []string{"/nordwear/api/v1/", "shpat_sim", "--allow-host " + where.Ongoing} {
		if !strings.Contains(told.text.String(), want) {
			t.Errorf("%s is not in %s", want, told.text.String())
		}
	}
}

func TestSimSaysWhatItCannotListenOn(t *testing.T) {
	r := newRig(t)
	r.want(exitFailed, "sim", "--ongoing", "127.0.0.1:0", "--shopify", "nowhere:nothing")
}
