package sim

import (
	"fmt"
	"strconv"
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
	ID                int    `json:"id"`
	GoodsOwnerID      int    `json:"goods_owner_id"`
	GoodsOwnerOrderID string `json:"goods_owner_order_id"`
	Statuses          []int  `json:"statuses"`        // each status it had, in order
	Puts              int    `json:"puts"`            // PUTs that acted
	Patches           []int  `json:"patches"`         // numbers of the status PATCHes that acted
	RefusedPatches    []int  `json:"refused_patches"` // and of those that were refused
	Releases          int    `json:"releases"`        // status PATCHes to ReleasedStatus that acted, also where it had that status
	Shipments         int    `json:"shipments"`
	Cancelled         bool   `json:"cancelled"`
	ShippedUnreleased bool   `json:"shipped_unreleased"` // goods left although nobody had released them
}

// A ReturnBook is what truly happened to one return order; statuses are texts.
type ReturnBook struct {
	ID            int      `json:"id"`
	GoodsOwnerID  int      `json:"goods_owner_id"`
	OriginalOrder string   `json:"original_order"`
	Statuses      []string `json:"statuses"`
	Puts          int      `json:"puts"`
	Patches       []string `json:"patches"`
	Receipts      int      `json:"receipts"` // how often goods were received
	Returned      int      `json:"returned"` // items received, scrapped ones included
	Scrapped      int      `json:"scrapped"`
	Cancelled     bool     `json:"cancelled"`
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
		book.Statuses = append([]int{}, book.Statuses...)
		book.Patches, book.RefusedPatches = append([]int{}, book.Patches...), append([]int{}, book.RefusedPatches...)
		ledger.Orders[free(ledger.Orders, x.owner, x.number)] = book
	}
	for _, x := range o.stock.returns {
		book := x.book
		book.ID, book.GoodsOwnerID, book.OriginalOrder = x.id, x.owner.id, x.original.number
		book.Statuses, book.Patches = append([]string{}, book.Statuses...), append([]string{}, book.Patches...)
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
