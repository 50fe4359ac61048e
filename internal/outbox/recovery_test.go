package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/store"
)

// restored puts the connection on hold, as tradeback store restore does.
func (r *rig) restored() {
	r.t.Helper()
	doc, err := store.Hold{Conn: conn, Since: r.now}.Doc()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.store.Put(r.t.Context(), doc); err != nil {
		r.t.Fatal(err)
	}
}

// held reports whether the hold stands.
func (r *rig) held() bool {
	r.t.Helper()
	_, held, err := store.HoldOf(r.t.Context(), r.store, conn)
	if err != nil {
		r.t.Fatal(err)
	}
	return held
}

// decide takes the events that wait, as the inbox does.
func (r *rig) decide() (taken int) {
	r.t.Helper()
	due, _, err := r.store.Work(r.t.Context(), conn, []store.Kind{store.Event}, r.now, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, it := range due {
		var n exchange.Notice
		if err := json.Unmarshal(it.Body, &n); err != nil {
			r.t.Fatal(err)
		}
		all, err := r.store.Load(r.t.Context(), conn, it.Exchange)
		if err != nil {
			r.t.Fatal(err)
		}
		n.Event.ID, n.Event.At = it.ID, it.Received
		next, entry, err := exchange.Step(all[0], n.Event)
		if err != nil {
			r.t.Fatal(err)
		}
		it.State = store.Dropped
		items := []store.Item{it}
		for _, e := range entry.Effects {
			owed, err := outbox.Item(conn, e, r.now)
			if err != nil {
				r.t.Fatal(err)
			}
			if found, _, err := r.store.Items(r.t.Context(), store.Query{Conn: conn, IDs: []string{owed.ID}}); err != nil {
				r.t.Fatal(err)
			} else if len(found) == 1 {
				owed.Version = found[0].Version
			}
			items = append(items, owed)
		}
		if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &next, Refs: next.Refs(), Entry: &entry, Items: items}); err != nil {
			r.t.Fatal(err)
		}
	}
	return len(due)
}

// underWay stores an exchange at a stage whose order and return order are known.
func (r *rig) underWay(id exchange.ID, stage exchange.Stage) {
	r.t.Helper()
	x := exchange.Exchange{ID: id, Connection: conn, Version: 1, Stage: stage, Created: r.now, Updated: r.now, Facts: exchange.Facts{
		Request: exchange.Request{ReturnID: "gid://shopify/Return/" + string(id)}, Order: &exchange.Order{ID: 50}, ReturnOrder: &exchange.ReturnOrder{ID: 60},
	}}
	if err := r.store.Commit(r.t.Context(), store.Step{Conn: conn, Fence: r.fence, Next: &x, Refs: []exchange.Ref{exchange.RefID(id)}}); err != nil {
		r.t.Fatal(err)
	}
}

func TestNoActIsDeliveredBeforeEverythingUnderWayWasReadAnew(t *testing.T) {
	p := &peer{read: errors.New("down")}
	r := newRig(t, p)
	r.underWay("ex_1", exchange.Open)
	r.underWay("ex_2", exchange.Completed) // at its end, and owes nothing
	r.underWay("ex_3", exchange.Completed) // owes an act
	var acts []exchange.Effect             // many are due before any read
	for i := range 550 {
		e := release
		e.ID = exchange.EffectID(fmt.Sprintf("ex_3/release/%d", i))
		e.Exchange = "ex_3"
		acts = append(acts, e)
	}
	r.owe(acts...)
	r.restored()
	w := r.worker()
	pass := func() {
		t.Helper()
		if _, err := w.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.now = r.now.Add(time.Minute)
	}
	pass()
	if n := r.decide(); n != 2 {
		t.Fatalf("%d exchanges were told to read, want those under way", n)
	}
	w = r.worker() // another process goes on in its midst
	for range 5 {
		pass()
		r.decide()
	}
	if p.acts+p.looks != 0 || p.reads == 0 || !r.held() {
		t.Fatalf("%d acts, %d looks, %d reads, held %t: want reads alone while the peers do not answer", p.acts, p.looks, p.reads, r.held())
	}
	p.read = nil
	r.now = r.now.Add(time.Hour)
	pass() // all reads come back; nobody has decided
	pass()
	if p.acts+p.looks != 0 || !r.held() {
		t.Fatalf("%d acts, %d looks, held %t: what was read is not decided yet", p.acts, p.looks, r.held())
	}
	for r.decide() > 0 {
		pass()
	}
	pass()
	pass()
	if r.held() || p.acts+p.looks == 0 {
		t.Fatalf("held %t, %d acts: want the acts delivered", r.held(), p.acts)
	}
}

// listedStore counts how often what waits is listed, all of it.
type listedStore struct {
	*store.Store
	listed int
}

func (s *listedStore) Items(ctx context.Context, q store.Query) ([]store.Item, string, error) {
	if slices.Equal(q.States, []store.State{store.Waiting}) {
		s.listed++
	}
	return s.Store.Items(ctx, q)
}

func TestAHoldDoesNotReadAllThatWaitsForEachRead(t *testing.T) {
	p := &peer{read: errors.New("down")}
	r := newRig(t, p)
	r.underWay("ex_1", exchange.Open)
	r.restored()
	r.owe(readsOf(550)...)
	s := &listedStore{Store: r.store}
	w := r.worker()
	w.Store = s
	if _, err := w.Pass(t.Context()); err != nil { // which lists once who is under way
		t.Fatal(err)
	}
	was := s.listed
	for range 5 {
		if _, err := w.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if p.reads < 550 || s.listed > was || !r.held() {
		t.Errorf("%d reads, all that waits listed %d times, held %t; want 550 reads, and it not listed", p.reads, s.listed-was, r.held())
	}
}

func TestAHoldWhoseEventDiedEndsWhenThatIsReplayed(t *testing.T) {
	r := newRig(t, &peer{})
	r.underWay("ex_1", exchange.Open)
	r.restored()
	w := r.worker()
	pass := func() {
		t.Helper()
		if _, err := w.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.now = r.now.Add(time.Minute)
	}
	pass()
	due, _, err := r.store.Work(t.Context(), conn, []store.Kind{store.Event}, r.now, 100)
	if err != nil || len(due) != 1 {
		t.Fatalf("%d events tell of the hold, %v", len(due), err)
	}
	dead, again := due[0], due[0]
	dead.State, dead.Reason = store.Dead, "handling it panicked"
	again.ID, again.Received, again.Due, again.Version = "ev_again", r.now, r.now, 0
	if err := r.store.Commit(t.Context(), store.Step{Conn: conn, Fence: r.fence, Items: []store.Item{dead}}); err != nil {
		t.Fatal(err)
	}
	pass()
	pass()
	if !r.held() {
		t.Fatal("the hold ended, and an exchange was not told of it")
	}
	if err := r.store.Receive(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		r.decide()
		pass()
	}
	if r.held() {
		t.Error("the hold stands for ever")
	}
}
