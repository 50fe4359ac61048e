package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// calledOffRig stores an exchange that was asked for, closed by the portal an hour later and called off half an hour after that.
func calledOffRig(t *testing.T) (*rig, exchange.Exchange) {
	t.Helper()
	r := newRig(t)
	e := r.store(false)
	x := r.exchange(e, "ex_1", exchange.Requested, "gid://shopify/Return/1")
	at := rigTime.Add(-time.Hour)
	x = r.hears(e, x, exchange.Event{
		ID: "ev_closed", Kind: exchange.EventPortal, At: at, Source: "portal", Topic: "return.closed",
		Portal: &exchange.PortalEvent{Name: "return.closed", At: at.Add(-time.Minute)},
	})
	at = rigTime.Add(-time.Hour / 2)
	x = r.hears(e, x, exchange.Event{
		ID: "ev_off", Kind: exchange.EventCancel, At: at, Source: "person", Topic: "exchanges.cancel", Actor: "astrid",
		Cancel: &exchange.CancelAsk{By: "person", Reason: "a mistake"},
	})
	return r, x
}

func TestAnExchangeIsRebuiltFromItsJournal(t *testing.T) {
	r, x := calledOffRig(t)
	var v rest.Rebuilt
	r.json(&v, "exchanges", "rebuild", "R-ex_1", "--what-if")
	if !v.Agrees || v.Lines != 3 || len(v.Differences) != 0 || len(v.Otherwise) != 0 || v.Exchange.Stage != x.Stage || len(v.Exchange.Timeline) != 3 {
		t.Errorf("rebuilt %+v", v)
	}
	golden(t, "exchanges_rebuild.txt", r.want(0, "exchanges", "rebuild", "ex_1", "--at", "45m", "--what-if").out)
	for when, lines := range map[string]int{"2026-11-22T08:00:00Z": 1, "2026-11-22T08:59:59Z": 1, "2026-11-22T09:00:00Z": 2, "1m": 3} {
		r.json(&v, "exchanges", "rebuild", "ex_1", "--at", when)
		if len(v.Exchange.Timeline) != lines || v.Lines != 3 {
			t.Errorf("at %s %d of %d lines were known, want %d of 3", when, len(v.Exchange.Timeline), v.Lines, lines)
		}
	}
	r.want(exitNotFound, "exchanges", "rebuild", "ex_1", "--at", "2026-11-22T07:59:59Z")
	r.want(exitUsage, "exchanges", "rebuild", "ex_1", "--at", "yesterday")
	r.want(exitNotFound, "exchanges", "rebuild", "ex_2")
}

func TestWhereAJournalSaysSomethingElseEachDifferenceIsNamed(t *testing.T) {
	r, x := calledOffRig(t)
	e := r.store(false)
	next, entry, err := exchange.Step(x, exchange.Event{ID: "ev_hint", Kind: exchange.EventHint, At: rigTime, Source: "shopify", Topic: "returns/update", Hint: &exchange.Hint{Target: exchange.ReadShop}})
	if err != nil {
		t.Fatal(err)
	}
	next.Facts.Cancel.Actor = "bo"
	next.Raised = append(next.Raised, exchange.Raised{Code: "parcel_returned", Message: "so", Since: rigTime})
	r.commit(e, next, entry)
	got := r.want(exitFailed, "exchanges", "rebuild", "ex_1")
	for _, want := range []string{`facts.cancel.actor: stored "bo", by the journal "astrid"`, `raised: stored [{"code":"parcel_returned"`, "by the journal null"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("said %s, want %q", got.out, want)
		}
	}
	if strings.Count(got.out, "\n") != 3 {
		t.Errorf("said %s, want two differences", got.out)
	}
}

func TestAJournalWithAGapIsSaidToBeBroken(t *testing.T) {
	r, x := calledOffRig(t)
	e := r.store(false)
	fence, err := e.Own(t.Context(), "nordwear", "rig", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	x.Version++
	r.apply(e, store.Step{Conn: "nordwear", Fence: fence, Next: &x, Refs: x.Refs()})
	if got := r.want(exitFailed, "exchanges", "rebuild", "ex_1"); !strings.Contains(got.out, "ends with line 3, the exchange is at version 4") {
		t.Errorf("said %s", got.out)
	}
	x = r.hears(e, x, exchange.Event{ID: "ev_hint", Kind: exchange.EventHint, At: rigTime, Source: "shopify", Hint: &exchange.Hint{Target: exchange.ReadShop}})
	if got := r.want(exitFailed, "exchanges", "rebuild", "ex_1", "--at", "1m"); !strings.Contains(got.out, "3 lines of the journal can be folded, no more: line 5") || !strings.Contains(got.out, "ex_1\n") {
		t.Errorf("said %s", got.out)
	}
}

func TestWhatTheRulesOfNowWouldDecideOtherwiseIsSaid(t *testing.T) {
	r, x := calledOffRig(t)
	e := r.store(false)
	next, entry, err := exchange.Step(x, exchange.Event{ID: "ev_hint", Kind: exchange.EventHint, At: rigTime, Source: "shopify", Topic: "returns/update", Hint: &exchange.Hint{Target: exchange.ReadShop}})
	if err != nil {
		t.Fatal(err)
	}
	entry.Effects = append(entry.Effects, exchange.Effect{ID: "ex_1/release/1", Exchange: "ex_1", Kind: exchange.Release}) // another version did
	next.Asked = append(next.Asked, exchange.Asked{ID: "ex_1/release/1", Kind: exchange.Release, Cause: "1", At: rigTime})
	r.commit(e, next, entry)
	var v rest.Rebuilt
	r.json(&v, "exchanges", "rebuild", "ex_1", "--what-if")
	if !v.Agrees || len(v.Otherwise) != 1 || v.Otherwise[0].EventID != "ev_hint" || len(v.Otherwise[0].Recorded.Acts) != 1 || len(v.Otherwise[0].Now.Acts) != 0 {
		t.Fatalf("rebuilt %+v", v)
	}
	if got := r.want(0, "exchanges", "rebuild", "ex_1", "--what-if"); !strings.Contains(got.out, "recorded: stays cancelled; asks for ex_1/release/1\n  now: stays cancelled\n") {
		t.Errorf("said %s", got.out)
	}
	if r.json(&v, "exchanges", "rebuild", "ex_1"); len(v.Otherwise) != 0 {
		t.Errorf("without being asked it said %+v", v.Otherwise)
	}
}
