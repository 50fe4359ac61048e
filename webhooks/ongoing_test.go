package webhooks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

const ongoingPath = "/webhooks/ongoing/nordwear"

// orderEvent is Ongoing's order webhook, as short as it comes.
func orderEvent(event, owner int) string {
	return fmt.Sprintf(`{"webhookOrdersId":3,"webhookEventId":%d,"system":"nordwear","timestamp":"2026-11-22T12:00:00.0000000",`+
		`"orderId":7,"orderNumber":"#1001-EX1","goodsOwnerId":%d,"orderStatus":{"number":450}}`, event, owner)
}

func TestOnlyOrderEventsMayBeNoneOfOurs(t *testing.T) {
	h := open(t)
	h.post(ongoingPath, orderEvent(1, goodsOwner), "X-Auth-Token", firstToken).want(t, 200)
	want := []string{exchange.RefOrder("#1001-EX1").Name, exchange.RefOriginal("#1001-EX1").Name}
	if it := h.store.only(t); !slices.Equal(it.About, want) {
		t.Errorf("about %v, want %v", it.About, want)
	}
	h = open(t)
	h.post(portalPath, closed, "X-Webhook-Signature", inHex(mac(firstSecret, closed))).want(t, 200)
	if it := h.store.only(t); it.About != nil {
		t.Errorf("an event that may wait for its return is about %v", it.About)
	}
	h = open(t)
	h.post(shopifyPath, approved, shopifyHeaders("shopify-secret-one", "returns/approve", "wh-1", approved)...).want(t, 200)
	if it := h.store.only(t); it.About != nil {
		t.Errorf("an event that may ask for an exchange is about %v", it.About)
	}
}

func TestOrderEventIsKept(t *testing.T) {
	h := open(t)
	body := orderEvent(1, goodsOwner)
	a := h.post(ongoingPath, body, "X-Auth-Token", firstToken).want(t, 200)
	it := h.store.only(t)
	if a.id() != it.ID || !strings.HasPrefix(it.ID, "ev_") || a.headers.Get("Content-Type") != "application/json" {
		t.Errorf("answer %s (%s), kept %s", a.body, a.headers.Get("Content-Type"), it.ID)
	}
	if it.Conn != "nordwear" || it.Kind != store.Event || it.State != store.Waiting || it.Source != "ongoing" ||
		!it.Received.Equal(noon) || !it.Due.Equal(noon) || string(it.Raw) != body || len(it.Digest) != 64 ||
		!strings.HasPrefix(it.Dedupe, "ongoing:") {
		t.Errorf("kept %+v", it)
	}
	var n exchange.Notice
	if err := json.Unmarshal(it.Body, &n); err != nil {
		t.Fatal(err)
	}
	if n.Event.ID != it.ID || !n.Event.At.Equal(noon) || n.Event.Source != "ongoing" || len(n.About) == 0 {
		t.Errorf("notice %+v", n)
	}
	if got := h.doors.Seen("nordwear"); !got.Tokens[tokens(t, firstToken)[0].ID()].Equal(noon) || len(got.Tokens) != 1 || !got.Doors["ongoing"].Equal(noon) {
		t.Errorf("Seen = %+v", got)
	}
}

func TestASendersNameOfAnEventIsOneLineThatFitsATable(t *testing.T) {
	h := open(t)
	body := `{"webhookOrdersId":1,"goodsOwnerId":42,"orderNumber":"#1","webhookTemplate":"a\n` + strings.Repeat("b", 10_000) + `"}`
	h.post(ongoingPath, body, "X-Auth-Token", firstToken).want(t, 200)
	it := h.store.only(t)
	var n exchange.Notice
	if err := json.Unmarshal(it.Body, &n); err != nil {
		t.Fatal(err)
	}
	if len(it.Topic) > 200 || strings.Contains(it.Topic, "\n") || !strings.HasPrefix(it.Topic, "a b") || n.Event.Topic != it.Topic {
		t.Errorf("kept under a topic of %d bytes, %.20q", len(it.Topic), it.Topic)
	}
}

func TestTokensRotateWithoutAPause(t *testing.T) {
	h := open(t)
	rotate := func(texts ...string) {
		h.book.change("nordwear", func(c *connection.Connection) { c.Ongoing.WebhookTokens = tokens(t, texts...) })
	}
	send := func(n int, token string) int {
		return h.post(ongoingPath, orderEvent(n, goodsOwner), "X-Auth-Token", token).status
	}
	if got := send(1, secondToken); got != 401 {
		t.Fatalf("a token that is not ours yet: %d", got)
	}
	rotate(firstToken, secondToken)
	if a, b := send(2, firstToken), send(3, secondToken); a != 200 || b != 200 {
		t.Fatalf("both slots are live: %d, %d", a, b)
	}
	if h.doors.Seen("nordwear").Tokens[tokens(t, secondToken)[0].ID()].IsZero() {
		t.Error("the second token's use was not noted")
	}
	rotate(secondToken)
	if a, b := send(4, firstToken), send(5, secondToken); a != 401 || b != 200 {
		t.Fatalf("the old token is gone: %d, %d", a, b)
	}
}

func TestSameEventAHundredTimesAtOnceIsKeptOnce(t *testing.T) {
	h := open(t)
	var ids sync.Map
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			a := h.post(ongoingPath, orderEvent(1, goodsOwner), "X-Auth-Token", firstToken)
			if a.status != 200 {
				t.Errorf("status %d: %s", a.status, a.body)
			}
			ids.Store(a.id(), true)
		})
	}
	wg.Wait()
	it := h.store.only(t)
	ids.Range(func(id, _ any) bool {
		if id != it.ID {
			t.Errorf("answered %v, kept %s", id, it.ID)
		}
		return true
	})
	if h.ended["ongoing/kept"] != 1 || h.ended["ongoing/duplicate"] != 99 {
		t.Errorf("counted %v", h.ended)
	}
}

func TestOfAnotherGoodsOwnerTenBodiesAreKept(t *testing.T) {
	h := open(t)
	for n := range 15 {
		a := h.post(ongoingPath, orderEvent(n+1, 43), "X-Auth-Token", firstToken).want(t, 422)
		if (a.id() != "") != (n < 10) {
			t.Errorf("body %d: id %q", n+1, a.id())
		}
	}
	if a := h.post(ongoingPath, orderEvent(1, goodsOwner), "X-Auth-Token", firstToken); a.status != 200 {
		t.Errorf("our own goods owner: %d", a.status)
	}
	strange := 0
	for _, it := range h.store.all() {
		if it.State == store.Quarantined {
			strange++
			if len(it.Raw) == 0 || it.Reason == "" || it.Body != nil {
				t.Errorf("kept %+v", it)
			}
		}
	}
	if strange != 10 || h.ended["ongoing/goods_owner"] != 15 {
		t.Errorf("%d bodies kept, counted %v", strange, h.ended)
	}
}
