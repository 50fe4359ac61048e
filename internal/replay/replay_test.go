package replay_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ident"
	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/store"
	"github.com/tradeback/tradeback/internal/store/redis"
	"github.com/tradeback/tradeback/internal/store/redis/redistest"
	"github.com/tradeback/tradeback/internal/store/sqlite"
)

const conn = exchange.Conn("nordwear")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// engines runs a test over each database.
func engines(t *testing.T, run func(*testing.T, *rig)) {
	t.Run("sqlite", func(t *testing.T) {
		e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), sqlite.Options{})
		opened(t, e, err, run)
	})
	t.Run("redis", func(t *testing.T) {
		e, err := redis.Open(t.Context(), redistest.Start(t).URL(), redis.Options{})
		opened(t, e, err, run)
	})
}

func opened(t *testing.T, e store.Engine, err error, run func(*testing.T, *rig)) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	fence, err := e.Own(t.Context(), conn, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, engine: e, fence: fence}
	r.x = exchange.New("ex_1", conn, policy, noon)
	run(t, r)
}

var policy = exchange.Policy{ReleaseOn: exchange.OnReturnClosed, Number: "{order}-EX{n}", ReturnNumber: "{order}-R{n}", OriginalOrder: []string{"{order}"}}

// rig is a store with one exchange.
type rig struct {
	t      *testing.T
	engine store.Engine
	fence  uint64
	x      exchange.Exchange
}

// hears stores what follows from an event, as the inbox does, and the event itself where others told it.
func (r *rig) hears(at time.Time, source string, ev exchange.Event) {
	r.t.Helper()
	ev.ID, ev.At, ev.Source = fmt.Sprintf("ev_%d", r.x.Version+1), at, source
	if r.x.Version == 0 {
		ev.Policy = &policy
	}
	next, entry, err := exchange.Step(r.x, ev)
	if err != nil {
		r.t.Fatal(err)
	}
	step := store.Step{Conn: conn, Fence: r.fence, Next: &next, Entry: &entry, Refs: next.Refs()}
	if source != "tradeback" {
		body, err := json.Marshal(exchange.Notice{Event: ev, About: []exchange.About{{Ref: exchange.RefID(next.ID)}}})
		if err != nil {
			r.t.Fatal(err)
		}
		step.Items = []store.Item{{ID: ev.ID, Conn: conn, Kind: store.Event, State: store.Done, Exchange: next.ID, Source: source, Received: at, Due: at, Body: body}}
	}
	results, err := r.engine.Apply(r.t.Context(), []store.Op{step})
	if err = errors.Join(append(results, err)...); err != nil {
		r.t.Fatal(err)
	}
	r.x = next
}

// story is an exchange by lines whose return could not be created at first; a person called it off in the end.
func (r *rig) story() {
	r.hears(noon, "api", exchange.Event{Kind: exchange.EventRequested, Request: &exchange.Request{
		OrderID: "gid://shopify/Order/1", ExchangeLines: []exchange.WantedExchangeLine{{VariantID: "gid://shopify/ProductVariant/8", Quantity: 1}},
	}})
	made := exchange.Outcome{Effect: r.x.Asked[0].ID, Kind: exchange.CreateReturn, Result: exchange.Dead, Reason: "503"}
	r.hears(noon.Add(time.Hour), "tradeback", exchange.Event{Kind: exchange.EventOutcome, Outcome: &made})
	r.hears(noon.Add(2*time.Hour), "person", exchange.Event{Kind: exchange.EventDead, Actor: "astrid", Dead: &exchange.DeadAsk{Effect: made.Effect}})
	done := made
	done.Result, done.Reason, done.ID = exchange.Done, "", "gid://shopify/Return/1"
	r.hears(noon.Add(3*time.Hour), "tradeback", exchange.Event{Kind: exchange.EventOutcome, Outcome: &done})
	r.hears(noon.Add(4*time.Hour), "portal", exchange.Event{Kind: exchange.EventPortal, Portal: &exchange.PortalEvent{Name: "return.closed", At: noon}})
	r.hears(noon.Add(3*time.Hour+time.Minute), "person", exchange.Event{Kind: exchange.EventCancel, Actor: "astrid", Cancel: &exchange.CancelAsk{By: "person"}})
}

