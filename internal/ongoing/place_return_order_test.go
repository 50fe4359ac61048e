package ongoing_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
)

func TestAReturnOrderIsPlacedAndReadBack(t *testing.T) {
	r := newRig(t, nil)
	e := r.placeReturn()
	if got := r.look(e); got.Result != exchange.NotDone {
		t.Fatalf("look before = %+v", got)
	}
	out := r.act(e)
	want := &exchange.ReturnOrder{
		ID: out.ReturnOrder.ID, Number: "#1001-R1",
		Status: exchange.Status{Number: 100, Text: "Notified", Role: exchange.RoleNotified},
		Lines:  []exchange.ReturnOrderLine{{ID: out.ReturnOrder.Lines[0].ID, Row: "1", LineID: r.lines[0], Article: "TEE-M", Announced: 1}},
	}
	if diff := cmp.Diff(want, out.ReturnOrder); diff != "" {
		t.Error(diff)
	}
	var raw ongoingrest.ReturnOrder
	r.get(fmt.Sprintf("/returnOrders/%d", out.ReturnOrder.ID), &raw)
	if got := raw.Info.Comment; got != "Wants size L tradeback "+string(ex) {
		t.Errorf("comment %q", got)
	}
	if got := *raw.Lines[0].Cause; got != (ongoingrest.CodeName{Code: "SIZE_TOO_SMALL", Name: "Size too small"}) {
		t.Errorf("cause %+v", got)
	}
}

func TestAReturnOrderIsFoundAgainWhenTheReplyWasLost(t *testing.T) {
	r := newRig(t, nil)
	e := r.placeReturn()
	r.fault("PUT /returnOrders", sim.DropAfter)
	_, err := r.peer.Act(t.Context(), e)
	wantUnknown(t, err)
	if out := r.look(e); out.Result != exchange.Done || !out.Looked || out.ReturnOrder == nil {
		t.Errorf("look after = %+v", out)
	}
}

// seedReturn puts a return order past the peer.
func (r *rig) seedReturn(comment string, original, line int64, count int) {
	r.t.Helper()
	body := fmt.Sprintf(`{"goodsOwnerId": 114, "returnOrderNumber": "#1001-R1", "customerOrder": {"orderId": %d}, "comment": %q,
		"returnOrderLines": [{"returnOrderRowNumber": "1", "customerOrderLine": {"orderLineId": %d}, "toBeReturnedNumberOfItems": %d}]}`,
		original, comment, line, count)
	r.put("/returnOrders", body)
}

func TestWhoseAReturnOrderIs(t *testing.T) {
	const other = "ex_01JBBBBBBBBBBBBBBBBBBBBBBB"
	cases := []struct {
		name, comment string
		line, count   int
		want          string // done, taken, another, ambiguous
	}{
		{"our mark is ours", "tradeback " + string(ex), 0, 1, "done"},
		{"our mark is ours when the warehouse changed the lines", "see mail, tradeback " + string(ex), 0, 2, "done"},
		{"another exchange's mark may be on our goods", "tradeback " + other, 0, 1, "another"},
		{"an id that only begins like ours is somebody else's", "tradeback " + string(ex) + "X", 0, 1, "taken"},
		{"no mark and another quantity is somebody else's", "by hand", 0, 2, "taken"},
		{"no mark and another line is somebody else's", "by hand", 1, 1, "taken"},
		{"no mark and our very lines cannot be told", "by hand", 0, 1, "ambiguous"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.seedReturn(c.comment, r.original, r.lines[c.line], c.count)
			out, err := r.peer.Look(t.Context(), r.placeReturn())
			switch c.want {
			case "done":
				if err != nil || out.Result != exchange.Done {
					t.Errorf("look = %+v, %v", out, err)
				}
			case "taken":
				wantRejected(t, err, exchange.CodeNumberTaken)
			case "another":
				wantRejected(t, err, exchange.CodeNotOurs)
			case "ambiguous":
				if !errors.Is(err, exchange.ErrAmbiguous) {
					t.Errorf("error %v, want ambiguous", err)
				}
			}
		})
	}
}

func TestOurMarkOnAnotherOrderCannotBeTold(t *testing.T) {
	r := newRig(t, nil)
	r.seedReturn("tradeback "+string(ex), r.original, r.lines[0], 1)
	e := r.placeReturn()
	e.Place.OriginalID++
	if _, err := r.peer.Look(t.Context(), e); !errors.Is(err, exchange.ErrAmbiguous) {
		t.Errorf("error %v, want ambiguous", err)
	}
}

func TestAReturnOrderThatTheWarehouseRefusesIsRefused(t *testing.T) {
	for _, as200 := range []bool{false, true} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.RefusalsAs200 = as200 })
		e := r.placeReturn()
		e.Place.OriginalID = 1
		_, err := r.peer.Act(t.Context(), e)
		if no := wantRejected(t, err, "refused"); !strings.Contains(no.Reason, "OrderNotFound") {
			t.Errorf("reason %q", no.Reason)
		}
	}
}

func TestACommentThatNamesTheExchangeIsNotMarkedTwice(t *testing.T) {
	r := newRig(t, nil)
	e := r.placeReturn()
	e.Place.Comment = "exchange " + string(ex) + " of #1001-R1"
	out := r.act(e)
	var raw ongoingrest.ReturnOrder
	r.get(fmt.Sprintf("/returnOrders/%d", out.ReturnOrder.ID), &raw)
	if raw.Info.Comment != e.Place.Comment {
		t.Errorf("comment %q", raw.Info.Comment)
	}
	if r.look(e).Result != exchange.Done {
		t.Error("not found again")
	}
}
