package sim

import (
	"slices"
	"time"
)

// A shopReturn is a return on an order: what comes back, and what goes out for it.
type shopReturn struct {
	order    *shopOrder
	id       int64
	name     string
	status   string // OPEN, CLOSED, CANCELED
	created  time.Time
	closed   time.Time
	lines    []*shopReturnLine
	exchange []*shopExchangeLine
	fee      int64 // for the way back
	feeID    int64
	feeDue   bool // the fee is part of the order's total
	inbound  int64
	refunds  []*shopRefund
	legacy   bool
	by       string // app or staff
}

// A shopReturnLine is a line of a return: how many of a shipped line come back.
type shopReturnLine struct {
	of        *shopReturn
	id        int64
	shipped   *shopShippedLine
	quantity  int
	processed int
	reason    string
	note      string
	restock   string // percentage of the restocking fee, "" if there is none
	feeID     int64
	inboundID int64 // of its line of the reverse fulfillment order
	disposed  []shopDisposition
}

// restockFee is the restocking fee for so many of the line.
func (l *shopReturnLine) restockFee(quantity int) int64 {
	if l.restock == "" {
		return 0
	}
	return shopPercent(l.shipped.line.price*int64(quantity), l.restock)
}

// moreFee is by how much the restocking fee grows when so many more are processed: parts add up to the whole.
func (l *shopReturnLine) moreFee(quantity int) int64 {
	return l.restockFee(l.processed+quantity) - l.restockFee(l.processed)
}

// A shopExchangeLine is what goes out in exchange.
type shopExchangeLine struct {
	of        *shopReturn
	id        int64
	variant   *shopVariant
	quantity  int
	processed int
	price     int64 // of one, with the discount taken off
	lines     []*shopLine
}

// ret returns the return of this global id, nil if there is none.
func (s *Shopify) ret(id string) (*shopReturn, *gqlError) {
	n, bad := gidNumber("Return", id)
	if bad != nil {
		return nil, bad
	}
	return find(s, func(o *shopOrder) []*shopReturn { return o.returns }, func(r *shopReturn) bool { return r.id == n }), nil
}

// line returns the return line of this number, nil if there is none; exchangeLine does so for those.
func (r *shopReturn) line(id int64) *shopReturnLine {
	at := slices.IndexFunc(r.lines, func(l *shopReturnLine) bool { return l.id == id })
	if at < 0 {
		return nil
	}
	return r.lines[at]
}

func (r *shopReturn) exchangeLine(id int64) *shopExchangeLine {
	at := slices.IndexFunc(r.exchange, func(l *shopExchangeLine) bool { return l.id == id })
	if at < 0 {
		return nil
	}
	return r.exchange[at]
}

// done reports whether every line is processed.
func (r *shopReturn) done() bool {
	return !slices.ContainsFunc(r.lines, func(l *shopReturnLine) bool { return l.processed < l.quantity }) &&
		!slices.ContainsFunc(r.exchange, func(l *shopExchangeLine) bool { return l.processed < l.quantity })
}

// begun reports whether anything was done that cancelling cannot take back.
func (r *shopReturn) begun() bool {
	if len(r.refunds) > 0 || slices.ContainsFunc(r.lines, func(l *shopReturnLine) bool { return len(l.disposed) > 0 }) {
		return true
	}
	if r.legacy {
		return false
	}
	return slices.ContainsFunc(r.lines, func(l *shopReturnLine) bool { return l.processed > 0 }) ||
		slices.ContainsFunc(r.exchange, func(l *shopExchangeLine) bool { return l.processed > 0 })
}

func (r *shopReturn) gqlType() string { return "Return" }

