package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RefusedError reports an event that can never fit this exchange. It is final: a retry is refused again.
type RefusedError struct {
	Exchange ID
	Stage    Stage
	Event    EventKind
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("exchange %s: %s refused at stage %s", e.Exchange, e.Event, e.Stage)
}

// absorb adds what ev tells to the facts. It never moves the exchange: the rules do.
func (x *Exchange) absorb(ev Event) error {
	f := &x.Facts
	switch {
	case ev.Kind == EventRequested && ev.Request != nil:
		f.absorbRequest(ev)
		if ev.Read != nil { // asked for by a webhook: the return was read before
			f.absorbRead(*ev.Read)
			x.answered(*ev.Read, ev.At)
		}
	case ev.Kind == EventPortal && ev.Portal != nil:
		f.Portal.absorb(*ev.Portal)
	case ev.Kind == EventRead && ev.Read != nil:
		f.absorbRead(*ev.Read)
		x.answered(*ev.Read, ev.At)
	case ev.Kind == EventOutcome && ev.Outcome != nil:
		f.absorbOutcome(*ev.Outcome, ev.At)
	case ev.Kind == EventCancel && ev.Cancel != nil:
		if !slices.Contains([]Stage{Requested, Open, Returned, Released, Cancelling}, x.Stage) {
			return &RefusedError{x.ID, x.Stage, ev.Kind}
		}
		c := Cancel{By: ev.Cancel.By, Reason: ev.Cancel.Reason, Actor: ev.Actor, At: ev.At}
		if f.Cancel.By == "" || c.At.Before(f.Cancel.At) {
			f.Cancel = c
		}
	case ev.Kind == EventDead && ev.Dead != nil:
		if !f.absorbDead(ev) {
			return &RefusedError{x.ID, x.Stage, ev.Kind}
		}
	case ev.Kind == EventSaid && ev.Said != nil:
		if !x.Takes(ev.Said.What) {
			return &RefusedError{x.ID, x.Stage, ev.Kind}
		}
		f.absorbSaid(ev, x.shownOver(ev))
	case ev.Kind == EventTimer:
		f.Deadline = f.Deadline || ev.Timer == TimerDeadline
		f.Unrouted = f.Unrouted || ev.Timer == TimerRouting
	case ev.Kind == EventRecovered:
		f.Recovered = later(f.Recovered, ev.At)
	case ev.Kind == EventHint && ev.Hint != nil: // nothing is learned: it asks for a read
	default:
		return &RefusedError{x.ID, x.Stage, ev.Kind}
	}
	f.Sequence = max(f.Sequence, ev.Number)
	return nil
}

// absorbRequest merges what is asked for. The same return is the same exchange, whoever speaks first, so
// a later request adds what is missing and replaces nothing but the last word on "instant".
func (f *Facts) absorbRequest(ev Event) {
	r := ev.Request
	if ev.Source != "api" && r.Reference != "" { // the portal's own name for it
		f.Portal.Reference = first(f.Portal.Reference, r.Reference)
	} else {
		f.Request.Reference = first(f.Request.Reference, r.Reference)
	}
	f.Request.ReturnID = first(f.Request.ReturnID, r.ReturnID)
	f.Request.OrderID = first(f.Request.OrderID, r.OrderID)
	if len(f.Request.ReturnLines) == 0 {
		f.Request.ReturnLines, f.Request.ExchangeLines = r.ReturnLines, r.ExchangeLines
	}
	said := InstantSaid{At: ev.At, By: ev.ID}
	if r.Instant != nil {
		said.Value = *r.Instant
		if said.At.After(f.Instant.At) || said.At.Equal(f.Instant.At) && said.By > f.Instant.By {
			f.Instant = said
		}
	}
}

