package exchange

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// model is a small picture of the two peers and of the customer: it carries out effects, and what the
// machine would be told comes out of it in an order that the seed chooses.
type model struct {
	t     tb
	rnd   *rand.Rand
	x     Exchange
	now   time.Time
	stamp uint64
	seq   int
	ids   int
	queue []Event  // not delivered yet
	owed  []Effect // asked for, not carried out
	seen  []Event  // delivered, in order

	shop    Shop
	order   *Order
	back    *ReturnOrder
	born    Role
	acts    map[Kind]int
	auth    int64
	refuse  map[Kind]string   // code with which a kind is refused
	hang    Kind              // never has an outcome
	taken   map[string]string // numbers that are somebody else's, with the code of the refusal
	value   int64             // of the goods that come back
	moved   []string          // money acts in order, as "kind amount"
	amiss   int64             // what the order owes beyond what our ledger can know
	several bool              // an authorisation that a charge makes allows several captures
	silent  bool              // a refund within process comes to nothing
	// refuseOnce is refused the first time it is asked for.
	refuseOnce Kind
}

const (
	testPrice = 5000
	testValue = 20000
)

var testTime = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func newModel(t tb, seed uint64, p Policy, difference int64) *model {
	m := &model{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: testTime,
		born: RoleOpen, acts: map[Kind]int{}, refuse: map[Kind]string{}, auth: max(0, difference),
	}
	m.shop = Shop{
		OrderID: "gid://shopify/Order/1", OrderName: "#1001", ReturnID: "gid://shopify/Return/9", ReturnName: "#1001-R1", ReturnStatus: ReturnOpen,
		ReturnLines:   []ReturnLine{{ID: "rl1", LineItemID: "gid://shopify/LineItem/5", Article: "M", Quantity: 1, Processable: 1, ReverseLines: []ReverseLine{{ID: "rfo1", Quantity: 1}}}},
		ExchangeLines: []ExchangeLine{{ID: "xl1", Article: "L", Quantity: 1, Processable: 1}},
		Outstanding:   Money{-m.auth, "SEK"}, Capturable: Money{m.auth, "SEK"}, Suggested: &Money{difference - m.auth, "SEK"},
		Transactions: []Transaction{{ID: "sale", Kind: "SALE", Status: "SUCCESS", Amount: Money{testValue, "SEK"}}},
	}
	m.value = testValue
	if m.auth > 0 {
		m.shop.Transactions = append(m.shop.Transactions, Transaction{ID: "auth", Kind: "AUTHORIZATION", Status: "SUCCESS", Amount: Money{m.auth, "SEK"}, Unsettled: Money{m.auth, "SEK"}, Capturable: true})
	}
	m.x = New("ex_1", "nordwear", p, m.now)
	return m
}

func testPolicy() Policy {
	return Policy{
		ReleaseOn: OnReturnClosed, Partial: PartialWait, MarkReturned: true, ProcessReturn: true, Payment: CaptureOnSent,
		Deposit: DepositDifference, DeadlineDays: 21, Number: "{order}-EX{n}", ReturnNumber: "{order}-R{n}", OriginalOrder: []string{"{order}"},
	}
}

func (m *model) tell(ev Event) {
	m.ids++
	ev.ID = fmt.Sprintf("ev_%d", m.ids)
	m.queue = append(m.queue, ev)
}

func (m *model) request() {
	m.tell(Event{Kind: EventRequested, Source: "api", Request: &Request{ReturnID: m.shop.ReturnID, Reference: "R-4711"}})
}

func (m *model) portal(name string) {
	m.tell(Event{Kind: EventPortal, Source: "portal", Portal: &PortalEvent{Name: name, At: m.now, Tracking: "back"}})
}

func (m *model) hint(t Target) { m.tell(Event{Kind: EventHint, Source: "ongoing", Hint: &Hint{t}}) }

// deliver hands one of the waiting events to the machine, and keeps what it asks for.
func (m *model) deliver(i int) {
	ev := m.queue[i]
	m.queue = slices.Delete(m.queue, i, i+1)
	m.now = m.now.Add(time.Second)
	ev.At = m.now
	m.absorb(ev)
}

func (m *model) absorb(ev Event) {
	m.t.Helper()
	if _, need := m.x.NeedsNumber(ev); need {
		m.seq++
		ev.Number = m.seq
	}
	next, effects, err := Decide(m.x, ev)
	if err != nil {
		return
	}
	m.seen = append(m.seen, ev)
	m.x = next
	for _, e := range effects {
		if i := slices.IndexFunc(m.owed, func(o Effect) bool { return o.ID == e.ID }); i >= 0 {
			if e.Withdraw {
				m.owed[i].Withdraw = true
			} else {
				m.owed[i] = e
			}
			continue
		}
		if !e.Withdraw {
			m.owed = append(m.owed, e)
		}
	}
}

func (m *model) next() Stamp { m.stamp++; return Stamp{1, m.stamp} }

