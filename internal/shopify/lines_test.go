package shopify_test

import (
	"errors"
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/sim"
)

func ambiguous(t *testing.T, s *shop, e exchange.Effect) {
	t.Helper()
	if got, err := s.peer.Look(t.Context(), e); !errors.Is(err, exchange.ErrAmbiguous) {
		t.Errorf("look for %s says %+v, %v, want ambiguous", e.Kind, got, err)
	}
}

// pair is an order of two equal shirts in one line, so that two equal returns fit.
func pair(t *testing.T) *shop {
	s := newShop(t, "")
	s.seed(sim.ShopifySeed{Name: "#5001", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Quantity: 2, Price: "499.00"}}})
	return s
}

func TestTwoEqualReturnsCannotBeToldApart(t *testing.T) {
	s := pair(t)
	first := s.staffReturn(s.same)
	e := createEffect(s, s.same)
	if got := s.looks(e, exchange.Done); got.ID != first {
		t.Errorf("look found %s, want %s", got.ID, first)
	}
	second := s.staffReturn(s.same)
	ambiguous(t, s, e)
	s.control("returns/cancel", map[string]any{"return": first})
	if got := s.looks(e, exchange.Done); got.ID != second {
		t.Errorf("look found %s, want the one that is not cancelled, %s", got.ID, second)
	}
}

func TestOtherReturnsAreNotTakenForOurs(t *testing.T) {
	s := pair(t)
	s.staffReturn(s.dearer)
	s.looks(createEffect(s, s.same), exchange.NotDone)
	two := createEffect(s, s.dearer)
	two.Return.ReturnLines[0].Quantity = 2
	s.looks(two, exchange.NotDone)
	more := createEffect(s, s.dearer)
	more.Return.ExchangeLines[0].Quantity = 2
	s.looks(more, exchange.NotDone)
	s.looks(createEffect(s, s.dearer), exchange.Done)
}

func TestReasonsOfReturnLines(t *testing.T) {
	for asked, want := range map[string]string{"SIZE_TOO_SMALL": "SIZE_TOO_SMALL", "": "OTHER", "OTHER": "OTHER", "TOO_ITCHY": "OTHER"} {
		s := newShop(t, "")
		e := createEffect(s, s.same)
		e.Return.ReturnLines[0].Reason = asked
		if got := s.read(s.acts(e).ID).ReturnLines[0].Reason; got != want {
			t.Errorf("reason %q became %q, want %q", asked, got, want)
		}
		s.clean()
	}
}

func TestMoreThanIsReturnableIsRefused(t *testing.T) {
	s := newShop(t, "")
	e := createEffect(s, s.same)
	s.acts(e)
	_, err := s.peer.Act(t.Context(), e) // a repeat that no look has stopped
	rejectedWith(t, err, "invalid")
	if n := len(s.book().Returns); n != 1 {
		t.Errorf("%d returns", n)
	}
}

func TestProcessingThatWentAnotherWayIsAmbiguous(t *testing.T) {
	s := pair(t)
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order:         s.order,
		ReturnLines:   []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: 2}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.same, Quantity: 2}},
	}, &made)
	snapshot := s.read(made.ID)
	whole := processEffect(s, snapshot)
	s.looks(whole, exchange.NotDone)

	part := processEffect(s, snapshot)
	part.Lines.ReturnLines[0].Quantity, part.Lines.ExchangeLines[0].Quantity = 1, 1
	backOnly := part
	backOnly.Lines = &exchange.ProcessAsk{ReturnID: made.ID, ReturnLines: part.Lines.ReturnLines}
	s.acts(backOnly)
	s.looks(backOnly, exchange.Done)
	ambiguous(t, s, part)  // the exchange line has not moved
	ambiguous(t, s, whole) // and the return line by one of two
	gone := processEffect(s, snapshot)
	gone.Lines.ReturnLines[0].ID = "gid://shopify/ReturnLineItem/4711"
	ambiguous(t, s, gone)
	s.clean()
}

