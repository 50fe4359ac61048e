package sim

import (
	"fmt"
	"strings"
	"testing"
)

// newShopWork seeds an order of three that are still to be shipped, and returns its fulfillment order.
func newShopWork(t *testing.T, change ...func(*ShopifySwitches)) (*shopTest, string, shopValue) {
	st := newShopTest(t, change...)
	none := 0
	order := st.control("orders", ShopifySeed{Lines: []ShopifySeedLine{{SKU: "A", Quantity: 3, Price: "10.00", Shipped: &none}}}).get("0.id").text()
	return st, order, st.do("OrderFulfillmentOrders", vars{"id": order}).get("fulfillmentOrders.nodes.0")
}

func TestShopifyShipsInParts(t *testing.T) {
	for _, status := range []string{"OPEN", "IN_PROGRESS"} {
		st, order, fo := newShopWork(t, func(s *ShopifySwitches) { s.PartialStatus = status })
		first := st.do("FulfillmentCreate", shipment(fo, 2, "A1")).get("fulfillment.id").text()
		st.do("FulfillmentOrderById", vars{"id": fo.get("id").text()}).is("status", status, "lineItems.nodes.0.remainingQuantity", "1", "lineItems.nodes.0.totalQuantity", "3")
		for _, c := range []struct {
			quantity int
			want     string
		}{{2, "Invalid fulfillment order line item quantity requested. at fulfillment"}, {0, "Quantity must be greater than 0 at fulfillment"}} {
			if got := st.refusal("FulfillmentCreate", shipment(fo, c.quantity, "A2")); got != c.want {
				t.Errorf("shipping %d more: %q, want %q", c.quantity, got, c.want)
			}
		}
		st.do("FulfillmentCreate", shipment(fo, 1, "A2"))
		st.do("OrderForExchange", vars{"id": order}).is("displayFulfillmentStatus", "FULFILLED", "lineItems.nodes.0.unfulfilledQuantity", "0", "fulfillments.1.name", "#1001-F2")

		st.do("FulfillmentCancel", vars{"id": first}).is("fulfillment.status", "CANCELLED")
		st.do("FulfillmentCancel", vars{"id": first}).is("fulfillment.status", "CANCELLED")
		st.do("OrderForExchange", vars{"id": order}).is("displayFulfillmentStatus", "PARTIALLY_FULFILLED", "fulfillmentOrders.nodes.1.lineItems.nodes.0.remainingQuantity", "2")
		if book := st.book("#1001"); book.Shipped != 1 || book.Lines[0].Shipped != 1 || !book.Fulfillments[0].Cancelled {
			t.Errorf("ledger: %+v", book)
		}
	}
}

func TestShopifyShipmentRefusals(t *testing.T) {
	st, _, fo := newShopWork(t)
	in := shipment(fo, 1, "A")
	group := in["input"].(vars)["lineItemsByFulfillmentOrder"].([]vars)[0]
	group["fulfillmentOrderId"] = "gid://shopify/FulfillmentOrder/9"
	if got := st.refusal("FulfillmentCreate", in); !strings.HasPrefix(got, "Fulfillment order does not exist.") {
		t.Errorf("unknown fulfillment order: %q", got)
	}
	group["fulfillmentOrderId"] = fo.get("id").text()
	group["fulfillmentOrderLineItems"].([]vars)[0]["id"] = "gid://shopify/FulfillmentOrderLineItem/9"
	if got := st.refusal("FulfillmentCreate", in); !strings.HasPrefix(got, "Fulfillment order line item does not exist.") {
		t.Errorf("unknown line: %q", got)
	}
	delete(group, "fulfillmentOrderLineItems")
	st.do("FulfillmentCreate", in).is("fulfillment.totalQuantity", "3")
}

func TestShopifyTracking(t *testing.T) {
	st, _, fo := newShopWork(t)
	id := st.do("FulfillmentCreate", shipment(fo, 3, "A1")).get("fulfillment.id").text()
	st.do("FulfillmentTrackingInfoUpdate", vars{"id": id, "tracking": vars{"company": "DHL", "numbers": []string{"B1", "B2"}, "urls": []string{"https://t.example/1"}}, "notifyCustomer": true}).
		is("fulfillment.trackingInfo.0.number", "B1", "fulfillment.trackingInfo.1.number", "B2", "fulfillment.trackingInfo.1.url", "null")
	shopValue{t, st.await("fulfillments/update", 1).body}.is("tracking_numbers.1", "B2", "tracking_company", "DHL", "status", "success")
	st.do("FulfillmentEventCreate", vars{"event": vars{"fulfillmentId": id, "status": "IN_TRANSIT", "happenedAt": "2026-11-22T09:00:00+01:00"}})
	st.do("FulfillmentEventCreate", vars{"event": vars{"fulfillmentId": id, "status": "IN_TRANSIT", "happenedAt": "2026-11-22T09:00:00+01:00"}})
	f := st.do("FulfillmentById", vars{"id": id})
	f.is("displayStatus", "IN_TRANSIT", "status", "SUCCESS", "inTransitAt", "2026-11-22T08:00:00Z")
	if n := len(f.get("events.nodes").list()); n != 2 {
		t.Errorf("%d events, want 2: events are not idempotent", n)
	}
	shopValue{t, st.await("fulfillment_events/create", 1).body}.is("status", "in_transit")
}

