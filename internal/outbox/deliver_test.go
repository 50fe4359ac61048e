package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
)

func TestAnActIsDoneOnceWhateverGoesWrong(t *testing.T) {
	cases := []struct {
		name   string
		peer   *peer
		result exchange.Result
		looked bool
		acts   int
	}{
		{"nothing goes wrong", &peer{}, exchange.Done, false, 1},
		{"the reply is lost", &peer{act: []func(*peer) error{lost}}, exchange.Done, true, 1},
		{"it fails before acting", &peer{act: []func(*peer) error{failing}}, exchange.Done, false, 2},
		{"it was done by somebody else", &peer{done: 1}, exchange.Done, true, 0},
		{"it is refused", &peer{act: []func(*peer) error{refusing}}, exchange.Refused, false, 1},
		{"somebody else does it between the look and the call, and the peer refuses the second", &peer{act: []func(*peer) error{overtaken}}, exchange.Done, true, 1},
		{"it is throttled", &peer{act: []func(*peer) error{throttling}}, exchange.Done, false, 2},
		{"it panics", &peer{act: []func(*peer) error{panicking}}, exchange.Done, false, 2},
		{"a look fails", &peer{look: []error{errLost}}, exchange.Done, false, 1},
		{"nobody can tell", &peer{look: []error{exchange.ErrAmbiguous}}, exchange.Dead, false, 0},
		{"a lost request lands after the look, and the peer refuses the second", &peer{act: []func(*peer) error{lateLanding}, once: true}, exchange.Done, true, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.peer)
			r.owe(release)
			for range 20 {
				r.pass()
				r.now = r.now.Add(10 * time.Minute)
			}
			got := r.outcomes()
			if len(got) != 1 || got[0].Result != c.result || got[0].Looked != c.looked {
				t.Fatalf("outcomes %+v, want one: %s, looked %t", got, c.result, c.looked)
			}
			if c.peer.acts != c.acts || c.result == exchange.Done && c.peer.done != 1 {
				t.Fatalf("%d acts and done %d times, want %d acts and once", c.peer.acts, c.peer.done, c.acts)
			}
		})
	}
}

func TestAfterAnUnknownOutcomeNobodyLooksBeforeTheQuietTimeIsOver(t *testing.T) {
	r := newRig(t, &peer{act: []func(*peer) error{lost}})
	r.owe(release)
	r.pass()
	r.now = r.now.Add(quiet - time.Millisecond)
	if n := r.pass(); n != 0 || r.peer.looks != 1 {
		t.Fatalf("%d attempts and %d looks within the quiet time, want none and one", n, r.peer.looks)
	}
	r.now = r.now.Add(2 * time.Second)
	if r.pass(); r.peer.looks != 2 || r.peer.acts != 1 {
		t.Fatalf("%d looks and %d acts after it, want 2 and 1", r.peer.looks, r.peer.acts)
	}
}

func TestALookThatFailedCostsNoQuietTime(t *testing.T) {
	r := newRig(t, &peer{look: []error{errLost}})
	var ends []string
	r.settled = func(s outbox.Settled) { ends = append(ends, s.Result) }
	r.owe(release)
	r.pass()
	if due := r.item(release.ID).Due; due.After(r.now.Add(time.Second)) || !slices.Equal(ends, []string{"retry"}) {
		t.Fatalf("next attempt in %s, ended as %v; want a second at most, and a retry: nothing was sent", due.Sub(r.now), ends)
	}
	r.now = r.now.Add(time.Second)
	if r.pass(); r.peer.looks != 2 || r.peer.acts != 1 {
		t.Fatalf("%d looks and %d acts, want two and one", r.peer.looks, r.peer.acts)
	}
}

func TestWhatWasAskedToWaitWaits(t *testing.T) {
	r := newRig(t, &peer{act: []func(*peer) error{throttling}})
	r.owe(release)
	r.pass()
	if due := r.item(release.ID).Due; due.Before(r.now.Add(5 * time.Minute)) {
		t.Fatalf("next attempt at %s, want 5 minutes on", due)
	}
}

