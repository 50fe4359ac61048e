package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

// short is an exchange of the rig whose finished return order has one of two items.
func (r *rig) short(e store.Engine, x exchange.Exchange) {
	r.t.Helper()
	fence, err := e.Own(r.t.Context(), "nordwear", "rig", time.Minute)
	if err != nil {
		r.t.Fatal(err)
	}
	x.Version++
	x.Facts.ReturnOrder = &exchange.ReturnOrder{
		ID: 60, Status: exchange.Status{Number: 500, Role: exchange.RoleReturned},
		Lines: []exchange.ReturnOrderLine{{Row: "1", Article: "M", Announced: 2, Received: 1}},
	}
	entry := exchange.Entry{Exchange: x.ID, Version: x.Version, At: x.Updated, From: x.Stage, To: x.Stage}
	errs, err := e.Apply(r.t.Context(), []store.Op{store.Step{Conn: "nordwear", Fence: fence, Next: &x, Entry: &entry, Refs: x.Refs()}})
	if err != nil || errs[0] != nil {
		r.t.Fatal(err, errs)
	}
}

func TestAPartialReturnIsAcceptedByAPerson(t *testing.T) {
	r := newRig(t)
	e := r.store(true)
	r.short(e, r.exchange(e, "ex_1", exchange.Returned, "gid://shopify/Return/1"))
	r.exchange(e, "ex_2", exchange.Returned, "gid://shopify/Return/2")
	r.want(exitUsage, "exchanges", "accept", "ex_1")
	r.want(exitUsage, "exchanges", "accept", "ex_1", "--reason", "two\nlines")
	r.want(exitRefused, "exchanges", "accept", "ex_2", "--reason", "it is whole")
	r.want(exitNotFound, "exchanges", "accept", "ex_9", "--reason", "x")
	serveInbox(t, e)
	var x rest.Exchange
	r.json(&x, "exchanges", "accept", "ex_1", "--reason", "lost in the post")
	last := x.Timeline[len(x.Timeline)-1]
	if last.Actor != "astrid" || last.Event != "person exchanges.accept" {
		t.Errorf("the timeline says %+v", last)
	}
	if got := r.want(0, "exchanges", "accept", "ex_1", "--reason", "again"); !strings.Contains(got.out, "goes on with what came back") {
		t.Errorf("said %q", got.out)
	}
}

func TestAnAcceptanceIsKeptWhileNobodyServes(t *testing.T) {
	r := newRig(t)
	e := r.store(false)
	r.short(e, r.exchange(e, "ex_1", exchange.Open, "gid://shopify/Return/1"))
	if got := r.want(0, "exchanges", "accept", "ex_1", "--reason", "x", "--by", "bo"); !strings.Contains(got.out, "kept as ev_") {
		t.Errorf("said %q", got.out)
	}
}
