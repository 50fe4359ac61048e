package exchange

import (
	"errors"
	"fmt"
	"time"
)

// EffectID is exchange/kind/cause: a rule that fires twice asks for the same effect.
type EffectID string

// Kind is what an effect does.
type Kind string

// The effect kinds. A read asks a peer; an act changes something there; a timer comes back as an event.
const (
	KindRead  Kind = "read"
	KindTimer Kind = "timer"

	PlaceReturnOrder  Kind = "place_return_order"  // Ongoing: PUT /returnOrders
	PlaceOrder        Kind = "place_order"         // Ongoing: PUT /orders
	SetOpen           Kind = "set_open"            // Ongoing: PATCH orderStatus to Open
	MarkReturned      Kind = "mark_returned"       // Ongoing: PATCH orderStatus to Returned, if it reads Open
	Release           Kind = "release"             // Ongoing: PATCH orderStatus to Released
	CancelOrder       Kind = "cancel_order"        // Ongoing: DELETE /orders/{id}
	CancelReturnOrder Kind = "cancel_return_order" // Ongoing: DELETE /returnOrders/{id}

	CreateReturn        Kind = "create_return"         // Shopify: returnCreate
	Process             Kind = "process"               // Shopify: returnProcess
	HoldFulfillment     Kind = "hold_fulfillment"      // Shopify: fulfillmentOrderHold
	ReleaseHold         Kind = "release_hold"          // Shopify: fulfillmentOrderReleaseHold
	Fulfill             Kind = "fulfill"               // Shopify: fulfillmentCreate
	UpdateTracking      Kind = "update_tracking"       // Shopify: fulfillmentTrackingInfoUpdate
	Capture             Kind = "capture"               // Shopify: orderCapture
	ChargeMandate       Kind = "charge_mandate"        // Shopify: orderCreateMandatePayment
	SendInvoice         Kind = "send_invoice"          // Shopify: orderInvoiceSend
	Refund              Kind = "refund"                // Shopify: refundCreate
	VoidAuthorisation   Kind = "void_authorisation"    // Shopify: transactionVoid
	EditLines           Kind = "edit_lines"            // Shopify: orderEditBegin, orderEditSetQuantity, orderEditCommit
	CloseReturn         Kind = "close_return"          // Shopify: returnClose
	CancelReturn        Kind = "cancel_return"         // Shopify: returnCancel
	Dispose             Kind = "dispose"               // Shopify: reverseFulfillmentOrderDispose
	RemoveExchangeLines Kind = "remove_exchange_lines" // Shopify: removeFromReturn
)

// PeerName says which of the two peers a kind belongs to.
type PeerName string

// The peers.
const (
	PeerOngoing PeerName = "ongoing"
	PeerShopify PeerName = "shopify"
)

// Acts lists every act with its peer, in the order of a normal exchange. The registry of adapters and the
// fault tests walk over it, so that a new kind cannot escape them.
func Acts() []struct {
	Kind Kind
	Peer PeerName
} {
	return []struct {
		Kind Kind
		Peer PeerName
	}{
		{CreateReturn, PeerShopify},
		{PlaceReturnOrder, PeerOngoing},
		{PlaceOrder, PeerOngoing},
		{SetOpen, PeerOngoing},
		{MarkReturned, PeerOngoing},
		{Release, PeerOngoing},
		{Process, PeerShopify},
		{HoldFulfillment, PeerShopify},
		{ReleaseHold, PeerShopify},
		{Fulfill, PeerShopify},
		{UpdateTracking, PeerShopify},
		{Capture, PeerShopify},
		{ChargeMandate, PeerShopify},
		{SendInvoice, PeerShopify},
		{Refund, PeerShopify},
		{Dispose, PeerShopify},
		{CancelOrder, PeerOngoing},
		{CancelReturnOrder, PeerOngoing},
		{RemoveExchangeLines, PeerShopify},
		{EditLines, PeerShopify},
		{VoidAuthorisation, PeerShopify},
		{CloseReturn, PeerShopify},
		{CancelReturn, PeerShopify},
	}
}

// Peer is the one that an act of this kind is done at; empty for a read and a timer.
func (k Kind) Peer() PeerName {
	for _, a := range Acts() {
		if a.Kind == k {
			return a.Peer
		}
	}
	return ""
}

