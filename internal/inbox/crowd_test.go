package inbox_test

import (
	"fmt"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
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

// A portal may call two Shopify returns by one name. What it says of one return is not told to the other.
func TestWhatIsSaidOfAReturnIsNotToldToAnotherOfTheSameReference(t *testing.T) {
	const other = "gid://shopify/Return/10"
	r := newRig(t)
	for _, id := range []string{ret, other} {
		q := &exchange.Request{ReturnID: id, Reference: "R-1"}
		r.receive("api", exchange.Notice{
			Event: exchange.Event{Kind: exchange.EventRequested, Request: q}, Create: q, About: []exchange.About{{Ref: exchange.RefReturn(id)}},
		})
	}
	r.pass()
	closed := portal("return.closed")
	closed.About = append(closed.About, exchange.About{Ref: exchange.RefReference("R-1")})
	r.receive("portal", closed)
	r.pass()
	for _, x := range r.exchanges() {
		if got, want := !x.Facts.Portal.Closed.IsZero(), x.ReturnID() == ret; got != want {
			t.Errorf("the exchange of %s was told that its return is closed: %t, want %t", x.ReturnID(), got, want)
		}
	}
}
