package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tradeback/tradeback/internal/sim"
)

// lockedBuffer is what a process wrote, read while it still writes.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// TestNoSecretAndNoPersonalDataLeaves seeds an exchange with a customer and secrets, lets calls fail and
// bodies be unreadable along the way, and looks for them in everything that tradeback says.
func TestNoSecretAndNoPersonalDataLeaves(t *testing.T) {
	w := startWhole(t)
	for _, call := range []string{"PUT /orders", "PATCH /orders/{orderId}/orderStatus"} {
		w.call("POST", w.ongoing.URL+"/control/faults", `{"match":"`+call+`","kind":"`+sim.ErrorBefore+`","times":1}`, nil)
	}
	s := w.request("#1001", w.variants())
	s.play()
	var problem map[string]any
	w.call("POST", w.base+"/webhooks/ongoing/nordwear", `{"consignee":"Astrid Berg`, &problem, "X-Auth-Token", hookToken)
	w.call("POST", w.base+"/webhooks/ongoing/nordwear", `{}`, &problem, "X-Auth-Token", "another-token-Astrid Berg")
	said := map[string]string{"log": w.log.String(), "metrics": w.text(w.ops + "/metrics")}
	for _, path := range []string{"/v1/exchanges", "/v1/exchanges/" + s.shown.ID, "/v1/exchanges/" + s.shown.ID + "/events", "/v1/events?limit=500"} {
		said[path] = w.text(w.base + path)
	}
	for where, text := range said {
		if len(text) == 0 {
			t.Errorf("%s says nothing at all", where)
		}
		for _, secret := range []string{"Astrid", "Storgatan", "11453", "shpat_sim", hookToken, "another-token", portalKey, "shop-secret", testKey, w.key} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", where, secret)
			}
		}
	}
}

// text is what a GET with the API key answers.
func (w *whole) text(address string) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(body)
}
