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

	journal []string // the lines, as they are stored

	shop     Shop
	original Original
	order    *Order
	orders   []*Order // all that were placed
	back     *ReturnOrder
	born     Role
	acts     map[Kind]int
	auth     int64
	in, out  int64             // what one item comes to, coming back and going out
	moved    []string          // money acts in order, as "kind amount"
	amiss    int64             // what the order owes beyond what our ledger can know
	several  bool              // an authorisation that a charge makes allows several captures
	silent   bool              // a refund within process comes to nothing
	caps     bool              // no refund is suggested beyond what was paid
	unpriced bool              // what the lines come to is never read
	refuse   map[Kind]string   // code with which a kind is refused
	hang     Kind              // never has an outcome
	watch    func(Effect)      // sees what is carried out
	taken    map[string]string // numbers that are somebody else's, with the code of the refusal
	// refuseOnce is refused the first time it is asked for.
	refuseOnce Kind
}

const (
	testPrice = 5000
	testValue = 20000
)

var testTime = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func newModel(t tb, seed uint64, p Policy, difference int64) *model {
	return newModelOf(t, seed, p, difference, []int{1}, []int{1})
}

// newModelOf has lines with these quantities coming back and going out. The difference is that of one item.
func newModelOf(t tb, seed uint64, p Policy, difference int64, back, out []int) *model {
	m := &model{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: testTime,
		born: RoleOpen, acts: map[Kind]int{}, refuse: map[Kind]string{}, in: testValue, out: testValue + difference,
	}
	m.shop = Shop{
		OrderID: "gid://shopify/Order/1", OrderName: "#1001", ReturnID: "gid://shopify/Return/9", ReturnName: "#1001-R1", ReturnStatus: ReturnOpen,
		Outstanding: Money{0, "SEK"}, Capturable: Money{0, "SEK"},
	}
	m.original = Original{ID: 40, Number: "#1001"}
	article := func(base string, i int) string { // M, M2, M3, …
		if i == 0 {
			return base
		}
		return fmt.Sprint(base, i+1)
	}
	for i, n := range back {
		id, item := fmt.Sprintf("rl%d", i+1), fmt.Sprintf("gid://shopify/LineItem/%d", i+5)
		m.shop.ReturnLines = append(m.shop.ReturnLines, ReturnLine{
			ID: id, LineItemID: item, Article: article("M", i), Quantity: n, Processable: n,
			ReverseLines: []ReverseLine{{ID: fmt.Sprintf("rfo%d", i+1), Quantity: n}},
		})
		m.original.Lines = append(m.original.Lines, OrderLine{ID: int64(i) + 7, Row: fmt.Sprint(i + 1), Article: article("M", i), Ordered: n})
	}
	for i, n := range out {
		m.shop.ExchangeLines = append(m.shop.ExchangeLines, ExchangeLine{ID: fmt.Sprintf("xl%d", i+1), Article: article("L", i), Quantity: n, Processable: n})
	}
	items := 0
	for _, n := range back {
		items += n
	}
	m.shop.Transactions = []Transaction{{ID: "sale", Kind: "SALE", Status: "SUCCESS", Amount: Money{int64(items) * m.in, "SEK"}}}
	if m.auth = max(0, m.change()); m.auth > 0 {
		m.shop.Transactions = append(m.shop.Transactions, Transaction{ID: "auth", Kind: "AUTHORIZATION", Status: "SUCCESS", Amount: Money{m.auth, "SEK"}, Unsettled: Money{m.auth, "SEK"}, Capturable: true})
		m.shop.Outstanding.Minor, m.shop.Capturable.Minor = -m.auth, m.auth
	}
	m.suggest()
	m.x = New("ex_1", "nordwear", p, m.now)
	return m
}

// change is what processing all that is left would add to what the order owes.
func (m *model) change() int64 {
	var sum int64
	for _, l := range m.shop.ExchangeLines {
		sum += int64(l.Processable) * m.out
	}
	for _, l := range m.shop.ReturnLines {
		sum -= int64(l.Processable) * m.in
	}
	return sum
}

// suggest says what Shopify suggests now, and what the lines come to: that is read once no exchange line is left to process.
func (m *model) suggest() {
	m.shop.Suggested = &Money{m.shop.Outstanding.Minor + m.change(), "SEK"}
	if m.caps {
		m.shop.Suggested.Minor = max(m.shop.Suggested.Minor, m.shop.foreign(nil, nil).Minor)
	}
	if !m.shop.outLeft() && !m.unpriced {
		m.priced()
	}
}

