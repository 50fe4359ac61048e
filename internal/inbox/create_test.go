package inbox_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestWhatComesOfAPlainReturnDoesNotPileUp(t *testing.T) {
	r := newRig(t)
	events := []string{r.receive("portal", portal("return.created")), r.receive("portal", portal("return.closed"))}
	r.pass()
	answered := r.receive("shopify", read(0))
	r.pass()
	for _, id := range append(events, answered) {
		if got := r.item(id); got.State != store.Ignored || got.Reason == "" {
			t.Errorf("%s is %s (%s), want ignored: there is nothing to exchange", id, got.State, got.Reason)
		}
	}
	r.probed() // the outbox ended it
	late := r.receive("portal", portal("return.closed"))
	r.pass()
	r.probed()
	r.receive("shopify", read(0))
	r.pass()
	if got := r.item(late); got.State != store.Ignored {
		t.Errorf("a later event is %s, want ignored too", got.State)
	}
}

func TestAReturnThatGetsExchangeLinesLaterBecomesAnExchange(t *testing.T) {
	r := newRig(t)
	r.receive("portal", portal("return.created"))
	r.pass()
	r.receive("shopify", read(0))
	r.pass()
	r.probed()
	updated := r.receive("shopify", exchange.Notice{
		Event: exchange.Event{Kind: exchange.EventHint, Hint: &exchange.Hint{Target: exchange.ReadShop}},
		About: []exchange.About{{Ref: exchange.RefReturn(ret), Hint: exchange.ReadShop}}, Park: exchange.RefReturn(ret).Name,
	})
	r.pass()
	r.probed()
	r.receive("shopify", read(1))
	r.pass()
	r.pass()
	if got := r.exchanges(); len(got) != 1 || r.item(updated).Exchange != got[0].ID {
		t.Errorf("%d exchanges, the update told to %q: want one, told to it", len(got), r.item(updated).Exchange)
	}
}

func TestWhatWaitsForAReturnThatIsNotApprovedYetGoesOnWaiting(t *testing.T) {
	r := newRig(t)
	created := r.receive("portal", portal("return.created"))
	r.pass()
	n := read(1)
	n.Event.Read.Shop.ReturnStatus = exchange.ReturnRequested
	r.receive("shopify", n)
	r.pass()
	if got := r.item(created); got.State != store.Parked {
		t.Errorf("the event is %s, want parked until the return is approved", got.State)
	}
}

func TestWithoutAutoCreateAnEventOfAReturnIsForgottenInTime(t *testing.T) {
	r := newRig(t)
	r.settings.AutoCreate = false
	for _, name := range []string{"return.created", "return.closed"} {
		id := r.receive("portal", portal(name))
		r.pass()
		if got := r.item(id); got.State != store.Parked || !slices.Contains(store.Forgotten(), got.Reason) {
			t.Errorf("%s is %s (%s), want parked for a reason that is nobody's fault", name, got.State, got.Reason)
		}
	}
}

// probed ends the probe of the return, as the outbox does when its answer is kept. It must have been asked for.
func (r *rig) probed() {
	r.t.Helper()
	probe := r.item("probe/" + ret)
	if probe.State != store.Waiting {
		r.t.Fatalf("the probe is %s, want waiting", probe.State)
	}
	probe.State = store.Dropped
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: []store.Item{probe}}); err != nil {
		r.t.Fatal(err)
	}
}

func TestAnExchangeCanBeRebuiltFromItsJournal(t *testing.T) {
	r := newRig(t)
	r.receive("api", byReturn())
	r.pass()
	r.settings.Policy.OriginalOrder = []string{"S{order_without_hash}"} // the merchant changes his mind
	r.receive("portal", portal("return.closed"))
	r.pass()
	want := r.exchanges()[0]
	lines, err := r.store.Journal(t.Context(), conn, want.ID, 0, 0)
	if err != nil || len(lines) != 2 {
		t.Fatalf("journal %v, %v, want two lines", lines, err)
	}
	got := exchange.Unfolded(conn, lines[0])
	for _, line := range lines {
		if got, err = exchange.Fold(got, line); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-stored, +rebuilt):\n%s", d)
	}
}
