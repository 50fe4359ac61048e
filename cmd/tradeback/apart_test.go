package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestOneConnectionsTroubleDelaysNoOther carries an exchange through while another connection has many returns to ask
// about, and both of its peers take calls and never answer (I8).
func TestOneConnectionsTroubleDelaysNoOther(t *testing.T) {
	var asked atomic.Int64
	gone := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		<-gone
	}))
	defer silent.Close()
	defer close(gone) // before serve is stopped, which waits for its calls
	host := strings.TrimPrefix(silent.URL, "http://")
	w := startWhole(t, "--allow-host", host, "--call-timeout", "40s")
	r := beside(t, w)
	text, err := os.ReadFile(filepath.Join(w.dir, "connections.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	both := string(text) + fmt.Sprintf(`  - name: silent
    enabled: true
    ongoing: {server: %[1]q, warehouse: silent, goods_owner_id: 43, username: WSIsilent, password: pw, warehouse_id: 1, webhook_tokens: [another-token-of-enough-characters]}
    shopify: {shop: %[1]q, access_token: shpat_none, webhook_secrets: [shop-secret-of-some-length], location_id: gid://shopify/Location/1}
    portal: {webhook_secrets: [%[2]s]}
`, silent.URL, portalKey)
	file := filepath.Join(t.TempDir(), "both.yaml")
	if err := os.WriteFile(file, []byte(both), 0o600); err != nil {
		t.Fatal(err)
	}
	allow := []string{"--allow-host", host}
	for _, u := range []string{w.ongoing.URL, w.shopify.URL} {
		allow = append(allow, "--allow-host", strings.TrimPrefix(u, "http://"))
	}
	r.want(0, append([]string{"apply", "-f", file, "--yes", "--call-timeout", "1s"}, allow...)...)
	for n := range 50 {
		body := fmt.Sprintf(`{"id":"evt_s%[1]d","event":"return.created","created_at":"2026-11-22T10:00:00Z","data":{"shopify_return_id":"gid://shopify/Return/%[1]d"}}`, n+1)
		w.eventually("the silent connection's event to be kept", func() bool {
			var said any
			status := w.call("POST", w.base+"/webhooks/returns/silent", body, &said, "X-Webhook-Signature", signature(portalKey, body))
			return status == http.StatusOK // 401 until serve has read the new connection
		})
	}
	w.eventually("the silent peers to be asked", func() bool { return asked.Load() > 0 })
	began := time.Now()
	s := w.request("#1001", w.variants())
	s.play()
	s.check()
	t.Logf("carried through in %s beside %d calls that nobody answers", time.Since(began), asked.Load())
}