// priced tells what the lines come to: that is read once some of them are processed, too.
func (m *model) priced() {
	for i := range m.shop.ExchangeLines {
		l := &m.shop.ExchangeLines[i]
		l.Price = &LinePrice{Price: Money{int64(l.Quantity) * m.out, "SEK"}}
	}
	for i := range m.shop.ReturnLines {
		l := &m.shop.ReturnLines[i]
		l.Price = &LinePrice{Price: Money{int64(l.Quantity) * m.in, "SEK"}}
	}
}

func (s *Shop) exchangeLine(id string) *ExchangeLine {
	for i := range s.ExchangeLines {
		if s.ExchangeLines[i].ID == id {
			return &s.ExchangeLines[i]
		}
	}
	return nil
}

func (s *Shop) returnLine(id string) *ReturnLine {
	for i := range s.ReturnLines {
		if s.ReturnLines[i].ID == id {
			return &s.ReturnLines[i]
		}
	}
	return nil
}

// sell processes so many of an exchange line: they are an order line then, on a fulfillment order of their own.
func (m *model) sell(id string, n int, holds ...Hold) {
	s := &m.shop
	l := s.exchangeLine(id)
	l.Processed, l.Processable = l.Processed+n, l.Processable-n
	item := fmt.Sprintf("li-%s-%d", id, len(l.LineItemIDs)+1)
	l.LineItemIDs = append(slices.Clone(l.LineItemIDs), item)
	s.FulfillmentOrders = append(s.FulfillmentOrders, FulfillmentOrder{
		ID: fmt.Sprintf("fo%d", len(s.FulfillmentOrders)+1), Status: "OPEN", Holds: holds,
		Lines: []FulfillmentOrderLine{{ID: "fol-" + item, LineItemID: item, Total: n, Remaining: n}},
	})
	s.Outstanding.Minor += int64(n) * m.out
}

// sellAll is what the legacy workflow does when the return is made, and a portal when it likes.
func (m *model) sellAll(holds ...Hold) {
	for _, l := range m.shop.ExchangeLines {
		m.sell(l.ID, l.Processable, holds...)
	}
	m.suggest()
}

// placed is the order with that id; the last one, where it is not known.
func (m *model) placed(id int64) *Order {
	for _, o := range m.orders {
		if o.ID == id {
			return o
		}
	}
	return m.order
}

// fulfillmentOrder is the one with that id.
func (m *model) fulfillmentOrder(id string) *FulfillmentOrder {
	i := slices.IndexFunc(m.shop.FulfillmentOrders, func(fo FulfillmentOrder) bool { return fo.ID == id })
	if i < 0 {
		m.t.Fatalf("there is no fulfillment order %s", id)
	}
	return &m.shop.FulfillmentOrders[i]
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
	if m.x.Version == 0 {
		m.x = New(m.x.ID, m.x.Connection, m.x.Policy, ev.At)
		ev.Policy = &m.x.Policy
	}
	next, entry, err := Step(m.x, ev)
	if err != nil {
		return
	}
	m.seen = append(m.seen, ev)
	m.journal = append(m.journal, text(m.t, entry))
	m.x = next
	for _, e := range entry.Effects {
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
	m.runUntil(func() bool { return false })
}

// runUntil stops as soon as enough says so.
func (m *model) runUntil(enough func() bool) {
	m.t.Helper()
	for range 500 {
		if enough() {
			return
		}
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

// receive is the warehouse taking the goods in: so many of each line, or all.
func (m *model) receive(received ...int) {
	m.back.Status.Role = RoleReturned
	m.back.Lines = slices.Clone(m.back.Lines)
	for i := range m.back.Lines {
		l := &m.back.Lines[i]
		if l.Received = l.Announced; len(received) > 0 {
			l.Received = received[i]
		}
	}
	m.hint(ReadReturnOrder)
}

// ship is the warehouse sending the replacement, all that was not sent yet or so many of each line, in a parcel.
func (m *model) ship(quantities ...int) {
	m.shipIn(fmt.Sprintf("out%d", len(m.order.Parcels)+1), quantities...)
}

// shipIn names the parcel; one without a name is not tracked.
func (m *model) shipIn(waybill string, quantities ...int) {
	m.order.Status.Role = RoleSent
	m.order.Lines = slices.Clone(m.order.Lines)
	for i := range m.order.Lines {
		l := &m.order.Lines[i]
		if len(quantities) == 0 {
			l.Shipped = l.Ordered
		} else {
			l.Shipped += quantities[i]
		}
	}
	if waybill != "" {
		m.order.Parcels = append(slices.Clone(m.order.Parcels), Parcel{Waybill: waybill})
	}
	m.hint(ReadOrder)
}

// stale lets the longest wait for a poll pass, so that what no webhook told is read.
func (m *model) stale() {
	m.now = m.now.Add(8 * time.Hour)
	m.run()
}