func TestLinesTakenOff(t *testing.T) {
	s := pair(t)
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order:         s.order,
		ReturnLines:   []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: 2}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.same, Quantity: 2}},
	}, &made)
	take := func(n int) exchange.Effect {
		return exchange.Effect{Kind: exchange.RemoveExchangeLines, Lines: &exchange.ProcessAsk{
			ReturnID:      made.ID,
			ExchangeLines: []exchange.ProcessLine{{ID: made.ExchangeLines[0], Quantity: n, Before: 2}},
		}}
	}
	s.looks(take(1), exchange.NotDone)
	s.acts(take(1))
	s.looks(take(1), exchange.Done)
	ambiguous(t, s, take(2))
	s.clean()
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	s := newShop(t, "")
	lines := &exchange.ProcessAsk{ReturnID: "gid://shopify/Return/4711", ReturnLines: []exchange.ProcessLine{{ID: "gid://shopify/ReturnLineItem/1", Quantity: 1}}}
	for code, e := range map[string]exchange.Effect{
		"return_not_found":            {Kind: exchange.Process, Lines: lines},
		"fulfillment_order_not_found": {Kind: exchange.HoldFulfillment, Hold: &exchange.HoldAsk{FulfillmentOrderID: "gid://shopify/FulfillmentOrder/4711", Handle: "h"}},
		"fulfillment_not_found":       {Kind: exchange.UpdateTracking, Track: &exchange.TrackingAsk{FulfillmentID: "gid://shopify/Fulfillment/4711", Parcels: []exchange.Parcel{{Waybill: "1"}}}},
		"order_not_found":             {Kind: exchange.Fulfill, Ship: &exchange.FulfillAsk{OrderID: "gid://shopify/Order/4711", Lines: make([]exchange.FulfillLine, 1)}},
		"reverse_line_not_found":      {Kind: exchange.Dispose, ShopID: s.order, Goods: []exchange.DispositionOf{{ReverseLineID: "gid://shopify/ReverseFulfillmentOrderLineItem/1", Quantity: 1}}},
		"resource_not_found":          {Kind: exchange.Process, Lines: &exchange.ProcessAsk{ReturnID: s.order, ReturnLines: lines.ReturnLines}},
	} {
		_, err := s.peer.Look(t.Context(), e)
		rejectedWith(t, err, code)
	}
}

// Return lines are taken off as exchange lines are, and both in parts.
func TestReturnLinesTakenOff(t *testing.T) {
	s := pair(t)
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order:         s.order,
		ReturnLines:   []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: 2}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.same, Quantity: 2}, {VariantID: s.dearer, Quantity: 1}},
	}, &made)
	snapshot := s.read(made.ID)
	take := exchange.Effect{Kind: exchange.RemoveExchangeLines, Lines: &exchange.ProcessAsk{
		ReturnID:      made.ID,
		ReturnLines:   []exchange.ProcessLine{{ID: snapshot.ReturnLines[0].ID, Quantity: 1, Before: 2}},
		ExchangeLines: []exchange.ProcessLine{{ID: made.ExchangeLines[0], Quantity: 1, Before: 2}, {ID: made.ExchangeLines[1], Quantity: 1, Before: 1}},
	}}
	s.looks(take, exchange.NotDone)
	s.acts(take)
	s.looks(take, exchange.Done)
	got := s.read(made.ID)
	if len(got.ExchangeLines) != 1 || got.ExchangeLines[0].Quantity != 1 || got.ReturnLines[0].Quantity != 1 {
		t.Errorf("left are %+v and %+v", got.ReturnLines, got.ExchangeLines)
	}
	s.clean()
}

func TestNothingComesOffAReturnThatHasEnded(t *testing.T) {
	s := pair(t)
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order:         s.order,
		ReturnLines:   []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: 2}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.same, Quantity: 2}},
	}, &made)
	take := exchange.Effect{Kind: exchange.RemoveExchangeLines, Lines: &exchange.ProcessAsk{
		ReturnID: made.ID, ExchangeLines: []exchange.ProcessLine{{ID: made.ExchangeLines[0], Quantity: 2, Before: 2}},
	}}
	s.looks(take, exchange.NotDone)
	s.control("returns/cancel", map[string]any{"return": made.ID})
	_, err := s.peer.Look(t.Context(), take)
	rejectedWith(t, err, exchange.CodeReturnEnded)
}

func TestAReturnWithWorkIsNotCancelled(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.same)
	e := exchange.Effect{Kind: exchange.CancelReturn, End: &exchange.EndAsk{ReturnID: snapshot.ReturnID}}
	s.looks(e, exchange.NotDone)
	_, err := s.peer.Act(t.Context(), e)
	rejectedWith(t, err, "invalid_state")
	e.Kind = exchange.CloseReturn
	s.looks(e, exchange.Done) // processing has closed it
	s.acts(e)                 // and closing it again changes nothing
	e.End.ReturnID = "gid://shopify/Return/4711"
	_, err = s.peer.Look(t.Context(), e)
	rejectedWith(t, err, "return_not_found")
}
