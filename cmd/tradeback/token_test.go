package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
)

// send posts an event of Ongoing's with a token and gives the status of the answer.
func (w *whole) send(n int, token string) int {
	w.t.Helper()
	body := fmt.Sprintf(`{"webhookOrdersId":1,"webhookEventId":%d,"system":"nordwear","orderId":%d,"orderNumber":"N%d","goodsOwnerId":42,"orderStatus":{"number":300}}`, n, n, n)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.base+"/webhooks/ongoing/nordwear", strings.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Auth-Token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

// F18: the token is rotated while events come. None is refused as long as both are good; afterwards the older is.
func TestATokenIsRotatedInMidStream(t *testing.T) {
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	w, conns := simulated(t)
	store := "sqlite://" + w.dir + "/t.db"
	w.env = env{
		getenv: func(k string) string { return map[string]string{"TRADEBACK_KEY": testKey, "TRADEBACK_STORE": store}[k] },
		now:    now, stdin: strings.NewReader(""), stderr: w.log, isTerminal: func(any) bool { return false }, user: func() string { return "test" },
	}
	host := func(u string) string { return strings.TrimPrefix(u, "http://") }
	w.args = []string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen", "", "--rate", "1000000", "--connections", conns, "--allow-host", host(w.ongoing.URL), "--allow-host", host(w.shopify.URL),
	}
	w.start()
	r := beside(t, w)
	r.at = now

	var n atomic.Int64
	var refused atomic.Int64
	stop := make(chan struct{})
	var stream sync.WaitGroup
	stream.Go(func() { // until it is told to stop, only the older token is known to this sender
		for {
			select {
			case <-stop:
				return
			default:
				if w.send(int(n.Add(1)), hookToken) != http.StatusOK {
					refused.Add(1)
				}
			}
		}
	})
	var made struct{ Token string }
	r.json(&made, "token", "rotate", "--connection", "nordwear", "--keep", "10h", "--grace", "2h")
	w.eventually("the new token to be taken", func() bool { return w.send(int(n.Add(1)), made.Token) == http.StatusOK })
	var slots page[slotView]
	w.eventually("the use of the new token to be noted", func() bool {
		r.json(&slots, "token", "list", "--connection", "nordwear")
		return !slots.Data[1].FirstUsed.IsZero() && slots.Data[0].Expires.Before(now().Add(3*time.Hour))
	})
	close(stop)
	stream.Wait()
	if refused.Load() > 0 || n.Load() < 3 {
		t.Errorf("%d of %d events were refused while both tokens were good", refused.Load(), n.Load())
	}
	if old := w.send(int(n.Add(1)), hookToken); old != http.StatusOK {
		t.Errorf("in its grace the older token is answered %d", old)
	}
	if again := r.run("token", "rotate", "--connection", "nordwear"); again.status != exitRefused || strings.Contains(again.out+again.errOut, made.Token) {
		t.Errorf("a second rotation in the middle of one: %d %s%s", again.status, again.out, again.errOut)
	}

	ahead.Store(int64(2*time.Hour + time.Minute)) // past the grace, long before --keep
	w.eventually("the older token to be refused", func() bool { return w.send(int(n.Add(1)), hookToken) == http.StatusUnauthorized })
	if young := w.send(int(n.Add(1)), made.Token); young != http.StatusOK {
		t.Errorf("after the older one's end the new one is answered %d", young)
	}
	r.json(&slots, "token", "list", "--connection", "nordwear")
	if slots.Data[0].Live || !slots.Data[1].Live || slots.Data[1].Made.IsZero() {
		t.Errorf("listed %+v", slots.Data)
	}

	// serve starts again, with a connections.yaml that still names the older token.
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.start()
	if old, young := w.send(int(n.Add(1)), hookToken), w.send(int(n.Add(1)), made.Token); old != http.StatusUnauthorized || young != http.StatusOK {
		t.Errorf("after a restart the older token is answered %d, the new one %d", old, young)
	}
}

func TestAnAPIKeyIsRotated(t *testing.T) {
	r := newRig(t)
	var first, second struct{ ID, Key, Replaces string }
	r.json(&first, "token", "create", "--name", "app", "--scopes", "read")
	r.json(&second, "token", "rotate", first.ID, "--keep", "24h")
	if second.Key == first.Key || second.Replaces != first.ID {
		t.Errorf("rotated to %+v", second)
	}
	var list page[tokenView]
	r.json(&list, "token", "list")
	for _, k := range list.Data {
		if k.ID == first.ID && !k.Expires.Equal(rigTime.Add(24*time.Hour)) || k.ID == second.ID && (!k.Expires.IsZero() || k.Scopes[0] != connection.ScopeRead) {
			t.Errorf("listed %+v", k)
		}
	}
	if got := r.want(0, "token", "list"); !strings.Contains(got.out, "2026-11-23 10:00:00Z") || strings.Contains(got.out, "tb_") {
		t.Errorf("listed %s", got.out)
	}
	r.want(exitUsage, "token", "rotate")
	r.want(exitUsage, "token", "rotate", first.Key)
	r.want(exitUsage, "token", "rotate", first.ID, "--connection", "nordwear")
	r.want(exitNotFound, "token", "rotate", "key_unknown")
	r.want(0, "token", "revoke", second.ID)
	r.want(exitRefused, "token", "rotate", second.ID)
	r.connection()
	r.want(exitNotFound, "token", "rotate", "--connection", "other")
	if got := r.want(0, "token", "rotate", "--connection", "nordwear", "--keep", "0s"); len(strings.TrimSpace(got.out)) != 32 || strings.Contains(got.errOut, strings.TrimSpace(got.out)) {
		t.Errorf("said %s and %s", got.out, got.errOut)
	}
}
