package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decide returns the exchange after ev, and the effects it asks for. It is pure: ev.At is the only time it
// knows, x is left as it was, and equal arguments give equal effects with equal ids.
//
// Errors: *RefusedError when the event can never fit; x comes back as it was, without effects.
func Decide(x Exchange, ev Event) (Exchange, []Effect, error) {
	next, entry, err := Step(x, ev)
	return next, entry.Effects, err
}

// Step is Decide with the journal's line of it: which rules fired, what was raised and lowered.
func Step(x Exchange, ev Event) (Exchange, Entry, error) {
	next, err := x.hear(ev)
	if err != nil {
		return x, Entry{Exchange: x.ID, Version: x.Version, At: ev.At, Event: ev, From: x.Stage, To: x.Stage}, err
	}
	d := decision{x: &next, ev: ev}
	if ev.Kind == EventHint && next.hears(ev.Hint.Target) {
		d.want(ev.Hint.Target)
	}
	if next.closed() && !x.closed() && !next.whole() && !next.Stage.Final() {
		d.want(ReadReturnOrder) // what earns the release is compared with what the warehouse found by now
	}
	if ev.Kind == EventRecovered {
		d.wantAll()
	}
	if ev.Kind == EventDead {
		d.effects = append(d.effects, next.deadEffect(*ev.Dead))
	}
	for r, ok := d.next(); ok; r, ok = d.next() {
		d.apply(r)
	}
	d.raiseOutcomes()
	d.lower()
	d.poll()
	entry := Entry{
		Exchange: x.ID, Version: next.Version, At: ev.At, Event: ev, From: x.Stage, To: next.Stage,
		Rules: d.fired, Effects: d.effects, Raised: d.raised, Lowered: d.lowered,
	}
	for _, s := range next.Since[len(x.Since):] {
		entry.Entered = append(entry.Entered, s.Stage)
	}
	if len(d.raised)+len(d.lowered) > 0 {
		entry.Standing = slices.Clone(next.Raised)
	}
	for _, r := range next.Reads {
		if have := x.reading(r.Target); have == nil || *have != r {
			entry.Reads = append(entry.Reads, r)
		}
	}
	return next, entry, nil
}

// hear is x one version on, with what ev tells.
//
// Errors: *RefusedError.
func (x Exchange) hear(ev Event) (Exchange, error) {
	next := x.clone()
	if ev.Policy != nil && next.TakesPolicy() {
		next.Policy = *ev.Policy
	}
	if err := next.absorb(ev); err != nil {
		return x, err
	}
	if len(next.saidOf(CollectAgain)) > len(x.saidOf(CollectAgain)) {
		next.Anew = len(next.Asked)
	}
	next.Version++
	next.Updated = later(x.Updated, ev.At)
	return next, nil
}

// TakesPolicy reports whether the merchant's settings of now are still taken over: until something was put
// into the warehouse.
func (x *Exchange) TakesPolicy() bool {
	return x.Stage == Requested && !x.asked(PlaceOrder) && !x.asked(PlaceReturnOrder)
}

// decision is one run of the rules.
type decision struct {
	x       *Exchange
	ev      Event
	effects []Effect
	fired   []string
	raised  []string
	lowered []string
}

// next is the first rule that holds and has something new to say.
func (d *decision) next() (Rule, bool) {
	for _, r := range rules {
		if !slices.Contains(r.From, d.x.Stage) || !r.When.Holds(d.x) {
			continue
		}
		if r.To != "" || r.Raise != "" && d.isNew(d.x.raisedBy(r.Raise)) || len(d.fresh(r)) > 0 {
			return r, true
		}
	}
	return Rule{}, false
}

// fresh are the effects of r that were not asked for yet.
func (d *decision) fresh(r Rule) []Effect {
	if r.Ask.build == nil {
		return nil
	}
	return slices.DeleteFunc(r.Ask.build(d.x), func(e Effect) bool { return d.already(e) })
}

