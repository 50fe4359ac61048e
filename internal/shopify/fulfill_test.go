package shopify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
)

func TestHeldFulfillmentOrdersAreNotShipped(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.same)
	e := fulfillEffect(s, snapshot)
	s.control("holds", map[string]any{"fulfillment_order": e.Ship.Lines[0].FulfillmentOrderID, "reason": "INCORRECT_ADDRESS"})
	s.looks(e, exchange.NotDone)
	triedAgain(t, s, e)
	if n := s.sim.Ledger().Calls["fulfillmentCreate"]; n != 0 {
		t.Errorf("fulfillmentCreate was called %d times", n)
	}
	fo := fulfillmentOrder(t, s.read(snapshot.ReturnID))
	other := exchange.Effect{Kind: exchange.ReleaseHold, Hold: &exchange.HoldAsk{FulfillmentOrderID: fo.ID, HoldIDs: []string{fo.Holds[0].ID}}}
	_, err := s.peer.Act(t.Context(), other)
	rejectedWith(t, err, "invalid_access")
	s.clean()
}

// triedAgain fails the test unless e was surely not carried out, and is to be tried again in a quarter of an hour.
func triedAgain(t *testing.T, s *shop, e exchange.Effect) {
	t.Helper()
	_, err := s.peer.Act(t.Context(), e)
	var wait *exchange.NotSentError
	if !errors.As(err, &wait) || wait.After != 15*time.Minute || errors.Is(err, exchange.ErrRejected) {
		t.Errorf("act says %v, want not sent, and a quarter of an hour to wait", err)
	}
}

// before does something each time a request is about to be sent that names a field.
type before struct {
	field string
	do    func()
}

func (b before) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if bytes.Contains(body, []byte(b.field)) {
		b.do()
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestAHoldThatComesJustBeforeTheCallIsNoRefusalForGood(t *testing.T) {
	s := newShop(t, "")
	e := fulfillEffect(s, processed(s, s.same))
	hold := map[string]any{"fulfillment_order": e.Ship.Lines[0].FulfillmentOrderID, "reason": "INCORRECT_ADDRESS"}
	s.through = before{"fulfillmentCreate", func() { s.control("holds", hold) }}
	s.peer = s.connect(shopify.Options{Token: shopify.TokenSource{Access: "shpat_sim"}, ArticleNumber: "sku"})
	triedAgain(t, s, e)
	if n := s.sim.Ledger().Calls["fulfillmentCreate"]; n != 1 || s.book().Shipped != 0 {
		t.Errorf("fulfillmentCreate was called %d times and shipped %d, want once and nothing", n, s.book().Shipped)
	}
}

func TestSomebodyElseShippedTheSame(t *testing.T) {
	s := newShop(t, "")
	e := fulfillEffect(s, processed(s, s.same), exchange.Parcel{Waybill: "JJD1"})
	s.control("fulfillments", map[string]any{"fulfillment_order": e.Ship.Lines[0].FulfillmentOrderID, "tracking": "OTHER9"})
	ambiguous(t, s, e) // the same goods, but another parcel
	_, err := s.peer.Act(t.Context(), e)
	rejectedWith(t, err, "fulfillment_not_open")
	if n := s.book().Shipped; n != 1 {
		t.Errorf("shipped %d times", n)
	}
	s.clean()
}

func TestParcelsAreTold(t *testing.T) {
	s := newShop(t, "")
	e := fulfillEffect(s, processed(s, s.same),
		exchange.Parcel{Waybill: "JJD1", Carrier: "PostNord SE"}, exchange.Parcel{Waybill: "JJD2", Carrier: "PostNord SE"}, exchange.Parcel{Waybill: "JJD1"})
	s.acts(e)
	book := s.book()
	last := book.Fulfillments[len(book.Fulfillments)-1]
	if diff := cmp.Diff([]string{"JJD1", "JJD2"}, last.Tracking); diff != "" || last.Notified != 1 || last.By != "app" {
		t.Errorf("fulfillment is %+v, tracking (-want +got):\n%s", last, diff)
	}
	s.clean()
}

func TestLateTrackingKeepsWhatIsThere(t *testing.T) {
	s := newShop(t, "")
	out := s.acts(fulfillEffect(s, processed(s, s.same), exchange.Parcel{Waybill: "STAFF1", URL: "https://t.example/STAFF1"}))
	e := exchange.Effect{Kind: exchange.UpdateTracking, Track: &exchange.TrackingAsk{FulfillmentID: out.ID, Parcels: []exchange.Parcel{{Waybill: "LATE1"}}}}
	s.looks(e, exchange.NotDone)
	s.acts(e)
	s.looks(e, exchange.Done)
	book := s.book()
	last := book.Fulfillments[len(book.Fulfillments)-1]
	if diff := cmp.Diff([]string{"LATE1", "STAFF1"}, last.Tracking); diff != "" || last.Notified != 1 {
		t.Errorf("notified %d times, tracking (-want +got):\n%s", last.Notified, diff)
	}
	s.clean()
}

// A part of what was sent leaves the rest to a second parcel, each once.
func TestPartsOfAFulfillmentOrder(t *testing.T) {
	for _, status := range []string{"OPEN", "IN_PROGRESS"} {
		s := pair(t)
		s.control("switches", map[string]any{"partial_status": status})
		var made sim.ShopifyReturnMade
		s.control("returns", sim.ShopifyReturn{
			Order:         s.order,
			ReturnLines:   []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped, Quantity: 2}},
			ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.same, Quantity: 2}},
		}, &made)
		snapshot := processed2(s, s.read(made.ID))
		first := fulfillEffect(s, snapshot, exchange.Parcel{Waybill: "P1"})
		first.Ship.Lines[0].Quantity = 1
		a := s.acts(first)
		s.looks(first, exchange.Done)

		second := fulfillEffect(s, s.read(made.ID), exchange.Parcel{Waybill: "P2"})
		s.looks(second, exchange.NotDone)
		b := s.acts(second)
		s.looks(second, exchange.Done)
		if book := s.book(); a.ID == b.ID || book.Shipped != 2 {
			t.Errorf("shipped %d times: %s and %s", book.Shipped, a.ID, b.ID)
		}
		s.clean()
	}
}

