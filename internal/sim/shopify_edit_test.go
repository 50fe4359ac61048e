package sim

import (
	"strings"
	"testing"
)

// edit is an edit of an order that sets its lines to these quantities, up to the commit.
func (f shopFixture) edit(lines map[string]int) (session string) {
	f.t.Helper()
	begun := f.do("OrderEditBegin", vars{"id": f.order})
	id := begun.get("calculatedOrder.id").text()
	for line, quantity := range lines {
		f.do("OrderEditSetQuantity", setQuantity(id, line, quantity)).is("calculatedLineItem.quantity", shopValue{f.t, quantity}.text())
	}
	return id
}

func setQuantity(session, line string, quantity int) vars {
	return vars{"id": session, "lineItemId": strings.Replace(line, "LineItem", "CalculatedLineItem", 1), "quantity": quantity}
}

// sold processes an exchange, and returns the order line it made.
func (f shopFixture) sold(variant string) (line string, fo shopValue) {
	f.t.Helper()
	f.do("ReturnProcess", vars{"input": lineVars(f.create(variant))})
	order := f.do("OrderForExchange", vars{"id": f.order})
	return order.get("lineItems.nodes.1.id").text(), order.get("fulfillmentOrders.nodes.1")
}

func TestShopifyEditsAnExchangeLineToZero(t *testing.T) {
	for _, status := range []string{"CLOSED", "CANCELLED"} {
		f := newShopFixture(t, "", func(s *ShopifySwitches) { s.EditedStatus = status })
		line, fo := f.sold(f.same)
		session := f.edit(map[string]int{line: 0})
		f.do("OrderPayments", vars{"id": f.order}).is("totalOutstandingSet.shopMoney.amount", "0.0")
		f.do("OrderEditCommit", vars{"id": session, "staffNote": "called off"}).is("order.totalOutstandingSet.shopMoney.amount", "-499.0", "order.currentTotalPriceSet.shopMoney.amount", "0.0")
		f.do("FulfillmentOrderById", vars{"id": fo.get("id").text()}).is("status", status, "lineItems.nodes.0.remainingQuantity", "0", "lineItems.nodes.0.totalQuantity", "0")
		f.do("OrderForExchange", vars{"id": f.order}).is("lineItems.nodes.1.currentQuantity", "0", "lineItems.nodes.1.quantity", "1", "lineItems.nodes.1.unfulfilledQuantity", "0")
		if got := f.refusal("FulfillmentCreate", shipment(fo, 1, "JJD1")); !strings.Contains(got, "unfulfillable status= "+lower(status)) {
			t.Errorf("shipping what was taken off: %q", got)
		}
		shopValue{t, f.await("orders/edited", 1).body}.is("order_edit.line_items.removals.0.delta", "1", "order_edit.staff_note", "called off",
			"order_edit.order_id", f.order[len("gid://shopify/Order/"):])
		if got := f.refusal("OrderEditCommit", vars{"id": session}); !strings.HasPrefix(got, "The order edit does not exist.") {
			t.Errorf("committed twice: %q", got)
		}
		book := f.book("#1001")
		if len(book.Edits) != 1 || book.Edits[0].Lines[line] != -1 || book.Edits[0].By != "app" || book.Lines[1].Current != 0 {
			t.Errorf("ledger: %+v", book)
		}
	}
}

func TestShopifyEditRefusals(t *testing.T) {
	f := newShopFixture(t, "")
	line, fo := f.sold(f.same)
	session := f.edit(nil)
	sold := f.do("OrderForExchange", vars{"id": f.order}).get("lineItems.nodes.0.id").text()
	for _, c := range []struct {
		name string
		in   vars
		want string
	}{
		{"below zero", setQuantity(session, line, -1), "Quantity must be greater than or equal to 0"},
		{"no such line", setQuantity(session, "gid://shopify/LineItem/9", 0), "The line item does not exist."},
		{"no such edit", setQuantity("gid://shopify/CalculatedOrder/9", line, 0), "The order edit does not exist."},
	} {
		if got := f.refusal("OrderEditSetQuantity", c.in); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	f.call("OrderEditSetQuantity", vars{"id": session, "lineItemId": line, "quantity": 0}).is("errors.0.extensions.code", "RESOURCE_NOT_FOUND")
	if got := f.refusal("OrderEditCommit", vars{"id": session}); !strings.HasPrefix(got, "There are no changes") {
		t.Errorf("an empty edit: %q", got)
	}
	f.do("OrderEditSetQuantity", setQuantity(session, sold, 0)).is("calculatedLineItem.quantity", "0") // it has come back: nothing of it is left
	f.do("OrderEditSetQuantity", setQuantity(session, line, 0))
	f.do("FulfillmentCreate", shipment(fo, 1, "JJD1"))
	if got := f.refusal("OrderEditCommit", vars{"id": session}); !strings.HasPrefix(got, "The order has changed") {
		t.Errorf("after it went out: %q", got)
	}
	if got := f.refusal("OrderEditSetQuantity", setQuantity(session, line, 0)); !strings.HasPrefix(got, "Quantity cannot be less") {
		t.Errorf("after it went out: %q", got)
	}
	if book := f.shop.Ledger().Orders["#1001"]; len(book.Edits) != 0 || book.Lines[1].Current != 1 {
		t.Errorf("ledger: %+v", book)
	}
}

func TestShopifyStaffEdit(t *testing.T) {
	f := newShopFixture(t, "")
	line, _ := f.sold(f.same)
	f.control("orders/edit", vars{"order": "#1001", "lines": vars{line: 3}})
	f.do("OrderForExchange", vars{"id": f.order}).is("lineItems.nodes.1.currentQuantity", "3", "fulfillmentOrders.nodes.2.lineItems.nodes.0.remainingQuantity", "2")
	f.control("orders/edit", vars{"order": "#1001", "lines": vars{line: 0}})
	f.do("OrderForExchange", vars{"id": f.order}).is("fulfillmentOrders.nodes.1.status", "CLOSED", "fulfillmentOrders.nodes.2.status", "CLOSED")
	shopValue{t, f.await("orders/edited", 1).body}.is("order_edit.line_items.additions.0.delta", "2")
	if book := f.book("#1001"); len(book.Edits) != 2 || book.Edits[1].Lines[line] != -3 || book.Edits[0].By != "staff" {
		t.Errorf("ledger: %+v", book)
	}
}
