package exchange

import "time"

// Stamp orders the snapshots of one object: by the owner's fence, then by that owner's own counter,
// both taken before the read began. No clock is in it.
type Stamp struct {
	Fence uint64 `json:"fence"`
	N     uint64 `json:"n"`
}

// After reports whether s was taken later than o.
func (s Stamp) After(o Stamp) bool { return s.Fence > o.Fence || s.Fence == o.Fence && s.N > o.N }

// latest is when it was so at the latest: a read that takes long may see what changed after it began, and after reads
// that were begun later.
func (s *Shop) latest() Stamp {
	if s.Until.After(s.Stamp) {
		return s.Until
	}
	return s.Stamp
}

// Shop is Shopify's side in one read: the return, its order's money and its fulfillment orders.
// Ids are gids. Money is in the order's presentment currency, which is what calls take.
type Shop struct {
	Stamp             Stamp              `json:"stamp"`          // from before the read
	Until             Stamp              `json:"until,omitzero"` // from after it
	OrderID           string             `json:"order_id"`
	OrderName         string             `json:"order_name"` // "#1001"
	OrderCancelled    bool               `json:"order_cancelled,omitempty"`
	ReturnID          string             `json:"return_id"`
	ReturnName        string             `json:"return_name"` // "#1001-R1", Shopify's own name
	ReturnStatus      string             `json:"return_status"`
	ReturnLines       []ReturnLine       `json:"return_lines"`
	ExchangeLines     []ExchangeLine     `json:"exchange_lines"`
	FulfillmentOrders []FulfillmentOrder `json:"fulfillment_orders,omitempty"`
	Fulfillments      []Fulfillment      `json:"fulfillments,omitempty"`
	Transactions      []Transaction      `json:"transactions,omitempty"`
	Outstanding       Money              `json:"outstanding"` // Order.totalOutstandingSet: an authorisation counts as transacted
	Capturable        Money              `json:"capturable"`  // Order.totalCapturableSet
	ShopOutstanding   Money              `json:"shop_outstanding"`
	Suggested         *Money             `json:"suggested,omitempty"`        // suggestedFinancialOutcome over all unprocessed lines: > 0 the buyer owes
	SuggestedRefund   []RefundFrom       `json:"suggested_refund,omitempty"` // where the shop owes: to which payments Shopify suggests to give it back
	Mandates          []string           `json:"mandates,omitempty"`         // stored payment methods that may be charged: paymentCollectionDetails.vaultedPaymentMethods
	Siblings          *Siblings          `json:"siblings,omitempty"`         // of the order's other exchanges, by our own ledger; not the peer's word
}

// Return statuses as Shopify spells them.
const (
	ReturnOpen      = "OPEN"
	ReturnClosed    = "CLOSED"
	ReturnCanceled  = "CANCELED"
	ReturnDeclined  = "DECLINED"
	ReturnRequested = "REQUESTED"
)

// ReturnLine is a line coming back.
type ReturnLine struct {
	ID                    string        `json:"id"`
	FulfillmentLineItemID string        `json:"fulfillment_line_item_id"`
	LineItemID            string        `json:"line_item_id"`
	Article               string        `json:"article"` // Ongoing's article number, as the connection derives it
	Quantity              int           `json:"quantity"`
	Processable           int           `json:"processable"`
	Processed             int           `json:"processed"`
	Reason                string        `json:"reason,omitempty"`
	ReverseLines          []ReverseLine `json:"reverse_lines,omitempty"`
	Price                 *LinePrice    `json:"price,omitempty"`
}

// ReverseLine is the expected inbound work of a return line; Disposed counts what was said of it.
type ReverseLine struct {
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
	Disposed int    `json:"disposed"`
}

// ExchangeLine is a line going out. LineItemIDs are the order lines that processing made of it.
type ExchangeLine struct {
	ID          string     `json:"id"`
	VariantID   string     `json:"variant_id"`
	Article     string     `json:"article"`
	Title       string     `json:"title,omitempty"`
	Quantity    int        `json:"quantity"`
	Processable int        `json:"processable"`
	Processed   int        `json:"processed"`
	LineItemIDs []string   `json:"line_item_ids,omitempty"`
	Price       *LinePrice `json:"price,omitempty"`
}

