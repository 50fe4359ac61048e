package sim

import "time"

// A ShopifyLedger is what truly happened in a simulated shop. Orders are by name; where two have the same,
// the later one is "<name>/<gid>". Amounts are in minor units of the order's presentment currency.
type ShopifyLedger struct {
	Orders       map[string]ShopifyBook `json:"orders"`
	Calls        map[string]int         `json:"calls"`         // by root field; "oauth/access_token" too
	MaxInFlight  int                    `json:"max_in_flight"` // root fields under way at once
	Rejected     []ShopifyRejected      `json:"rejected"`      // a client without mistakes leaves this empty
	Unauthorized int                    `json:"unauthorized"`  // calls with a wrong token
	Harmed       map[string]int         `json:"harmed"`        // calls that suffered a fault, by its kind
	Uninstalled  bool                   `json:"uninstalled"`
}

// A ShopifyRejected is a call that was refused before its business: a wrong document, variable or id, or
// something that is not simulated.
type ShopifyRejected struct {
	Operation string `json:"operation"`
	Reason    string `json:"reason"`
}

// A ShopifyBook is what truly happened to one order. By says who: app (the caller), staff, shop (Shopify or
// the customer), other (another app).
type ShopifyBook struct {
	ID           string               `json:"id"`
	Currency     string               `json:"currency"`
	ShopCurrency string               `json:"shop_currency"`
	Captures     []ShopifyMove        `json:"captures"`
	Captured     int64                `json:"captured"` // by captures that succeeded
	Refunds      []ShopifyMove        `json:"refunds"`
	Refunded     int64                `json:"refunded"`
	Voids        []ShopifyMove        `json:"voids"`
	Transactions []ShopifyMove        `json:"transactions"` // all there are, those above too
	RefundsMade  []ShopifyRefund      `json:"refunds_made"` // each with its transactions, which are among the refunds above
	Invoices     []ShopifyInvoice     `json:"invoices"`
	Charges      []ShopifyCharge      `json:"charges"`    // payments by mandate
	Received     int64                `json:"received"`   // sales and captures
	Authorized   int64                `json:"authorized"` // what can still be captured
	Current      int64                `json:"current"`    // what the order is worth after returns
	Outstanding  int64                `json:"outstanding"`
	Fulfillments []ShopifyShipment    `json:"fulfillments"`
	Shipped      int                  `json:"shipped"` // fulfillments since the order was seeded, without cancelled ones
	Lines        []ShopifyLine        `json:"lines"`
	Edits        []ShopifyEdit        `json:"edits"` // those that were committed
	Returns      []ShopifyReturnBook  `json:"returns"`
	Holds        []ShopifyHold        `json:"holds"`
	Work         []ShopifyFulfillment `json:"fulfillment_orders"`
}

// A ShopifyShipment is a fulfillment. Quantities are by order line.
type ShopifyShipment struct {
	ID         string         `json:"id"`
	Quantities map[string]int `json:"quantities"`
	SKUs       map[string]int `json:"skus"`
	Tracking   []string       `json:"tracking"`
	Events     []string       `json:"events"`
	Cancelled  bool           `json:"cancelled"`
	Seeded     bool           `json:"seeded"`
	Notified   int            `json:"notified"` // how often the customer was written to
	By         string         `json:"by"`
	At         time.Time      `json:"at"`
}

// A ShopifyLine is an order line. Exchange is the id of the exchange line that made it.
type ShopifyLine struct {
	ID       string `json:"id"`
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Current  int    `json:"current"`
	Shipped  int    `json:"shipped"`
	Price    int64  `json:"price"`
	Exchange string `json:"exchange"`
}

// A ShopifyReturnBook is a return.
type ShopifyReturnBook struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Status   string              `json:"status"`
	By       string              `json:"by"`
	Return   []ShopifyReturnLine `json:"return_lines"`
	Exchange []ShopifyReturnLine `json:"exchange_lines"`
}

// A ShopifyReturnLine is a line of a return, either way.
type ShopifyReturnLine struct {
	ID        string `json:"id"`
	SKU       string `json:"sku"`
	Quantity  int    `json:"quantity"`
	Processed int    `json:"processed"`
	Disposed  int    `json:"disposed"`
	Off       int    `json:"off"` // of a line that comes back: so many the order is not worth any more
}

// A ShopifyHold is a hold that is or was on a fulfillment order.
type ShopifyHold struct {
	ID               string `json:"id"`
	FulfillmentOrder string `json:"fulfillment_order"`
	Handle           string `json:"handle"`
	Reason           string `json:"reason"`
	By               string `json:"by"`
	Released         bool   `json:"released"`
}

// A ShopifyFulfillment is a fulfillment order; what is left of it is by order line.
type ShopifyFulfillment struct {
	ID        string         `json:"id"`
	Status    string         `json:"status"`
	Remaining map[string]int `json:"remaining"`
}

