package sim

import (
	"fmt"
	"net/http"
	"time"
)

// A shipping is what staff send off: so many items per row number (no lines: all that remains).
type shipping struct {
	Lines    map[string]items `json:"lines"`
	Status   int              `json:"status"`   // afterwards; 0 means SentStatus
	Tracking *bool            `json:"tracking"` // parcels are tracked from the start; null means yes
	Force    bool             `json:"force"`    // also an order that nobody has released
}

// ship picks, packs and sends goods of x: one parcel, and with the first one a parcel for the customer's return.
func (o *Ongoing) ship(x *order, s shipping, now time.Time) error {
	released := x.status == o.switches.ReleasedStatus || x.allocated
	if !released && !s.Force {
		return refuse(http.StatusConflict, "order %s has status %d and is not released", x.number, x.status)
	}
	counts, err := x.toShip(s.Lines)
	if err != nil {
		return err
	}
	if !released {
		x.book.ShippedUnreleased = true
	}
	out := o.addParcel(x, false)
	for _, l := range x.lines {
		if n := counts[l]; n > 0 {
			l.picked += n
			l.picks = append(l.picks, &pick{id: o.ids.next("articleItem", 60112), count: n, parcel: out, picked: now})
		}
	}
	if x.book.Shipments == 0 {
		o.addParcel(x, true)
	}
	x.book.Shipments++
	before := x.status
	x.shipped, x.allocated = now, true
	if s.Tracking == nil || *s.Tracking {
		x.track(now)
	}
	number := s.Status
	if number == 0 {
		number = o.switches.SentStatus
	}
	o.setStatus(x, number, now, byStaff)
	if x.status == before && o.switches.PickedFires {
		o.fireOrder(x, now, byStaff)
	}
	return nil
}

// toShip returns how many items of each line are to go.
func (x *order) toShip(asked map[string]items) (map[*orderLine]items, error) {
	counts := map[*orderLine]items{}
	for row, n := range asked {
		l := x.line(row)
		if l == nil || n < 0 || n > l.remaining() {
			return nil, refuse(http.StatusConflict, "order %s cannot ship %d of row %q", x.number, n, row)
		}
		counts[l] = n
	}
	total := items(0)
	for _, l := range x.lines {
		if len(asked) == 0 {
			counts[l] = l.remaining()
		}
		total += counts[l]
	}
	if total == 0 {
		return nil, refuse(http.StatusConflict, "order %s has nothing to ship", x.number)
	}
	return counts, nil
}

func (o *Ongoing) addParcel(x *order, back bool) *parcel {
	id := o.ids.next("parcel", 20711)
	p := &parcel{id: id, back: back, waybill: fmt.Sprintf("00373500%012d", id)}
	x.parcels = append(x.parcels, p)
	return p
}

// track gives every parcel that has none its tracking.
func (x *order) track(now time.Time) {
	for _, p := range x.parcels {
		if p.tracked.IsZero() {
			p.tracked = now
		}
	}
}

// A receipt is what staff find in a return: per row number of the return order (no lines: all announced), and
// what nobody announced. More of a line than was announced may come too.
type receipt struct {
	Lines  map[string]receivedLine `json:"lines"`
	Extra  []extraGoods            `json:"extra"`
	Status int                     `json:"status"` // afterwards; 0 means ReturnReturned
	Open   bool                    `json:"open"`   // the status stays: more is expected
}

// A receivedLine counts items that came back; the scrapped ones are among the returned.
type receivedLine struct {
	Returned items `json:"returned"`
	Scrapped items `json:"scrapped"`
}

// receive books goods of x in, then sets its status and that of the original order.
func (o *Ongoing) receive(x *returnOrder, r receipt, now time.Time) error {
	if x.status == o.switches.ReturnCancelled {
		return refuse(http.StatusConflict, "return order %s is cancelled", x.number)
	}
	for row, got := range r.Lines {
		if x.line(row) == nil || got.Returned < 0 || got.Scrapped < 0 || got.Scrapped > got.Returned {
			return refuse(http.StatusConflict, "return order %s cannot receive %+v of row %q", x.number, got, row)
		}
	}
	if err := o.checkExtra(x, r.Extra); err != nil {
		return err
	}
	came := items(0)
	for _, l := range x.lines {
		got := r.Lines[l.row]
		if len(r.Lines) == 0 {
			got = receivedLine{Returned: max(0, l.announce-l.returned)}
		}
		if got.Returned > 0 {
			o.bookIn(x, l, got, now)
		}
		came += got.Returned
	}
	came += o.receiveExtra(x, r.Extra, now)
	x.book.Receipts++
	x.arrived = now
	if !r.Open {
		number := r.Status
		if number == 0 {
			number = o.switches.ReturnReturned
		}
		o.setReturnStatus(x, number, now)
	}
	if came > 0 && o.switches.ReceiveReturnsOrder {
		o.setStatus(x.original, o.switches.ReturnedStatus, now, byStaff)
	}
	return nil
}

// bookIn puts goods of one return line back into the warehouse, or scraps them.
func (o *Ongoing) bookIn(x *returnOrder, l *returnLine, got receivedLine, now time.Time) {
	l.returned += got.Returned
	l.scrapped += got.Scrapped
	x.book.Returned += int(got.Returned)
	x.book.Scrapped += int(got.Scrapped)
	x.original.lastReturned = now
	if kept := got.Returned - got.Scrapped; kept > 0 {
		l.items = append(l.items, returnedItem{count: kept, at: now})
	}
	if got.Scrapped > 0 {
		l.items = append(l.items, returnedItem{count: got.Scrapped, scrapped: true, at: now})
	}
	if l.line != nil {
		l.line.returned += got.Returned
		o.markBack(l, got.Returned, &backInfo{at: now, cause: l.put["returnCause"], order: x.id, line: l.id})
		o.firePicking(x.original, l.line, l.put["returnCause"], got.Returned, now)
	}
}

// markBack marks so many picked items of the original line as returned, splitting a pick where a part came.
func (o *Ongoing) markBack(l *returnLine, count items, back *backInfo) {
	for _, p := range l.line.picks {
		if p.back != nil || count == 0 {
			continue
		}
		if p.count > count {
			rest := *p
			rest.id, rest.count = o.ids.next("articleItem", 60112), p.count-count
			l.line.picks = append(l.line.picks, &rest)
			p.count = count
		}
		p.back = back
		count -= p.count
	}
}
