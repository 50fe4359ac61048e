package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tradeback/tradeback/internal/privacy"
)

// shop posts a webhook as Shopify does.
func (w *whole) shop(topic, id, body string) {
	w.t.Helper()
	m := hmac.New(sha256.New, []byte("shop-secret-of-some-length"))
	m.Write([]byte(body))
	w.call("POST", w.base+"/webhooks/shopify/nordwear", body, nil, "X-Shopify-Topic", topic, "X-Shopify-Webhook-Id", id,
		"X-Shopify-Hmac-Sha256", base64.StdEncoding.EncodeToString(m.Sum(nil)), "X-Shopify-Shop-Domain", "nordwear.myshopify.com")
}

// resettle starts serve again, with connections.yaml changed.
func (w *whole) resettle(old, new string) {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
	conns := filepath.Join(w.dir, "connections.yaml")
	text, err := os.ReadFile(conns)
	if err == nil {
		err = os.WriteFile(conns, bytes.Replace(text, []byte(old), []byte(new), 1), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.start()
}

// holds reports whether a file of the store holds a word, while serve runs.
func (w *whole) holds(word string) bool {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "t.db*"))
	if err != nil || len(files) < 3 {
		w.t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return false
}

func TestACustomerIsErasedFromTheFilesOfARunningServe(t *testing.T) {
	t.Parallel()
	for name, enabled := range map[string]bool{"a connection that is switched on": true, "one that is switched off": false} {
		t.Run(name, func(t *testing.T) {
			w := startWhole(t)
			w.shop("orders/updated", "1", `{"id":299938,"email":"john@example.com",`) // cut off: it is kept in quarantine
			w.shop("orders/updated", "2", `{"id":299939,"email":"anna@example.com",`)
			if !enabled {
				w.resettle("enabled: true", "enabled: false")
			}
			redact, err := os.ReadFile("../../testdata/payloads/shopify/customers.redact.json")
			if err != nil {
				t.Fatal(err)
			}
			w.shop("customers/redact", "3", string(redact))
			if !w.holds("john@example.com") {
				t.Fatal("the files do not hold what was kept: this test sees nothing")
			}
			if !enabled {
				w.resettle("", "") // what is switched off is looked at at the start, and then each hour
			}
			w.eventually("the request to be done", func() bool {
				out, err := w.beside("privacy", "list", "--json")
				var got page[privacy.Record]
				if err != nil || json.NewDecoder(strings.NewReader(out)).Decode(&got) != nil {
					t.Fatalf("%v: %s", err, out)
				}
				return len(got.Data) == 1 && !got.Data[0].Done.IsZero()
			})
			if w.holds("john@example.com") || w.holds("555-625") {
				t.Error("the files still hold what was erased")
			}
			if !w.holds("anna@example.com") {
				t.Error("the files do not hold what should stay")
			}
		})
	}
}
