package ongoing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/internal/exchange"
)

func (r *rig) read(ask exchange.ReadAsk) exchange.ReadResult {
	r.t.Helper()
	out, err := r.peer.Read(r.t.Context(), exchange.Effect{ID: "read", Exchange: ex, Kind: exchange.KindRead, Read: &ask})
	if err != nil {
		r.t.Fatal(err)
	}
	if out.Target != ask.Target || out.Want != ask.Want {
		r.t.Errorf("answers %s %d, asked %s %d", out.Target, out.Want, ask.Target, ask.Want)
	}
	return out
}

func TestHowTheOriginalOrderIsFound(t *testing.T) {
	both := []string{"{order}", "{order_without_hash}"}
	cases := []struct {
		name, order, seeds string
		templates          []string
		want, missing      string // its number, or the code
	}{
		{"by its number", "#1001", `[]`, both, "#1001", ""},
		{"by its number without the hash", "#2", `[{"order": {"orderNumber": "2"}}]`, both, "2", ""},
		{"by goodsOwnerOrderId", "#2", `[{"order": {"orderNumber": "A", "goodsOwnerOrderId": "#2"}}]`, both, "A", ""},
		{"by reference number", "#2", `[{"order": {"orderNumber": "A", "referenceNumber": "2"}}]`, both, "A", ""},
		{"by a template of the merchant's", "#2", `[{"order": {"orderNumber": "SE-2"}}]`, []string{"SE-{order_without_hash}"}, "SE-2", ""},
		{"the earlier template wins", "#2", `[{"order": {"orderNumber": "2"}}, {"order": {"orderNumber": "B", "referenceNumber": "#2"}}]`, both, "B", ""},
		{"the number wins over the reference", "#2", `[{"order": {"orderNumber": "A", "referenceNumber": "#2"}}, {"order": {"orderNumber": "#2"}}]`, both, "#2", ""},
		{"an exchange order with the same reference is not it", "#2", `[{"order": {"orderNumber": "#2-EX1", "goodsOwnerOrderId": "ex_01JBBBBBBBBBBBBBBBBBBBBBBB", "referenceNumber": "#2"}},
			{"order": {"orderNumber": "A", "goodsOwnerOrderId": "77", "referenceNumber": "#2"}}]`, both, "A", ""},
		{"an exchange order alone is nothing", "#2", `[{"order": {"orderNumber": "#2-EX1", "goodsOwnerOrderId": "ex_01JBBBBBBBBBBBBBBBBBBBBBBB", "referenceNumber": "#2"}}]`, both, "", "original_not_found"},
		{"an exchange order whose number is asked for is it", "#2", `[{"order": {"orderNumber": "#2-EX1", "goodsOwnerOrderId": "ex_01JBBBBBBBBBBBBBBBBBBBBBBB", "referenceNumber": "#2"}}]`, []string{"#2-EX1"}, "#2-EX1", ""},
		{"two with one reference cannot be told", "#2", `[{"order": {"orderNumber": "A", "referenceNumber": "#2"}}, {"order": {"orderNumber": "B", "referenceNumber": "#2"}}]`, both, "", "original_ambiguous"},
		{"none", "#2", `[]`, both, "", "original_not_found"},
		{"no name asks for nothing", "", `[]`, both, "", "original_not_found"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.control("/orders", c.seeds, nil)
			out := r.read(exchange.ReadAsk{Target: exchange.ReadOriginal, Want: 3, OrderName: c.order, Templates: c.templates})
			var number, missing string
			if out.Original != nil {
				number = out.Original.Number
			}
			if out.Missing != nil {
				missing = out.Missing.Code
			}
			if number != c.want || missing != c.missing {
				t.Errorf("found %q, missing %q", number, missing)
			}
		})
	}
}

