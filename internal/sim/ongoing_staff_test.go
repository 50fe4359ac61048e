package sim_test

import (
	"slices"
	"testing"

	"github.com/tradeback/tradeback/internal/sim"
)

func TestOngoingShip(t *testing.T) {
	r := newRig(t, nil)
	id := r.putExchange().at("orderId")
	ship := func(body string) answer {
		return r.do("POST", r.server.URL+"/control/orders/%231001-EX1/ship", body)
	}
	ship("").want(409).says("has status 200 and is not released")
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 800}`)
	ship("").want(409).says("has status 800 and is not released")
	r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": 300}`)
	ship(`{"lines": {"1": 2}}`).want(409)
	ship(`{"lines": {"9": 1}}`).want(409)
	ship(`{"status": 7}`).want(400)
	ship("").want(200)
	read := r.api("GET", "/orders/"+id, "")
	for path, want := range map[string]string{
		"orderInfo.orderStatus.number":        "450",
		"orderInfo.shippedTime":               "2026-11-22T10:00:00.123Z",
		"orderInfo.wayBill":                   "00373500000000020713",
		"orderLines.0.pickedNumberOfItems":    "1",
		"orderLines.0.allocatedNumberOfItems": "1",
		"parcels.0.tracking.waybill":          "00373500000000020713",
	} {
		if got := read.at(path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
	ship("").want(409).says("nothing to ship")
	book := r.book("#1001-EX1")
	if book.Shipments != 1 || book.ShippedUnreleased || !slices.Equal(book.Statuses, []int{200, 800, 300, 450}) || book.Releases != 1 {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingShipWhatNobodyReleased(t *testing.T) {
	r := newRig(t, nil)
	r.putExchange()
	r.control("POST", "/orders/ship?number=%231001-EX1&goods_owner_id=114", `{"force": true, "status": 500}`)
	if book := r.book("#1001-EX1"); !book.ShippedUnreleased || !slices.Equal(book.Statuses, []int{200, 500}) {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingShipInPartsWithLateTracking(t *testing.T) {
	r := newRig(t, nil)
	id := r.api("PUT", "/orders", `{"goodsOwnerId": 114, "orderNumber": "A", "deliveryDate": "2026-11-22", "consignee": {},
		"orderLines": [{"rowNumber": "1", "articleNumber": "TEE-L", "numberOfItems": 3}]}`).at("orderId")
	r.do("POST", r.server.URL+"/control/orders/A/track", "").want(409)
	r.control("POST", "/orders/A/status", `{"number": 300}`)
	r.control("POST", "/orders/A/ship", `{"lines": {"1": 1}, "tracking": false}`)
	read := r.api("GET", "/orders/"+id, "")
	if read.at("tracking") != "<nil>" || read.at("parcels.0.tracking") != "<nil>" || read.at("orderLines.0.pickedNumberOfItems") != "1" {
		t.Errorf("after the first parcel: %s", read.body)
	}
	r.control("POST", "/orders/A/ship", `{"tracking": false}`)
	r.control("POST", "/orders/A/track", "")
	read = r.api("GET", "/orders/"+id, "")
	if read.at("orderLines.0.pickedNumberOfItems") != "3" || read.at("parcels.2.isReturnParcel") != "false" {
		t.Errorf("after the second parcel: %s", read.body)
	}
	read.at("tracking.1.waybill")
	if book := r.book("A"); book.Shipments != 2 || !slices.Equal(book.Statuses, []int{200, 300, 450}) {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingStaffCancel(t *testing.T) {
	r := newRig(t, nil)
	r.putExchange()
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 320}`)
	r.control("POST", "/orders/%231001-EX1/status", `{"number": 1000}`)
	if book := r.book("#1001-EX1"); !book.Cancelled || !slices.Equal(book.Statuses, []int{200, 320, 1000}) {
		t.Errorf("book = %+v", book)
	}
	r.do("POST", r.server.URL+"/control/orders/%231001-EX1/ship", "").want(409)
	r.do("POST", r.server.URL+"/control/orders/%231001-EX1/status", `{"number": 7}`).want(400)
	r.do("POST", r.server.URL+"/control/orders/nothing/status", `{"number": 300}`).want(404)
}

func TestOngoingRenumberedSystem(t *testing.T) {
	r := newRig(t, nil)
	r.control("POST", "/switches", `{
		"order_statuses": [{"number": 10, "text": "Öppen"}, {"number": 20, "text": "Retur"}, {"number": 30, "text": "Frisläppt"},
			{"number": 40, "text": "Plock"}, {"number": 50, "text": "Skickad"}, {"number": 60, "text": "Makulerad"}],
		"born_status": 10, "returned_status": 20, "released_status": 30, "started_from": 30, "allocated_from": 40,
		"sent_status": 50, "cancelled_status": 60}`)
	id := r.putExchange().at("orderId")
	for _, status := range []string{"20", "30"} {
		r.api("PATCH", "/orders/"+id+"/orderStatus", `{"orderStatusNumber": `+status+`}`).want(200)
	}
	r.control("POST", "/orders/%231001-EX1/ship", "")
	if got := r.api("GET", "/orders/"+id, "").at("orderInfo.orderStatus.text"); got != "Skickad" {
		t.Errorf("status = %s", got)
	}
	if book := r.book("#1001-EX1"); !slices.Equal(book.Statuses, []int{10, 20, 30, 50}) || book.Releases != 1 {
		t.Errorf("book = %+v", book)
	}
}

func TestOngoingSwitchesAreChecked(t *testing.T) {
	r := newRig(t, nil)
	for body, want := range map[string]string{
		`{"born_status": 7}`:         "7 is not in order_statuses",
		`{"return_returned": 7}`:     "7 is not in return_statuses",
		`{"return_webhook": "much"}`: "return_webhook",
		`{"webhook_path": "much"}`:   "webhook_path",
		`{"nonsense": true}`:         "nonsense",
	} {
		r.do("POST", r.server.URL+"/control/switches", body).want(400).says(want)
	}
	if got := r.control("GET", "/switches", "").at("born_status"); got != "200" {
		t.Errorf("born_status = %s after refused changes", got)
	}
	if err := sim.StandardOngoingSwitches().Validate(); err != nil {
		t.Error(err)
	}
}
