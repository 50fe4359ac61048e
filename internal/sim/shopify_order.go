package sim

import (
	"slices"
	"time"
)

// A shopOrder is an order with all that hangs on it. Its money is in minor units of the presentment currency.
type shopOrder struct {
	shopMoney
	in *Shopify

	id       int64
	name     string
	created  time.Time
	updated  time.Time
	email    string
	note     string
	tags     []string
	customer int64
	shipping int64 // what delivery costs
	fees     int64 // of returns, since they are due
	taxAdded bool  // tax comes on top of prices, in which it is included else

	rateOfTax string // of exchange lines, in percent; "" if none

	lines        []*shopLine
	work         []*shopFulfillmentOrder
	fulfillments []*shopFulfillment
	returns      []*shopReturn
	transactions []*shopTransaction
	refunds      []*shopRefund
	mandates     []*shopMandate
	charges      []*shopCharge
	invoices     []*shopInvoice
	events       []*shopOrderEvent
	edits        []*shopEdit
	discrepancy  int64 // refunded beyond what lines called for, below zero
	touched      bool  // changed by the call under way
	cancelled    time.Time
	paid         bool // what orders/paid was last sent for
}

// A shopLine is a line of an order.
type shopLine struct {
	order    *shopOrder
	id       int64
	variant  *shopVariant
	sku      string
	title    string
	quantity int
	returned int    // processed off the order again
	removed  int    // taken off it by edits
	original int64  // price of one before discounts
	price    int64  // price of one
	rate     string // of tax, in percent; "" if none
	exchange *shopExchangeLine
	seeded   bool
}

// current is how many the customer keeps.
func (l *shopLine) current() int { return l.quantity - l.returned - l.removed }

// fulfilled is how many were shipped and not taken back by cancelling.
func (l *shopLine) fulfilled() int {
	n := 0
	for _, f := range l.order.fulfillments {
		for _, shipped := range f.lines {
			if shipped.line == l && !f.cancelled {
				n += shipped.quantity
			}
		}
	}
	return n
}

// order returns the order of this global id, nil if there is none.
func (s *Shopify) order(id string) (*shopOrder, *gqlError) {
	n, bad := gidNumber("Order", id)
	if bad != nil {
		return nil, bad
	}
	at := slices.IndexFunc(s.orders, func(o *shopOrder) bool { return o.id == n })
	if at < 0 {
		return nil, nil
	}
	return s.orders[at], nil
}

// find returns the first thing in any order that of yields and is has found, nil if there is none.
func find[T any](s *Shopify, of func(*shopOrder) []*T, is func(*T) bool) *T {
	for _, o := range s.orders {
		for _, item := range of(o) {
			if is(item) {
				return item
			}
		}
	}
	return nil
}

// touch notes that something about the order changed.
func (o *shopOrder) touch() {
	o.updated, o.touched = o.in.now(), true
}

// tellUpdated sends orders/updated for the orders that the call under way changed, if the switches ask for it.
func (s *Shopify) tellUpdated() {
	for _, o := range s.orders {
		if o.touched && s.switches.OrdersUpdated {
			s.announce("orders/updated", o.payload())
		}
		o.touched = false
	}
}

func (o *shopOrder) gqlType() string { return "Order" }

func (o *shopOrder) gqlField(name string, args gqlArgs) any {
	switch name {
	case "id":
		return gid("Order", o.id)
	case "legacyResourceId":
		return o.id
	case "name":
		return o.name
	case "createdAt", "processedAt":
		return o.created
	case "updatedAt":
		return o.updated
	case "cancelledAt":
		return gqlTime(o.cancelled)
	case "closedAt":
		return nil
	case "closed":
		return false
	case "edited":
		return slices.ContainsFunc(o.lines, func(l *shopLine) bool { return !l.seeded }) || len(o.bookEdits()) > 0
	case "confirmed", "merchantEditable", "requiresShipping", "test", "restockable":
		return true
	case "email":
		return gqlText(o.email)
	case "note":
		return gqlText(o.note)
	case "tags":
		return o.tags
	case "customer":
		if o.customer == 0 {
			return nil
		}
		return gqlFields{"Customer", map[string]any{"id": gid("Customer", o.customer)}}
	case "displayFulfillmentStatus":
		return o.fulfillmentStatus()
	case "fulfillable":
		return slices.ContainsFunc(o.work, (*shopFulfillmentOrder).open)
	case "returnStatus":
		return o.returnStatus()
	case "lineItems":
		return gqlList(o.lines)
	case "fulfillmentOrders":
		return o.showWork(args.flag("displayable"))
	case "fulfillments":
		return gqlList(o.fulfillments)
	case "returns":
		return gqlList(o.returns)
	case "refunds":
		return gqlList(o.refunds)
	case "transactions":
		return o.showTransactions(args)
	case "events":
		return gqlList(o.events)
	case "metafield":
		return nil
	}
	return o.moneyField(name)
}

// fulfillmentStatus sums up the fulfillment orders.
func (o *shopOrder) fulfillmentStatus() string {
	open, held, shipped := false, false, slices.ContainsFunc(o.fulfillments, func(f *shopFulfillment) bool { return !f.cancelled })
	for _, fo := range o.work {
		if fo.hidden > 0 || !fo.open() {
			continue
		}
		open = true
		held = held || fo.status() == "ON_HOLD"
	}
	switch {
	case open && shipped:
		return "PARTIALLY_FULFILLED"
	case held:
		return "ON_HOLD"
	case open || !shipped:
		return "UNFULFILLED"
	}
	return "FULFILLED"
}

func (o *shopOrder) returnStatus() string {
	has := func(status string) bool {
		return slices.ContainsFunc(o.returns, func(r *shopReturn) bool { return r.status == status })
	}
	switch {
	case has("REQUESTED"):
		return "RETURN_REQUESTED"
	case has("OPEN"):
		return "IN_PROGRESS"
	case has("CLOSED"):
		return "RETURNED"
	}
	return "NO_RETURN"
}

func (l *shopLine) gqlType() string { return "LineItem" }

func (l *shopLine) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("LineItem", l.id)
	case "sku":
		return gqlText(l.sku)
	case "name":
		if option, is := l.variant.named().(string); is {
			return l.title + " - " + option
		}
		return l.title
	case "title":
		return l.title
	case "variantTitle":
		return l.variant.named()
	case "vendor":
		return nil
	case "quantity":
		return l.quantity
	case "currentQuantity", "refundableQuantity":
		return l.current()
	case "unfulfilledQuantity":
		return max(0, l.quantity-l.removed-l.fulfilled())
	case "nonFulfillableQuantity":
		return 0
	case "requiresShipping", "taxable", "restockable", "merchantEditable":
		return true
	case "isGiftCard":
		return false
	case "variant":
		if l.variant == nil {
			return nil
		}
		return l.variant
	case "originalUnitPriceSet":
		return l.order.set(l.original)
	case "originalTotalSet":
		return l.order.set(l.original * int64(l.quantity))
	case "discountedUnitPriceSet", "discountedUnitPriceAfterAllDiscountsSet":
		return l.order.set(l.price)
	case "discountedTotalSet":
		return l.order.set(l.price * int64(l.quantity))
	case "discountAllocations":
		return l.discounts()
	case "taxLines":
		return l.taxLines(l.quantity)
	case "priceAfterAllDiscountsBeforeTaxesSet":
		before := l.price * int64(l.quantity)
		if !l.order.taxAdded {
			before -= l.tax(l.quantity)
		}
		return l.order.set(before)
	case "totalDiscountSet":
		return l.order.set((l.original - l.price) * int64(l.quantity))
	}
	return notSimulated
}
