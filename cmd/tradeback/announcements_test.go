package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func TestSubscribersAreTried(t *testing.T) {
	c := openClinic(t, nil)
	var mu sync.Mutex
	var heard []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, r.URL.Path+" "+r.Header.Get("webhook-signature")+" "+string(body))
		if r.URL.Path == "/away" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(receiver.Close)
	c.env["TRADEBACK_ALLOW_HOST"] += "," + strings.TrimPrefix(receiver.URL, "http://")
	c.text = strings.TrimRight(c.text, "\n") + `
    announcements:
      - {name: hook, url: "` + receiver.URL + `/hook", events: [exchange.sent], secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}
      - {name: away, url: "` + receiver.URL + `/away", format: chat, events: [exchange.raised]}
`
	c.applied()
	got := c.want(exitFailed, "announcements", "test", "--connection", "nordwear")
	if !strings.Contains(got.out, "hook        sent") || !strings.Contains(got.out, "away        not taken: the subscriber answered 503") {
		t.Errorf("printed %s", got.out)
	}
	if strings.Contains(got.out+got.errOut, receiver.URL) {
		t.Error("an address is shown")
	}
	c.want(0, "announcements", "test", "--connection", "nordwear", "--subscriber", "hook")
	c.want(exitNotFound, "announcements", "test", "--connection", "nordwear", "--subscriber", "nobody")
	mu.Lock()
	defer mu.Unlock()
	if len(heard) != 3 || !strings.HasPrefix(heard[0], "/hook v1,") || !strings.Contains(heard[0], `"type":"test"`) || !strings.Contains(heard[1], `{"text":"test of connection nordwear`) {
		t.Errorf("heard %q", heard)
	}
}