// TestACrashAnywhereIsFoundByALook stops a delivery at each point, as a kill would, and lets another owner go on.
func TestACrashAnywhereIsFoundByALook(t *testing.T) {
	for _, point := range []string{"before_intent:release", "after_intent:release", "before_act:release", "after_act:release", "after_settle:release"} {
		t.Run(point, func(t *testing.T) {
			r := newRig(t, &peer{})
			r.owe(release)
			r.point = func(p string) {
				if p == point {
					runtime.Goexit()
				}
			}
			var killed sync.WaitGroup
			killed.Go(func() {
				w := r.worker()
				due, _, err := r.store.Work(t.Context(), conn, nil, r.now, 10)
				if err != nil || len(due) != 1 {
					t.Errorf("work %v, %v", due, err)
					return
				}
				err = outbox.Deliver(w, t.Context(), due[0])
				t.Errorf("it went past %s: %v", point, err)
			})
			killed.Wait()
			r.point = nil
			r.now = r.now.Add(time.Minute)
			r.own("second")
			for range 3 {
				r.pass()
				r.now = r.now.Add(time.Hour)
			}
			if r.peer.done != 1 || len(r.outcomes()) != 1 {
				t.Fatalf("done %d times with %d outcomes, want once and one", r.peer.done, len(r.outcomes()))
			}
		})
	}
}

func TestWhatIsWithdrawnIsNotActedOn(t *testing.T) {
	gone := release
	gone.Withdraw = true
	r := newRig(t, &peer{})
	r.owe(gone)
	r.pass()
	if got := r.outcomes(); r.peer.looks+r.peer.acts != 0 || len(got) != 1 || got[0].Result != exchange.Withdrawn {
		t.Fatalf("%d looks, %d acts, outcomes %+v, want no call and withdrawn", r.peer.looks, r.peer.acts, got)
	}
}

func TestWhatWasAttemptedAndIsWithdrawnEndsByALook(t *testing.T) {
	r := newRig(t, &peer{act: []func(*peer) error{failing}})
	r.owe(release)
	r.pass()
	it := r.item(release.ID)
	gone := release
	gone.Withdraw = true
	it.Body, _ = json.Marshal(gone)
	if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: []store.Item{it}}); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(time.Hour)
	r.pass()
	if got := r.outcomes(); r.peer.acts != 1 || len(got) != 1 || got[0].Result != exchange.Withdrawn {
		t.Fatalf("%d acts, outcomes %+v, want no second act and withdrawn", r.peer.acts, got)
	}
}

func TestAfterItsScheduleAnActIsADeadLetter(t *testing.T) {
	p := &peer{}
	for range 1000 {
		p.act = append(p.act, failing)
	}
	r := newRig(t, p)
	r.owe(release)
	for range 100 {
		r.pass()
		r.now = r.now.Add(time.Hour)
	}
	if got := r.outcomes(); len(got) != 1 || got[0].Result != exchange.Dead || r.item(release.ID).State != store.Dead {
		t.Fatalf("outcomes %+v, item %s, want dead", got, r.item(release.ID).State)
	}
}

func TestTimeInWhichNobodyTriedIsNoReasonToGiveUp(t *testing.T) {
	for _, attempts := range []int{0, 1} {
		r := newRig(t, &peer{act: []func(*peer) error{failing, failing, failing}})
		r.owe(release)
		for range attempts {
			r.pass()
		}
		r.now = r.now.Add(60 * 24 * time.Hour) // the process was down
		for range 10 {
			r.pass()
			r.now = r.now.Add(time.Hour)
		}
		if got := r.outcomes(); len(got) != 1 || got[0].Result != exchange.Done {
			t.Errorf("after %d attempts outcomes %+v, want it done", attempts, got)
		}
	}
}

func TestAnOwnerThatLostItsConnectionKeepsNothing(t *testing.T) {
	r := newRig(t, &peer{})
	r.owe(release)
	old := r.worker()
	r.now = r.now.Add(time.Minute)
	r.own("second")
	if _, err := old.Pass(t.Context()); !errors.Is(err, store.ErrFenced) || r.peer.acts != 0 {
		t.Fatalf("the old owner: %v and %d acts, want fenced and none", err, r.peer.acts)
	}
}