// FulfillmentOrder is Shopify's outbound work.
type FulfillmentOrder struct {
	ID     string                 `json:"id"`
	Status string                 `json:"status"`
	CanDo  []string               `json:"can_do,omitempty"` // supportedActions
	Holds  []Hold                 `json:"holds,omitempty"`
	Lines  []FulfillmentOrderLine `json:"lines"`
}

// FulfillmentOrderLine is a line of it.
type FulfillmentOrderLine struct {
	ID         string `json:"id"`
	LineItemID string `json:"line_item_id"`
	Total      int    `json:"total"`
	Remaining  int    `json:"remaining"`
}

// Hold keeps a fulfillment order from being shipped.
type Hold struct {
	ID     string `json:"id"`
	Handle string `json:"handle,omitempty"`
	Reason string `json:"reason"`
	Ours   bool   `json:"ours"` // heldByRequestingApp
}

// Fulfillment is a shipment as Shopify knows it.
type Fulfillment struct {
	ID        string            `json:"id"`
	Cancelled bool              `json:"cancelled,omitempty"`
	Lines     []FulfillmentLine `json:"lines"`
	Tracking  []string          `json:"tracking,omitempty"` // numbers
}

// FulfillmentLine is how much of an order line a fulfillment holds.
type FulfillmentLine struct {
	LineItemID string `json:"line_item_id"`
	Quantity   int    `json:"quantity"`
}

// LinePrice is what a line comes to, for the proof of an agreed amount: its price less the discount, plus tax, and of a
// return line less the fee. Units: presentment currency, the whole quantity.
type LinePrice struct {
	Price    Money `json:"price"`             // before discounts and tax, where tax is not included
	Discount Money `json:"discount,omitzero"` // taken off
	Tax      Money `json:"tax,omitzero"`      // on top of the price; none where that includes it
	Fee      Money `json:"fee,omitzero"`      // a restocking fee, of a return line
}

// Transaction is a movement or an authorisation of the order's money.
type Transaction struct {
	ID              string    `json:"id"`
	ParentID        string    `json:"parent_id,omitempty"`
	Kind            string    `json:"kind"`   // AUTHORIZATION, CAPTURE, SALE, REFUND, VOID, …
	Status          string    `json:"status"` // SUCCESS, PENDING, FAILURE, ERROR, …
	Amount          Money     `json:"amount"`
	Capturable      bool      `json:"capturable,omitempty"`       // manuallyCapturable
	MultiCapturable bool      `json:"multi_capturable,omitempty"` // several captures are allowed
	Unsettled       Money     `json:"unsettled"`                  // what an authorisation still holds
	ExpiresAt       time.Time `json:"expires_at,omitzero"`
	ShopAmount      Money     `json:"shop_amount,omitzero"` // the amount in the shop's own currency
	Manual          bool      `json:"manual,omitempty"`     // a manual payment gateway: the money moved outside of Shopify
}

// Agreed is what the customer and the shop agreed to by this exchange, fixed when the lines were first
// read: Amount > 0 the buyer owes. Balance is what the order owed then, authorisations not counted.
type Agreed struct {
	Stamp   Stamp    `json:"stamp"`
	Amount  Money    `json:"amount"`
	Balance Money    `json:"balance"`
	Seen    []string `json:"seen,omitempty"`  // the order's transactions at that time
	Lines   string   `json:"lines,omitempty"` // that it is about, with their quantities
	Last    Stamp    `json:"last"`            // of the latest read that had just these lines
	Latest  Money    `json:"latest,omitzero"` // the amount by that read; none where it cannot tell
	Late    bool     `json:"late,omitempty"`  // by the lines' prices, of exchange lines that were processed already
	Apart   bool     `json:"apart,omitempty"` // with Late: the order owed what was processed of them, and nothing else of the return
}
