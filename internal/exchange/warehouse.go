package exchange

// Role is what one of the warehouse's status numbers means to an exchange. Numbers and names are the
// warehouse's own (Returned 800 lies above Sent 450, and all may be renumbered), so nothing here compares them.
type Role string

// The roles of an order and of a return order. A status without a role changes nothing.
const (
	RoleNone      Role = ""
	RoleOpen      Role = "open"
	RoleReturned  Role = "returned" // of both kinds of order
	RoleReleased  Role = "released"
	RoleSent      Role = "sent"
	RoleCancelled Role = "cancelled" // of both kinds of order
	RoleNotified  Role = "notified"  // of a return order
)

// Roles is a set of roles, sorted.
type Roles []Role

// Has reports whether r is in the set.
func (rs Roles) Has(r Role) bool {
	for _, have := range rs {
		if have == r {
			return true
		}
	}
	return false
}

// Status is Ongoing's status of an order, and what it means to us.
type Status struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
	Role   Role   `json:"role,omitempty"`
}

// Original is the Ongoing order that the returned goods were sent with.
type Original struct {
	Stamp  Stamp       `json:"stamp"`
	ID     int64       `json:"id"`
	Number string      `json:"number"`
	Lines  []OrderLine `json:"lines"`
	// Announced are the items that other exchanges had announced to come back; not the peer's word.
	Announced []Announced `json:"announced,omitempty"`
}

// Order is the exchange order as Ongoing has it.
type Order struct {
	Stamp             Stamp       `json:"stamp"`
	ID                int64       `json:"id"`
	Number            string      `json:"number"`
	GoodsOwnerOrderID string      `json:"goods_owner_order_id,omitempty"`
	Status            Status      `json:"status"`
	Lines             []OrderLine `json:"lines"`
	Parcels           []Parcel    `json:"parcels,omitempty"` // outbound ones; return parcels are left out
}

// OrderLine is a line of an Ongoing order. Quantities are whole items.
type OrderLine struct {
	ID         int64  `json:"id"`
	Row        string `json:"row"`
	Article    string `json:"article"`
	ExternalID string `json:"external_id,omitempty"` // ours: the Shopify line's gid
	Ordered    int    `json:"ordered"`
	Shipped    int    `json:"shipped,omitempty"` // packed or picked, of an order that was sent
	Returned   int    `json:"returned,omitempty"`
}

// Parcel is an outbound parcel or a tracking row of the order, doubles dropped by waybill.
type Parcel struct {
	Waybill string `json:"waybill"`
	URL     string `json:"url,omitempty"`
	Carrier string `json:"carrier,omitempty"`
}

// Born is how the exchange order looked when it was first read.
type Born struct {
	Stamp Stamp `json:"stamp"`
	Role  Role  `json:"role"`
}

// Former is an exchange order that another one was placed for.
type Former struct {
	Order Order `json:"order"`
	Born  Born  `json:"born"`
}

// ReturnOrder is Ongoing's announcement of what comes back.
type ReturnOrder struct {
	Stamp  Stamp             `json:"stamp"`
	ID     int64             `json:"id"`
	Number string            `json:"number"`
	Status Status            `json:"status"`
	Lines  []ReturnOrderLine `json:"lines"`
}

// ReturnOrderLine is a line of it. Received counts what came back, Scrapped the part taken out of stock.
type ReturnOrderLine struct {
	ID        int64  `json:"id"`
	Row       string `json:"row"`
	LineID    int64  `json:"line_id"` // of the original order
	Article   string `json:"article"`
	Announced int    `json:"announced"`
	Received  int    `json:"received"`
	Scrapped  int    `json:"scrapped"`
}

// Level is a height that the shipped quantities of the exchange order were seen to reach.
type Level struct {
	Stamp   Stamp          `json:"stamp"`             // of the first read that saw it
	Lines   []ShipmentLine `json:"lines"`             // by row, in all so far
	Last    Stamp          `json:"last"`              // of the latest read that saw it: tracking may come after the goods have gone
	Parcels []Parcel       `json:"parcels,omitempty"` // by that read
}

// Shipment is what made the exchange order's shipped quantities grow from one level to the next. Its
// identity is the quantities reached per row: "1:1,2:3".
type Shipment struct {
	ID      string
	Lines   []ShipmentLine
	Parcels []Parcel
}

// ShipmentLine is how many items of an order row were shipped.
type ShipmentLine struct {
	Row        string `json:"row"`
	ExternalID string `json:"external_id,omitempty"` // the exchange line's gid
	Article    string `json:"article,omitempty"`
	Quantity   int    `json:"quantity"`
}
