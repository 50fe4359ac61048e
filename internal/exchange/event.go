package exchange

import "time"

// EventKind says what an event tells.
type EventKind string

// What an exchange can be told. Exactly the member of Event named beside each is set.
const (
	EventRequested EventKind = "requested" // Request: an exchange is asked for
	EventHint      EventKind = "hint"      // Hint: an object changed, read it
	EventPortal    EventKind = "portal"    // Portal: the return portal speaks of the return
	EventRead      EventKind = "read"      // Read: a read of ours came back
	EventOutcome   EventKind = "outcome"   // Outcome: an act of ours ended
	EventCancel    EventKind = "cancel"    // Cancel: somebody calls the exchange off
	EventTimer     EventKind = "timer"     // Timer: a time that was asked for has come
	EventSaid      EventKind = "said"      // Said: a person decides what the rules leave open
	EventDead      EventKind = "dead"      // Dead: a person has a dead act tried again, or gives it up
	EventRecovered EventKind = "recovered" // the store was restored from a backup: what is known may be long past
)

// Event is something we were told, once it is known which exchange it is about.
type Event struct {
	ID     string    `json:"id"`
	Kind   EventKind `json:"kind"`
	At     time.Time `json:"at"`               // when we received it: the only time Decide knows
	Source string    `json:"source"`           // ongoing, portal, shopify, api, person, tradeback, reconcile
	Topic  string    `json:"topic,omitempty"`  // the sender's own name for it
	Actor  string    `json:"actor,omitempty"`  // the person or API key behind it
	Replay string    `json:"replay,omitempty"` // the id of the event that this one tells again, or "file"

	Request *Request     `json:"request,omitempty"`
	Hint    *Hint        `json:"hint,omitempty"`
	Portal  *PortalEvent `json:"portal,omitempty"`
	Read    *ReadResult  `json:"read,omitempty"`
	Outcome *Outcome     `json:"outcome,omitempty"`
	Cancel  *CancelAsk   `json:"cancel,omitempty"`
	Timer   string       `json:"timer,omitempty"`
	Said    *Said        `json:"said,omitempty"`
	Dead    *DeadAsk     `json:"dead,omitempty"`

	// Policy is the merchant's settings of now: with the first event, and where they changed before anything was put
	// into the warehouse. The inbox gives it along.
	Policy *Policy `json:"policy,omitempty"`
	// Number is the next of the Shopify order's sequence. The inbox gives it along with an event after
	// which the exchange needs a number (Exchange.NeedsNumber).
	Number int `json:"number,omitempty"`
}

// Request asks for an exchange: of a Shopify return that exists, or by lines, then the return is ours to create.
type Request struct {
	ReturnID  string `json:"return_id,omitempty"` // gid
	OrderID   string `json:"order_id,omitempty"`  // gid; by lines, or where the sender says it
	Reference string `json:"reference,omitempty"` // the portal's own name of the return
	Instant   *bool  `json:"instant,omitempty"`   // nil: the connection's default

	ReturnLines   []WantedReturnLine   `json:"return_lines,omitempty"`
	ExchangeLines []WantedExchangeLine `json:"exchange_lines,omitempty"`
}

// WantedReturnLine asks for a shipped line to come back.
type WantedReturnLine struct {
	FulfillmentLineItemID string `json:"fulfillment_line_item_id"`
	Quantity              int    `json:"quantity"`
	Reason                string `json:"reason,omitempty"` // Shopify's ReturnReason; empty is OTHER
}

// WantedExchangeLine asks for a variant to go out.
type WantedExchangeLine struct {
	VariantID string `json:"variant_id"`
	Quantity  int    `json:"quantity"`
}

// Hint says which of the peers' objects changed. Goods and money never move on a hint: it leads to a read.
type Hint struct {
	Target Target `json:"target"`
}

// PortalEvent is what the return portal said of a return. At is the portal's own time.
type PortalEvent struct {
	Name      string    `json:"name"` // return.closed, shipment.event.in_transit, …
	At        time.Time `json:"at"`
	ReturnID  string    `json:"return_id,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Tracking  string    `json:"tracking,omitempty"`
}

// CancelAsk calls the exchange off. Shopify's returns/cancel and the portal's return.canceled are such too.
type CancelAsk struct {
	By     string `json:"by"` // shop, portal, api, person
	Reason string `json:"reason,omitempty"`
}

// Said is what a person decides about an exchange. Who it was is the event's Actor.
type Said struct {
	What   Decision `json:"what"`
	Amount *Money   `json:"amount,omitempty"` // of a settlement; none: all that is due
	Reason string   `json:"reason"`
}

// Decision is what may be decided.
type Decision string

// The decisions.
const (
	PaidElsewhere  Decision = "paid_elsewhere"  // the difference was moved outside of Shopify
	WrittenOff     Decision = "written_off"     // the difference is not asked for any more
	CollectAgain   Decision = "collect_again"   // begin the ladder anew, after it was refused
	ReturnAccepted Decision = "return_accepted" // what came back of a partial return is enough
)

// DeadAsk is what a person wants of an act that was given up: another attempt, with the whole schedule before it, or
// with Discard none any more.
type DeadAsk struct {
	Effect  EffectID `json:"effect"`
	Discard bool     `json:"discard,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// Target is what a read is about.
type Target string

// What can be read.
const (
	ReadShop        Target = "shop"         // Shopify's return, its order's money and fulfillment orders
	ReadOriginal    Target = "original"     // the Ongoing order the goods came from
	ReadOrder       Target = "order"        // the exchange order
	ReadReturnOrder Target = "return_order" // the return order
)

// Peer is the one that a read of t asks.
func (t Target) Peer() PeerName {
	if t == ReadShop {
		return PeerShopify
	}
	return PeerOngoing
}

// ReadResult is what a read found: one of the snapshots, or Missing.
type ReadResult struct {
	Target      Target       `json:"target"`
	Want        uint64       `json:"want"` // the request it answers: reads asked for later are still owed
	Shop        *Shop        `json:"shop,omitempty"`
	Original    *Original    `json:"original,omitempty"`
	Order       *Order       `json:"order,omitempty"`
	ReturnOrder *ReturnOrder `json:"return_order,omitempty"`
	Missing     *Missing     `json:"missing,omitempty"`
}

// Missing says that a read found nothing that can be used. Code is a raised reason: original_not_found,
// original_ambiguous, return_not_found, order_not_found, return_order_not_found.
type Missing struct {
	Target Target `json:"target"`
	Stamp  Stamp  `json:"stamp"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"` // what was looked for: numbers, never personal data
}

// Stamped gives the result its stamp, taken before the read began.
func (r *ReadResult) Stamped(s Stamp) {
	if r.Shop != nil {
		r.Shop.Stamp = s
	}
	if r.Original != nil {
		r.Original.Stamp = s
	}
	if r.Order != nil {
		r.Order.Stamp = s
	}
	if r.ReturnOrder != nil {
		r.ReturnOrder.Stamp = s
	}
	if r.Missing != nil {
		r.Missing.Stamp = s
	}
}