func TestAReadThatIsWantedAnewMeanwhileStaysDue(t *testing.T) {
	r := newRig(t, &peer{})
	read := exchange.Effect{ID: "ex_1/read/order", Exchange: "ex_1", Kind: exchange.KindRead, Read: &exchange.ReadAsk{Target: exchange.ReadOrder, Want: 1}}
	r.owe(read)
	due, _, err := r.store.Work(t.Context(), conn, nil, r.now, 10)
	if err != nil {
		t.Fatal(err)
	}
	again := read
	again.Read = &exchange.ReadAsk{Target: exchange.ReadOrder, Want: 2}
	it, _ := outbox.Item(conn, again, r.now)
	it.Version = due[0].Version
	if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: []store.Item{it}}); err != nil {
		t.Fatal(err)
	}
	if err := outbox.Deliver(r.worker(), t.Context(), due[0]); err != nil {
		t.Fatal(err)
	}
	if got := r.item(read.ID); got.State != store.Waiting {
		t.Fatalf("the read is %s, want waiting", got.State)
	}
	r.pass()
	if found, _, _ := r.store.Items(t.Context(), store.Query{Conn: conn, IDs: []string{string(read.ID)}}); len(found) != 0 {
		t.Fatalf("the read is %s after the second answer, want it gone", found[0].State)
	}
}

// TestARefusalAfterAnUnknownOutcomeCountsOnlyAfterALook: the first request landed late, the second is refused because of
// that, and the look which would tell fails.
func TestARefusalAfterAnUnknownOutcomeCountsOnlyAfterALook(t *testing.T) {
	p := &peer{act: []func(*peer) error{lateLanding}, once: true, look: []error{nil, nil, errLost}}
	r := newRig(t, p)
	r.owe(release)
	for range 4 {
		r.pass()
		r.now = r.now.Add(time.Hour)
	}
	if got := r.outcomes(); len(got) != 1 || got[0].Result != exchange.Done {
		t.Fatalf("outcomes %+v after %d looks and %d acts, want done", got, p.looks, p.acts)
	}
}

// TestAPaymentThatWasBegunIsFollowedByItsName: what the peer calls it is kept with the effect, also where that is
// withdrawn while it is under way; what the act was told along the way is not.
func TestAPaymentThatWasBegunIsFollowedByItsName(t *testing.T) {
	var seen []string
	p := &begun{seen: &seen}
	r := newRig(t, nil)
	w := func() *outbox.Worker {
		w := r.worker()
		w.Peers = func(store.Conn, exchange.PeerName) (outbox.Peer, error) { return p, nil }
		return w
	}
	sek := exchange.Money{Minor: 5000, Currency: "SEK"}
	charge := exchange.Effect{
		ID: "ex_1/charge_mandate/1", Exchange: "ex_1", Kind: exchange.ChargeMandate,
		Money: &exchange.MoneyAsk{OrderID: "gid://shopify/Order/1", MandateID: "m", Amount: sek, Owed: &sek},
	}
	r.owe(charge)
	withdraw := func() {
		it := r.item(charge.ID)
		gone := charge
		gone.Withdraw = true
		it.Body, _ = json.Marshal(gone)
		if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: []store.Item{it}}); err != nil {
			t.Error(err)
		}
	}
	p.meanwhile = withdraw
	for range 3 {
		if _, err := w().Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.meanwhile = nil
		r.now = r.now.Add(time.Hour)
	}
	if !slices.Equal(seen, []string{"", "ref-1", "ref-1"}) {
		t.Errorf("looked for %q, want it followed by its name once it was begun", seen)
	}
	if got := r.outcomes(); len(got) != 1 || got[0].Result != exchange.Done {
		t.Errorf("outcomes %+v, want done: it was paid, wanted or not", got)
	}
}

// begun is a peer at which a payment goes on after the call.
type begun struct {
	seen      *[]string
	meanwhile func()
}

func (b *begun) Look(_ context.Context, e exchange.Effect) (exchange.Outcome, error) {
	*b.seen = append(*b.seen, e.Money.Reference)
	switch {
	case e.Money.Reference == "":
		return exchange.Outcome{Result: exchange.NotDone}, nil
	case len(*b.seen) < 3:
		return exchange.Outcome{}, &exchange.NotSentError{After: time.Minute, Reference: e.Money.Reference, Err: errLost}
	}
	return exchange.Outcome{Result: exchange.Done, ID: "t"}, nil
}

func (b *begun) Act(context.Context, exchange.Effect) (exchange.Outcome, error) {
	if b.meanwhile != nil {
		b.meanwhile()
	}
	return exchange.Outcome{}, &exchange.NotSentError{After: time.Minute, Reference: "ref-1", Err: errLost}
}

func (b *begun) Read(context.Context, exchange.Effect) (exchange.ReadResult, error) {
	return exchange.ReadResult{}, errLost
}