// first is the smaller of two names, an empty one counting as none: the same in whatever order they come.
func first(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// absorb takes the portal's word, each register by the portal's own time.
func (p *Portal) absorb(e PortalEvent) {
	p.Reference = first(p.Reference, e.Reference)
	switch e.Name {
	case "return.closed":
		p.Closed = later(p.Closed, e.At)
	case "return.auto_close_initiated", "return.auto_close_completed":
		p.AutoClose = later(p.AutoClose, e.At)
	case "return.auto_close_cancelled", "return.auto_close_failed":
		p.AutoEnded = later(p.AutoEnded, e.At)
	case "return.canceled":
		p.Cancelled = later(p.Cancelled, e.At)
	case "return.paused":
		p.Paused = later(p.Paused, e.At)
	case "return.resumed":
		p.Resumed = later(p.Resumed, e.At)
	case "return.instant_exchange":
		p.Instant = later(p.Instant, e.At)
	case "return.reset":
		p.Reset = later(p.Reset, e.At)
	case "return.label_generated":
		if e.Tracking != "" && !slices.Contains(p.Labels, e.Tracking) {
			p.Labels = append(p.Labels, e.Tracking)
			slices.Sort(p.Labels)
		}
	case "shipment.event.in_transit", "shipment.event.delivered":
		p.scan(e)
	}
}

// byItself reports whether the portal closes, or has closed, the return without anybody's word. On a tie it does.
func (p *Portal) byItself() bool {
	return p.AutoClose.After(p.Reset) && !p.AutoEnded.After(p.AutoClose)
}

func (p *Portal) scan(e PortalEvent) {
	i, known := slices.BinarySearchFunc(p.Scans, e.Tracking, func(s Scan, t string) int { return strings.Compare(s.Tracking, t) })
	if !known {
		p.Scans = slices.Insert(p.Scans, i, Scan{Tracking: e.Tracking})
	}
	s := &p.Scans[i]
	if e.Name == "shipment.event.delivered" {
		s.Delivered = later(s.Delivered, e.At)
		return
	}
	s.InTransit = later(s.InTransit, e.At)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (f *Facts) absorbRead(r ReadResult) {
	if r.Shop != nil {
		f.absorbShop(r.Shop)
	}
	if r.Original != nil && (f.Original == nil || r.Original.Stamp.After(f.Original.Stamp)) {
		f.Original = r.Original
	}
	if r.Order != nil {
		f.absorbOrder(r.Order)
	}
	if r.ReturnOrder != nil {
		f.absorbReturnOrder(r.ReturnOrder)
	}
	if m := r.Missing; m != nil {
		i, known := slices.BinarySearchFunc(f.Missing, m.Target, func(m Missing, t Target) int { return strings.Compare(string(m.Target), string(t)) })
		if !known {
			f.Missing = slices.Insert(f.Missing, i, *m)
		} else if m.Stamp.After(f.Missing[i].Stamp) {
			f.Missing[i] = *m
		}
	}
}

// absorbShop keeps the latest snapshot, and what was agreed: of the lines that the latest one with nothing processed
// has, as the earliest one with these lines says.
func (f *Facts) absorbShop(s *Shop) {
	if f.Shop == nil || s.Stamp.After(f.Shop.Stamp) {
		f.Shop = s
	}
	if s.ReturnStatus == ReturnClosed && s.left() && s.Stamp.After(f.Shut) {
		f.Shut = s.Stamp
	}
	if a, ok := s.agreedLate(); ok && s.processedAny() {
		f.agree(a)
	}
	if s.Suggested == nil {
		return
	}
	amount, err := s.Suggested.Minus(s.Outstanding)
	if err != nil {
		return // two currencies: nothing is agreed, and the rules raise it
	}
	if s.processedAny() {
		f.leave(s, amount)
		return
	}
	balance, err := s.Outstanding.Plus(s.Capturable)
	if err != nil || s.hidden() {
		return
	}
	a := Agreed{Stamp: s.latest(), Amount: amount, Balance: balance, Lines: s.lines(), Last: s.Stamp}
	if !s.capped() {
		a.Latest = amount
	}
	for _, t := range s.Transactions {
		a.Seen = append(a.Seen, t.ID)
	}
	f.agree(a)
}

// agree keeps one Agreed for each set of lines that was read, as it was at first. The one read last is in force. What
// prices say is so only as long as no read has seen the return with nothing processed.
func (f *Facts) agree(a Agreed) {
	all := f.Overtaken
	if f.Agreed != nil {
		all = append(all, *f.Agreed)
	}
	if !a.Late {
		all = slices.DeleteFunc(slices.Clone(all), func(have Agreed) bool { return have.Late })
	} else if slices.ContainsFunc(all, func(have Agreed) bool { return !have.Late }) {
		return
	}
	i := slices.IndexFunc(all, func(have Agreed) bool { return have.Lines == a.Lines })
	switch {
	case i < 0:
		all = append(all, a)
	case all[i].Stamp.After(a.Stamp): // this one is older
		if !a.Last.After(all[i].Last) {
			a.Last, a.Latest = all[i].Last, all[i].Latest
		}
		all[i] = a
	case a.Last.After(all[i].Last):
		all[i].Last, all[i].Latest = a.Last, a.Latest
	}
	slices.SortFunc(all, func(a, b Agreed) int {
		if a.Last.After(b.Last) {
			return 1
		}
		return -1
	})
	last := all[len(all)-1]
	f.Agreed, f.Overtaken = &last, slices.Clip(all[:len(all)-1])
	if len(f.Overtaken) == 0 {
		f.Overtaken = nil
	}
}

// leave keeps what the lines not processed yet come to, as was first said of just these.
func (f *Facts) leave(s *Shop, amount Money) {
	if !s.left() || s.capped() {
		return
	}
	l := Left{Lines: s.standing(), Stamp: s.latest(), Amount: amount}
	i, known := slices.BinarySearchFunc(f.Left, l.Lines, func(have Left, lines string) int { return strings.Compare(have.Lines, lines) })
	switch {
	case !known:
		f.Left = slices.Insert(f.Left, i, l)
	case f.Left[i].Stamp.After(l.Stamp):
		f.Left[i] = l
	}
}

// absorbSaid keeps what a person decided, each decision once, and what they let through by it.
func (f *Facts) absorbSaid(ev Event, over *Money) {
	if slices.ContainsFunc(f.Said, func(d Decided) bool { return d.Event == ev.ID }) {
		return
	}
	f.Said = append(f.Said, Decided{Event: ev.ID, At: ev.At, Actor: ev.Actor, Said: *ev.Said, LetThrough: over})
	slices.SortFunc(f.Said, func(a, b Decided) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Event, b.Event))
	})
}