func TestNoFulfillmentOrderForThePrice0(t *testing.T) {
	s := newShop(t, "", func(w *sim.ShopifySwitches) { w.ZeroPriceDefect = true })
	var made sim.ShopifyReturnMade
	s.control("returns", sim.ShopifyReturn{
		Order: s.order, ReturnLines: []sim.ShopifyReturnedLine{{FulfillmentLineItemID: s.shipped}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: s.same, Discount: "100"}},
	}, &made)
	snapshot := processed2(s, s.read(made.ID))
	if snapshot.ExchangeLines[0].Processed != 1 {
		t.Fatalf("exchange line is %+v", snapshot.ExchangeLines[0])
	}
	for _, fo := range snapshot.FulfillmentOrders {
		for _, l := range fo.Lines {
			if l.LineItemID == snapshot.ExchangeLines[0].LineItemIDs[0] {
				t.Errorf("%+v holds it: not the case to be tried", fo)
			}
		}
	}
	e := exchange.Effect{Kind: exchange.Fulfill, Ship: &exchange.FulfillAsk{OrderID: s.order, Lines: []exchange.FulfillLine{
		{LineItemID: snapshot.ExchangeLines[0].LineItemIDs[0], Quantity: 1, Remaining: 1},
	}}}
	_, err := s.peer.Act(t.Context(), e)
	rejectedWith(t, err, "fulfillment_not_open")
	if _, err := s.peer.Look(t.Context(), e); !errors.Is(err, exchange.ErrAmbiguous) {
		t.Errorf("look says %v, want ambiguous", err)
	}
}

func TestWhoseHoldItIs(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.same)
	fo := fulfillmentOrder(t, snapshot)
	ours := holdEffect(s, fo)
	s.control("holds", map[string]any{"fulfillment_order": fo.ID, "handle": ours.Hold.Handle, "reason": "OTHER"})
	s.looks(ours, exchange.NotDone) // another app may use our handle
	another := holdEffect(s, fo)
	another.Hold.Handle = "tradeback:ex_2"
	s.acts(another)
	s.looks(ours, exchange.NotDone) // and we may hold it for another exchange
	put := s.acts(ours)
	if again := s.acts(ours); again.ID != put.ID { // a repeat that no look has stopped
		t.Errorf("the repeat made %s beside %s", again.ID, put.ID)
	}
	if n := len(s.book().Holds); n != 3 {
		t.Errorf("%d holds, want 3", n)
	}
	s.clean()
}

func TestHoldsThatSomebodyLiftedAreNotLiftedAgain(t *testing.T) {
	s := newShop(t, "")
	snapshot := processed(s, s.same)
	fo := fulfillmentOrder(t, snapshot)
	a := s.acts(holdEffect(s, fo))
	other := holdEffect(s, fo)
	other.Hold.Handle = "tradeback:ex_2"
	b := s.acts(other)
	e := exchange.Effect{Kind: exchange.ReleaseHold, Hold: &exchange.HoldAsk{FulfillmentOrderID: fo.ID, HoldIDs: []string{a.ID, b.ID}}}
	s.control("holds/release", map[string]any{"hold": a.ID})
	s.looks(e, exchange.NotDone)
	var lifted []string
	s.peer = s.connectThrough(shopify.TokenSource{Access: "shpat_sim"}, func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var in struct{ Variables struct{ HoldIDs []string } }
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		lifted = append(lifted, in.Variables.HoldIDs...)
		return http.DefaultTransport.RoundTrip(r)
	})
	s.acts(e)
	s.looks(e, exchange.Done)
	s.acts(e) // nothing is left to lift
	if diff := cmp.Diff([]string{b.ID}, lifted); diff != "" {
		t.Errorf("lifted (-want +got):\n%s", diff)
	}
	s.clean()
}
