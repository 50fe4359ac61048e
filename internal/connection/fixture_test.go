package connection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tradeback/tradeback/internal/audit"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/store"
)

// full is the connections.yaml of the documentation, every setting in it.
const full = `connections:
  - name: nordwear
    enabled: true
    ongoing:
      server: api
      warehouse: nordwear
      goods_owner_id: 42
      username: WSInordwear
      password: ${NORDWEAR_ONGOING_PASSWORD}
      warehouse_id: 1
      order_statuses: {open: [Open], returned: [Returned], released: [Released], sent: [Sent, Collected], cancelled: [Cancelled]}
      return_order_statuses: {notified: [Notified], returned: [Returned]}
      webhook_tokens: ["${NORDWEAR_WEBHOOK_TOKEN}"]
    shopify:
      shop: nordwear.myshopify.com
      access_token: ${NORDWEAR_SHOPIFY_TOKEN}
      webhook_secrets: ["${NORDWEAR_SHOPIFY_SECRET}"]
      location_id: gid://shopify/Location/1
    portal:
      webhook_secrets: ["${NORDWEAR_PORTAL_SECRET}"]
      signature_header: X-Webhook-Signature
      fields: {id: /id, event: /event, at: /created_at, return: /data/shopify_return_id, reference: /data/return_id, tracking: /data/tracking_number}
    exchanges:
      instant: false
      auto_create: true
      release_on: return_closed
      partial: wait
      mark_returned: true
      process_return: true
      payment: capture_on_sent
      deposit: difference
      deadline_days: 21
      number: "{order}-EX{n}"
      return_number: "{order}-R{n}"
      original_order: ["{order}", "{order_without_hash}"]
      article_number: sku
      after_deadline: raise
      mandate_amounts: false
      limits:
        - {currency: SEK, act: 5000.00, day: 100000}
`

// secretsOf are what the variables of full stand for. No output may hold one of them.
var secretsOf = map[string]string{
	"NORDWEAR_ONGOING_PASSWORD": "hunter2-ongoing",
	"NORDWEAR_WEBHOOK_TOKEN":    "4f1e9d5c0b7a4f1e9d5c0b7a4f1e9d5c",
	"NORDWEAR_SHOPIFY_TOKEN":    "shpat_0123456789",
	"NORDWEAR_SHOPIFY_SECRET":   "shpss_9876543210",
	"NORDWEAR_PORTAL_SECRET":    "whsec_portal",
}

func getenv(name string) string { return secretsOf[name] }

// edited is full with old replaced by new, which must be there.
func edited(t testing.TB, pairs ...string) string {
	t.Helper()
	text := full
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the fixture does not hold %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// parsed is the one connection of text.
func parsed(t testing.TB, text string, allow ...string) connection.Connection {
	t.Helper()
	all, err := connection.Parse([]byte(text), getenv, connection.Options{AllowHosts: allow})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func sealer(t testing.TB, b byte) *connection.Sealer {
	t.Helper()
	keys := map[byte]string{
		'a': "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
		'b': "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=",
		'c': "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2M=",
	}
	s, err := connection.NewSealer(keys[b])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// memory keeps documents as a store's engine would.
type memory struct {
	mu     sync.Mutex
	docs   map[string]store.Doc
	rounds int
	lines  []audit.Entry
	meddle func() // runs before the next round
}

func newMemory() *memory { return &memory{docs: map[string]store.Doc{}} }

func (m *memory) Docs(_ context.Context, c store.Conn, bucket, after string, limit int) ([]store.Doc, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []store.Doc
	for _, d := range m.docs {
		if d.Conn == c && d.Bucket == bucket && d.Key > after {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b store.Doc) int { return strings.Compare(a.Key, b.Key) })
	return found[:min(limit, len(found))], nil
}

func (m *memory) Apply(_ context.Context, ops []store.Op) ([]error, error) {
	if meddle := m.meddle; meddle != nil {
		m.meddle = nil
		meddle()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rounds++
	results := make([]error, len(ops))
	for i, op := range ops {
		put := op.(store.Put)
		all := append([]store.Doc{put.Doc}, put.With...)
		at := func(d store.Doc) string { return fmt.Sprintf("%s/%s/%s", d.Conn, d.Bucket, d.Key) }
		if slices.ContainsFunc(all, func(d store.Doc) bool { return m.docs[at(d)].Version != d.Version }) {
			results[i] = store.ErrConflict
			continue
		}
		for _, d := range all {
			d.Version++
			m.docs[at(d)] = d
		}
		if put.Line != nil {
			var e audit.Entry
			if err := json.Unmarshal(put.Line, &e); err != nil {
				return nil, err
			}
			m.lines = append(m.lines, e)
		}
	}
	return results, nil
}

// ida is who acts in tests.
var ida = audit.Person("ida", "root")

// holds fails the test if text shows a secret.
func holds(t testing.TB, what, text string) {
	t.Helper()
	for name, secret := range secretsOf {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %s: %s", what, name, text)
		}
	}
}
