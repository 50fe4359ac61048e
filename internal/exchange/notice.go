package exchange

import "strconv"

// Notice is what a door understood of a message: whom it may be about, and what to tell them. A door does
// not know the exchanges; the inbox looks them up.
type Notice struct {
	Event Event   `json:"event"` // told to every exchange found
	About []About `json:"about,omitempty"`
	// Park is the ref to wait for when nobody is found. Empty: the message is not about us, and is dropped
	// after a day.
	Park string `json:"park,omitempty"`
	// Item is a dead event that a person has taken again, or gives up, as Event.Dead says.
	Item string `json:"item,omitempty"`
	// Create asks for an exchange when nobody is found. From the API it is made at once; from a webhook
	// only after the return was read and has exchange lines.
	Create *Request `json:"create,omitempty"`
}

// About names who a message may be about, by ref. Hint, if set, is what those found by this ref should
// read: an order event means another thing to the exchange that made the order than to those that return
// goods of it.
type About struct {
	Ref  Ref    `json:"ref"`
	Hint Target `json:"hint,omitempty"`
}

// The refs of an exchange. Numbers and ids are as the peers spell them.

// RefReturn is the claim on a Shopify return, by gid.
func RefReturn(gid string) Ref { return Ref{Name: "return:" + gid} }

// RefReference finds exchanges by the portal's own name of the return.
func RefReference(reference string) Ref { return Ref{Name: "reference:" + reference, Shared: true} }

// RefOrder is the claim on an exchange order's number in Ongoing.
func RefOrder(number string) Ref { return Ref{Name: "order:" + number} }

// RefReturnOrder is the claim on a return order's number in Ongoing.
func RefReturnOrder(number string) Ref { return Ref{Name: "return_order:" + number} }

// RefReturnOrderID finds the exchange of a return order by Ongoing's own id, for webhooks that give no number.
func RefReturnOrderID(id int64) Ref {
	return Ref{Name: "return_order_id:" + strconv.FormatInt(id, 10), Shared: true}
}

// RefOriginal finds the exchanges that return goods of an Ongoing order, by its number.
func RefOriginal(number string) Ref { return Ref{Name: "original:" + number, Shared: true} }

// RefShopOrder finds the exchanges of a Shopify order, by gid.
func RefShopOrder(gid string) Ref { return Ref{Name: "shop_order:" + gid, Shared: true} }

// RefFulfillmentOrder finds the exchanges whose lines a Shopify fulfillment order holds, by gid.
func RefFulfillmentOrder(gid string) Ref { return Ref{Name: "fulfillment_order:" + gid, Shared: true} }

// RefCreating is the claim of an exchange that is creating a return on a Shopify order: until that has an
// outcome, webhooks about returns of this order may be the echo of it and wait.
func RefCreating(orderGID string) Ref { return Ref{Name: "creating:" + orderGID} }

// RefID lets an event name its exchange directly.
func RefID(id ID) Ref { return Ref{Name: "id:" + string(id)} }
