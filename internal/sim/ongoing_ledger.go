package sim

import (
	"fmt"
	"strconv"
	"time"
)

// An OngoingLedger is what truly happened in a simulated Ongoing system. Orders and return orders are by
// number; where two goods owners have the same number, the later one is "<goods owner id>/<number>".
type OngoingLedger struct {
	Orders       map[string]OrderBook  `json:"orders"`
	ReturnOrders map[string]ReturnBook `json:"return_orders"`
	Calls        map[string]int        `json:"calls"`
	InFlight     int                   `json:"in_flight"`     // calls under way now
	MaxInFlight  int                   `json:"max_in_flight"` // the most calls of one goods owner under way at once
	Unauthorized int                   `json:"unauthorized"`
	Harmed       map[string]int        `json:"harmed"` // calls that suffered a fault, by its kind
}

// An OrderBook is what truly happened to one order.
type OrderBook struct {
	ID                int                    `json:"id"`
	GoodsOwnerID      int                    `json:"goods_owner_id"`
	GoodsOwnerOrderID string                 `json:"goods_owner_order_id"`
	Statuses          []int                  `json:"statuses"`        // each status it had, in order
	Steps             []OngoingStep          `json:"steps"`           // the same, with who and when
	Puts              int                    `json:"puts"`            // PUTs that acted
	RefusedPuts       int                    `json:"refused_puts"`    // and those that were refused since the warehouse had begun
	Patches           []int                  `json:"patches"`         // numbers of the status PATCHes that acted
	RefusedPatches    []int                  `json:"refused_patches"` // and of those that were refused
	Releases          int                    `json:"releases"`        // status PATCHes to ReleasedStatus that acted, also where it had that status
	Cancels           int                    `json:"cancels"`         // DELETEs that acted, also where it was cancelled already
	RefusedCancels    int                    `json:"refused_cancels"` // and those that were refused since the warehouse had begun
	Shipments         int                    `json:"shipments"`
	Lines             map[string]OngoingLine `json:"lines"`   // by row number
	Parcels           []OngoingParcel        `json:"parcels"` // the label for the customer's return too
	Cancelled         bool                   `json:"cancelled"`
	Undelivered       bool                   `json:"undelivered"`        // what was sent came back, its carrier could not deliver it
	ShippedUnreleased bool                   `json:"shipped_unreleased"` // goods left although nobody had released them
}

// A ReturnBook is what truly happened to one return order; statuses are texts.
type ReturnBook struct {
	ID             int                        `json:"id"`
	GoodsOwnerID   int                        `json:"goods_owner_id"`
	OriginalOrder  string                     `json:"original_order"`
	Statuses       []string                   `json:"statuses"`
	Puts           int                        `json:"puts"`
	RefusedPuts    int                        `json:"refused_puts"`
	Patches        []string                   `json:"patches"`
	Cancels        int                        `json:"cancels"` // as of an order
	RefusedCancels int                        `json:"refused_cancels"`
	Lines          map[string]OngoingReturned `json:"lines"`    // by row number
	Receipts       int                        `json:"receipts"` // how often goods were received
	Returned       int                        `json:"returned"` // items received, scrapped ones included
	Scrapped       int                        `json:"scrapped"`
	Cancelled      bool                       `json:"cancelled"`
}

