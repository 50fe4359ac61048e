package once

import "github.com/tradeback/tradeback/internal/exchange"

// A row makes an effect of a kind that is not done yet, and tells by the simulator's ledger how often it was.
type row struct {
	peer exchange.PeerName // as exchange.Acts says
	part bool              // enough is left for a second time
	call string            // the call that acts, as the simulator has it
	born int               // at a warehouse: the status of a new order
	owe  func(*world) exchange.Effect
	did  func(*world) int

	// unguarded says why nothing at the peer keeps the act from happening twice, where a request lands after the quiet
	// time, or somebody does the same, between our look and our call. Empty: something does.
	unguarded string
	// blind says why no look can tell that it was done: after an unknown outcome it is done once more.
	blind string
}

// leaves is why nothing guards an act on a part of something.
const leaves = "a part of something: enough is left for a second time, and only our look and the quiet time are between"

// Statuses of the simulated warehouse.
const (
	open     = 200
	released = 300
	returned = 800
)

// rows are those of each kind. An act that takes a part of something has one in which enough is left for a second time.
var rows = map[exchange.Kind][]row{
	exchange.CreateReturn: {{
		call: "returnCreate",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			e := w.effect(exchange.CreateReturn)
			e.Return = &exchange.CreateAsk{
				OrderID: w.order, ReturnLines: []exchange.WantedReturnLine{{FulfillmentLineItemID: w.shipped, Quantity: 1}},
				ExchangeLines: []exchange.WantedExchangeLine{{VariantID: w.same, Quantity: 1}}, RequestedAt: start,
			}
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Returns) },
	}, {
		part: true, unguarded: leaves,
		call: "returnCreate",
		owe: func(w *world) exchange.Effect {
			w.stockTwo()
			e := w.effect(exchange.CreateReturn)
			e.Return = &exchange.CreateAsk{
				OrderID: w.order, ReturnLines: []exchange.WantedReturnLine{{FulfillmentLineItemID: w.shipped, Quantity: 1}},
				ExchangeLines: []exchange.WantedExchangeLine{{VariantID: w.same, Quantity: 1}}, RequestedAt: start,
			}
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Returns) },
	}},
	exchange.PlaceReturnOrder: {{
		call: "PUT /returnOrders", born: open,
		owe: func(w *world) exchange.Effect { w.shelve(); return w.placingReturn() },
		did: func(w *world) int { return len(w.wms.Ledger().ReturnOrders) },
	}},
	exchange.PlaceOrder: {{
		call: "PUT /orders", born: open,
		owe: func(w *world) exchange.Effect { w.shelve(); return w.placing() },
		did: func(w *world) int { return len(w.wms.Ledger().Orders) - 1 },
	}},
	exchange.SetOpen: {{
		call: "PATCH /orders/{orderId}/orderStatus", born: released,
		owe: func(w *world) exchange.Effect {
			w.shelve()
			return w.moving(exchange.SetOpen, exchange.RoleOpen, exchange.RoleReleased)
		},
		did: func(w *world) int { return w.patched(open) },
	}},
	exchange.MarkReturned: {{
		call: "PATCH /orders/{orderId}/orderStatus", born: open,
		owe: func(w *world) exchange.Effect {
			w.shelve()
			return w.moving(exchange.MarkReturned, exchange.RoleReturned, exchange.RoleOpen)
		},
		did: func(w *world) int { return w.patched(returned) },
	}},
	exchange.Release: {{
		call: "PATCH /orders/{orderId}/orderStatus", born: open,
		owe: func(w *world) exchange.Effect {
			w.shelve()
			return w.moving(exchange.Release, exchange.RoleReleased, exchange.RoleOpen, exchange.RoleReturned)
		},
		did: func(w *world) int { return w.orderBook().Releases },
	}},
	exchange.CancelOrder: {{
		call: "DELETE /orders/{orderId}", born: open,
		owe: func(w *world) exchange.Effect {
			w.shelve()
			return w.moving(exchange.CancelOrder, exchange.RoleCancelled)
		},
		did: func(w *world) int { return count(w.orderBook().Cancelled) },
	}},
	exchange.CancelReturnOrder: {{
		call: "DELETE /returnOrders/{returnOrderId}", born: open,
		owe: func(w *world) exchange.Effect {
			w.shelve()
			placed := w.acts(w.placingReturn())
			e := w.effect(exchange.CancelReturnOrder)
			e.Status = &exchange.StatusAsk{ID: placed.ReturnOrder.ID, Number: placed.ReturnOrder.Number, To: exchange.RoleCancelled}
			return e
		},
		did: func(w *world) int { return count(w.wms.Ledger().ReturnOrders["#1001-R1"].Cancelled) },
	}},
	exchange.Process: {{
		call: "returnProcess",
		owe: func(w *world) exchange.Effect { // with what is owed given back in the same call
			w.stock(false)
			s := w.returned(w.cheaper)
			e := w.processing(s)
			e.Money = w.money(exchange.Process, s, 5000).Money
			e.Money.From = s.SuggestedRefund
			return e
		},
		did: func(w *world) int {
			b := w.shopBook()
			if done := b.Returns[0].Return[0].Processed; done != len(b.Refunds) || int64(done)*5000 != b.Refunded {
				w.t.Errorf("%d processed, and %+v refunded", done, b.Refunds)
			}
			return b.Returns[0].Return[0].Processed
		},
	}, {
		part: true, unguarded: leaves,
		call: "returnProcess",
		owe: func(w *world) exchange.Effect {
			w.stockTwo()
			e := w.processing(w.returned(w.same))
			e.Lines.ReturnLines[0].Quantity, e.Lines.ExchangeLines[0].Quantity = 1, 1
			return e
		},
		did: func(w *world) int { return w.shopBook().Returns[0].Return[0].Processed },
	}},
	exchange.HoldFulfillment: {{
		call: "fulfillmentOrderHold",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			e := w.effect(exchange.HoldFulfillment)
			e.Hold = &exchange.HoldAsk{FulfillmentOrderID: w.work(w.processed(w.same)).ID, Handle: "tradeback:ex_1"}
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Holds) },
	}},
	exchange.ReleaseHold: {{
		call: "fulfillmentOrderReleaseHold",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			fo := w.work(w.processed(w.dearer)) // Shopify holds what is not paid for
			e := w.effect(exchange.ReleaseHold)
			e.Hold = &exchange.HoldAsk{FulfillmentOrderID: fo.ID, HoldIDs: []string{fo.Holds[0].ID}}
			return e
		},
		did: func(w *world) int { return count(w.shopBook().Holds[0].Released) },
	}},
	exchange.Fulfill: {{
		call: "fulfillmentCreate",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			return w.fulfilling(w.processed(w.same))
		},
		did: func(w *world) int { return w.shopBook().Shipped },
	}, {
		part: true, unguarded: leaves,
		call: "fulfillmentCreate",
		owe: func(w *world) exchange.Effect {
			w.stockTwo()
			e := w.fulfilling(w.processed(w.same))
			e.Ship.Lines[0].Quantity = 1
			return e
		},
		did: func(w *world) int { return w.shopBook().Shipped },
	}},
	exchange.UpdateTracking: {{
		call: "fulfillmentTrackingInfoUpdate",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			made := w.acts(w.fulfilling(w.processed(w.same)))
			e := w.effect(exchange.UpdateTracking)
			e.Track = &exchange.TrackingAsk{FulfillmentID: made.ID, Parcels: []exchange.Parcel{{Waybill: "JJD1"}}}
			return e
		},
		did: func(w *world) int {
			all := w.shopBook().Fulfillments
			return len(all[len(all)-1].Tracking)
		},
	}},
	exchange.Capture: {{
		call: "orderCapture",
		owe: func(w *world) exchange.Effect {
			w.stock(true)
			e := w.money(exchange.Capture, w.processed(w.dearer), 5000)
			e.Money.ParentID = w.auth
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Captures) },
	}, {
		part: true, unguarded: leaves,
		call: "orderCapture",
		owe: func(w *world) exchange.Effect {
			w.stock(true)
			e := w.money(exchange.Capture, w.processed(w.dearer), 2000)
			e.Money.ParentID = w.auth
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Captures) },
	}},
	exchange.ChargeMandate: {{
		call: "orderCreateMandatePayment",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			s := w.processed(w.dearer)
			var made struct{ Mandate string }
			w.control("mandates", map[string]any{"order": w.order}, &made)
			e := w.money(exchange.ChargeMandate, s, 5000)
			e.Money.MandateID = made.Mandate
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Charges) },
	}},
	exchange.SendInvoice: {{
		call: "orderInvoiceSend",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			return w.money(exchange.SendInvoice, w.processed(w.dearer), 5000)
		},
		did:       func(w *world) int { return len(w.shopBook().Invoices) },
		unguarded: "an invoice is a mail: each call sends one, and no money moves",
		blind:     "nothing says which mail was an invoice but words that hold an address",
	}},
	exchange.Refund: {{
		call: "refundCreate",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			e := w.money(exchange.Refund, w.processed(w.cheaper), 5000)
			e.Money.From = []exchange.RefundFrom{{ParentID: w.sale, Amount: sek(5000)}}
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Refunds) },
	}},
	exchange.VoidAuthorisation: {{
		call: "transactionVoid",
		owe: func(w *world) exchange.Effect {
			w.stock(true)
			e := w.money(exchange.VoidAuthorisation, w.processed(w.same), 5000)
			e.Money.ParentID = w.auth
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Voids) },
	}},
	exchange.EditLines: {{
		call: "orderEditCommit",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			e := w.effect(exchange.EditLines)
			e.Edit = &exchange.EditAsk{OrderID: w.order, Lines: []exchange.EditLine{{LineItemID: w.processed(w.same).ExchangeLines[0].LineItemIDs[0], Before: 1}}}
			return e
		},
		did: func(w *world) int { return len(w.shopBook().Edits) },
	}},
	exchange.Dispose: {{
		call: "reverseFulfillmentOrderDispose",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			line := w.processed(w.same).ReturnLines[0].ReverseLines[0]
			e := w.effect(exchange.Dispose)
			e.Goods = []exchange.DispositionOf{{ReverseLineID: line.ID, Quantity: 1, Restock: true}}
			return e
		},
		did: func(w *world) int { return w.shopBook().Returns[0].Return[0].Disposed },
	}, {
		part: true, unguarded: leaves,
		call: "reverseFulfillmentOrderDispose",
		owe: func(w *world) exchange.Effect {
			w.stockTwo()
			line := w.processed(w.same).ReturnLines[0].ReverseLines[0]
			e := w.effect(exchange.Dispose)
			e.Goods = []exchange.DispositionOf{{ReverseLineID: line.ID, Quantity: 1, Restock: true}}
			return e
		},
		did: func(w *world) int { return w.shopBook().Returns[0].Return[0].Disposed },
	}},
	exchange.RemoveExchangeLines: {{
		call: "removeFromReturn",
		owe: func(w *world) exchange.Effect {
			w.stock(false)
			s := w.returned(w.same)
			e := w.effect(exchange.RemoveExchangeLines)
			e.Lines = &exchange.ProcessAsk{ReturnID: s.ReturnID, ExchangeLines: []exchange.ProcessLine{{ID: s.ExchangeLines[0].ID, Quantity: 1, Before: 1}}}
			return e
		},
		did: func(w *world) int {
			left := w.shopBook().Returns[0].Exchange
			return count(len(left) == 0 || left[0].Quantity == 0)
		},
	}, {
		part: true, unguarded: leaves,
		call: "removeFromReturn",
		owe: func(w *world) exchange.Effect {
			w.stockTwo()
			s := w.returned(w.same)
			e := w.effect(exchange.RemoveExchangeLines)
			e.Lines = &exchange.ProcessAsk{ReturnID: s.ReturnID, ExchangeLines: []exchange.ProcessLine{{ID: s.ExchangeLines[0].ID, Quantity: 1, Before: 2}}}
			return e
		},
		did: func(w *world) int {
			left := 0
			for _, l := range w.shopBook().Returns[0].Exchange {
				left += l.Quantity
			}
			return 2 - left
		},
	}},
	exchange.CloseReturn: {{
		call: "returnClose",
		owe:  func(w *world) exchange.Effect { return w.ending(exchange.CloseReturn) },
		did:  func(w *world) int { return count(w.shopBook().Returns[0].Status == exchange.ReturnClosed) },
	}},
	exchange.CancelReturn: {{
		call: "returnCancel",
		owe:  func(w *world) exchange.Effect { return w.ending(exchange.CancelReturn) },
		did:  func(w *world) int { return count(w.shopBook().Returns[0].Status == exchange.ReturnCanceled) },
	}},
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// fulfilling fulfils all that goes out.
func (w *world) fulfilling(s *exchange.Shop) exchange.Effect {
	fo := w.work(s)
	e := w.effect(exchange.Fulfill)
	e.Ship = &exchange.FulfillAsk{OrderID: w.order}
	for _, l := range fo.Lines {
		e.Ship.Lines = append(e.Ship.Lines, exchange.FulfillLine{FulfillmentOrderID: fo.ID, LineID: l.ID, LineItemID: l.LineItemID, Quantity: l.Remaining, Remaining: l.Remaining})
	}
	for _, f := range s.Fulfillments {
		e.Ship.Before = append(e.Ship.Before, f.ID)
	}
	return e
}

// ending ends a return of which nothing was processed.
func (w *world) ending(k exchange.Kind) exchange.Effect {
	w.stock(false)
	e := w.effect(k)
	e.End = &exchange.EndAsk{ReturnID: w.returned(w.same).ReturnID}
	return e
}
