package sim_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestOngoingReceivesPerLine(t *testing.T) {
	r := newRig(t, nil)
	put := fmt.Sprintf(`{"goodsOwnerId": 114, "returnOrderNumber": "R", "customerOrder": {"orderId": %d}, "returnOrderLines": [
		{"returnOrderRowNumber": "1", "customerOrderLine": {"orderLineId": %d}, "toBeReturnedNumberOfItems": 2},
		{"returnOrderRowNumber": "2", "customerOrderLine": {"orderLineId": %d}, "toBeReturnedNumberOfItems": 1}]}`,
		r.order.OrderID, r.order.Lines[0].ID, r.order.Lines[1].ID)
	id := r.api("PUT", "/returnOrders", put).want(200).at("returnOrderId")
	r.control("POST", "/return-orders/R/receive", `{"lines": {"1": {"returned": 2, "scrapped": 1}}, "open": true}`)
	read := r.api("GET", "/returnOrders/"+id, "")
	for path, want := range map[string]string{
		"returnOrderInfo.returnOrderStatus.text":                     "Notified",
		"returnOrderLines.0.returnedNumberOfItems":                   "2",
		"returnOrderLines.0.returnedRemovedByInventoryNumberOfItems": "1",
		"returnOrderLines.1.returnedNumberOfItems":                   "0",
	} {
		if got := read.at(path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
	r.api("PUT", "/returnOrders", put).want(400)
	r.api("DELETE", "/returnOrders/"+id, "").want(400)
	r.control("POST", "/return-orders/R/receive", `{"lines": {"2": {"returned": 1}}}`)
	book := r.ledger().ReturnOrders["R"]
	if one, two := book.Lines["1"], book.Lines["2"]; one != (sim.OngoingReturned{Article: "TEE-M", Announced: 2, Returned: 2, Scrapped: 1}) ||
		two.Returned != 1 || book.Receipts != 2 || book.RefusedPuts != 1 || book.RefusedCancels != 1 || book.Cancels != 0 {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingReceivesWhatNobodyAnnounced(t *testing.T) {
	for _, how := range []string{"line", "comment"} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.WrongArticle = how })
		id := r.putReturn().at("returnOrderId")
		r.control("POST", "/return-orders/%231001-R1/receive",
			`{"lines": {"1": {"returned": 0}}, "extra": [{"article": "TEE-L", "returned": 2, "scrapped": 1}, {"article": "CAP", "returned": 1}]}`)
		read := r.api("GET", "/returnOrders/"+id, "")
		book := r.ledger().ReturnOrders["#1001-R1"]
		if how == "comment" {
			if got := read.at("returnOrderInfo.returnOrderHandlingComment"); got != "Also in the parcel: 2 of TEE-L Also in the parcel: 1 of CAP" || len(book.Lines) != 1 {
				t.Errorf("comment %q, book %+v", got, book)
			}
			continue
		}
		for path, want := range map[string]string{
			"returnOrderLines.0.returnedNumberOfItems":                    "0",
			"returnOrderLines.1.article.articleNumber":                    "TEE-L",
			"returnOrderLines.1.customerOrderLine":                        "<nil>",
			"returnOrderLines.1.toBeReturnedNumberOfItems":                "0",
			"returnOrderLines.1.returnedNumberOfItems":                    "2",
			"returnOrderLines.1.returnedRemovedByInventoryNumberOfItems":  "1",
			"returnOrderLines.2.customerOrderLine.customerOrderRowNumber": "2",
			"returnOrderInfo.returnOrderStatus.text":                      "Returned",
		} {
			if got := read.at(path); got != want {
				t.Errorf("%s = %s, want %s", path, got, want)
			}
		}
		if wrong := book.Lines["X2"]; !wrong.Extra || wrong.Returned != 2 || wrong.Scrapped != 1 || wrong.Announced != 0 {
			t.Errorf("book = %+v", book)
		}
		original := r.api("GET", fmt.Sprintf("/orders/%d", r.order.OrderID), "")
		if got := original.at("orderLines.1.returnedNumberOfItems"); got != "1" {
			t.Errorf("of the cap %s came back, want 1", got)
		}
		r.do("POST", r.server.URL+"/control/return-orders/%231001-R1/receive", `{"extra": [{"article": "NOTHING", "returned": 1}]}`).want(409)
	}
}

func TestOngoingShipsInParts(t *testing.T) {
	for _, fires := range []bool{false, true} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.PickedFires = fires })
		r.control("POST", "/webhooks", `[{"kind": "orders", "url": "http://127.0.0.1:1/", "token": "t", "policy": "none", "goods_owner_id": 114}]`)
		r.api("PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "2026-11-22", "consignee": {}, "orderLines": [
			{"rowNumber": "1", "articleNumber": "TEE-L", "numberOfItems": 3}, {"rowNumber": "2", "articleNumber": "CAP", "numberOfItems": 1, "externalId": "x"}]}`)
		r.control("POST", "/orders/A/status", `{"number": 300}`)
		r.control("POST", "/orders/A/ship", `{"lines": {"1": 1}}`)
		r.control("POST", "/orders/A/ship", `{"lines": {"1": 2, "2": 1}, "tracking": false}`)
		book := r.book("A")
		want := map[string]int{"1": 2, "2": 1}
		if len(book.Parcels) != 3 || book.Parcels[0].Lines["1"] != 1 || !book.Parcels[1].Return || fmt.Sprint(book.Parcels[2].Lines) != fmt.Sprint(want) || book.Parcels[2].Tracked {
			t.Errorf("parcels %+v", book.Parcels)
		}
		if line := book.Lines["2"]; line != (sim.OngoingLine{Article: "CAP", External: "x", Ordered: 1, Shipped: 1}) || book.Lines["1"].Shipped != 3 || book.Shipments != 2 {
			t.Errorf("book = %+v", book)
		}
		told := 0
		for _, d := range r.sim.Courier.Records() {
			if d.Label == "order A 450" {
				told++
			}
		}
		if want := map[bool]int{false: 1, true: 2}[fires]; told != want {
			t.Errorf("told of %d shipments, want %d", told, want)
		}
	}
}

func TestOngoingTakesBackWhatWasNotDelivered(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	r.do("POST", r.server.URL+"/control/orders/%231001-EX1/undelivered", "").want(409)
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 300}`)
	r.control("POST", "/orders/%231001-EX1/ship", "")
	r.control("POST", "/orders/%231001-EX1/undelivered", "")
	read := r.api("GET", "/orders/"+id, "")
	for path, want := range map[string]string{
		"orderInfo.orderStatus.number":                      "800",
		"orderLines.0.returnedNumberOfItems":                "1",
		"orderLines.0.pickedArticleItems.0.isReturned":      "true",
		"orderLines.0.pickedArticleItems.0.returnOrderInfo": "<nil>",
	} {
		if got := read.at(path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
	if book := r.book("#1001-EX1"); !book.Undelivered || book.Lines["1"].Returned != 1 || book.Cancelled {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingBooksWhoMovedAnOrder(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`).want(200)
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 200}`)
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`).want(200)
	r.api("DELETE", "/orders/"+id, "").want(400)
	r.putExchange().want(400)
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 200}`)
	r.api("DELETE", "/orders/"+id, "").want(200)
	r.api("DELETE", "/orders/"+id, "").want(200)
	book := r.book("#1001-EX1")
	var steps []string
	for _, s := range book.Steps {
		steps = append(steps, fmt.Sprint(s.Number, s.By))
	}
	if want := []string{"200app", "300app", "200staff", "300app", "200staff", "1000app"}; !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	if book.Releases != 2 || book.Cancels != 2 || book.RefusedCancels != 1 || book.RefusedPuts != 1 || book.Puts != 1 || !book.Cancelled {
		t.Errorf("book = %+v", book)
	}
}
