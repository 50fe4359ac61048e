package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A shopTransaction is a movement of money, or an authorisation of one.
type shopTransaction struct {
	order     *shopOrder
	id        int64
	kind      string // AUTHORIZATION, CAPTURE, SALE, REFUND, VOID
	status    string // SUCCESS, PENDING, FAILURE
	failure   string // errorCode
	amount    int64
	gateway   string
	created   time.Time
	processed time.Time
	parent    *shopTransaction
	multi     bool      // of an authorisation: several captures
	expires   time.Time // of an authorisation: zero if never
	ended     bool      // of an authorisation: voided, expired or finally captured
	expired   bool
	voided    bool
	result    string // of an authorisation: what captures of it come to; "": as the switches say
	mandate   bool   // made by charging a stored payment method
	manual    bool   // the money moved outside of Shopify
	seeded    bool
	left      int    // of a pending one: the gateway answers after so many reads; 0: when it is told to
	by        string // app, staff or shop
}

// captured is what was taken from an authorisation, also where the gateway has not answered yet.
func (t *shopTransaction) captured() int64 { return t.taken("SUCCESS") + t.taken("PENDING") }

func (t *shopTransaction) taken(status string) int64 {
	var sum int64
	for _, c := range t.order.transactions {
		if c.parent == t && c.kind == "CAPTURE" && c.status == status {
			sum += c.amount
		}
	}
	return sum
}

// lapsed reports whether an authorisation has run out of time.
func (t *shopTransaction) lapsed() bool {
	return t.expired || (!t.expires.IsZero() && !t.order.in.options.Now().Before(t.expires))
}

// remaining is what can still be captured.
func (t *shopTransaction) remaining() int64 {
	if t.kind != "AUTHORIZATION" || t.status != "SUCCESS" || t.ended || t.lapsed() {
		return 0
	}
	if t.captured() > 0 && !t.multi && !t.order.in.switches.CaptureTwice {
		return 0
	}
	return t.amount - t.captured()
}

// refundable is what of a payment was not paid back yet.
func (t *shopTransaction) refundable() int64 {
	if (t.kind != "SALE" && t.kind != "CAPTURE") || t.status != "SUCCESS" {
		return 0
	}
	left := t.amount
	for _, r := range t.order.transactions {
		if r.parent == t && r.kind == "REFUND" && r.status != "FAILURE" {
			left -= r.amount
		}
	}
	return left
}

func (o *shopOrder) sum(status string, kinds ...string) int64 {
	var sum int64
	for _, t := range o.transactions {
		if t.status == status && slices.Contains(kinds, t.kind) {
			sum += t.amount
		}
	}
	return sum
}

func (o *shopOrder) received() int64 { return o.sum("SUCCESS", "SALE", "CAPTURE") }
func (o *shopOrder) refunded() int64 { return o.sum("SUCCESS", "REFUND") }
func (o *shopOrder) net() int64      { return o.received() - o.refunded() }

func (o *shopOrder) capturable() int64 {
	var sum int64
	for _, t := range o.transactions {
		sum += t.remaining()
	}
	return sum
}

// total is what everything ever ordered costs, current what is left of it after returns.
func (o *shopOrder) total() int64 {
	sum := o.shipping + o.fees
	for _, l := range o.lines {
		sum += l.worth(l.quantity)
	}
	return sum
}

func (o *shopOrder) current() int64 {
	sum := o.shipping + o.fees
	for _, l := range o.lines {
		sum += l.worth(l.current())
	}
	return sum
}

// outstanding is what is not transacted yet: above zero the buyer owes, below zero the shop does. An
// authorisation counts as transacted, and so does a payment or refund that the gateway has not answered yet.
func (o *shopOrder) outstanding() int64 {
	pending := o.sum("PENDING", "SALE", "CAPTURE") - o.sum("PENDING", "REFUND")
	return o.current() - o.net() - pending - o.capturable()
}