// Effect is something we owe a peer, or ourselves (a timer). It holds all ids and amounts, and what
// existed before, so that a look can tell afterwards whether it was done. Exactly the parameters of its
// kind are set.
type Effect struct {
	ID       EffectID  `json:"id"`
	Exchange ID        `json:"exchange"`
	Kind     Kind      `json:"kind"`
	Due      time.Time `json:"due"`
	ShopID   string    `json:"shop_order,omitempty"` // the Shopify order's gid: its money acts go one at a time
	Withdraw bool      `json:"withdraw,omitempty"`   // not wanted any more: never acted on, only looked for if it was attempted
	Revive   bool      `json:"revive,omitempty"`     // of a dead one: it is tried again. No more than its id and kind are set
	Discard  bool      `json:"discard,omitempty"`    // of a dead one: a person has given it up. No more than its id and kind are set

	Read   *ReadAsk        `json:"read,omitempty"`
	Timer  string          `json:"timer,omitempty"`
	Return *CreateAsk      `json:"return,omitempty"`       // create_return
	Place  *PlaceAsk       `json:"place,omitempty"`        // place_order, place_return_order
	Status *StatusAsk      `json:"status,omitempty"`       // set_open, mark_returned, release, cancel_order, cancel_return_order
	Lines  *ProcessAsk     `json:"lines,omitempty"`        // process, remove_exchange_lines
	Hold   *HoldAsk        `json:"hold,omitempty"`         // hold_fulfillment, release_hold
	Ship   *FulfillAsk     `json:"ship,omitempty"`         // fulfill
	Track  *TrackingAsk    `json:"track,omitempty"`        // update_tracking
	Money  *MoneyAsk       `json:"money,omitempty"`        // capture, charge_mandate, send_invoice, refund, void_authorisation; process with a refund
	Edit   *EditAsk        `json:"edit,omitempty"`         // edit_lines
	End    *EndAsk         `json:"end,omitempty"`          // close_return, cancel_return
	Goods  []DispositionOf `json:"dispositions,omitempty"` // dispose
}

// ReadAsk asks for a read of Target, as a hint or a rule wants it. Want counts the requests.
type ReadAsk struct {
	Target    Target   `json:"target"`
	Want      uint64   `json:"want"`
	ReturnID  string   `json:"return_id,omitempty"`  // shop
	OrderName string   `json:"order_name,omitempty"` // original: "#1001", for the templates
	Templates []string `json:"templates,omitempty"`  // original
	Number    string   `json:"number,omitempty"`     // order, return_order: our number
	ID        int64    `json:"id,omitempty"`         // order, return_order: Ongoing's own id, once known
}

// CreateAsk is a returnCreate. Taken and Restored are given by the outbox when it delivers: the order's returns
// that belong to other exchanges of ours, however alike they look, and whether the store was restored from a
// backup since, so that ours may be further on than we know.
type CreateAsk struct {
	OrderID       string               `json:"order_id"`
	ReturnLines   []WantedReturnLine   `json:"return_lines"`
	ExchangeLines []WantedExchangeLine `json:"exchange_lines"`
	RequestedAt   time.Time            `json:"requested_at"` // sent as requestedAt; Shopify does not give it back
	Taken         []string             `json:"taken,omitempty"`
	Restored      bool                 `json:"restored,omitempty"`
}

// PlaceAsk puts the exchange order or the return order into the warehouse, under Number and with
// GoodsOwnerOrderID = our exchange id. Consignee and delivery data are the original order's, read when needed.
// Restored says that the store was restored from a backup, so that it may be there under another number.
type PlaceAsk struct {
	Number     string      `json:"number"`
	OriginalID int64       `json:"original_id"`
	Reference  string      `json:"reference,omitempty"` // the original's Shopify order name
	Comment    string      `json:"comment,omitempty"`
	Lines      []PlaceLine `json:"lines"`
	Restored   bool        `json:"restored,omitempty"`
}

// PlaceLine is a line to be put. OriginalLineID is set on return orders.
type PlaceLine struct {
	Row            string `json:"row"`
	Article        string `json:"article"`
	Quantity       int    `json:"quantity"`
	ExternalID     string `json:"external_id,omitempty"` // the Shopify exchange line's gid
	OriginalLineID int64  `json:"original_line_id,omitempty"`
	Reason         string `json:"reason,omitempty"`
}