// run delivers and carries out, in an order of the seed's, until nothing is due any more.
func (m *model) run() {
	m.t.Helper()
	for range 500 {
		var due []int
		for i, e := range m.owed {
			if !e.Due.After(m.now) {
				due = append(due, i)
			}
		}
		n := len(m.queue) + len(due)
		if n == 0 {
			return
		}
		k := m.rnd.IntN(n)
		if k < len(m.queue) {
			m.deliver(k)
			continue
		}
		i := due[k-len(m.queue)]
		e := m.owed[i]
		m.owed = slices.Delete(m.owed, i, i+1)
		m.carryOut(e)
	}
	m.t.Fatalf("no end at stage %s, waiting for %v", m.x.Stage, m.x.Waiting())
}

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
		m.acts[e.Kind]++
		m.act(e, &out)
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
		m.order = &Order{ID: 50, Number: e.Place.Number, Status: Status{Role: m.born}}
		for i, l := range e.Place.Lines {
			m.order.Lines = append(m.order.Lines, OrderLine{ID: int64(i), Row: l.Row, Article: l.Article, ExternalID: l.ExternalID, Ordered: l.Quantity})
		}
		m.hint(ReadOrder)
	case PlaceReturnOrder:
		m.back = &ReturnOrder{ID: 60, Number: e.Place.Number, Status: Status{Role: RoleNotified}}
		for _, l := range e.Place.Lines {
			m.back.Lines = append(m.back.Lines, ReturnOrderLine{Row: l.Row, Article: l.Article, Announced: l.Quantity})
		}
		m.hint(ReadReturnOrder)
	case SetOpen, MarkReturned, Release, CancelOrder:
		m.order.Status.Role = e.Status.To
		m.hint(ReadOrder)
	case CancelReturnOrder:
		m.back.Status.Role = RoleCancelled
	case Process:
		m.process(e, out)
		m.hint(ReadShop)
	case HoldFulfillment:
		s.FulfillmentOrders = slices.Clone(s.FulfillmentOrders)
		s.FulfillmentOrders[0].Holds = []Hold{{ID: "h1", Handle: e.Hold.Handle, Reason: "OTHER", Ours: true}}
		s.FulfillmentOrders[0].CanDo = nil
		out.ID = "h1"
	case ReleaseHold:
		s.FulfillmentOrders = slices.Clone(s.FulfillmentOrders)
		s.FulfillmentOrders[0].Holds, s.FulfillmentOrders[0].CanDo = nil, []string{"CREATE_FULFILLMENT"}
		m.hint(ReadShop)
	case Fulfill:
		s.FulfillmentOrders = slices.Clone(s.FulfillmentOrders)
		s.FulfillmentOrders[0].Lines = []FulfillmentOrderLine{{ID: "fol1", LineItemID: "li-xl1", Total: 1}}
		s.FulfillmentOrders[0].CanDo = nil
		s.Fulfillments = append(s.Fulfillments, Fulfillment{ID: "f1", Lines: []FulfillmentLine{{"li-xl1", 1}}})
		out.ID = "f1"
	case Capture, ChargeMandate, SendInvoice, Refund, VoidAuthorisation:
		m.moveMoney(e, out)
		m.hint(ReadShop)
	case CreateReturn:
		out.ID = s.ReturnID
	case Dispose:
		s.ReturnLines[0].ReverseLines = []ReverseLine{{ID: "rfo1", Quantity: 1, Disposed: 1}}
	case RemoveExchangeLines:
		s.ExchangeLines = nil
	}
}

func (m *model) read(e Effect) {
	r := ReadResult{Target: e.Read.Target, Want: e.Read.Want}
	switch e.Read.Target {
	case ReadShop:
		s := m.shop
		s.ReturnLines, s.ExchangeLines = slices.Clone(s.ReturnLines), slices.Clone(s.ExchangeLines)
		s.Transactions = slices.Clone(s.Transactions)
		if s.Suggested != nil {
			suggested := *s.Suggested
			s.Suggested = &suggested
		}
		r.Shop = &s
	case ReadOriginal:
		r.Original = &Original{ID: 40, Number: "#1001", Lines: []OrderLine{{ID: 7, Row: "1", Article: "M", Ordered: 1}}}
	case ReadOrder:
		o := *m.order
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

// receive is the warehouse taking the goods in; ship is it sending the replacement.
func (m *model) receive() {
	m.back.Status.Role = RoleReturned
	m.back.Lines[0].Received = m.back.Lines[0].Announced
	m.hint(ReadReturnOrder)
}

func (m *model) ship() {
	m.order.Status.Role = RoleSent
	m.order.Lines = slices.Clone(m.order.Lines)
	m.order.Lines[0].Shipped = 1
	m.order.Parcels = []Parcel{{Waybill: "out"}}
	m.hint(ReadOrder)
}

// stale lets the longest wait for a poll pass, so that what no webhook told is read.
func (m *model) stale() {
	m.now = m.now.Add(8 * time.Hour)
	m.run()
}