// Ledger returns what truly happened since the beginning or the last reset.
func (s *Shopify) Ledger() ShopifyLedger {
	s.mu.Lock()
	defer s.mu.Unlock()
	ledger := ShopifyLedger{
		Orders: map[string]ShopifyBook{}, Calls: s.tally.Calls(), MaxInFlight: s.tally.MaxInFlight()["graphql"],
		Rejected: append([]ShopifyRejected{}, s.rejected...), Unauthorized: s.unauthorized, Harmed: s.Faults.Harmed(), Uninstalled: s.uninstalled,
	}
	for _, o := range s.orders {
		name := o.name
		if _, taken := ledger.Orders[name]; taken {
			name += "/" + gid("Order", o.id)
		}
		ledger.Orders[name] = o.book()
	}
	return ledger
}

func (o *shopOrder) book() ShopifyBook {
	b := ShopifyBook{
		ID: gid("Order", o.id), Currency: o.presentment, ShopCurrency: o.shop, Captured: o.sum("SUCCESS", "CAPTURE"), Refunded: o.refunded(),
		Received: o.received(), Authorized: o.capturable(), Current: o.current(), Outstanding: o.outstanding(),
		Fulfillments: []ShopifyShipment{}, Edits: o.bookEdits(),
		Lines: []ShopifyLine{}, Returns: []ShopifyReturnBook{}, Holds: []ShopifyHold{}, Work: []ShopifyFulfillment{},
	}
	o.bookMoney(&b)
	for _, f := range o.fulfillments {
		b.Fulfillments = append(b.Fulfillments, f.book())
		if !f.seeded && !f.cancelled {
			b.Shipped++
		}
	}
	for _, l := range o.lines {
		line := ShopifyLine{
			ID: gid("LineItem", l.id), SKU: l.sku, Quantity: l.quantity, Current: l.current(), Shipped: l.fulfilled(), Price: l.price,
		}
		if l.exchange != nil {
			line.Exchange = gid("ExchangeLineItem", l.exchange.id)
		}
		b.Lines = append(b.Lines, line)
	}
	for _, r := range o.returns {
		b.Returns = append(b.Returns, r.book())
	}
	for _, fo := range o.work {
		b.Holds = append(b.Holds, fo.bookHolds()...)
		left := map[string]int{}
		for _, l := range fo.lines {
			left[gid("LineItem", l.line.id)] += l.remaining
		}
		b.Work = append(b.Work, ShopifyFulfillment{ID: gid("FulfillmentOrder", fo.id), Status: fo.status(), Remaining: left})
	}
	return b
}

func (f *shopFulfillment) book() ShopifyShipment {
	b := ShopifyShipment{
		ID: gid("Fulfillment", f.id), Quantities: map[string]int{}, SKUs: map[string]int{}, Tracking: []string{}, Events: []string{},
		Cancelled: f.cancelled, Seeded: f.seeded, Notified: f.notified, By: f.by, At: f.created,
	}
	for _, l := range f.lines {
		b.Quantities[gid("LineItem", l.line.id)] += l.quantity
		b.SKUs[l.line.sku] += l.quantity
	}
	for _, t := range f.tracking {
		b.Tracking = append(b.Tracking, t.number)
	}
	for _, e := range f.events {
		b.Events = append(b.Events, e.status)
	}
	return b
}

// off is how many of the line are off the order: those processed, or on the legacy workflow all of a return that stands.
func (l *shopReturnLine) off() int {
	if l.of.legacy && l.of.status != "CANCELED" {
		return l.quantity
	}
	return l.processed
}

func (r *shopReturn) book() ShopifyReturnBook {
	b := ShopifyReturnBook{
		ID: gid("Return", r.id), Name: r.name, Status: r.status, By: r.by, Return: []ShopifyReturnLine{}, Exchange: []ShopifyReturnLine{},
	}
	for _, l := range r.lines {
		disposed := 0
		for _, d := range l.disposed {
			disposed += d.quantity
		}
		b.Return = append(b.Return, ShopifyReturnLine{gid("ReturnLineItem", l.id), l.shipped.line.sku, l.quantity, l.processed, disposed, l.off()})
	}
	for _, l := range r.exchange {
		b.Exchange = append(b.Exchange, ShopifyReturnLine{gid("ExchangeLineItem", l.id), l.variant.sku, l.quantity, l.processed, 0, 0})
	}
	return b
}

func (fo *shopFulfillmentOrder) bookHolds() []ShopifyHold {
	list := []ShopifyHold{}
	add := func(h *shopHold, released bool) {
		list = append(list, ShopifyHold{
			ID: gid("FulfillmentHold", h.id), FulfillmentOrder: gid("FulfillmentOrder", fo.id),
			Handle: h.handle, Reason: h.reason, By: h.by, Released: released,
		})
	}
	for _, h := range fo.released {
		add(h, true)
	}
	for _, h := range fo.holds {
		add(h, false)
	}
	return list
}
