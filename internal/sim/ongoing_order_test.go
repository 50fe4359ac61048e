package sim_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestOngoingSeededOrderReadsBack(t *testing.T) {
	r := newRig(t, nil)
	got := r.api("GET", fmt.Sprintf("/orders/%d", r.order.OrderID), "").want(200)
	for path, want := range map[string]string{
		"goodsOwner.name":                                   "Nordwear AB",
		"orderInfo.orderNumber":                             "#1001",
		"orderInfo.orderStatus.text":                        "Sent",
		"orderInfo.createdDate":                             "2026-11-22T10:00:00.123Z",
		"orderInfo.emailNotification.value":                 "astrid@example.com",
		"orderInfo.smsNotification":                         "<nil>",
		"orderInfo.wayOfDelivery.code":                      "MYPACK",
		"orderInfo.warehouse.code":                          "MAIN",
		"orderInfo.orderedNumberOfItems":                    "3",
		"orderInfo.pickedNumberOfItems":                     "3",
		"consignee.doorCode":                                "4711",
		"consignee.address2":                                "<nil>",
		"transporter.name":                                  "PostNord MyPack Collect",
		"returnTransporter":                                 "<nil>",
		"orderLines.0.article.articleNumber":                "TEE-M",
		"orderLines.0.externalId":                           "line-1",
		"orderLines.0.prices.linePrice":                     "299.5",
		"orderLines.0.prices.currencyCode":                  "<nil>",
		"orderLines.0.pickedArticleItems.0.numberOfItems":   "2",
		"orderLines.0.pickedArticleItems.0.returnOrderInfo": "<nil>",
		"orderLines.2.shouldBePicked":                       "false",
		"orderLines.2.pickedNumberOfItems":                  "0",
		"parcels.0.isReturnParcel":                          "false",
		"parcels.1.isReturnParcel":                          "true",
		"tracking.0.waybill":                                "00373500000000020711",
		"returnTracking.0.trackingUrl":                      "https://tracking.example.com/?id=00373500000000020712",
	} {
		if v := got.at(path); v != want {
			t.Errorf("%s = %s, want %s", path, v, want)
		}
	}
	got.says(`"orderedNumberOfItems":2.0`)
}