// absorbOrder keeps the latest snapshot of each exchange order. The one that was read first the latest is the one in
// force: it was placed when those before it were taken back.
func (f *Facts) absorbOrder(o *Order) {
	all := slices.Clone(f.Former)
	if have := f.Order; have != nil {
		born := Born{Stamp: have.Stamp, Role: have.Status.Role}
		if f.Born != nil {
			born = *f.Born
		}
		all = append(all, Former{*have, born})
	}
	i := slices.IndexFunc(all, func(have Former) bool { return have.Order.ID == o.ID })
	if i < 0 {
		all = append(all, Former{*o, Born{Stamp: o.Stamp, Role: o.Status.Role}})
	} else {
		if have := &all[i]; o.Stamp.After(have.Order.Stamp) {
			have.Order = *o
		}
		if have := &all[i]; have.Born.Stamp.After(o.Stamp) {
			have.Born = Born{Stamp: o.Stamp, Role: o.Status.Role}
		}
	}
	slices.SortFunc(all, func(a, b Former) int {
		if a.Born.Stamp.After(b.Born.Stamp) {
			return 1
		}
		return -1
	})
	last := all[len(all)-1]
	f.Order, f.Born, f.Former = &last.Order, &last.Born, all[:len(all)-1]
	if len(f.Former) == 0 {
		f.Former = nil
	}
	if r := o.Status.Role; r != RoleNone && !f.Reached.Has(r) {
		f.Reached = append(f.Reached, r)
		slices.Sort(f.Reached)
	}
	f.absorbSent(o)
}

// absorbSent notes the shipped quantities that an order was seen with, each level once.
func (f *Facts) absorbSent(o *Order) {
	level := Level{Stamp: o.Stamp, Last: o.Stamp, Parcels: o.Parcels}
	for _, l := range o.Lines {
		if l.Shipped > 0 {
			level.Lines = append(level.Lines, ShipmentLine{Row: l.Row, ExternalID: l.ExternalID, Article: l.Article, Quantity: l.Shipped})
		}
	}
	if len(level.Lines) == 0 {
		return
	}
	for i, have := range f.Sent {
		if slices.Equal(have.Lines, level.Lines) {
			if have.Last.After(level.Last) {
				level.Last, level.Parcels = have.Last, have.Parcels
			}
			if level.Stamp.After(have.Stamp) {
				level.Stamp = have.Stamp
			}
			f.Sent[i] = level
			f.sortSent()
			return
		}
	}
	f.Sent = append(f.Sent, level)
	f.sortSent()
}

func (f *Facts) sortSent() {
	slices.SortFunc(f.Sent, func(a, b Level) int {
		if a.Stamp.After(b.Stamp) {
			return 1
		}
		return -1
	})
}

func (f *Facts) absorbReturnOrder(r *ReturnOrder) {
	if f.ReturnOrder == nil || r.Stamp.After(f.ReturnOrder.Stamp) {
		f.ReturnOrder = r
	}
}

// finality orders the results that one act can have: a person may retry a dead one, and done is done.
var finality = map[Result]int{NotDone: 0, Dead: 1, Withdrawn: 2, Refused: 3, Done: 4}

func (f *Facts) absorbOutcome(o Outcome, at time.Time) {
	if o.Order != nil {
		f.absorbOrder(o.Order)
	}
	if o.ReturnOrder != nil {
		f.absorbReturnOrder(o.ReturnOrder)
	}
	m := Movement{
		Effect: o.Effect, Kind: o.Kind, Result: o.Result, At: at, Code: o.Code, Reason: o.Reason,
		Looked: o.Looked, Stamp: o.Stamp, ID: o.ID, IDs: o.IDs, Amount: o.Amount, Ours: o.Ours, Theirs: o.Theirs,
	}
	i, known := slices.BinarySearchFunc(f.Movements, o.Effect, func(m Movement, id EffectID) int { return strings.Compare(string(m.Effect), string(id)) })
	switch {
	case !known:
		f.Movements = slices.Insert(f.Movements, i, m)
	case finality[m.Result] > finality[f.Movements[i].Result]:
		f.Movements[i] = m
	}
}