func TestShopifyHolds(t *testing.T) {
	st, _, fo := newShopWork(t)
	id := fo.get("id").text()
	hold := func(handle string) vars {
		return vars{"id": id, "hold": vars{"reason": "AWAITING_RETURN_ITEMS", "handle": handle}}
	}
	mine := st.do("FulfillmentOrderHold", hold("ours:1"))
	mine.is("fulfillmentHold.handle", "ours:1", "fulfillmentOrder.status", "ON_HOLD", "fulfillmentOrder.fulfillmentHolds.0.heldByRequestingApp", "true",
		"remainingFulfillmentOrder", "null")
	if got := st.refusal("FulfillmentOrderHold", hold("ours:1")); !strings.HasPrefix(got, "DUPLICATE_FULFILLMENT_HOLD_HANDLE") {
		t.Errorf("the same handle: %q", got)
	}
	for i := 2; i <= shopMaxHolds; i++ {
		st.do("FulfillmentOrderHold", hold(fmt.Sprint("ours:", i)))
	}
	if got := st.refusal("FulfillmentOrderHold", hold("ours:11")); !strings.HasPrefix(got, "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED") {
		t.Errorf("an eleventh hold: %q", got)
	}
	other := st.control("holds", vars{"fulfillment_order": id, "handle": "ours:1"}).get("id").text()
	release := func(holds ...string) vars { return vars{"id": id, "holdIds": holds} }
	if got := st.refusal("FulfillmentOrderReleaseHold", release(other)); !strings.HasPrefix(got, "INVALID_ACCESS") {
		t.Errorf("another app's hold: %q", got)
	}
	left := func() int { return len(st.do("FulfillmentOrderById", vars{"id": id}).get("fulfillmentHolds").list()) }
	st.do("FulfillmentOrderReleaseHold", release(mine.get("fulfillmentHold.id").text()))
	st.do("FulfillmentOrderReleaseHold", release(mine.get("fulfillmentHold.id").text()))
	if n := left(); n != shopMaxHolds {
		t.Errorf("%d holds left, want %d", n, shopMaxHolds)
	}
	st.do("FulfillmentOrderReleaseHold", vars{"id": id}).is("fulfillmentOrder.status", "ON_HOLD")
	st.control("holds/release", vars{"hold": other})
	st.do("FulfillmentOrderById", vars{"id": id}).is("status", "OPEN")
	topics := strings.Join(st.topics(), " ")
	if strings.Count(topics, "placed_on_hold") != 1 || strings.Count(topics, "hold_released") != 1 || strings.Count(topics, "holds/added") != 11 || strings.Count(topics, "holds/released") != 11 {
		t.Errorf("webhooks %s", topics)
	}
	if holds := st.book("#1001").Holds; len(holds) != 11 || !holds[0].Released || holds[0].Handle != "ours:1" || holds[0].By != "app" {
		t.Errorf("ledger: %+v", holds)
	}
}

func TestShopifyMovesWork(t *testing.T) {
	st, order, fo := newShopWork(t)
	st.do("FulfillmentCreate", shipment(fo, 1, "A1"))
	st.do("FulfillmentOrderHold", vars{"id": fo.get("id").text(), "hold": vars{"reason": "OTHER"}})
	moved := st.control("fulfillment-orders/move", vars{"fulfillment_order": fo.get("id").text()}).get("fulfillment_order").text()
	shopValue{t, st.await("fulfillment_orders/moved", 1).body}.is("moved_fulfillment_order.id", moved, "original_fulfillment_order.status", "closed")
	now := st.do("OrderFulfillmentOrders", vars{"id": order})
	now.is("fulfillmentOrders.nodes.0.status", "CLOSED", "fulfillmentOrders.nodes.1.status", "ON_HOLD", "fulfillmentOrders.nodes.1.lineItems.nodes.0.remainingQuantity", "2",
		"fulfillmentOrders.nodes.1.lineItems.nodes.0.lineItem.id", fo.get("lineItems.nodes.0.lineItem.id").text())
}

func TestShopifyHoldsAPart(t *testing.T) {
	st, order, fo := newShopWork(t)
	held := st.do("FulfillmentOrderHold", vars{"id": fo.get("id").text(), "hold": vars{
		"reason": "OTHER", "fulfillmentOrderLineItems": []vars{{"id": fo.get("lineItems.nodes.0.id").text(), "quantity": 1}},
	}})
	held.is("fulfillmentOrder.lineItems.nodes.0.remainingQuantity", "1", "remainingFulfillmentOrder.status", "OPEN")
	st.do("OrderFulfillmentOrders", vars{"id": order}).is("fulfillmentOrders.nodes.1.lineItems.nodes.0.remainingQuantity", "2")
}