func (o *shopOrder) financialStatus() string {
	has := func(is func(*shopTransaction) bool) bool { return slices.ContainsFunc(o.transactions, is) }
	switch {
	case o.refunded() > 0 && o.net() <= 0:
		return "REFUNDED"
	case o.refunded() > 0 && o.received() >= o.current():
		return "PARTIALLY_REFUNDED"
	case o.received() > 0 && o.net() < o.current():
		return "PARTIALLY_PAID"
	case o.net() >= o.current():
		return "PAID"
	case o.capturable() > 0:
		return "AUTHORIZED"
	case has((*shopTransaction).lapsed):
		return "EXPIRED"
	case has(func(t *shopTransaction) bool { return t.voided }):
		return "VOIDED"
	}
	return "PENDING"
}

func (o *shopOrder) markable() bool {
	return o.net() < o.current() && (o.outstanding() > 0 || o.capturable() > 0)
}

// moneyField answers the fields of Order that are about money.
func (o *shopOrder) moneyField(name string) any {
	switch name {
	case "currencyCode":
		return o.shop
	case "presentmentCurrencyCode":
		return o.presentment
	case "displayFinancialStatus":
		return o.financialStatus()
	case "capturable":
		return o.capturable() > 0
	case "canMarkAsPaid":
		return o.markable()
	case "fullyPaid":
		return o.net() >= o.current()
	case "unpaid":
		return o.received() == 0
	case "refundable":
		return o.net() > 0
	case "totalPriceSet", "originalTotalPriceSet":
		return o.set(o.total())
	case "currentTotalPriceSet":
		return o.set(o.current())
	case "totalOutstandingSet":
		return o.set(o.outstanding())
	case "totalCapturableSet":
		return o.set(o.capturable())
	case "totalReceivedSet":
		return o.set(o.received())
	case "totalRefundedSet":
		return o.set(o.refunded())
	case "netPaymentSet":
		return o.set(o.net())
	case "refundDiscrepancySet":
		return o.set(o.discrepancy)
	case "totalShippingPriceSet", "currentShippingPriceSet":
		return o.set(o.shipping)
	case "paymentGatewayNames":
		names := []string{}
		for _, t := range o.transactions {
			if !slices.Contains(names, t.gateway) {
				names = append(names, t.gateway)
			}
		}
		return names
	case "paymentCollectionDetails":
		return o.collection()
	}
	return o.priceField(name)
}

func (t *shopTransaction) gqlType() string { return "OrderTransaction" }

func (t *shopTransaction) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("OrderTransaction", t.id)
	case "kind":
		return t.kind
	case "status":
		return t.status
	case "errorCode":
		return gqlText(t.failure)
	case "gateway":
		return t.gateway
	case "formattedGateway":
		return strings.ReplaceAll(t.gateway, "_", " ")
	case "manualPaymentGateway":
		return t.manual
	case "manuallyCapturable":
		return t.remaining() > 0
	case "multiCapturable":
		return t.multi
	case "authorizationExpiresAt":
		if !t.order.in.switches.Plus {
			return nil
		}
		return gqlTime(t.expires)
	case "paymentId":
		return fmt.Sprintf("%s.%d", t.order.name, t.id-shopFirstID)
	case "createdAt":
		return t.created
	case "processedAt":
		return gqlTime(t.processed)
	case "test":
		return true
	case "order":
		return t.order
	case "parentTransaction":
		if t.parent == nil {
			return nil
		}
		return t.parent
	case "amountSet":
		return t.order.set(t.amount)
	case "totalUnsettledSet":
		if unsettled := t.unsettled(); unsettled > 0 {
			return t.order.set(unsettled)
		}
		return nil
	}
	return notSimulated
}

// unsettled is what of an authorisation is not captured, a capture under way included.
func (t *shopTransaction) unsettled() int64 {
	if t.kind != "AUTHORIZATION" {
		return 0
	}
	return t.remaining() + t.taken("PENDING")
}
