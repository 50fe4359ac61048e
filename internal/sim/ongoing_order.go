package sim

import (
	"slices"
	"time"
)

// An order is one outgoing order as the warehouse has it.
type order struct {
	id         int
	owner      *goodsOwner
	number     string
	put        map[string]any // the members of the last PUT, its lines apart
	lines      []*orderLine
	consignee  int
	status     int
	allocated  bool // the warehouse has put goods aside for it, or more
	parcels    []*parcel
	blindReads int

	created, statusChanged, headerChanged, shipped, lastReturned time.Time

	book OrderBook
}

type orderLine struct {
	id       int
	row      string
	article  *article
	put      map[string]any
	ordered  items
	picked   items
	returned items
	picks    []*pick
}

// A pick is goods of one line in one parcel; a part that comes back becomes a pick of its own.
type pick struct {
	id     int
	count  items
	parcel *parcel
	picked time.Time
	back   *backInfo
}

// A backInfo says when and by which return order's line a pick came back.
type backInfo struct {
	at          time.Time
	cause       any
	order, line int
}

type parcel struct {
	id      int
	back    bool // the label for the customer's return
	waybill string
	tracked time.Time // zero: no tracking yet
}

func (p *parcel) url() string { return "https://tracking.example.com/?id=" + p.waybill }

// line returns the line with this row number, or nil.
func (x *order) line(row string) *orderLine {
	if i := slices.IndexFunc(x.lines, func(l *orderLine) bool { return l.row == row }); i >= 0 {
		return x.lines[i]
	}
	return nil
}

func (x *order) lineByID(id int) *orderLine {
	if i := slices.IndexFunc(x.lines, func(l *orderLine) bool { return l.id == id }); i >= 0 {
		return x.lines[i]
	}
	return nil
}

// shouldBePicked is true unless the PUT said otherwise, as for freight.
func (l *orderLine) shouldBePicked() bool {
	picked, ok := l.put["shouldBePicked"].(bool)
	return picked || !ok
}

// remaining is what is ordered and not picked.
func (l *orderLine) remaining() items {
	if !l.shouldBePicked() {
		return 0
	}
	return max(0, l.ordered-l.picked)
}

// started says whether the warehouse has begun with x, so that it can be neither changed nor cancelled.
func (o *Ongoing) started(x *order) bool {
	if x.status == o.switches.ReturnedStatus && !o.switches.ReturnedStarted {
		return x.allocated
	}
	return x.allocated || x.status >= o.switches.StartedFrom
}

// setStatus gives x another status, in the books too. The status it has already is no change.
func (o *Ongoing) setStatus(x *order, number int, now time.Time, by actor) {
	if number == x.status {
		return
	}
	x.status, x.statusChanged = number, now
	o.bookStatus(x, now, by)
	if number == o.switches.CancelledStatus {
		x.book.Cancelled, x.allocated = true, false
	}
	if by != byPatch || o.switches.PatchFires {
		o.fireOrder(x, now, by)
	}
}

// allocate notes whether goods are put aside for x, from a status that staff gave it.
func (o *Ongoing) allocate(x *order, number int) {
	if number != o.switches.ReturnedStatus {
		x.allocated = number >= o.switches.AllocatedFrom && number != o.switches.CancelledStatus
	}
}

// An actor is who does something to an order.
type actor int

const (
	byAPI   actor = iota // a PUT or a DELETE
	byPatch              // a PATCH
	byStaff              // somebody in the warehouse
)

func (a actor) String() string {
	if a == byStaff {
		return "staff"
	}
	return "app"
}