func TestTheOriginalOrderReadsWithItsLines(t *testing.T) {
	r := newRig(t, nil)
	got := r.read(exchange.ReadAsk{Target: exchange.ReadOriginal, OrderName: "#1001", Templates: []string{"{order}"}}).Original
	want := &exchange.Original{ID: r.original, Number: "#1001", Lines: []exchange.OrderLine{
		{ID: r.lines[0], Row: "1", Article: "TEE-M", ExternalID: "line-1", Ordered: 2},
		{ID: r.lines[1], Row: "2", Article: "CAP", Ordered: 1},
		{ID: r.lines[2], Row: "3", Article: "FREIGHT", Ordered: 1},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestASentOrderReadsWithWhatWasShipped(t *testing.T) {
	r := newRig(t, nil)
	e := r.placeOrder()
	e.Place.Lines = append(e.Place.Lines, exchange.PlaceLine{Row: "2", Article: "CAP", Quantity: 3})
	placed := r.act(e)
	r.act(moving(exchange.Release, placed))
	ask := exchange.ReadAsk{Target: exchange.ReadOrder, ID: placed.Order.ID, Number: placed.Order.Number}
	r.status("#1001-EX1", 400)
	if got := r.read(ask).Order; got.Lines[0].Shipped != 0 || got.Status.Role != exchange.RoleNone {
		t.Errorf("picked: %+v", got)
	}
	r.control("/orders/ship?number=%231001-EX1", `{"lines": {"1": 1, "2": 2}, "tracking": false}`, nil)
	got := r.read(ask).Order
	if got.Status.Role != exchange.RoleSent || got.Lines[0].Shipped != 1 || got.Lines[1].Shipped != 2 || got.Lines[1].Ordered != 3 || got.Parcels != nil {
		t.Errorf("sent: %+v", got)
	}
	r.control("/orders/track?number=%231001-EX1", ``, nil)
	got = r.read(ask).Order
	if len(got.Parcels) != 1 || got.Parcels[0].Carrier != "PostNord Sweden AB" || got.Parcels[0].URL == "" {
		t.Errorf("parcels: %+v", got.Parcels)
	}
	r.status("#1001-EX1", 800) // the customer sends it back
	if got := r.read(ask).Order; got.Status.Role != exchange.RoleSent || got.Status.Text != "Returned" || got.Lines[1].Shipped != 2 {
		t.Errorf("returned after it was sent: %+v", got)
	}
}

func TestAReturnOrderReadsWithWhatCameBack(t *testing.T) {
	r := newRig(t, nil)
	placed := r.act(r.placeReturn())
	r.control("/return-orders/receive?number=%231001-R1", `{"lines": {"1": {"returned": 1, "scrapped": 1}}}`, nil)
	for _, id := range []int64{placed.ReturnOrder.ID, 0} {
		got := r.read(exchange.ReadAsk{Target: exchange.ReadReturnOrder, ID: id, Number: "#1001-R1"}).ReturnOrder
		if got.Status.Role != exchange.RoleReturned || got.Lines[0].Received != 1 || got.Lines[0].Scrapped != 1 {
			t.Errorf("%+v", got)
		}
	}
	original := r.read(exchange.ReadAsk{Target: exchange.ReadOriginal, OrderName: "#1001", Templates: []string{"{order}"}}).Original
	if original.Lines[0].Returned != 1 {
		t.Errorf("%+v", original.Lines)
	}
}

func TestWithoutANumberNothingIsListed(t *testing.T) {
	r := newRig(t, nil)
	for _, target := range []exchange.Target{exchange.ReadOrder, exchange.ReadReturnOrder, exchange.ReadOriginal} {
		if out := r.read(exchange.ReadAsk{Target: target, Templates: []string{"{order}"}}); out.Missing == nil {
			t.Errorf("%s: %+v", target, out)
		}
	}
	if calls := r.sim.Ledger().Calls; calls["GET /orders"]+calls["GET /returnOrders"] != 0 {
		t.Errorf("everything was asked for: %v", calls)
	}
}

func TestWhatIsNotThereIsMissing(t *testing.T) {
	r := newRig(t, nil)
	r.control("/orders", `{"order": {"orderNumber": "#1001-EX1", "goodsOwnerOrderId": "another"}}`, nil)
	r.seedReturn("by hand", r.original, r.lines[0], 1)
	for _, ask := range []exchange.ReadAsk{
		{Target: exchange.ReadOrder, ID: 1, Number: "#9-EX1"},
		{Target: exchange.ReadOrder, Number: "#1001-EX1"}, // somebody else's
		{Target: exchange.ReadReturnOrder, ID: 1, Number: "#9-R1"},
		{Target: exchange.ReadReturnOrder, Number: "#1001-R1"}, // somebody else's
	} {
		out := r.read(ask)
		if out.Missing == nil || out.Missing.Code != string(ask.Target)+"_not_found" || out.Missing.Detail != ask.Number || out.Order != nil || out.ReturnOrder != nil {
			t.Errorf("%+v: %+v", ask, out)
		}
	}
}