func (d *decision) already(e Effect) bool {
	if e.Kind == KindRead {
		r := d.x.reading(e.Read.Target)
		return r != nil && r.Want > r.Have
	}
	i := slices.IndexFunc(d.x.Asked, func(a Asked) bool { return a.ID == e.ID })
	if i < 0 {
		return false
	}
	return !e.Withdraw || d.x.Asked[i].Withdrawn
}

func (d *decision) apply(r Rule) {
	effects := d.fresh(r)
	name := r.When.String()
	if r.To != "" {
		name = fmt.Sprintf("%s -> %s: %s", d.x.Stage, r.To, name)
		d.x.enter(r.To, d.ev.At)
	}
	d.fired = append(d.fired, name)
	for _, e := range effects {
		d.ask(e)
	}
	if r.Raise != "" {
		d.raise(d.x.raisedBy(r.Raise))
	}
}

// raisedBy is what a rule raises by a code.
func (x *Exchange) raisedBy(c Code) Raised {
	r := Raised{Code: string(c), Message: x.message(c)}
	switch c {
	case MoneyMismatch:
		r.Figures = map[string]Money{"ours": x.Facts.Agreed.Amount, "theirs": x.Facts.Agreed.Latest}
	case OverLimit:
		r = x.raisedOver()
	}
	return r
}

func (x *Exchange) enter(s Stage, at time.Time) {
	x.Stage = s
	x.Since = append(x.Since, StageAt{s, at})
	if s == Released && x.Fixed == nil {
		fixed := x.Instant()
		x.Fixed = &fixed
	}
}

func (d *decision) ask(e Effect) {
	if e.Kind == KindRead {
		d.want(e.Read.Target)
		return
	}
	d.x.asks(e, d.ev.At)
	e.Exchange, e.ShopID = d.x.ID, d.x.ShopOrderID()
	if e.Due.IsZero() {
		e.Due = d.ev.At
	}
	d.effects = append(d.effects, e)
}

// asks notes that an act was asked for, or is not wanted any more.
func (x *Exchange) asks(e Effect, at time.Time) {
	if e.Withdraw {
		i := slices.IndexFunc(x.Asked, func(a Asked) bool { return a.ID == e.ID })
		x.Asked[i].Withdrawn = true
		return
	}
	a := Asked{ID: e.ID, Kind: e.Kind, Cause: causeOf(e.ID), At: at}
	if e.Money != nil {
		a.Amount = &e.Money.Amount
	}
	if e.Ship != nil {
		a.Waybills = waybills(e.Ship.Parcels)
	}
	x.Asked = append(x.Asked, a)
}

// isNew reports whether r is so and was not raised yet.
func (d *decision) isNew(r Raised) bool {
	return !d.x.mended(r) && !slices.ContainsFunc(d.x.Raised, func(have Raised) bool { return have.Code == r.Code && have.About == r.About })
}

func (d *decision) raise(r Raised) {
	if !d.isNew(r) {
		return
	}
	r.Since = d.ev.At
	d.x.Raised = append(d.x.Raised, r)
	d.raised = append(d.raised, r.Code)
}

// lower takes down what no longer holds.
func (d *decision) lower() {
	d.x.Raised = slices.DeleteFunc(d.x.Raised, func(r Raised) bool {
		gone := d.x.mended(r)
		if gone {
			d.lowered = append(d.lowered, r.Code)
		}
		return gone
	})
}

// mended reports whether what was raised is no longer so.
func (x *Exchange) mended(r Raised) bool {
	switch Code(r.Code) {
	case EffectRefused, EffectDead, EffectAmbiguous:
		m := x.moved(EffectID(r.About))
		return m == nil || m.Result == Done || m.Code == CodeDiscarded || x.overtaken(*m) // nil: it is tried again
	case OverLimit: // each amount by itself: a person lets through what they were shown
		m := x.tooMuch()
		return m.Minor == 0 || r.About != m.String()
	case ReturnNotFound, OriginalNotFound, OriginalAmbiguous, OrderNotFound, ReturnOrderNotFound, ReadRefused:
		i := slices.IndexFunc(x.Facts.Missing, func(m Missing) bool { return string(m.Target) == r.About })
		return !x.missing(Target(r.About)) || x.Facts.Missing[i].Code != r.Code
	}
	stays := reasons[Code(r.Code)].stays
	if Code(r.Code) == MoneyMismatch && r.About == "" { // by a rule, not by an act
		stays = otherwise
	}
	if stays.name == "" {
		return x.Stage == Completed // it was news; nothing is left to do about it
	}
	return !stays.Holds(x)
}