func TestWhatIsStoredIsWhatTheJournalSaysInEveryStore(t *testing.T) {
	engines(t, func(t *testing.T, r *rig) {
		r.story()
		before, err := r.engine.Load(t.Context(), conn, "ex_1")
		if err != nil {
			t.Fatal(err)
		}
		for at, version := range map[time.Duration]uint64{
			0: 1, 59 * time.Minute: 1, time.Hour: 2, 3 * time.Hour: 4, 3*time.Hour + time.Minute: 4, // told late: it was not known yet
			4 * time.Hour: 6, 50 * time.Hour: 6,
		} {
			got, err := replay.Rebuild(t.Context(), r.engine, before[0], noon.Add(at), true)
			if err != nil || got.Broken != "" || len(got.Differences) != 0 || len(got.Otherwise) != 0 || got.Read != 6 {
				t.Fatalf("rebuilt %+v, %v", got, err)
			}
			if got.Exchange.Version != version || len(got.Lines) != int(version) {
				t.Errorf("%s after noon it is at version %d with %d lines, want %d", at, got.Exchange.Version, len(got.Lines), version)
			}
		}
		if got, err := replay.Rebuild(t.Context(), r.engine, before[0], noon.Add(time.Hour), false); err != nil || len(got.Exchange.Raised) != 1 || got.Exchange.Raised[0].Code != "effect_dead" {
			t.Errorf("an hour after noon what is raised is %+v, %v", got.Exchange.Raised, err)
		}
		if _, err := replay.Rebuild(t.Context(), r.engine, before[0], noon.Add(-1), false); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before it was asked for: %v", err)
		}
		r.hears(noon.Add(5*time.Hour), "shopify", exchange.Event{Kind: exchange.EventHint, Hint: &exchange.Hint{Target: exchange.ReadShop}})
		if got, err := replay.Rebuild(t.Context(), r.engine, before[0], time.Time{}, false); err != nil || got.Broken != "" || len(got.Differences) != 0 {
			t.Errorf("what was committed since it was read: %+v, %v", got, err)
		}
	})
}

func TestWhatOthersToldIsFoundInEveryStore(t *testing.T) {
	engines(t, func(t *testing.T, r *rig) {
		r.story()
		teller := &replay.Teller{Reads: r.engine, IDs: ident.New(nil), Now: func() time.Time { return noon.Add(24 * time.Hour) }}
		var of, left []string
		for after := ""; ; {
			list, out, next, err := teller.Between(t.Context(), "", noon, noon.Add(4*time.Hour), after, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range list {
				of = append(of, l.Of)
			}
			for _, l := range out {
				left = append(left, l.Event)
			}
			if after = next; after == "" {
				break
			}
		}
		if !slices.Equal(of, []string{"ev_1", "ev_6"}) || !slices.Equal(left, []string{"ev_3"}) {
			t.Errorf("found %v, left out %v; want ev_1 and ev_6, without ev_3", of, left)
		}
		list, _, err := teller.Exchange(t.Context(), r.x)
		if err != nil || len(list) != 3 {
			t.Fatalf("of the exchange it tells %+v, %v", list, err)
		}
		would := teller.Rehearse()
		for _, l := range list {
			heard, err := would.Tell(t.Context(), l)
			if err != nil || len(heard) != 1 || heard[0].Exchange != "ex_1" || heard[0].To != r.x.Stage {
				t.Fatalf("%s would lead to %+v, %v", l.Of, heard, err)
			}
			for _, f := range heard[0].Effects {
				if f.Kind != exchange.KindRead {
					t.Errorf("%s would ask for %s once more", l.Of, f.ID)
				}
			}
			if l.Of == "ev_1" && !slices.Equal(l.Replayed(heard).Done, []string{string(r.x.Asked[0].ID)}) {
				t.Errorf("already done is %+v, want that the return was created", heard[0].Done)
			}
		}
	})
}