func TestOngoingPutMakesAndChangesOneOrder(t *testing.T) {
	r := newRig(t, nil)
	made := r.putExchange().want(201).says("Order number #1001-EX1 created/updated")
	again := r.putExchange().want(200)
	if made.at("orderId") != again.at("orderId") {
		t.Errorf("ids %s and %s", made.at("orderId"), again.at("orderId"))
	}
	id := made.at("orderId")
	read := r.api("GET", "/orders/"+id, "").want(200)
	if read.at("orderInfo.orderStatus.number") != "200" || read.at("tracking") != "<nil>" || read.at("parcels") != "[]" {
		t.Errorf("new order = %s", read.body)
	}
	if read.at("orderInfo.deliveryDate") != "2026-11-22T00:00:00Z" {
		t.Errorf("delivery date = %s", read.at("orderInfo.deliveryDate"))
	}
	line := read.at("orderLines.0.id")
	r.api("PUT", "/orders/"+id, `{"goodsOwnerId": 114, "orderNumber": "#1001-EX1", "deliveryDate": "2026-11-23T08:00:00.000+00:00", "consignee": {},
		"orderLines": [{"rowNumber": "2", "articleNumber": "CAP", "numberOfItems": 1}, {"rowNumber": "1", "articleNumber": "TEE-L", "numberOfItems": 3}]}`).want(200)
	read = r.api("GET", "/orders/"+id, "")
	if read.at("orderLines.1.id") != line || read.at("orderLines.1.orderedNumberOfItems") != "3" || read.at("orderInfo.goodsOwnerOrderId") != "<nil>" {
		t.Errorf("changed order = %s", read.body)
	}
	if book := r.book("#1001-EX1"); book.Puts != 3 || !slices.Equal(book.Statuses, []int{200}) || book.ID == 0 {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingPutSwitches(t *testing.T) {
	t.Run("an order can be born released, and its status be set back by a repeated put", func(t *testing.T) {
		r := newRig(t, func(s *sim.OngoingSwitches) {
			s.BornStatus, s.StartedFrom, s.PutResetsStatus, s.Created201 = 300, 320, true, false
		})
		id := r.putExchange().want(200).at("orderId")
		r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 200}`).want(200)
		r.putExchange().want(200)
		if got := r.book("#1001-EX1").Statuses; !slices.Equal(got, []int{300, 200, 300}) {
			t.Errorf("statuses = %v", got)
		}
	})
	t.Run("what is left out can be kept", func(t *testing.T) {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.KeepMembers, s.KeepLines = true, true })
		id := r.putExchange().at("orderId")
		r.api("PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "#1001-EX1", "deliveryDate": "2026-11-22", "consignee": {},
			"orderLines": [{"rowNumber": "2", "articleNumber": "CAP", "numberOfItems": 1}]}`).want(200)
		read := r.api("GET", "/orders/"+id, "")
		if read.at("orderInfo.goodsOwnerOrderId") != "x1" || read.at("orderLines.1.article.articleNumber") != "TEE-L" {
			t.Errorf("order = %s", read.body)
		}
	})
	t.Run("a new order's lines can be missing from the first reads", func(t *testing.T) {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.BlindReads = 1 })
		id := r.putExchange().at("orderId")
		if got := r.api("GET", "/orders/"+id, "").at("orderLines"); got != "[]" {
			t.Errorf("first read: %s", got)
		}
		r.api("GET", "/orders/"+id, "").at("orderLines.0.id")
	})
	t.Run("an unknown article can be made", func(t *testing.T) {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.MakeArticles = true })
		r.api("PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "n", "deliveryDate": "2026-11-22", "consignee": {},
			"orderLines": [{"rowNumber": "1", "articleNumber": "NEW", "numberOfItems": 1}]}`).want(201)
		r.api("GET", "/articles?goodsOwnerId=114&articleNumber=NEW", "").want(200).says(`"articleNumber":"NEW"`)
	})
}

func TestOngoingRefusesOnceTheWarehouseHasStarted(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 300}`)
	r.putExchange().want(400).says("the warehouse has started working on it")
	r.api("DELETE", "/orders/"+id, "").want(400).says("the warehouse has started working on it")
	r.api("DELETE", "/orders?goodsOwnerId=114&orderNumber=%231001-EX1", "").want(400)
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 320}`)
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 200}`).want(400).says("goods have been allocated")
	if book := r.book("#1001-EX1"); !slices.Equal(book.RefusedPatches, []int{200}) || len(book.Patches) != 0 {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingPatchOfTheStatus(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	patch := func(body string) answer { return r.api("PATCH", "/orders/"+id+"/orderStatus", body) }
	patch(`{"orderStatusNumber": 800}`).want(200).says(`"message":null`)
	patch(`{"orderStatusNumber": 300}`).want(200)
	patch(`{"orderStatusNumber": 300}`).want(200)
	patch(`{"orderStatusNumber": 301}`).want(400).says("301 was not found")
	patch(`{"orderStatusNumber": "300"}`).want(400).says("ModelState")
	r.api("PATCH", "/orders/1/orderStatus", `{"orderStatusNumber": 300}`).want(404)
	book := r.book("#1001-EX1")
	if !slices.Equal(book.Statuses, []int{200, 800, 300}) || !slices.Equal(book.Patches, []int{800, 300, 300}) || book.Releases != 2 {
		t.Errorf("book = %+v", book)
	}
	r.control("POST", "/switches", `{"refuse_same": true, "patch_cancels": false}`)
	patch(`{"orderStatusNumber": 300}`).want(400).says("already")
	patch(`{"orderStatusNumber": 1000}`).want(400).says("cancel the order instead")
	if book := r.book("#1001-EX1"); book.Releases != 2 {
		t.Errorf("a refused release was counted: %+v", book)
	}
}

func TestOngoingPatchOfOtherMembers(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	r.api("PATCH", "/orders/"+id+"/goodsOwnerOrderId", `{"goodsOwnerOrderId": "x2"}`).want(200)
	r.api("PATCH", "/orders/"+id+"/orderRemark", `{"orderRemark": "careful"}`).want(200)
	r.api("PATCH", "/orders/"+id+"/deliveryDate", `{"deliveryDate": "2026-12-01T00:00:00Z"}`).want(200)
	r.api("PATCH", "/orders/"+id+"/orderNumber", `{"orderNumber": "other"}`).want(200)
	read := r.api("GET", "/orders/"+id, "")
	for path, want := range map[string]string{"goodsOwnerOrderId": "x2", "orderRemark": "careful", "deliveryDate": "2026-12-01T00:00:00Z", "orderNumber": "other"} {
		if got := read.at("orderInfo." + path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
}

func TestOngoingCancel(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	r.api("DELETE", "/orders?goodsOwnerId=114&orderNumber=%231001-EX1", "").want(200).says("cancelled")
	r.api("DELETE", "/orders/"+id, "").want(200)
	r.putExchange().want(400).says("it is cancelled")
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`).want(400)
	r.api("DELETE", "/orders/1", "").want(404)
	if book := r.book("#1001-EX1"); !book.Cancelled || !slices.Equal(book.Statuses, []int{200, 1000}) {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingAnOrderMarkedReturnedHasNotStarted(t *testing.T) {
	for started, status := range map[bool]int{false: 200, true: 400} {
		r := newRig(t, func(s *sim.OngoingSwitches) { s.ReturnedStarted = started })
		id := r.putExchange().at("orderId")
		r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 800}`).want(200)
		r.api("DELETE", "/orders/"+id, "").want(status)
	}
}

func TestOngoingListFilters(t *testing.T) {
	r := newRig(t, nil)
	r.now = r.now.Add(time.Hour)
	r.putExchange()
	cases := []struct{ query, want string }{
		{"", "#1001 #1001-EX1"},
		{"orderNumber=%231001-EX1", "#1001-EX1"},
		{"orderNumber=%2399", ""},
		{"orderNumbers=%231001&orderNumbers=%2399", "#1001"},
		{"orderNumbers=%231001,%231001-EX1", ""},
		{"goodsOwnerOrderId=5001", "#1001"},
		{"referenceNumbers=ref-1001", "#1001"},
		{"orderStatusFrom=450&orderStatusTo=999", "#1001"},
		{"orderStatusTo=200", "#1001-EX1"},
		{"orderStatusChangedTimeFrom=" + url.QueryEscape("2026-11-22T11:00:00.000+00:00"), "#1001-EX1"},
		{"orderCreatedTimeTo=2026-11-22T10:00:00Z", "#1001"},
		{"shippedTimeFrom=2026-11-22T10:00:00Z", "#1001"},
		{"orderIdFrom=50872", "#1001-EX1"},
		{"maxOrdersToGet=1", "#1001"},
		{"maxOrdersToGet=1&sort=descending", "#1001-EX1"},
		{"articleNumbers=TEE-L", "#1001-EX1"},
		{"customerEmail=astrid@example.com", "#1001"},
		{"parcelNumber=00373500000000020712", "#1001"},
		{"lastReturnedFrom=2026-11-22T10:00:00Z", ""},
	}
	for _, c := range cases {
		var got []struct {
			OrderInfo struct {
				OrderNumber string `json:"orderNumber"`
			} `json:"orderInfo"`
		}
		r.api("GET", "/orders?goodsOwnerId=114&"+c.query, "").want(200).into(&got)
		numbers := ""
		for i, each := range got {
			if i > 0 {
				numbers += " "
			}
			numbers += each.OrderInfo.OrderNumber
		}
		if got == nil || numbers != c.want {
			t.Errorf("%s: got %q (null: %t), want %q", c.query, numbers, got == nil, c.want)
		}
	}
	r.api("GET", "/orders?goodsOwnerId=114&orderUpdatedTimeFrom=2026-11-01T00:00:00Z", "").want(400).says("2 days")
	r.api("GET", "/orders?goodsOwnerId=114&serial=1", "").want(501).says("serial")
}

func TestOngoingKeepsEveryMemberItCanShow(t *testing.T) {
	r := newRig(t, nil)
	id := r.api("PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "2026-03-06T00:00:00Z",
		"referenceNumber": "10057", "consigneeOrderNumber": "c", "salesCode": "EXCHANGE", "freeText1": "f1", "freeText4": "f4", "freeText3": null,
		"orderType": {"code": "EXCH", "name": "Exchange"}, "termsOfDeliveryType": {"code": "T", "name": "Terms"},
		"consignee": {"customerNumber": "C-7781", "name": "Astrid Berg", "postCode": "11453", "remark": "ring", "customerGroup": {"code": "B2C", "name": "Private"},
			"invoiceAddress": {"name": "Berg AB"}, "advanced": {"emailNotification": {"toBeNotified": true, "value": "a@example.com"}}},
		"smsNotification": {"toBeNotified": true, "value": "+46700000000"}, "telephoneNotification": {"toBeNotified": false},
		"returnTransporter": {"transporterCode": "DHL", "transporterServiceCode": "X"}, "transporterAddons": {"returnLabel": true},
		"freightPrice": 0, "customerPrice": 899.5, "customsInfo": {"customsValueCurrencyCode": "SEK"}, "warehouseId": 2,
		"classes": [{"code": "EXCHANGE", "name": "Exchange order", "isParcelTypeSuggestion": false}],
		"marketPlace": {"marketPlace": "shop", "marketPlaceOrderNumber": "9"}, "pickingPriority": 3, "orderFreeDateTime1": "2026-03-06T00:00:00Z",
		"advanced": {"invoiceNumber": "77"},
		"orderLines": [{"rowNumber": "1", "articleNumber": "CAP", "numberOfItems": 1.0, "comment": "c", "vat": {"code": "25", "percent": 25},
			"prices": {"linePrice": 899.00, "currencyCode": "SEK"}, "lineFreeValues": {"freeText1": "lf"}, "deliveryDate": "2026-03-06T00:00:00Z"}]}`).want(201).at("orderId")
	read := r.api("GET", "/orders/"+id, "").want(200)
	for path, want := range map[string]string{
		"orderInfo.salesCode":                          "EXCHANGE",
		"orderInfo.freeText4":                          "f4",
		"orderInfo.customerPrice":                      "899.5",
		"orderInfo.marketPlace.marketPlaceOrderNumber": "9",
		"orderInfo.warehouse.code":                     "RET",
		"orderInfo.telephoneNotification.toBeNotified": "false",
		"consignee.customerGroup.code":                 "B2C",
		"consignee.invoiceAddress.name":                "Berg AB",
		"consignee.advanced.emailNotification.value":   "a@example.com",
		"returnTransporter.code":                       "DHL",
		"returnTransporter.name":                       "<nil>",
		"transporterAddons.returnLabel":                "true",
		"transporterAddons.idCheck":                    "false",
		"classes.0.code":                               "EXCHANGE",
		"orderLines.0.vat.percent":                     "25",
		"orderLines.0.freeValues.freeText1":            "lf",
	} {
		if got := read.at(path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
}
