package outbox_test

import (
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func TestARefusedReadIsToldToItsExchangeAndAProbeGoesOn(t *testing.T) {
	probe := exchange.Effect{
		ID: "probe/gid://shopify/Return/9", Kind: exchange.KindRead,
		Read: &exchange.ReadAsk{Target: exchange.ReadShop, Want: 1, ReturnID: "gid://shopify/Return/9"},
	}
	for _, c := range []struct {
		name string
		read exchange.Effect
		told int
	}{
		{"a read of an exchange", readOf(1), 1},
		{"a probe", probe, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, &peer{read: &exchange.RejectedError{Code: "too_many_lines"}})
			r.owe(c.read)
			for range 20 {
				r.pass()
				r.now = r.now.Add(2 * time.Hour)
			}
			events, _, err := r.store.Items(t.Context(), store.Query{Conn: conn, Kinds: []store.Kind{store.Event}})
			if err != nil || len(events) != c.told {
				t.Fatalf("%d events (%v), want %d", len(events), err, c.told)
			}
			if c.told == 0 && (r.peer.reads != 20 || r.item(c.read.ID).State != store.Waiting) {
				t.Errorf("%d reads, the read is %s; want it tried again and again", r.peer.reads, r.item(c.read.ID).State)
			}
		})
	}
}
