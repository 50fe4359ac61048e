package exchange

import "slices"

// Announced is how many items of a line of an original order an exchange has announced to come back.
type Announced struct {
	LineID   int64 `json:"line_id"` // Ongoing's
	Quantity int   `json:"quantity"`
}

// announced is what x uses up of the lines of its original order: what its return order announces or, once that is
// finished, what came back; before it is made, what it will announce. A cancelled one uses up what came in spite of that.
func (x *Exchange) announced() []Announced {
	var out []Announced
	add := func(line int64, n int) {
		if line != 0 && n > 0 {
			out = append(out, Announced{line, n})
		}
	}
	r := x.Facts.ReturnOrder
	switch {
	case r != nil && x.received():
		for _, l := range r.Lines {
			add(l.LineID, l.Received)
		}
	case x.Stage == Cancelled, r != nil && r.Status.Role == RoleCancelled:
	case r != nil:
		for _, l := range r.Lines {
			add(l.LineID, l.Announced)
		}
	default:
		if p, code := x.placing(); code == "" {
			for _, l := range p.back.Lines {
				add(l.OriginalLineID, l.Quantity)
			}
		}
	}
	return out
}

// goesFirst reports whether what x announces counts for another exchange of the order, for which mine was agreed: it
// has announced it, or will do so before.
func (x *Exchange) goesFirst(mine *Agreed) bool {
	return x.asked(PlaceReturnOrder) || x.Facts.ReturnOrder != nil || x.Facts.Agreed != nil && x.Facts.Agreed.earlier(mine)
}

// AnnouncedBeside is what the other exchanges of a Shopify order have announced, as the one called id must know it. Call
// it with what is stored after the read of the original order: that one goes through a lane which admits one at a time.
func AnnouncedBeside(all []Exchange, id ID) []Announced {
	var mine *Agreed
	if i := slices.IndexFunc(all, func(x Exchange) bool { return x.ID == id }); i >= 0 {
		mine = all[i].Facts.Agreed
	}
	var out []Announced
	for i := range all {
		if x := &all[i]; x.ID != id && x.goesFirst(mine) {
			out = append(out, x.announced()...)
		}
	}
	return out
}

// takenOf counts the items of a line of the original order that the order's other exchanges have announced. It is of no
// concern any more once x has announced its own.
func (x *Exchange) takenOf(line int64) int {
	s, o := x.Facts.Shop, x.Facts.Original
	if x.done(PlaceReturnOrder) != nil || s == nil || o == nil {
		return 0
	}
	known := o.Announced
	if s.Stamp.After(o.Stamp) {
		known = deref(s.Siblings).Announced
	}
	n := 0
	for _, a := range known {
		if a.LineID == line {
			n += a.Quantity
		}
	}
	return n
}

// sharesLine reports whether one of the original order's lines that a return line may come from is announced by others.
func (x *Exchange) sharesLine(l ReturnLine) bool {
	return slices.ContainsFunc(x.Facts.Original.Lines, func(ol OrderLine) bool { return sameLine(l, ol) && x.takenOf(ol.ID) > 0 })
}