func (r *shopReturn) gqlField(name string, args gqlArgs) any {
	switch name {
	case "id":
		return gid("Return", r.id)
	case "name":
		return r.name
	case "status":
		return r.status
	case "createdAt":
		return r.created
	case "requestApprovedAt", "decline", "staffMember":
		return nil
	case "closedAt":
		return gqlTime(r.closed)
	case "order":
		return r.order
	case "totalQuantity":
		n := 0
		for _, l := range r.lines {
			n += l.quantity
		}
		return n
	case "returnLineItems":
		return gqlWhere(r.lines, func(l *shopReturnLine) bool {
			return l.quantity > 0 && wantedState(args, l.processed, l.quantity)
		})
	case "exchangeLineItems":
		return gqlWhere(r.exchange, func(l *shopExchangeLine) bool {
			return (l.quantity > 0 || args.flag("includeRemovedItems")) && wantedState(args, l.processed, l.quantity)
		})
	case "returnShippingFees":
		if r.feeID == 0 {
			return []gqlObject{}
		}
		return []gqlObject{gqlFields{"ReturnShippingFee", map[string]any{
			"id": gid("ReturnShippingFee", r.feeID), "amountSet": r.order.set(r.fee),
		}}}
	case "reverseFulfillmentOrders":
		if r.inbound == 0 {
			return []gqlObject{}
		}
		return []gqlObject{r.reverse()}
	case "refunds":
		return gqlList(r.refunds)
	case "transactions":
		list := []gqlObject{}
		for _, refund := range r.refunds {
			list = append(list, gqlList(refund.transactions)...)
		}
		return list
	case "suggestedFinancialOutcome":
		return r.suggest(args)
	}
	return notSimulated
}

// wantedState says what the argument processingStatus says of a line.
func wantedState(args gqlArgs, processed, quantity int) bool {
	switch args.text("processingStatus") {
	case "PROCESSABLE":
		return processed < quantity
	case "PROCESSED":
		return processed > 0
	}
	return true
}

func (l *shopReturnLine) gqlType() string { return "ReturnLineItem" }

func (l *shopReturnLine) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("ReturnLineItem", l.id)
	case "quantity":
		return l.quantity
	case "processedQuantity":
		return l.processed
	case "unprocessedQuantity":
		return l.quantity - l.processed
	case "processableQuantity":
		return processable(l.of, l.quantity-l.processed)
	case "refundableQuantity":
		return l.quantity - l.refunded()
	case "refundedQuantity":
		return l.refunded()
	case "returnReason":
		return l.reason
	case "returnReasonNote":
		return l.note
	case "customerNote", "returnReasonDefinition":
		return nil
	case "fulfillmentLineItem":
		return l.shipped
	case "restockingFee":
		if l.feeID == 0 {
			return nil
		}
		return gqlFields{"RestockingFee", map[string]any{
			"id": gid("RestockingFee", l.feeID), "percentage": shopNumber(l.restock),
			"amountSet": l.of.order.set(l.restockFee(l.quantity)),
		}}
	case "withCodeDiscountedTotalPriceSet":
		return l.of.order.set(l.shipped.line.price * int64(l.quantity))
	}
	return notSimulated
}

// refunded is how many were processed in a return that was refunded.
func (l *shopReturnLine) refunded() int {
	if len(l.of.refunds) == 0 {
		return 0
	}
	return l.processed
}

// processable is how many can be processed: all that is left while the return is open.
func processable(r *shopReturn, left int) int {
	if r.status != "OPEN" {
		return 0
	}
	return left
}

func (l *shopExchangeLine) gqlType() string { return "ExchangeLineItem" }

func (l *shopExchangeLine) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("ExchangeLineItem", l.id)
	case "quantity":
		return l.quantity
	case "processedQuantity":
		return l.processed
	case "unprocessedQuantity":
		return l.quantity - l.processed
	case "processableQuantity":
		return processable(l.of, l.quantity-l.processed)
	case "variantId":
		return gid("ProductVariant", l.variant.id)
	case "productId":
		return gid("Product", l.variant.product)
	case "variantSku":
		return gqlText(l.variant.sku)
	case "title":
		return l.variant.title
	case "variantTitle":
		return l.variant.named()
	case "lineItem":
		if len(l.lines) == 0 {
			return nil
		}
		return l.lines[0]
	case "lineItems":
		if len(l.lines) == 0 {
			return nil
		}
		return gqlList(l.lines)
	}
	return notSimulated
}
