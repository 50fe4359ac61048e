package webhooks_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/limit"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/webhooks"
)

func openAt(t *testing.T, now time.Time) *house {
	return open(t, func(o *webhooks.Options) { o.Now = func() time.Time { return now } })
}

func TestWhoIsNotKnownIsToldNothing(t *testing.T) {
	h := open(t)
	h.book.change("without-portal", func(c *connection.Connection) { c.Name = "without-portal" })
	body := orderEvent(1, goodsOwner)
	right := []string{
		"X-Auth-Token", firstToken, "X-Webhook-Signature", inHex(mac(firstSecret, body)),
		"X-Shopify-Hmac-Sha256", inBase64(mac("shopify-secret-one", body)),
	}
	wrong := []string{
		"X-Auth-Token", secondToken, "X-Webhook-Signature", inHex(mac("guess", body)),
		"X-Shopify-Hmac-Sha256", inBase64(mac("guess", body)),
	}
	for _, door := range []string{"ongoing", "returns", "shopify"} {
		answers := map[string]answer{
			"wrong credentials":    h.post("/webhooks/"+door+"/nordwear", body, wrong...),
			"no credentials":       h.post("/webhooks/"+door+"/nordwear", body),
			"credentials twice":    h.post("/webhooks/"+door+"/nordwear", body, append(right, right...)...),
			"no such connection":   h.post("/webhooks/"+door+"/nobody", body, right...),
			"nothing at all":       h.post("/webhooks/"+door+"/nobody", body),
			"no credentials there": h.post("/webhooks/"+door+"/without-portal", body, right...),
			"an odd name":          h.post("/webhooks/"+door+"/N%2f..%00", body, right...),
			"unreadable as well":   h.post("/webhooks/"+door+"/nordwear", "{", wrong...),
		}
		want := answers["wrong credentials"]
		want.headers.Del("Date")
		for name, a := range answers {
			a.want(t, 401)
			a.headers.Del("Date")
			if a.body != want.body || fmt.Sprint(a.headers) != fmt.Sprint(want.headers) {
				t.Errorf("%s, %s: another answer than for wrong credentials:\n%s\n%s\n%v\n%v", door, name, a.body, want.body, a.headers, want.headers)
			}
		}
		if want.headers.Get("Content-Type") != "application/problem+json" || want.headers.Get("Www-Authenticate") == "" {
			t.Errorf("headers %v", want.headers)
		}
	}
	if kept := h.store.all(); len(kept) != 0 {
		t.Errorf("kept %+v", kept)
	}
}

func TestWhatStandsInForASecretOpensNothing(t *testing.T) {
	h := open(t)
	h.book.change("without-portal", func(c *connection.Connection) { c.Name = "without-portal" })
	const standIn = "no such connection, or no second secret"
	for _, name := range []string{"nordwear", "without-portal", "nobody"} {
		h.post("/webhooks/returns/"+name, closed, "X-Webhook-Signature", inHex(mac(standIn, closed))).want(t, 401)
		h.post("/webhooks/shopify/"+name, closed, "X-Shopify-Hmac-Sha256", inBase64(mac(standIn, closed))).want(t, 401)
		h.post("/webhooks/returns/"+name, closed, "X-Webhook-Signature", inHex(mac("", closed))).want(t, 401)
	}
}

