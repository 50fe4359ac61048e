package announce_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tradeback/tradeback/internal/announce"
	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func TestAnOpenBreakerIsToldOnceAndItsClosingToo(t *testing.T) {
	r := newRig(t)
	r.subs[0].Format, r.subs[0].Secrets, r.subs[0].Events = connection.Chat, nil, []string{"breaker.*"}
	stands := announce.Breaker{Peer: exchange.PeerOngoing}
	watch := func() *announce.Watch {
		return &announce.Watch{
			Options: announce.Options{Store: r.store, Subscribers: func(store.Conn) []connection.Subscriber { return r.subs }, Now: func() time.Time { return r.now }, Log: zerolog.Nop()},
			Docs:    r.store.Docs, Settle: 20 * time.Second, Conn: conn, Fence: r.fence,
			Breakers: func(context.Context, store.Conn) ([]announce.Breaker, error) {
				return []announce.Breaker{stands, {Peer: exchange.PeerShopify}}, nil
			},
		}
	}
	w := watch()
	var ids []string
	looks := func(want int, after time.Duration) {
		t.Helper()
		r.now = r.now.Add(after)
		if n, err := w.Pass(t.Context()); n != want || err != nil {
			t.Fatalf("told of %d, %v; want %d", n, err, want)
		}
		for _, it := range r.items() {
			id, _, _ := strings.Cut(it.ID, "/")
			ids = append(ids, id)
		}
		r.pass()
	}
	looks(0, 0)
	stands.Open, stands.Why = true, "it refuses our calls (401)"
	looks(0, 5*time.Second)
	stands.Open = false // the third call was taken after all
	looks(0, 19*time.Second)
	stands.Open = true
	looks(0, 5*time.Second)
	looks(1, 20*time.Second)
	looks(0, 5*time.Second)
	w = watch() // serve starts again
	looks(0, 5*time.Second)
	looks(0, time.Hour)
	stands = announce.Breaker{Peer: exchange.PeerOngoing}
	looks(1, 5*time.Second)
	looks(0, 5*time.Second)
	// One receiver may hear of several connections, and takes what has an id it knows for the same message.
	if want := []string{"msg_breaker_nordwear_ongoing_1", "msg_breaker_nordwear_ongoing_2"}; !slices.Equal(ids, want) {
		t.Errorf("sent as %q, want %q", ids, want)
	}
	var lines []string
	for _, h := range r.heard(2) {
		var m struct{ Text string }
		if err := json.Unmarshal(h.body, &m); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, m.Text)
	}
	if !strings.HasPrefix(lines[0], "breaker.opened: connection nordwear does not call ongoing any more: it refuses our calls (401)") ||
		lines[1] != "breaker.closed: connection nordwear calls ongoing again" {
		t.Errorf("told %q", lines)
	}
}
