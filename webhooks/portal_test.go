package webhooks_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
)

const (
	portalPath = "/webhooks/returns/nordwear"
	closed     = `{"id": "evt_1", "event": "return.closed", "created_at": "2026-11-22T10:00:00Z",` +
		` "data": {"shopify_return_id": "gid://shopify/Return/9", "return_id": "R-4711", "tracking_number": "JJD1"}}`
)

func TestPortalSignatures(t *testing.T) {
	sum := mac(firstSecret, closed)
	for _, c := range []struct {
		name   string
		header []string
		status int
	}{
		{"hex", []string{"X-Webhook-Signature", inHex(sum)}, 200},
		{"hex in capitals", []string{"X-Webhook-Signature", fmt.Sprintf("%X", sum)}, 200},
		{"base64", []string{"X-Webhook-Signature", inBase64(sum)}, 200},
		{"sha256= and hex", []string{"X-Webhook-Signature", "sha256=" + inHex(sum)}, 200},
		{"sha256= and base64", []string{"x-webhook-signature", "sha256=" + inBase64(sum)}, 200},
		{"another secret", []string{"X-Webhook-Signature", inHex(mac("guess", closed))}, 401},
		{"another body", []string{"X-Webhook-Signature", inHex(mac(firstSecret, closed+" "))}, 401},
		{"half a digest", []string{"X-Webhook-Signature", inHex(sum[:16])}, 401},
		{"base64 with a stray bit", []string{"X-Webhook-Signature", inBase64(sum)[:42] + "B="}, 401},
		{"twice", []string{"X-Webhook-Signature", inHex(sum), "X-Webhook-Signature", inHex(sum)}, 401},
		{"empty", []string{"X-Webhook-Signature", ""}, 401},
		{"none", nil, 401},
		{"another header", []string{"X-Signature", inHex(sum)}, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			open(t).post(portalPath, closed, c.header...).want(t, c.status)
		})
	}
}

func TestPortalHeaderNameIsASetting(t *testing.T) {
	h := open(t)
	h.book.change("nordwear", func(c *connection.Connection) {
		p := *c.Portal
		p.SignatureHeader, p.WebhookSecrets = "X-Returns-Hmac", secrets("old", firstSecret)
		c.Portal = &p
	})
	h.post(portalPath, closed, "X-Returns-Hmac", inHex(mac(firstSecret, closed))).want(t, 200)
	h.post(portalPath, closed, "X-Returns-Hmac", inHex(mac("old", closed))).want(t, 200)
	h.post(portalPath, closed, "X-Webhook-Signature", inHex(mac(firstSecret, closed))).want(t, 401)
}

func TestStandardWebhooks(t *testing.T) {
	// The published example of standardwebhooks.com: secret, id, time, body and signature.
	const (
		secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		id     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
		body   = `{"test": 2432232314}`
		sum    = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	)
	at := time.Unix(1614265330, 0)
	for _, c := range []struct {
		name      string
		signature string
		now       time.Time
		more      []string
		status    int
	}{
		{"the published example", sum, at, nil, 422}, // authentic, but no portal event
		{"one of several", "v1a,xx v1,AAAA " + sum, at, nil, 422},
		{"late, within five minutes", sum, at.Add(5 * time.Minute), nil, 422},
		{"stale", sum, at.Add(5*time.Minute + time.Second), nil, 401},
		{"from the future", sum, at.Add(-5*time.Minute - time.Second), nil, 401},
		{"another version", "v2" + sum[2:], at, nil, 401},
		{"not signed", "v1,", at, nil, 401},
		{"two credentials", sum, at, []string{"X-Webhook-Signature", "aa"}, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := openAt(t, c.now)
			h.book.change("nordwear", func(conn *connection.Connection) {
				p := *conn.Portal
				p.WebhookSecrets = secrets(secret)
				conn.Portal = &p
			})
			h.post(portalPath, body, append(c.more, "webhook-id", id,
				"webhook-timestamp", strconv.FormatInt(at.Unix(), 10), "webhook-signature", c.signature)...).want(t, c.status)
		})
	}
}

func TestStandardWebhookIDTellsARepeat(t *testing.T) {
	h := open(t)
	const body = `{"event":"return.closed","data":{"return_id":"R-1"}}`
	send := func(id string) answer {
		at := strconv.FormatInt(noon.Unix(), 10)
		return h.post(portalPath, body, "webhook-id", id, "webhook-timestamp", at,
			"webhook-signature", "v1,"+inBase64(mac(firstSecret, id+"."+at+"."+body))).want(t, 200)
	}
	first, again, other := send("msg_1"), send("msg_1"), send("msg_2")
	if first.id() != again.id() || first.id() == other.id() || len(h.store.all()) != 2 {
		t.Errorf("ids %s, %s, %s; %d kept", first.id(), again.id(), other.id(), len(h.store.all()))
	}
	var n exchange.Notice
	if err := json.Unmarshal(h.store.all()[0].Body, &n); err != nil {
		t.Fatal(err)
	}
	if !n.Event.Portal.At.Equal(noon) {
		t.Errorf("an event that does not say when is of %s, want when it came", n.Event.Portal.At)
	}
}

func TestPortalEventIsKept(t *testing.T) {
	h := open(t)
	h.post(portalPath, closed, "X-Webhook-Signature", inHex(mac(firstSecret, closed))).want(t, 200)
	it := h.store.only(t)
	if it.Source != "portal" || it.Topic != "return.closed" || it.Dedupe != "portal:id:evt_1" {
		t.Errorf("kept %+v", it)
	}
}
