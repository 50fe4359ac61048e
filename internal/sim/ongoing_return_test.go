package sim_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestOngoingReturnOrder(t *testing.T) {
	r := newRig(t, nil)
	made := r.putReturn().want(200).says("Return order #1001-R1 created/updated")
	id := made.at("returnOrderId")
	if again := r.putReturn().want(200); again.at("returnOrderId") != id {
		t.Errorf("ids %s and %s", id, again.at("returnOrderId"))
	}
	read := r.api("GET", "/returnOrders/"+id, "").want(200)
	for path, want := range map[string]string{
		"returnOrderInfo.returnOrderNumber":                           "#1001-R1",
		"returnOrderInfo.returnOrderStatus.text":                      "Notified",
		"returnOrderInfo.inDate":                                      "2026-11-25T00:00:00Z",
		"returnOrderInfo.returnOrderArrivalTime":                      "<nil>",
		"returnOrderInfo.returnOrderCreatedBy.userName":               "WSIshop",
		"customerOrderInfo.orderNumber":                               "#1001",
		"returnOrderLines.0.customerOrderLine.customerOrderRowNumber": "1",
		"returnOrderLines.0.article.articleNumber":                    "TEE-M",
		"returnOrderLines.0.returnCause.code":                         "SIZE",
		"returnOrderLines.0.toBeReturnedNumberOfItems":                "1",
		"returnOrderLines.0.returnedNumberOfItems":                    "0",
		"returnOrderLines.0.pickedNumberOfItems":                      "2",
		"returnOrderLines.0.returnedArticleItems":                     "[]",
	} {
		if got := read.at(path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
	r.api("GET", "/returnOrders/returnCauses?goodsOwnerId=114", "").want(200).says(`"code":"SIZE"`)
	book := r.ledger().ReturnOrders["#1001-R1"]
	if book.Puts != 2 || !slices.Equal(book.Statuses, []string{"Notified"}) || book.OriginalOrder != "#1001" {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingReturnOrderRefusals(t *testing.T) {
	r := newRig(t, nil)
	put := func(order, line int, count string) answer {
		return r.api("PUT", "/returnOrders", fmt.Sprintf(`{"goodsOwnerId": 114, "returnOrderNumber": "R", "customerOrder": {"orderId": %d},
			"returnOrderLines": [{"returnOrderRowNumber": "1", "customerOrderLine": {"orderLineId": %d}, "toBeReturnedNumberOfItems": %s}]}`, order, line, count))
	}
	put(1, r.order.Lines[0].ID, "1").want(400).says("OrderNotFound")
	put(r.order.OrderID, 1, "1").want(400).says("OrderRowNotFound")
	put(r.order.OrderID, r.order.Lines[0].ID, "0").want(400).says("returns nothing")
	put(r.order.OrderID, r.order.Lines[0].ID, "1.5").want(400).says("whole items")
	put(r.order.OrderID, r.order.Lines[0].ID, "1.0").want(200)
	if n := len(r.ledger().ReturnOrders); n != 1 {
		t.Errorf("%d return orders, want 1", n)
	}
}

func TestOngoingReceive(t *testing.T) {
	r := newRig(t, nil)
	id := r.putReturn().at("returnOrderId")
	r.control("POST", "/return-orders/%231001-R1/receive", "")
	read := r.api("GET", "/returnOrders/"+id, "")
	for path, want := range map[string]string{
		"returnOrderInfo.returnOrderStatus.number":                             "500",
		"returnOrderInfo.returnOrderArrivalTime":                               "2026-11-22T10:00:00.123Z",
		"returnOrderLines.0.returnedNumberOfItems":                             "1",
		"returnOrderLines.0.returnedRemovedByInventoryNumberOfItems":           "0",
		"returnOrderLines.0.returnedArticleItems.0.numberOfItems":              "1",
		"returnOrderLines.0.returnedArticleItems.0.isReturnRemovedByInventory": "false",
	} {
		if got := read.at(path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
	original := r.api("GET", fmt.Sprintf("/orders/%d", r.order.OrderID), "")
	for path, want := range map[string]string{
		"orderInfo.orderStatus.number":                                    "800",
		"orderLines.0.returnedNumberOfItems":                              "1",
		"orderLines.0.pickedArticleItems.0.isReturned":                    "true",
		"orderLines.0.pickedArticleItems.0.returnCause.code":              "SIZE",
		"orderLines.0.pickedArticleItems.1.isReturned":                    "false",
		"orderLines.0.pickedArticleItems.1.numberOfItems":                 "1",
		"orderLines.0.pickedArticleItems.0.returnOrderInfo.returnOrderId": id,
	} {
		if got := original.at(path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
	r.putReturn().want(400).says("it is Returned")
	r.api("DELETE", "/returnOrders/"+id, "").want(400).says("goods have been received")
	book := r.ledger().ReturnOrders["#1001-R1"]
	if !slices.Equal(book.Statuses, []string{"Notified", "Returned"}) || book.Receipts != 1 || book.Returned != 1 {
		t.Errorf("book = %+v", book)
	}
	if got := r.book("#1001").Statuses; !slices.Equal(got, []int{450, 800}) {
		t.Errorf("original order had %v", got)
	}
}

func TestOngoingReceiveInPartsAndScrapped(t *testing.T) {
	r := newRig(t, func(s *sim.OngoingSwitches) { s.ReceiveReturnsOrder = false })
	id := r.api("PUT", "/returnOrders", r.returnBody(2)).at("returnOrderId")
	r.control("POST", "/return-orders/%231001-R1/receive", `{"lines": {"1": {"returned": 1}}, "open": true}`)
	if got := r.api("GET", "/returnOrders/"+id, "").at("returnOrderInfo.returnOrderStatus.text"); got != "Notified" {
		t.Errorf("after a part: %s", got)
	}
	r.control("POST", "/return-orders/receive?number=%231001-R1", `{"lines": {"1": {"returned": 1, "scrapped": 1}}}`)
	read := r.api("GET", "/returnOrders/"+id, "")
	if read.at("returnOrderLines.0.returnedNumberOfItems") != "2" || read.at("returnOrderLines.0.returnedRemovedByInventoryNumberOfItems") != "1" {
		t.Errorf("return order = %s", read.body)
	}
	if got := r.book("#1001").Statuses; !slices.Equal(got, []int{450}) {
		t.Errorf("original order had %v, and should have been left alone", got)
	}
	r.do("POST", r.server.URL+"/control/return-orders/%231001-R1/receive", `{"lines": {"7": {"returned": 1}}}`).want(409)
	r.do("POST", r.server.URL+"/control/return-orders/%231001-R1/receive", `{"status": 7}`).want(400)
}

func TestOngoingReturnStatusAndCancel(t *testing.T) {
	r := newRig(t, nil)
	id := r.putReturn().at("returnOrderId")
	r.api("PATCH", "/returnOrders/"+id+"/returnOrderHandlingComment", `{"returnOrderHandlingComment": "fragile"}`).want(200)
	r.api("PATCH", "/returnOrders/"+id+"/returnOrderStatus", `{"returnOrderStatusNumber": 7}`).want(400)
	r.api("PATCH", "/returnOrders/"+id+"/returnOrderStatus", `{"returnOrderStatusNumber": 500}`).want(200)
	r.control("POST", "/return-orders/%231001-R1/status", `{"number": 100}`)
	r.api("DELETE", "/returnOrders?goodsOwnerId=114&returnOrderNumber=%231001-R1", "").want(200)
	r.api("DELETE", "/returnOrders/1", "").want(404)
	r.do("POST", r.server.URL+"/control/return-orders/%231001-R1/receive", "").want(409)
	book := r.ledger().ReturnOrders["#1001-R1"]
	if !book.Cancelled || !slices.Equal(book.Statuses, []string{"Notified", "Returned", "Notified", "Cancelled"}) || !slices.Equal(book.Patches, []string{"Returned"}) {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingReturnFilters(t *testing.T) {
	r := newRig(t, nil)
	r.putReturn()
	r.control("POST", "/return-orders/%231001-R1/receive", "")
	for query, want := range map[string]bool{
		"":                              true,
		"returnOrderNumbers=%231001-R1": true,
		"returnOrderNumbers=other":      false,
		"customerOrderNumbers=%231001":  true,
		"goodsReturnedFromDate=2026-11-22T10:00:00Z": true,
		"goodsReturnedFromDate=2026-11-23T10:00:00Z": false,
		"returnOrderStatusFrom=500":                  true,
		"returnOrderStatusTo=499":                    false,
	} {
		got := r.api("GET", "/returnOrders?goodsOwnerId=114&"+query, "").want(200).body
		if found := got != "[]"; found != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestOngoingListsOfTheSystem(t *testing.T) {
	r := newRig(t, nil)
	r.api("GET", "/orders/statuses", "").want(200).says(`{"number":300,"text":"Released"}`)
	r.api("GET", "/returnOrders/statuses", "").want(200).says(`{"number":500,"text":"Returned"}`)
	r.api("GET", "/warehouses", "").want(200).says(`"code":"MAIN"`)
	r.api("GET", "/transporterContracts?goodsOwnerId=114", "").want(200).says(`"P19"`)
	r.api("PUT", "/returnOrders/returnCauses", `{"goodsOwnerId": 114, "code": "BAD", "name": "Broken", "isRemoveCause": true}`).want(200)
	r.api("GET", "/returnOrders/returnCauses?goodsOwnerId=114", "").want(200).says(`"isRemoveCause":true`)
}

func TestOngoingArticles(t *testing.T) {
	r := newRig(t, nil)
	id := r.api("PUT", "/articles", `{"goodsOwnerId": 114, "articleNumber": "HAT", "articleName": "Woolly hat", "barCodeInfo": {"barCode": "735"}}`).want(200).at("articleSystemId")
	r.api("GET", "/articles/"+id, "").want(200).says(`"articleName":"Woolly hat"`)
	r.api("GET", "/articles?goodsOwnerId=114&barCodes=735", "").want(200).says("HAT")
	r.api("GET", "/articles?goodsOwnerId=114&articleNumbers=CAP&maxArticlesToGet=1&articleNameContains=CA", "").want(200).says("CAP")
	r.api("GET", "/articles/1", "").want(404)
}