// StatusAsk moves an order, or cancels one. From names the roles it may be moved from.
type StatusAsk struct {
	ID     int64  `json:"id"`
	Number string `json:"number"`
	From   []Role `json:"from,omitempty"`
	To     Role   `json:"to"`
}

// ProcessAsk names lines of a return with the quantity to process (or to take off), and how much of each
// was processed before.
type ProcessAsk struct {
	ReturnID      string        `json:"return_id"`
	ReturnLines   []ProcessLine `json:"return_lines,omitempty"`
	ExchangeLines []ProcessLine `json:"exchange_lines,omitempty"`
}

// ProcessLine is one of them.
type ProcessLine struct {
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
	Before   int    `json:"before"` // processed (or, to take off, the line's quantity) before
}

// HoldAsk puts our hold on a fulfillment order, or lifts the holds named.
type HoldAsk struct {
	FulfillmentOrderID string   `json:"fulfillment_order_id"`
	Handle             string   `json:"handle,omitempty"`   // to put: tradeback:<exchange>
	HoldIDs            []string `json:"hold_ids,omitempty"` // to lift
}

// FulfillAsk fulfils what a shipment holds. Before names the order's fulfillments that were there.
type FulfillAsk struct {
	OrderID string        `json:"order_id"`
	Lines   []FulfillLine `json:"lines"`
	Parcels []Parcel      `json:"parcels,omitempty"`
	Notify  bool          `json:"notify"`
	Before  []string      `json:"before,omitempty"`
}

// FulfillLine is how much of a fulfillment order's line to fulfil, and what remained before.
type FulfillLine struct {
	FulfillmentOrderID string `json:"fulfillment_order_id"`
	LineID             string `json:"line_id"`
	LineItemID         string `json:"line_item_id"`
	Quantity           int    `json:"quantity"`
	Remaining          int    `json:"remaining"`
}

// TrackingAsk gives a fulfillment its tracking.
type TrackingAsk struct {
	FulfillmentID string   `json:"fulfillment_id"`
	Parcels       []Parcel `json:"parcels"`
}

// MoneyAsk moves Amount on a Shopify order: a capture from the authorisation ParentID, a payment by the stored
// method MandateID, an invoice for it, a refund to the transactions From, the end of what the authorisation
// ParentID still holds. Before names the order's transactions that were there. Owed, Taken, Restored and Known are
// given by the outbox when it delivers: what the order should owe by our ledger of all its exchanges, and the
// transactions that belong to others of them; whether the store was restored from a backup, so that others yet may
// be movements of ours, and those that are none: they were there when it was agreed, or are known as this exchange's.
// Reference is kept by the outbox once the act was begun: see NotSentError.
type MoneyAsk struct {
	OrderID   string       `json:"order_id"`
	ParentID  string       `json:"parent_id,omitempty"`  // capture, void_authorisation
	MandateID string       `json:"mandate_id,omitempty"` // charge_mandate
	Amount    Money        `json:"amount"`               // > 0, also where it is given back
	Final     bool         `json:"final,omitempty"`      // of a capture: nothing more will be taken from this authorisation
	Whole     bool         `json:"whole,omitempty"`      // of a charge: the whole that the order owes, which is Amount; Shopify is not told an amount
	Authorise bool         `json:"authorise,omitempty"`  // of a charge: authorise only, it is captured later
	From      []RefundFrom `json:"from,omitempty"`       // of a refund, also within process: what is given back to which payment; adds up to Amount
	Before    []string     `json:"before"`
	Owed      *Money       `json:"owed,omitempty"`
	Taken     []string     `json:"taken,omitempty"`
	Restored  bool         `json:"restored,omitempty"`
	Known     []string     `json:"known,omitempty"`
	Reference string       `json:"reference,omitempty"` // of a charge: Shopify's own name of the payment that was begun
}

// RefundFrom is the part of a refund that goes back to the payment ParentID.
type RefundFrom struct {
	ParentID string `json:"parent_id"`
	Amount   Money  `json:"amount"`
}

// EditAsk sets order lines to a lower quantity.
type EditAsk struct {
	OrderID string     `json:"order_id"`
	Lines   []EditLine `json:"lines"`
}

// EditLine is one of them: from Before to Quantity.
type EditLine struct {
	LineItemID string `json:"line_item_id"`
	Before     int    `json:"before"`
	Quantity   int    `json:"quantity"`
}

