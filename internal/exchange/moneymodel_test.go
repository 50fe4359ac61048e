package exchange

import (
	"fmt"
	"slices"
)

// The part of the model that is Shopify's money: what the order owes, and its transactions.

// owe changes what the order owes, and with it what Shopify suggests for the lines that are left.
func (m *model) owe(minor int64) {
	m.shop.Outstanding.Minor += minor
	suggested := *m.shop.Suggested
	suggested.Minor += minor
	m.shop.Suggested = &suggested
}

// process processes the lines, with the refund that is asked for.
func (m *model) process(e Effect, out *Outcome) {
	s := &m.shop
	if s.ReturnStatus == ReturnClosed {
		out.Result, out.Code = Refused, "invalid_state"
		return
	}
	if slices.ContainsFunc(e.Lines.ExchangeLines, func(l ProcessLine) bool { return s.exchangeLine(l.ID) == nil }) {
		out.Result, out.Code = Refused, "not_found"
		return
	}
	if !m.caps {
		s.Outstanding.Minor = s.Suggested.Minor - m.change() // with a fee that was put on it, if any
	}
	for _, l := range e.Lines.ExchangeLines {
		m.sell(l.ID, l.Quantity)
	}
	s.ReturnLines = slices.Clone(s.ReturnLines)
	for _, l := range e.Lines.ReturnLines {
		rl := s.returnLine(l.ID)
		rl.Processed, rl.Processable = rl.Processed+l.Quantity, rl.Processable-l.Quantity
		s.Outstanding.Minor -= int64(l.Quantity) * m.in
	}
	if !s.left() {
		s.ReturnStatus = ReturnClosed
	}
	m.suggest()
	if e.Money != nil && !m.silent {
		m.giveBack(e, out)
	}
}

func (m *model) transact(t Transaction) string {
	t.ID = fmt.Sprintf("t%d", len(m.shop.Transactions))
	if t.Status == "" {
		t.Status = "SUCCESS"
	}
	m.shop.Transactions = append(slices.Clone(m.shop.Transactions), t)
	return t.ID
}

func (m *model) transaction(id string) *Transaction {
	m.shop.Transactions = slices.Clone(m.shop.Transactions)
	return &m.shop.Transactions[slices.IndexFunc(m.shop.Transactions, func(t Transaction) bool { return t.ID == id })]
}

// disagrees holds our ledger against what the order owes, as the adapters do before money is moved.
func (m *model) disagrees(e Effect, out *Outcome) bool {
	if !slices.Contains([]Kind{Capture, ChargeMandate, SendInvoice, Refund}, e.Kind) {
		return false
	}
	owed, ok := Owed([]Exchange{m.x})
	theirs := Money{m.shop.Outstanding.Minor + m.shop.Capturable.Minor + m.amiss, "SEK"}
	if ok && owed == theirs {
		return false
	}
	out.Result, out.Code, out.Ours, out.Theirs = Refused, CodeMismatch, &owed, &theirs
	return true
}

func (m *model) moveMoney(e Effect, out *Outcome) {
	s, ask := &m.shop, e.Money
	what := string(e.Kind)
	if ask.Authorise {
		what = "authorise"
	}
	m.moved = append(m.moved, fmt.Sprintf("%s %d", what, ask.Amount.Minor))
	out.Amount = &ask.Amount
	switch e.Kind {
	case Capture:
		out.ID = m.transact(Transaction{Kind: "CAPTURE", ParentID: ask.ParentID, Amount: ask.Amount})
		from := m.transaction(ask.ParentID)
		from.Unsettled.Minor -= ask.Amount.Minor
		s.Capturable.Minor -= ask.Amount.Minor
		if ask.Final || !from.MultiCapturable {
			m.release(from)
		}
	case ChargeMandate:
		if ask.Whole && s.Outstanding != ask.Amount {
			m.t.Fatalf("the whole of %s was charged for %s", s.Outstanding, ask.Amount)
		}
		m.owe(-ask.Amount.Minor)
		if !ask.Authorise {
			out.ID = m.transact(Transaction{Kind: "SALE", Amount: ask.Amount})
			return
		}
		s.Capturable.Minor += ask.Amount.Minor
		out.ID = m.transact(Transaction{Kind: "AUTHORIZATION", Amount: ask.Amount, Unsettled: ask.Amount, Capturable: true, MultiCapturable: m.several})
	case SendInvoice:
		if s.Outstanding != ask.Amount {
			m.t.Fatalf("an invoice of %s was sent for %s", s.Outstanding, ask.Amount)
		}
		out.Amount = nil
	case Refund:
		m.giveBack(e, out)
	case VoidAuthorisation:
		m.release(m.transaction(ask.ParentID))
	}
}

// giveBack refunds what is asked for, to the payments that are named.
func (m *model) giveBack(e Effect, out *Outcome) {
	sum := int64(0)
	for _, f := range e.Money.From {
		if m.shop.refundable(*m.transaction(f.ParentID)) < f.Amount.Minor {
			m.t.Fatalf("%s was refunded to %s, which holds less", f.Amount, f.ParentID)
		}
		out.IDs = append(out.IDs, m.transact(Transaction{Kind: "REFUND", ParentID: f.ParentID, Amount: f.Amount}))
		sum += f.Amount.Minor
	}
	if sum != e.Money.Amount.Minor {
		m.t.Fatalf("a refund of %s goes to payments for %d", e.Money.Amount, sum)
	}
	out.Amount = &e.Money.Amount
	m.owe(sum)
}

// release ends an authorisation: what it held is owed again.
func (m *model) release(t *Transaction) {
	m.shop.Capturable.Minor -= t.Unsettled.Minor
	m.owe(t.Unsettled.Minor)
	t.Unsettled.Minor, t.Capturable = 0, false
}

// pays is the customer paying what the order owes, by the invoice or otherwise.
func (m *model) pays(minor int64) {
	m.transact(Transaction{Kind: "SALE", Amount: Money{minor, "SEK"}})
	m.owe(-minor)
	m.hint(ReadShop)
}

// without takes the authorisation off the order that newModel put there.
func (m *model) without() *model {
	if m.auth > 0 {
		m.release(m.transaction("auth"))
	}
	return m
}

// net is what was taken and not given back since, by whomever.
func (m *model) net() int64 {
	sum := int64(0)
	for _, t := range m.shop.Transactions {
		switch {
		case t.ID == "sale" || t.Status != "SUCCESS":
		case t.Kind == "SALE" || t.Kind == "CAPTURE":
			sum += t.Amount.Minor
		case t.Kind == "REFUND":
			sum -= t.Amount.Minor
		}
	}
	return sum
}

// toSent carries a regular exchange until the warehouse has sent it.
func (m *model) toSent() {
	m.request()
	m.run()
	m.receive()
	m.portal("return.closed")
	m.run()
	m.ship()
	m.run()
}

func (m *model) says(what Decision, amount *Money) {
	m.tell(Event{Kind: EventSaid, Source: "person", Actor: "ida", Said: &Said{What: what, Amount: amount, Reason: "so it is"}})
	m.run()
}
