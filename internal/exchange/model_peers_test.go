package exchange

import (
	"fmt"
	"slices"
)

func (m *model) carryOut(e Effect) {
	if e.Kind == KindRead {
		m.read(e)
		return
	}
	if e.Kind == KindTimer {
		m.tell(Event{Kind: EventTimer, Timer: e.Timer})
		return
	}
	if e.Kind == m.hang {
		return
	}
	if m.watch != nil && !e.Withdraw {
		m.watch(e)
	}
	out := Outcome{Effect: e.ID, Kind: e.Kind, Result: Done}
	if e.Withdraw {
		out.Result = Withdrawn
	} else if e.Place != nil && m.taken[e.Place.Number] != "" {
		out.Result, out.Code = Refused, m.taken[e.Place.Number]
	} else if code, ok := m.refuse[e.Kind]; ok {
		out.Result, out.Code = Refused, code
	} else if e.Kind == m.refuseOnce {
		out.Result, m.refuseOnce = Refused, ""
	} else if m.disagrees(e, &out) {
		m.hint(ReadShop)
	} else {
		if m.act(e, &out); out.Result == Done {
			m.acts[e.Kind]++
		}
	}
	if m.order != nil {
		o := *m.order
		out.Order = &o
	}
	if m.back != nil && (e.Kind == PlaceReturnOrder || e.Kind == CancelReturnOrder) {
		r := *m.back
		out.ReturnOrder = &r
	}
	out.Stamped(m.next())
	out.Stamp = m.next()
	m.tell(Event{Kind: EventOutcome, Source: "tradeback", Outcome: &out})
}

func (m *model) act(e Effect, out *Outcome) {
	s := &m.shop
	switch e.Kind {
	case PlaceOrder:
		m.order = &Order{ID: 50 + int64(len(m.orders)), Number: e.Place.Number, Status: Status{Role: m.born}}
		for i, l := range e.Place.Lines {
			m.order.Lines = append(m.order.Lines, OrderLine{ID: int64(i), Row: l.Row, Article: l.Article, ExternalID: l.ExternalID, Ordered: l.Quantity})
		}
		m.orders = append(m.orders, m.order)
		m.hint(ReadOrder)
	case PlaceReturnOrder:
		m.back = &ReturnOrder{ID: 60, Number: e.Place.Number, Status: Status{Role: RoleNotified}}
		for _, l := range e.Place.Lines {
			m.back.Lines = append(m.back.Lines, ReturnOrderLine{Row: l.Row, LineID: l.OriginalLineID, Article: l.Article, Announced: l.Quantity})
		}
		m.hint(ReadReturnOrder)
	case SetOpen, MarkReturned, Release, CancelOrder:
		m.placed(e.Status.ID).Status.Role = e.Status.To
		m.hint(ReadOrder)
	case CancelReturnOrder:
		m.back.Status.Role = RoleCancelled
	case Process:
		m.process(e, out)
		m.hint(ReadShop)
	case HoldFulfillment:
		fo := m.fulfillmentOrder(e.Hold.FulfillmentOrderID)
		fo.Holds = append(slices.Clone(fo.Holds), Hold{ID: "hold-" + fo.ID, Handle: e.Hold.Handle, Reason: "OTHER", Ours: true})
		out.ID = "hold-" + fo.ID
	case ReleaseHold:
		fo := m.fulfillmentOrder(e.Hold.FulfillmentOrderID)
		fo.Holds = slices.DeleteFunc(slices.Clone(fo.Holds), func(h Hold) bool { return slices.Contains(e.Hold.HoldIDs, h.ID) })
	case Fulfill:
		f := Fulfillment{ID: fmt.Sprintf("f%d", len(s.Fulfillments)+1)}
		for _, l := range e.Ship.Lines {
			fo := m.fulfillmentOrder(l.FulfillmentOrderID)
			fo.Lines = slices.Clone(fo.Lines)
			i := slices.IndexFunc(fo.Lines, func(fl FulfillmentOrderLine) bool { return fl.ID == l.LineID })
			if fo.Lines[i].Remaining -= l.Quantity; fo.Lines[i].Remaining < 0 || len(fo.Holds) > 0 {
				m.t.Fatalf("fulfilled %+v of %+v", l, fo)
			}
			f.Lines = append(f.Lines, FulfillmentLine{l.LineItemID, l.Quantity})
		}
		s.Fulfillments = append(s.Fulfillments, f)
		out.ID = f.ID
	case Capture, ChargeMandate, SendInvoice, Refund, VoidAuthorisation:
		m.moveMoney(e, out)
		m.hint(ReadShop)
	case CreateReturn:
		out.ID = s.ReturnID
	case Dispose:
		for i := range s.ReturnLines {
			l := &s.ReturnLines[i]
			l.ReverseLines = slices.Clone(l.ReverseLines)
			for j := range l.ReverseLines {
				for _, g := range e.Goods {
					if g.ReverseLineID == l.ReverseLines[j].ID {
						l.ReverseLines[j].Disposed += g.Quantity
					}
				}
			}
		}
	case RemoveExchangeLines:
		for _, ask := range e.Lines.ExchangeLines {
			l := s.exchangeLine(ask.ID)
			if l.Quantity, l.Processable = l.Quantity-ask.Quantity, l.Processable-ask.Quantity; l.Processable < 0 {
				m.t.Fatalf("took %+v off %+v", ask, l)
			}
		}
		for _, ask := range e.Lines.ReturnLines {
			l := s.returnLine(ask.ID)
			if l.Quantity, l.Processable = l.Quantity-ask.Quantity, l.Processable-ask.Quantity; l.Processable < 0 {
				m.t.Fatalf("took %+v off %+v", ask, l)
			}
		}
		s.ExchangeLines = slices.DeleteFunc(s.ExchangeLines, func(l ExchangeLine) bool { return l.Quantity == 0 })
		s.ReturnLines = slices.DeleteFunc(s.ReturnLines, func(l ReturnLine) bool { return l.Quantity == 0 })
		if !s.left() {
			s.ReturnStatus = ReturnClosed
		}
		m.suggest()
		m.hint(ReadShop)
	case EditLines:
		for _, l := range e.Edit.Lines {
			for i := range s.FulfillmentOrders {
				fo := &s.FulfillmentOrders[i]
				fo.Lines = slices.Clone(fo.Lines)
				for j := range fo.Lines {
					if fo.Lines[j].LineItemID == l.LineItemID {
						fo.Lines[j].Remaining -= l.Before - l.Quantity
						m.owe(-int64(l.Before-l.Quantity) * m.out)
					}
				}
			}
		}
		m.hint(ReadShop)
	case CancelReturn:
		s.ReturnStatus = ReturnCanceled
		m.hint(ReadShop)
	case CloseReturn:
		s.ReturnStatus = ReturnClosed
		m.hint(ReadShop)
	}
}