// missing reports whether the latest read of t found nothing.
func (x *Exchange) missing(t Target) bool {
	f := &x.Facts
	i := slices.IndexFunc(f.Missing, func(m Missing) bool { return m.Target == t })
	if i < 0 {
		return false
	}
	at := f.Missing[i].Stamp
	switch t {
	case ReadShop:
		return f.Shop == nil || at.After(f.Shop.Stamp)
	case ReadOriginal:
		return f.Original == nil || at.After(f.Original.Stamp)
	case ReadOrder:
		return !x.takenBack() && (f.Order == nil || at.After(f.Order.Stamp))
	default:
		return f.ReturnOrder == nil || at.After(f.ReturnOrder.Stamp)
	}
}

// raiseOutcomes raises what reads did not find and what acts could not do, where no rule goes another way.
func (d *decision) raiseOutcomes() {
	x := d.x
	for _, m := range x.Facts.Missing {
		if x.missing(m.Target) && !x.Stage.Final() {
			d.raise(Raised{Code: m.Code, About: string(m.Target), Message: join2(reasons[Code(m.Code)].message, m.Detail)})
		}
	}
	for _, m := range x.Facts.Movements {
		about := string(m.Effect)
		switch {
		case m.Code == CodeDiscarded:
		case m.Code == CodeMismatch:
			r := Raised{Code: string(MoneyMismatch), About: about, Message: reasons[MoneyMismatch].message}
			if m.Ours == nil {
				r.Message = "of an exchange of this order it is not known what was agreed, so that our ledger cannot tell what the order should owe: nothing was moved"
			}
			if m.Ours != nil && m.Theirs != nil {
				r.Figures = map[string]Money{"ours": *m.Ours, "theirs": *m.Theirs}
			}
			d.raise(r)
		case m.Result == Refused && m.Code == CodeNotOurs:
			d.raise(Raised{Code: string(NumberOfAnother), About: about, Message: join2(reasons[NumberOfAnother].message, m.Reason)})
		case m.Result == Dead && m.Code == CodeAmbiguous:
			d.raise(Raised{Code: string(EffectAmbiguous), About: about, Message: join2(string(m.Kind)+": "+reasons[EffectAmbiguous].message, m.Reason)})
		case m.Result == Dead:
			d.raise(Raised{Code: string(EffectDead), About: about, Message: join2(string(m.Kind)+" was "+reasons[EffectDead].message, m.Reason)})
		case m.Result == Refused && !answered(m) && !x.overtaken(m):
			d.raise(Raised{Code: string(EffectRefused), About: about, Message: join2(string(m.Kind)+" was refused", m.Reason)})
		}
	}
}

// answered reports whether a rule says what follows this refusal.
func answered(m Movement) bool {
	switch m.Kind {
	case MarkReturned, SetOpen, CancelOrder, CancelReturn:
		return true
	case CancelReturnOrder: // the goods have come in: there is nothing to call off
		return m.Code == CodeOrderStarted
	case RemoveExchangeLines: // of a return that has ended nothing will be sent; to be matched it must be open
		return m.Code == CodeReturnEnded && causeOf(m.Effect) != matchedCause
	case Capture, ChargeMandate, SendInvoice, Refund, VoidAuthorisation:
		return m.Code != CodeUnclear
	case Process:
		return strings.Contains(string(m.Effect), withRefund) // the lines are processed without it
	}
	return m.Code == CodeNumberTaken || m.Code == CodeCancelled
}

func join2(a, b string) string {
	if b == "" {
		return a
	}
	return a + ": " + b
}
