package outbox_test

import (
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

const shopOrder = "gid://shopify/Order/1"

// captureOf is the capture of an exchange of the one order.
func captureOf(id exchange.ID) exchange.Effect {
	return exchange.Effect{
		ID: exchange.EffectID(id) + "/capture/1", Exchange: id, Kind: exchange.Capture, ShopID: shopOrder,
		Money: &exchange.MoneyAsk{OrderID: shopOrder, Amount: exchange.Money{Minor: 5000, Currency: "SEK"}},
	}
}

// asks stores an exchange that asked for e at a time, as its next version.
func (r *rig) asks(e exchange.Effect, at time.Time, version uint64, moved ...exchange.Movement) {
	r.t.Helper()
	x := exchange.Exchange{
		ID: e.Exchange, Connection: conn, Version: version, Stage: exchange.Sent, Created: r.now, Updated: r.now,
		Facts: exchange.Facts{
			Request: exchange.Request{OrderID: shopOrder, ReturnID: "gid://shopify/Return/" + string(e.Exchange)}, Movements: moved,
			Shop:   &exchange.Shop{OrderID: shopOrder},
			Agreed: &exchange.Agreed{Amount: exchange.Money{Minor: 5000, Currency: "SEK"}, Balance: exchange.Money{Currency: "SEK"}},
		},
		Asked: []exchange.Asked{{ID: e.ID, Kind: e.Kind, At: at}},
	}
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &x, Refs: x.Refs()}); err != nil {
		r.t.Fatal(err)
	}
}

func TestAMoneyActThatWasBegunKeepsItsTurnUntilItsOutcomeIsKnown(t *testing.T) {
	p := &peer{act: []func(*peer) error{lost}}
	r := newRig(t, p)
	early, late := captureOf("ex_1"), captureOf("ex_2")
	r.asks(late, r.now, 1)
	r.owe(late)
	r.pass() // begun; the reply was lost

	r.asks(early, r.now.Add(-time.Second), 1) // its event came before the other's, and was taken after it
	r.owe(early)
	for range 3 {
		r.now = r.now.Add(2 * time.Second)
		r.pass()
	}
	if p.looks != 1 || p.acts != 1 || r.item(early.ID).Attempt != 0 {
		t.Fatalf("%d looks, %d acts: the other went beside the one whose outcome nobody knows", p.looks, p.acts)
	}
	r.now = r.now.Add(quiet)
	r.pass() // a look finds it done; its exchange has not heard of it yet
	looks := p.looks
	r.now = r.now.Add(2 * time.Second)
	r.pass()
	if got := r.outcomes(); len(got) != 1 || got[0].Effect != late.ID || p.looks != looks {
		t.Fatalf("outcomes %+v, %d looks more: want the one that was begun alone", got, p.looks-looks)
	}
	r.asks(late, r.now, 2, exchange.Movement{Effect: late.ID, Kind: late.Kind, Result: exchange.Done})
	r.now = r.now.Add(2 * time.Second)
	r.pass()
	if got := r.outcomes(); len(got) != 2 || got[1].Effect != early.ID {
		t.Errorf("outcomes %+v, want the other's too", got)
	}
}

// forgets stores the next version of the exchange that e is of: what was agreed is not known.
func (r *rig) forgets(e exchange.Effect, version uint64) {
	r.t.Helper()
	x := exchange.Exchange{
		ID: e.Exchange, Connection: conn, Version: version, Stage: exchange.Sent,
		Facts: exchange.Facts{Request: exchange.Request{OrderID: shopOrder}}, Asked: []exchange.Asked{{ID: e.ID, Kind: e.Kind}},
	}
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &x, Refs: x.Refs()}); err != nil {
		r.t.Fatal(err)
	}
}

func TestNoMoneyMovesWhereOurLedgerCannotTell(t *testing.T) {
	p := &peer{}
	r := newRig(t, p)
	capture := captureOf("ex_1")
	r.forgets(capture, 1)
	r.owe(capture)
	r.pass()
	got := r.outcomes()
	if len(got) != 1 || got[0].Result != exchange.Refused || got[0].Code != exchange.CodeMismatch || got[0].Reason == "" {
		t.Errorf("outcomes %+v, want one: refused for a money mismatch, and why", got)
	}
	if p.looks+p.acts != 0 {
		t.Errorf("%d looks and %d acts, want none", p.looks, p.acts)
	}
}

func TestMoneyThatMayHaveMovedIsLookedForThoughOurLedgerCannotTellAnyMore(t *testing.T) {
	p := &peer{act: []func(*peer) error{lost}}
	r := newRig(t, p)
	capture := captureOf("ex_1")
	r.asks(capture, r.now, 1)
	r.owe(capture)
	r.pass()
	r.forgets(capture, 2)
	r.now = r.now.Add(time.Hour)
	r.pass()
	if got := r.outcomes(); len(got) != 1 || got[0].Result != exchange.Done || !got[0].Looked || p.acts != 1 {
		t.Errorf("outcomes %+v after %d acts, want it found done", got, p.acts)
	}
}

func TestOfActsThatWereNotBegunTheOneAskedForFirstGoes(t *testing.T) {
	p := &peer{}
	r := newRig(t, p)
	first, second := captureOf("ex_2"), captureOf("ex_1")
	r.asks(first, r.now, 1)
	r.asks(second, r.now.Add(time.Second), 1)
	r.owe(first)
	r.owe(second)
	r.pass()
	if got := r.outcomes(); len(got) != 1 || got[0].Effect != first.ID {
		t.Errorf("outcomes %+v, want that of the one asked for first, alone", got)
	}
}