func (m *model) read(e Effect) {
	r := ReadResult{Target: e.Read.Target, Want: e.Read.Want}
	switch e.Read.Target {
	case ReadShop:
		s := m.shop
		s.ReturnLines, s.ExchangeLines = slices.Clone(s.ReturnLines), slices.Clone(s.ExchangeLines)
		s.Transactions = slices.Clone(s.Transactions)
		s.FulfillmentOrders = slices.Clone(s.FulfillmentOrders)
		for i := range s.FulfillmentOrders { // as they can be shipped just now
			fo := &s.FulfillmentOrders[i]
			switch {
			case !slices.ContainsFunc(fo.Lines, func(l FulfillmentOrderLine) bool { return l.Remaining > 0 }):
				fo.Status, fo.CanDo = "CLOSED", nil
			case len(fo.Holds) > 0:
				fo.Status, fo.CanDo = "ON_HOLD", []string{"RELEASE_HOLD", "HOLD"}
			default:
				fo.Status, fo.CanDo = "OPEN", []string{"CREATE_FULFILLMENT", "HOLD"}
			}
		}
		if !s.processable() {
			s.Suggested = nil
		}
		r.Shop = &s
	case ReadOriginal:
		o := m.original
		r.Original = &o
	case ReadOrder:
		o := *m.placed(e.Read.ID)
		o.Lines = slices.Clone(o.Lines)
		r.Order = &o
	case ReadReturnOrder:
		b := *m.back
		b.Lines = slices.Clone(b.Lines)
		r.ReturnOrder = &b
	}
	r.Stamped(m.next())
	m.tell(Event{Kind: EventRead, Source: "tradeback", Read: &r})
}
