package once

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/lane"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/outbox"
	"github.com/tradeback/tradeback/internal/shopify"
	"github.com/tradeback/tradeback/internal/sim"
)

// fixtures are what a world's peer has already.
type fixtures struct {
	// At a shop: an order of one shirt or two, shipped and paid.
	pieces                     int
	order, shipped, sale, auth string
	same, dearer, cheaper      string // variants

	// At a warehouse: the order that it was shipped with.
	original, line int64
}

// connect is a peer of the world, whose calls may take so long.
func (w *world) connect(call time.Duration) outbox.Peer {
	w.t.Helper()
	if w.shop == nil {
		orders := connection.OrderStatuses{Open: []string{"Open"}, Returned: []string{"Returned"}, Released: []string{"Released"}, Sent: []string{"450"}, Cancelled: []string{"Cancelled"}}
		returns := connection.ReturnOrderStatuses{Notified: []string{"Notified"}, Returned: []string{"Returned"}}
		return ongoing.New(ongoing.Options{
			BaseURL: w.base + "/nordwear/api/v1/", GoodsOwnerID: 114, WarehouseID: 2, Username: "WSInordwear", Password: "secret",
			OrderStatuses: orders.Roles(), ReturnOrderStatuses: returns.Roles(), Client: w.client(lane.Ongoing(), call), Now: w.clock,
		})
	}
	p, err := shopify.New(shopify.Options{
		URL: w.base + "/admin/api/2026-10/graphql.json", Token: shopify.TokenSource{Access: "shpat_sim"},
		ArticleNumber: "sku", LocationID: "gid://shopify/Location/1", Client: w.client(lane.Shopify(), call), Now: w.clock,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// stock gives the shop its order, with an authorisation over 50.00 if wanted.
func (w *world) stock(authorised bool) {
	w.t.Helper()
	w.pieces = 1
	w.sell(authorised)
}

// stockTwo is a shop whose order is one of two shirts.
func (w *world) stockTwo() {
	w.t.Helper()
	w.pieces = 2
	w.sell(false)
}

func (w *world) sell(authorised bool) {
	w.t.Helper()
	var variants []sim.ShopifyVariant
	w.control("variants", []sim.ShopifyVariant{
		{SKU: "SHIRT-M", Title: "Shirt M", Price: "499.00"},
		{SKU: "SHIRT-L", Title: "Shirt L", Price: "499.00"},
		{SKU: "COAT", Title: "Coat", Price: "549.00"},
		{SKU: "SOCKS", Title: "Socks", Price: "449.00"},
	}, &variants)
	w.same, w.dearer, w.cheaper = variants[1].ID, variants[2].ID, variants[3].ID
	seed := sim.ShopifySeed{
		Name: "#1001", Email: "customer@example.com", Lines: []sim.ShopifySeedLine{{SKU: "SHIRT-M", Quantity: w.pieces, Price: "499.00"}},
		Transactions: []sim.ShopifySeedTransaction{{Kind: "SALE", Amount: []string{"", "499.00", "998.00"}[w.pieces]}},
	}
	if authorised {
		seed.Transactions = append(seed.Transactions, sim.ShopifySeedTransaction{Kind: "AUTHORIZATION", Amount: "50.00", MultiCapturable: true})
	}
	var made []sim.ShopifySeeded
	w.control("orders", seed, &made)
	w.order, w.shipped, w.sale = made[0].ID, made[0].Lines[0].FulfillmentLineItemID, made[0].Transactions[0]
	if authorised {
		w.auth = made[0].Transactions[1]
	}
}

// shelve gives the warehouse the original order.
func (w *world) shelve() {
	w.t.Helper()
	var made []struct {
		OrderID int64 `json:"order_id"`
		Lines   []struct {
			ID int64 `json:"id"`
		} `json:"lines"`
	}
	w.control("orders", json.RawMessage(`{"order": {"orderNumber": "#1001", "goodsOwnerOrderId": "5001", "referenceNumber": "web-1001",
		"deliveryDate": "2026-11-10", "consignee": {"customerNumber": "7", "name": "A", "address1": "B", "countryCode": "SE"},
		"orderLines": [{"rowNumber": "1", "articleNumber": "TEE-M", "numberOfItems": 1, "externalId": "line-1"}]}, "ship": true}`), &made)
	w.original, w.line = made[0].OrderID, made[0].Lines[0].ID
}

// acts does e, for what comes before the act in question.
func (w *world) acts(e exchange.Effect) exchange.Outcome {
	w.t.Helper()
	out, err := w.peek().Act(w.t.Context(), e)
	if err != nil || out.Result != exchange.Done {
		w.t.Fatalf("%s came to %+v, %v", e.Kind, out, err)
	}
	return out
}

// returned is a return of all in exchange for a variant, as staff make it.
func (w *world) returned(variant string) *exchange.Shop {
	w.t.Helper()
	var made sim.ShopifyReturnMade
	w.control("returns", sim.ShopifyReturn{
		Order: w.order, ReturnLines: []sim.ShopifyReturnedLine{{FulfillmentLineItemID: w.shipped, Quantity: w.pieces}},
		ExchangeLines: []sim.ShopifyExchanged{{VariantID: variant, Quantity: w.pieces}},
	}, &made)
	return w.read(made.ID)
}

func (w *world) read(returnID string) *exchange.Shop {
	w.t.Helper()
	got, err := w.peek().Read(w.t.Context(), exchange.Effect{Kind: exchange.KindRead, Read: &exchange.ReadAsk{Target: exchange.ReadShop, ReturnID: returnID}})
	if err != nil || got.Shop == nil {
		w.t.Fatalf("read %s: %+v, %v", returnID, got.Missing, err)
	}
	return got.Shop
}

// processing processes everything of a return.
func (w *world) processing(s *exchange.Shop) exchange.Effect {
	e := w.effect(exchange.Process)
	e.Lines = &exchange.ProcessAsk{ReturnID: s.ReturnID}
	for _, l := range s.ReturnLines {
		e.Lines.ReturnLines = append(e.Lines.ReturnLines, exchange.ProcessLine{ID: l.ID, Quantity: l.Processable, Before: l.Processed})
	}
	for _, l := range s.ExchangeLines {
		e.Lines.ExchangeLines = append(e.Lines.ExchangeLines, exchange.ProcessLine{ID: l.ID, Quantity: l.Processable, Before: l.Processed})
	}
	return e
}

// processed is a return that was processed whole.
func (w *world) processed(variant string) *exchange.Shop {
	w.t.Helper()
	s := w.returned(variant)
	w.acts(w.processing(s))
	return w.read(s.ReturnID)
}

// work is the fulfillment order that holds the goods going out.
func (w *world) work(s *exchange.Shop) exchange.FulfillmentOrder {
	w.t.Helper()
	for _, fo := range s.FulfillmentOrders {
		for _, l := range fo.Lines {
			if slices.Contains(s.ExchangeLines[0].LineItemIDs, l.LineItemID) {
				return fo
			}
		}
	}
	w.t.Fatal("no fulfillment order holds the goods")
	return exchange.FulfillmentOrder{}
}

// effect is an effect of kind k, without its parameters.
func (w *world) effect(k exchange.Kind) exchange.Effect {
	return exchange.Effect{ID: exchange.EffectID(string(w.conn) + "/" + string(k) + "/1"), Exchange: exchange.ID("ex_" + string(w.conn)), Kind: k, ShopID: w.order}
}

// money is an effect that moves an amount, on an order of which our ledger says what it owes.
func (w *world) money(k exchange.Kind, s *exchange.Shop, minor int64) exchange.Effect {
	w.t.Helper()
	owed, err := s.Outstanding.Plus(s.Capturable)
	if err != nil {
		w.t.Fatal(err)
	}
	e := w.effect(k)
	e.Money = &exchange.MoneyAsk{OrderID: w.order, Amount: sek(minor), Owed: &owed}
	for _, t := range s.Transactions {
		e.Money.Before = append(e.Money.Before, t.ID)
	}
	return e
}

func sek(minor int64) exchange.Money { return exchange.Money{Minor: minor, Currency: "SEK"} }

func (w *world) shopBook() sim.ShopifyBook { return w.shop.Ledger().Orders["#1001"] }

// placing is the effect that puts the exchange order.
func (w *world) placing() exchange.Effect {
	e := w.effect(exchange.PlaceOrder)
	e.Place = &exchange.PlaceAsk{
		Number: "#1001-EX1", OriginalID: w.original, Reference: "#1001",
		Lines: []exchange.PlaceLine{{Row: "1", Article: "TEE-L", Quantity: 1, ExternalID: "gid://shopify/ExchangeLineItem/1"}},
	}
	return e
}

// placingReturn is the effect that puts the return order.
func (w *world) placingReturn() exchange.Effect {
	e := w.effect(exchange.PlaceReturnOrder)
	e.Place = &exchange.PlaceAsk{
		Number: "#1001-R1", OriginalID: w.original,
		Lines: []exchange.PlaceLine{{Row: "1", Article: "TEE-M", Quantity: 1, OriginalLineID: w.line}},
	}
	return e
}

// moving is the effect that moves the exchange order, or cancels it.
func (w *world) moving(k exchange.Kind, to exchange.Role, from ...exchange.Role) exchange.Effect {
	w.t.Helper()
	placed := w.acts(w.placing())
	e := w.effect(k)
	e.Status = &exchange.StatusAsk{ID: placed.Order.ID, Number: placed.Order.Number, From: from, To: to}
	return e
}

func (w *world) orderBook() sim.OrderBook { return w.wms.Ledger().Orders["#1001-EX1"] }

// patched counts how often the exchange order was set to a status.
func (w *world) patched(status int) int {
	n := 0
	for _, to := range w.orderBook().Patches {
		if to == status {
			n++
		}
	}
	return n
}