// An OngoingStep is one status that an order had. By is app (the caller) or staff.
type OngoingStep struct {
	Number int       `json:"number"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// An OngoingLine is an order line: what of it was ordered, went out and came back.
type OngoingLine struct {
	Article  string `json:"article"`
	External any    `json:"external_id"`
	Ordered  int    `json:"ordered"`
	Shipped  int    `json:"shipped"`
	Returned int    `json:"returned"`
}

// An OngoingParcel is a parcel with what of each row is in it.
type OngoingParcel struct {
	Waybill string         `json:"waybill"`
	Return  bool           `json:"return"`
	Tracked bool           `json:"tracked"`
	Lines   map[string]int `json:"lines"`
}

// An OngoingReturned is a line of a return order. Extra ones were not announced.
type OngoingReturned struct {
	Article   string `json:"article"`
	Announced int    `json:"announced"`
	Returned  int    `json:"returned"` // scrapped ones included
	Scrapped  int    `json:"scrapped"`
	Extra     bool   `json:"extra"`
}

func (o *Ongoing) bookStatus(x *order, now time.Time, by actor) {
	x.book.Statuses = append(x.book.Statuses, x.status)
	x.book.Steps = append(x.book.Steps, OngoingStep{x.status, by.String(), now})
}

// bookGoods returns what became of the goods of an order.
func (x *order) bookGoods() (map[string]OngoingLine, []OngoingParcel) {
	lines, parcels := map[string]OngoingLine{}, []OngoingParcel{}
	for _, p := range x.parcels {
		parcel := OngoingParcel{Waybill: p.waybill, Return: p.back, Tracked: !p.tracked.IsZero(), Lines: map[string]int{}}
		for _, l := range x.lines {
			for _, pick := range l.picks {
				if pick.parcel == p {
					parcel.Lines[l.row] += int(pick.count)
				}
			}
		}
		parcels = append(parcels, parcel)
	}
	for _, l := range x.lines {
		lines[l.row] = OngoingLine{l.article.number, l.put["externalId"], int(l.ordered), int(l.picked), int(l.returned)}
	}
	return lines, parcels
}

// bookGoods returns what came of each line of a return order.
func (x *returnOrder) bookGoods() map[string]OngoingReturned {
	lines := map[string]OngoingReturned{}
	for _, l := range x.lines {
		lines[l.row] = OngoingReturned{l.article.number, int(l.announce), int(l.returned), int(l.scrapped), l.extra}
	}
	return lines
}

func (o *Ongoing) bookReturnStatus(x *returnOrder) {
	x.book.Statuses = append(x.book.Statuses, o.switches.returnText(x.status))
}

// Ledger returns what truly happened since the beginning or the last reset.
func (o *Ongoing) Ledger() OngoingLedger {
	o.mu.Lock()
	defer o.mu.Unlock()
	ledger := OngoingLedger{
		Orders: map[string]OrderBook{}, ReturnOrders: map[string]ReturnBook{},
		Calls: o.tally.Calls(), Unauthorized: o.stock.unauthorized, Harmed: o.Faults.Harmed(),
	}
	for _, n := range o.tally.MaxInFlight() {
		ledger.MaxInFlight = max(ledger.MaxInFlight, n)
	}
	for _, g := range o.stock.owners {
		ledger.InFlight += o.tally.InFlight(strconv.Itoa(g.id))
	}
	for _, x := range o.stock.orders {
		book := x.book
		book.ID, book.GoodsOwnerID, book.GoodsOwnerOrderID = x.id, x.owner.id, text(x.put["goodsOwnerOrderId"])
		book.Statuses, book.Steps = append([]int{}, book.Statuses...), append([]OngoingStep{}, book.Steps...)
		book.Lines, book.Parcels = x.bookGoods()
		book.Patches, book.RefusedPatches = append([]int{}, book.Patches...), append([]int{}, book.RefusedPatches...)
		ledger.Orders[free(ledger.Orders, x.owner, x.number)] = book
	}
	for _, x := range o.stock.returns {
		book := x.book
		book.ID, book.GoodsOwnerID, book.OriginalOrder = x.id, x.owner.id, x.original.number
		book.Statuses, book.Patches = append([]string{}, book.Statuses...), append([]string{}, book.Patches...)
		book.Lines = x.bookGoods()
		ledger.ReturnOrders[free(ledger.ReturnOrders, x.owner, x.number)] = book
	}
	return ledger
}

// free returns number, or a longer name where number is taken.
func free[T any](taken map[string]T, owner *goodsOwner, number string) string {
	if _, ok := taken[number]; ok {
		return fmt.Sprintf("%d/%s", owner.id, number)
	}
	return number
}