// EndAsk ends a Shopify return.
type EndAsk struct {
	ReturnID string `json:"return_id"`
}

// DispositionOf says what became of returned goods.
type DispositionOf struct {
	ReverseLineID string `json:"reverse_line_id"`
	Quantity      int    `json:"quantity"`
	Before        int    `json:"before"` // disposed before
	Restock       bool   `json:"restock"`
}

// Result is how an act ended, or what a look saw.
type Result string

// The results. Unknown is an error of the call, never a Result.
const (
	NotDone   Result = "not_done"  // of a look: surely not done yet
	Done      Result = "done"      // of an act, or found by a look
	Refused   Result = "refused"   // the peer said no for good
	Dead      Result = "dead"      // given up after the schedule; a person is needed
	Withdrawn Result = "withdrawn" // never attempted, or surely not done, and not wanted any more
)

// Outcome is what became of an act. What the peer told along the way comes with it.
type Outcome struct {
	Effect   EffectID `json:"effect"`
	Kind     Kind     `json:"kind"`
	Result   Result   `json:"result"`
	Attempts int      `json:"attempts,omitempty"`
	Code     string   `json:"code,omitempty"`   // why refused: number_taken, order_started, not_open, money_mismatch, …
	Reason   string   `json:"reason,omitempty"` // the peer's words, without personal data
	Stamp    Stamp    `json:"stamp"`            // taken when the call had ended
	Looked   bool     `json:"looked,omitempty"` // found done by a look, not by the act's own answer

	ID     string   `json:"id,omitempty"`     // what was made: return, fulfillment or transaction gid, hold id
	IDs    []string `json:"ids,omitempty"`    // where several were made: the transactions of a refund
	Amount *Money   `json:"amount,omitempty"` // captured, authorised, refunded
	Ours   *Money   `json:"ours,omitempty"`   // money_mismatch: what the order should owe by our ledger
	Theirs *Money   `json:"theirs,omitempty"` // and what Shopify says

	Order       *Order       `json:"order,omitempty"`        // read back
	ReturnOrder *ReturnOrder `json:"return_order,omitempty"` // read back
}

// Stamped gives the snapshots that came along their stamp, taken before the call began.
func (o *Outcome) Stamped(s Stamp) {
	if o.Order != nil {
		o.Order.Stamp = s
	}
	if o.ReturnOrder != nil {
		o.ReturnOrder.Stamp = s
	}
}

// How a peer's call can fail. An adapter sorts every foreign failure into these; any other error leaves
// the outcome unknown, and only a look after the quiet time can tell.
var (
	// ErrRejected: the peer said no for good. Use RejectedError to say why.
	ErrRejected = errors.New("rejected")
	// ErrNotSent: the call was surely not carried out and may be repeated (throttled, 429, breaker open, no connection made).
	ErrNotSent = errors.New("not carried out")
	// ErrAmbiguous: a look cannot tell whether it was done. A person is asked; nothing is done.
	ErrAmbiguous = errors.New("nobody can tell")
)

// RejectedError is an ErrRejected with its code, which the rules read, and the peer's words.
type RejectedError struct {
	Code   string
	Reason string
}

func (e *RejectedError) Error() string { return fmt.Sprintf("rejected (%s): %s", e.Code, e.Reason) }

// Is makes errors.Is(err, ErrRejected) hold.
func (e *RejectedError) Is(target error) bool { return target == ErrRejected }

// NotSentError is an ErrNotSent that says how long the peer asked us to wait (0: not said). Where an act was begun
// and goes on by itself at the peer, Reference is the peer's name of it: it is kept with the effect (MoneyAsk.Reference),
// and the next look follows it.
type NotSentError struct {
	After     time.Duration
	Reference string
	Err       error
}

func (e *NotSentError) Error() string { return "not carried out: " + e.Err.Error() }

// Is makes errors.Is(err, ErrNotSent) hold.
func (e *NotSentError) Is(target error) bool { return target == ErrNotSent }

// Unwrap gives the cause.
func (e *NotSentError) Unwrap() error { return e.Err }

// MovesMoney reports whether an act of this kind changes what its Shopify order owes.
func (k Kind) MovesMoney() bool {
	switch k {
	case Process, Capture, ChargeMandate, SendInvoice, Refund, VoidAuthorisation, EditLines:
		return true
	default:
		return false
	}
}
