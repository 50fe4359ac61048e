package inbox_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// deadAct is an exchange whose returnCreate was given up, and its item.
func deadAct(t *testing.T) (*rig, exchange.ID, store.Item) {
	t.Helper()
	r := newRig(t)
	id := r.receive("api", byLines())
	r.pass()
	x := r.item(id).Exchange
	act := r.item(string(x) + "/create_return/1")
	act.State, act.Attempt, act.Reason = store.Dead, 7, "gave_up: network"
	if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: []store.Item{act}}); err != nil {
		t.Fatal(err)
	}
	r.outcome(x, exchange.Outcome{Kind: exchange.CreateReturn, Result: exchange.Dead, Code: "gave_up", Reason: "network"})
	if !r.raised(x, exchange.EffectDead) {
		t.Fatal("a dead act is not raised")
	}
	return r, x, r.item(act.ID)
}

func (r *rig) raised(id exchange.ID, code exchange.Code) bool {
	r.t.Helper()
	found, err := r.store.Load(r.t.Context(), conn, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.ContainsFunc(found[0].Raised, func(one exchange.Raised) bool { return one.Code == string(code) })
}

// moves lets a person move a dead item.
func (r *rig) moves(it store.Item, discard bool) string {
	r.t.Helper()
	n := rest.DeadNotice(it, discard, "mended")
	n.Event.Actor = "astrid"
	id := r.receive("person", n)
	r.pass()
	return id
}

func TestADeadActIsTriedAgainWithItsWholeScheduleAndALookFirst(t *testing.T) {
	r, x, act := deadAct(t)
	r.now = r.now.Add(10 * 24 * time.Hour)
	said := r.moves(act, false)
	got := r.item(act.ID)
	var e exchange.Effect
	if err := json.Unmarshal(got.Body, &e); err != nil {
		t.Fatal(err)
	}
	if got.State != store.Waiting || !got.Due.Equal(r.now) || !e.Due.Equal(r.now) {
		t.Errorf("the act is %s, due %s, its schedule begins at %s; want waiting, and both now (%s)", got.State, got.Due, e.Due, r.now)
	}
	if got.Attempt != 7 {
		t.Errorf("%d attempts are known, want 7: the next one looks first", got.Attempt)
	}
	if r.raised(x, exchange.EffectDead) {
		t.Error("it is still raised as dead")
	}
	if it := r.item(said); it.State != store.Done || it.Exchange != x {
		t.Errorf("the person's word is %s and told to %q", it.State, it.Exchange)
	}
	again := r.moves(act, false)
	if it := r.item(again); it.State != store.Done || it.Reason == "" {
		t.Errorf("asked for again it is %s (%s), want done: the act is not dead any more", it.State, it.Reason)
	}
}

func TestADeadActThatIsGivenUpIsNotAttemptedAgain(t *testing.T) {
	r, x, act := deadAct(t)
	r.moves(act, true)
	found, _, err := r.store.Items(t.Context(), store.Query{Conn: conn, IDs: []string{act.ID}})
	if err != nil || len(found) != 0 {
		t.Fatalf("the act is still there: %+v, %v", found, err)
	}
	if r.raised(x, exchange.EffectDead) {
		t.Error("it is still raised as dead")
	}
	journal, err := r.store.Journal(t.Context(), conn, x, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if last := journal[len(journal)-1].Event; last.Actor != "astrid" || last.Dead == nil || last.Dead.Reason != "mended" {
		t.Errorf("the journal's last line is %+v, want who gave it up and why", last)
	}
}

func TestADeadEventIsTakenAgainOrGivenUp(t *testing.T) {
	for _, discard := range []bool{false, true} {
		r := newRig(t)
		id := r.receive("api", byReturn())
		it := r.item(id)
		it.State, it.Attempt, it.Reason = store.Dead, 5, "handling it panicked (string)"
		if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: []store.Item{it}}); err != nil {
			t.Fatal(err)
		}
		r.moves(r.item(id), discard)
		r.pass()
		want := 1
		if discard {
			want = 0
		}
		if got := r.item(id); got.State != store.Done || len(r.exchanges()) != want {
			t.Errorf("discard %t: the event is %s, %d exchanges, want done and %d", discard, got.State, len(r.exchanges()), want)
		}
	}
}
