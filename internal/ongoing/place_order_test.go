package ongoing_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/sim"
)

// raw reads an order as the API has it.
func (r *rig) raw(id int64) ongoingrest.Order {
	r.t.Helper()
	var o ongoingrest.Order
	r.get(ongoing.OrderPath(id), &o)
	return o
}

func (r *rig) get(path string, into any) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+"/nordwear/api/v1"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.SetBasicAuth("WSInordwear", "secret")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		r.t.Fatal(err)
	}
}

func TestAnOrderIsPlacedAsTheOriginalWasDelivered(t *testing.T) {
	r := newRig(t, nil)
	e := r.placeOrder()
	if got := r.look(e); got.Result != exchange.NotDone {
		t.Fatalf("look before = %+v", got)
	}
	out := r.act(e)
	want := &exchange.Order{
		ID: out.Order.ID, Number: "#1001-EX1", GoodsOwnerOrderID: string(ex),
		Status: exchange.Status{Number: 200, Text: "Open", Role: exchange.RoleOpen},
		Lines:  []exchange.OrderLine{{ID: out.Order.Lines[0].ID, Row: "1", Article: "TEE-L", ExternalID: "gid://shopify/ExchangeLineItem/1", Ordered: 1}},
	}
	if diff := cmp.Diff(want, out.Order); diff != "" {
		t.Error(diff)
	}
	o := r.raw(out.Order.ID)
	original := r.raw(r.original)
	if diff := cmp.Diff(original.Consignee, o.Consignee); diff != "" {
		t.Errorf("consignee: %s", diff)
	}
	type delivery struct {
		Way                      *ongoingrest.CodeName
		Email                    *ongoingrest.Notification
		Instruction, Point, Mine string
		Code, Service            string
		Warehouse                int64
		Date                     string
		Reference                string
		Remark                   string
		Carried                  string
	}
	got := delivery{
		o.Info.WayOfDelivery, o.Info.EmailNotification, o.Info.DeliveryInstruction, o.Info.ServicePointCode, o.Info.ConsigneeOrderNumber,
		o.Transporter.Code, o.Transporter.ServiceCode, o.Info.Warehouse.ID, o.Info.DeliveryDate.Format("2006-01-02"),
		o.Info.ReferenceNumber, o.Info.OrderRemark, o.Info.WarehouseInstruction,
	}
	if diff := cmp.Diff(delivery{
		&ongoingrest.CodeName{Code: "MYPACK", Name: "MyPack Collect"}, &ongoingrest.Notification{ToBeNotified: true, Value: "astrid@example.com"},
		"ring twice", "3232", "C-9", "PLAB", "P19", 2, "2026-11-22", "#1001", "", "",
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnOrderIsFoundAgainWhenTheReplyWasLost(t *testing.T) {
	for _, kind := range []string{sim.DropAfter, sim.ErrorAfter, sim.Half} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, nil)
			e := r.placeOrder()
			r.fault("PUT /orders", kind)
			_, err := r.peer.Act(t.Context(), e)
			wantUnknown(t, err)
			out := r.look(e)
			if out.Result != exchange.Done || !out.Looked || out.Order == nil || out.Order.Status.Role != exchange.RoleOpen {
				t.Errorf("look after = %+v", out)
			}
			if puts := r.book("#1001-EX1").Puts; puts != 1 {
				t.Errorf("%d PUTs acted, want 1", puts)
			}
		})
	}
}

func TestAFailedReadBackLeavesTheOutcomeOpen(t *testing.T) {
	for _, kind := range []string{sim.Throttle, sim.ErrorBefore, sim.DropBefore, sim.HTML} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, nil)
			r.sim.Faults.Add(sim.Fault{Match: "GET /orders/{orderId}", Kind: kind, Skip: 1, Times: -1})
			_, err := r.peer.Act(t.Context(), r.placeOrder())
			wantUnknown(t, err)
			if r.book("#1001-EX1").Puts != 1 {
				t.Error("the order was not put")
			}
		})
	}
}

func TestNothingWasDoneWhenTheOriginalCannotBeRead(t *testing.T) {
	r := newRig(t, nil)
	for _, kind := range []string{sim.Throttle, sim.ErrorBefore, sim.DropBefore, sim.HTML} {
		r.sim.Faults.Clear()
		r.sim.Faults.Add(sim.Fault{Match: "GET /orders/{orderId}", Kind: kind, Times: -1})
		if _, err := r.peer.Act(t.Context(), r.placeOrder()); !errors.Is(err, exchange.ErrNotSent) {
			t.Errorf("%s: %v, want not carried out", kind, err)
		}
	}
	if r.sim.Ledger().Calls["PUT /orders"] != 0 {
		t.Error("an order was put")
	}
}