func TestBodiesThatCannotBeReadAreQuarantined(t *testing.T) {
	for name, body := range map[string]string{
		"not JSON":                "<xml/>",
		"empty":                   "",
		"truncated":               `{"orderId":7,`,
		"a key twice":             `{"goodsOwnerId":42,"goodsOwnerId":42}`,
		"10,000 nested brackets":  strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
		"something follows":       orderEvent(1, goodsOwner) + "{}",
		"broken UTF-8":            "{\"a\":\"\xff\"}",
		"numbers of another type": `{"goodsOwnerId":"forty-two","orderId":7}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			a := h.post(ongoingPath, body, "X-Auth-Token", firstToken).want(t, 422)
			again := h.post(ongoingPath, body, "X-Auth-Token", firstToken).want(t, 422)
			it := h.store.only(t)
			if it.State != store.Quarantined || string(it.Raw) != body || it.Reason == "" || it.ID != a.id() || a.id() != again.id() {
				t.Errorf("kept %+v; answered %s, %s", it, a.body, again.body)
			}
			var p struct {
				Type, Title, Detail string
				Status              int
			}
			if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Status != 422 || p.Type == "" || p.Title == "" {
				t.Errorf("problem %s: %v", a.body, err)
			}
		})
	}
}

func TestOtherMediaAreRefused(t *testing.T) {
	h := open(t)
	body := orderEvent(1, goodsOwner)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 200<<20/64))
	_ = z.Close()
	h.post(ongoingPath, packed.String(), "X-Auth-Token", firstToken, "Content-Encoding", "gzip").want(t, 415)
	h.post(ongoingPath, body, "X-Auth-Token", firstToken, "Content-Encoding", "identity").want(t, 415)
	for kind, status := range map[string]int{
		"text/plain": 415, "application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=x": 415, "json": 415, "+json": 415,
		"application/json": 200, "application/json; charset=utf-8": 200, "text/json": 200, "application/vnd.x+JSON": 200, "Application/JSON": 200,
	} {
		if got := h.post(ongoingPath, body, "X-Auth-Token", firstToken, "Content-Type", kind); got.status != status {
			t.Errorf("%s: %d, want %d", kind, got.status, status)
		}
	}
}

func TestBodyMayHaveOneMebibyte(t *testing.T) {
	h := open(t)
	body := orderEvent(1, goodsOwner)
	h.post(ongoingPath, body+pad(1<<20-len(body)), "X-Auth-Token", firstToken).want(t, 200)
	h.post(ongoingPath, body+pad(1<<20-len(body)+1), "X-Auth-Token", firstToken).want(t, 413)
	h.post(ongoingPath, body+pad(10<<20), "X-Auth-Token", firstToken).want(t, 413)
	h.store.only(t)
}

func TestWhatIsNotDurableIsNotAcknowledged(t *testing.T) {
	for _, body := range []string{orderEvent(1, goodsOwner), orderEvent(1, 43), "{"} {
		h := open(t)
		h.store.fails = fmt.Errorf("write: %w", store.ErrFull)
		a := h.post(ongoingPath, body, "X-Auth-Token", firstToken).want(t, 503)
		if a.headers.Get("Retry-After") != "1" {
			t.Errorf("Retry-After = %q", a.headers.Get("Retry-After"))
		}
		h.store.fails = errors.New("disk I/O error: /secret/path")
		if a := h.post(ongoingPath, body, "X-Auth-Token", firstToken).want(t, 503); strings.Contains(a.body, "disk") {
			t.Errorf("the answer tells too much: %s", a.body)
		}
		if h.ended["ongoing/not_available"] != 2 {
			t.Errorf("counted %v", h.ended)
		}
	}
}

func TestOneDoorsSendersDoNotUseUpAnothers(t *testing.T) {
	h := open(t, func(o *webhooks.Options) { o.Rate = limit.Rate{PerSecond: 1, Burst: 2} })
	for n := range 3 {
		h.post(ongoingPath, orderEvent(n, goodsOwner), "X-Auth-Token", secondToken).want(t, 401) // strangers use up nothing
	}
	for n := range 2 {
		h.post(ongoingPath, orderEvent(n+1, goodsOwner), "X-Auth-Token", firstToken).want(t, 200)
	}
	a := h.post(ongoingPath, orderEvent(3, goodsOwner), "X-Auth-Token", firstToken).want(t, 429)
	if a.headers.Get("Retry-After") != "1" {
		t.Errorf("Retry-After = %q", a.headers.Get("Retry-After"))
	}
	h.post(portalPath, closed, "X-Webhook-Signature", inHex(mac(firstSecret, closed))).want(t, 200)
}

func TestWhatIsKeptIsItsOwn(t *testing.T) {
	h := open(t)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := range 50 {
				body := orderEvent(1+w*1000+n, goodsOwner) + pad(n*7)
				h.post(ongoingPath, body, "X-Auth-Token", firstToken)
				h.post(portalPath, closed, "X-Webhook-Signature", inHex(mac(firstSecret, closed)))
			}
		})
	}
	wg.Wait()
	for _, it := range h.store.all() {
		if it.Source != "ongoing" {
			continue
		}
		var v struct {
			WebhookEventID int `json:"webhookEventId"`
		}
		if err := json.Unmarshal(it.Raw, &v); err != nil {
			t.Fatalf("raw body of %s: %v", it.ID, err)
		}
		if !strings.HasSuffix(it.Dedupe, fmt.Sprintf(":%d", v.WebhookEventID)) && !strings.Contains(it.Dedupe, fmt.Sprint(v.WebhookEventID)) {
			t.Fatalf("dedupe %q of body %s", it.Dedupe, it.Raw)
		}
	}
}

func TestOnlyPostIsSpoken(t *testing.T) {
	h := open(t)
	resp, err := http.Get(h.url + ongoingPath)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}
