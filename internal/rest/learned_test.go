package rest

import (
	"testing"

	"github.com/tradeback/tradeback/internal/exchange"
)

func TestWhatBecameKnownByAnEvent(t *testing.T) {
	open := &exchange.Order{Number: "#1001-EX1", Status: exchange.Status{Number: 200, Text: "Open"}}
	back := &exchange.ReturnOrder{
		Number: "#1001-R1", Status: exchange.Status{Number: 500}, Lines: []exchange.ReturnOrderLine{{Announced: 2, Received: 1}},
	}
	shop := &exchange.Shop{ReturnName: "#1001-R1", ReturnStatus: "OPEN", ExchangeLines: []exchange.ExchangeLine{{Quantity: 2, Processed: 1}}}
	for want, ev := range map[string]exchange.Event{
		"":                         {Kind: exchange.EventCancel, Cancel: &exchange.CancelAsk{By: "api"}},
		"something changed: order": {Hint: &exchange.Hint{Target: exchange.ReadOrder}},
		"parcel JJD1":              {Portal: &exchange.PortalEvent{Name: "shipment.event.in_transit", Tracking: "JJD1"}},
		"order #1001-EX1 is Open":  {Read: &exchange.ReadResult{Order: open}},
		"return order #1001-R1 is 500, 1 of 2 items came back":     {Read: &exchange.ReadResult{ReturnOrder: back}},
		"return #1001-R1 is OPEN, 1 of 2 exchange items processed": {Read: &exchange.ReadResult{Shop: shop}},
		"original order #1001":          {Read: &exchange.ReadResult{Original: &exchange.Original{Number: "#1001"}}},
		"original_not_found":            {Read: &exchange.ReadResult{Missing: &exchange.Missing{Code: "original_not_found"}}},
		"done, order #1001-EX1 is Open": {Outcome: &exchange.Outcome{Result: exchange.Done, ID: "7", Order: open}},
		"done, found by a look, 50.00 SEK, gid://shopify/OrderTransaction/7": {Outcome: &exchange.Outcome{
			Result: exchange.Done, Looked: true, ID: "gid://shopify/OrderTransaction/7", Amount: &exchange.Money{Minor: 5000, Currency: "SEK"},
		}},
		"refused, order_started": {Outcome: &exchange.Outcome{Result: exchange.Refused, Code: "order_started"}},
	} {
		if got := learned(ev); got != want {
			t.Errorf("learned %q, want %q", got, want)
		}
	}
}