func TestANumberTakenBySomebodyElseIsRefused(t *testing.T) {
	r := newRig(t, nil)
	r.control("/orders", `{"order": {"orderNumber": "#1001-EX1", "goodsOwnerOrderId": "5002"}}`, nil)
	_, err := r.peer.Look(t.Context(), r.placeOrder())
	wantRejected(t, err, exchange.CodeNumberTaken)
}

func TestANumberOfAnotherExchangeIsRefusedInItsOwnWay(t *testing.T) {
	const other = "ex_01JBBBBBBBBBBBBBBBBBBBBBBB"
	r := newRig(t, nil)
	r.control("/orders", `{"order": {"orderNumber": "#1001-EX1", "goodsOwnerOrderId": "`+other+`"}}`, nil)
	_, err := r.peer.Look(t.Context(), r.placeOrder())
	if no := wantRejected(t, err, exchange.CodeNotOurs); no.Reason != "order #1001-EX1 was made for "+other {
		t.Errorf("reason %q", no.Reason)
	}
}

func TestAnOrderPlacedUnderAnotherNumberBeforeARestoreIsRefused(t *testing.T) {
	r := newRig(t, nil)
	r.act(r.placeOrder())
	again := r.placeOrder()
	again.Place.Number = "#1001-EX2"
	if got := r.look(again); got.Result != exchange.NotDone {
		t.Fatalf("look without a restore = %+v", got)
	}
	again.Place.Restored = true
	_, err := r.peer.Look(t.Context(), again)
	wantRejected(t, err, exchange.CodeNotOurs)
}

func TestAnOrderThatTheWarehouseRefusesIsRefused(t *testing.T) {
	for _, as200 := range []bool{false, true} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.RefusalsAs200 = as200 })
		e := r.placeOrder()
		e.Place.Lines[0].Article = "UNKNOWN"
		_, err := r.peer.Act(t.Context(), e)
		if no := wantRejected(t, err, "refused"); no.Reason != "Article UNKNOWN was not found." {
			t.Errorf("reason %q", no.Reason)
		}
	}
}

func TestAnOriginalThatIsGoneIsRefused(t *testing.T) {
	r := newRig(t, nil)
	e := r.placeOrder()
	e.Place.OriginalID = 1
	_, err := r.peer.Act(t.Context(), e)
	wantRejected(t, err, string(exchange.OriginalNotFound))
}

func TestADeliveryDateThatLiesAheadIsKept(t *testing.T) {
	r := newRig(t, nil)
	var seeded []struct {
		OrderID int64 `json:"order_id"`
	}
	r.control("/orders", `{"order": {"orderNumber": "#1002", "deliveryDate": "2026-12-24"}}`, &seeded)
	e := r.placeOrder()
	e.Place.OriginalID = seeded[0].OrderID
	out := r.act(e)
	o := r.raw(out.Order.ID)
	if day := o.Info.DeliveryDate.Format("2006-01-02"); day != "2026-12-24" {
		t.Errorf("delivery on %s", day)
	}
	if o.Info.ConsigneeOrderNumber != "#1001" || o.Info.WayOfDelivery != nil {
		t.Errorf("%+v", o.Info)
	}
}

func TestLinesThatCannotBeReadYetAreNoFault(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.BlindReads = 1 })
	e := r.placeOrder()
	if out := r.act(e); len(out.Order.Lines) != 0 || out.Order.Status.Role != exchange.RoleOpen {
		t.Errorf("%+v", out.Order)
	}
	if out := r.look(e); len(out.Order.Lines) != 1 {
		t.Errorf("%+v", out.Order)
	}
}

func TestAnOrderBornReleasedSaysSo(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.BornStatus = 300 })
	out := r.act(r.placeOrder())
	if out.Order.Status.Role != exchange.RoleReleased {
		t.Errorf("%+v", out.Order.Status)
	}
}

func TestATimeOutLeavesTheOutcomeOpen(t *testing.T) {
	r := newRig(t, nil)
	r.sim.Faults.Add(sim.Fault{Match: "PUT /orders", Kind: sim.Slow, DelayMS: 5000})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := r.peer.Act(ctx, r.placeOrder())
		done <- err
	}()
	for len(r.sim.Ledger().Orders) < 2 { // it is in the books as soon as it is put
		runtime.Gosched()
	}
	cancel()
	err := <-done
	wantUnknown(t, err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not say why", err)
	}
}
