package inbox_test

import (
	"fmt"
	"testing"

	"github.com/tradeback/tradeback/internal/store"
)

// A crowd of events about one exchange, as after a long outage: each has its turn, however often another was first.
func TestACrowdOfEventsAboutOneExchangeHasNoDeadLetters(t *testing.T) {
	r := newRig(t)
	r.receive("api", byReturn())
	r.pass()
	for i := range 120 {
		n := portal("return.label_generated")
		n.Event.Portal.Tracking = fmt.Sprintf("JJD%03d", i)
		r.receive("portal", n)
	}
	for n := 1; n > 0; {
		var err error
		if n, err = r.worker().Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	dead, _, err := r.store.Items(t.Context(), store.Query{Conn: conn, States: []store.State{store.Dead, store.Waiting}, Kinds: []store.Kind{store.Event}, Limit: 500})
	if err != nil || len(dead) > 0 {
		t.Fatalf("%d dead or waiting, %v, want none", len(dead), err)
	}
	if x := r.exchanges()[0]; len(x.Facts.Portal.Labels) != 120 {
		t.Fatalf("%d labels are known, want 120", len(x.Facts.Portal.Labels))
	}
}
