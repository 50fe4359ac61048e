package inbox_test

import (
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

func TestWhileItsConnectionIsOffAnEventWaitsUnlessItIsAboutNothingOfOurs(t *testing.T) {
	r := newRig(t)
	r.off = true
	foreign := r.receive("ongoing", exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventHint}, About: []exchange.About{{Ref: exchange.RefOrder("#5000"), Hint: exchange.ReadOrder}},
	})
	wanted := r.receive("api", byReturn())
	closed := r.receive("portal", portal("return.closed"))
	r.pass()
	if got := r.item(foreign).State; got != store.Ignored {
		t.Errorf("an event about nothing of ours is %s, want ignored", got)
	}
	for _, id := range []string{wanted, closed} {
		if got := r.item(id); got.State != store.Waiting || !got.Due.After(r.now) {
			t.Errorf("%s is %s (%s), due at %s, want waiting for later", id, got.State, got.Reason, got.Due)
		}
	}
	r.off = false
	r.now = r.now.Add(time.Minute)
	r.pass()
	r.pass()
	if got := r.exchanges(); len(got) != 1 || r.item(closed).Exchange != got[0].ID {
		t.Errorf("%d exchanges, %s told to %q: want one, told to it", len(got), closed, r.item(closed).Exchange)
	}
}
