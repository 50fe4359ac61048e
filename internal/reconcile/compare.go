package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Comparison is how one exchange stands: what Ongoing has, what Shopify has, and what we believe.
type Comparison struct {
	Exchange    exchange.ID    `json:"exchange"`
	Connection  exchange.Conn  `json:"connection"`
	Number      string         `json:"number"`
	Stage       exchange.Stage `json:"stage"`
	Rows        []Row          `json:"rows"`
	Differences []Difference   `json:"differences"`
	Unknown     []string       `json:"unknown"` // what could not be asked, and why
}

// Row is one thing that is compared. A side that has no part in it is empty.
type Row struct {
	What    string `json:"what"`
	Ongoing string `json:"ongoing"`
	Shopify string `json:"shopify"`
	Ours    string `json:"ours"`
}

// Difference is where the sides differ, and what mends it.
type Difference struct {
	Code     string          `json:"code"`
	Text     string          `json:"text"`
	Mend     string          `json:"mend"`             // a command; empty where a person must see to it outside of tradeback
	Target   exchange.Target `json:"target,omitempty"` // what is to be read anew; empty: a read mends nothing
	Reading  bool            `json:"reading"`          // that read is asked for already
	Told     bool            `json:"told"`             // by us now
	Stray    *Stray          `json:"-"`
	exchange *exchange.Exchange
	mark     string // of what was found
}

// The codes of differences.
const (
	Moved         = "moved"              // a peer's object is not as we believe it to be
	Gone          = "gone"               // a peer no longer has it
	NotFulfilled  = "not_fulfilled"      // sent by the warehouse, and not told to Shopify
	ByAnother     = "shipped_by_another" // Shopify has a fulfillment of the exchange's goods that we did not make
	SecondOrder   = "second_order"       // the warehouse has another order for the same goods
	UnknownOrder  = "unknown_order"      // the warehouse has an order with the mark of an exchange that this store does not have
	UnknownReturn = "unknown_return_order"
)

// asking is one run of questions to both peers. One that cannot be asked is left alone for the rest of it.
type asking struct {
	warehouse               Warehouse
	shop                    Shop
	warehouseDown, shopDown error
}

func (w *Worker) ask() (*asking, error) {
	warehouse, shop, err := w.Peers(w.Conn)
	return &asking{warehouse: warehouse, shop: shop}, err
}

func (a *asking) trouble() error { return errors.Join(a.warehouseDown, a.shopDown) }

// seen is what the peers had of some exchanges. The errors say what could not be asked.
type seen struct {
	orders     []exchange.Order
	returns    []exchange.ReturnOrder
	shops      map[string]*exchange.Shop // by return; nil: there is none
	ordersErr  error
	returnsErr error
	shopErrs   map[string]error
}

// Compare asks both peers how these exchanges stand: Ongoing in one call for all orders and one for all return orders,
// Shopify in a narrow one for each. The comparisons hold what could be asked also where err says what could not.
func (w *Worker) Compare(ctx context.Context, list []exchange.Exchange) ([]Comparison, error) {
	a, err := w.ask()
	if err != nil {
		return nil, err
	}
	return a.compare(ctx, list), a.trouble()
}

func (a *asking) compare(ctx context.Context, list []exchange.Exchange) []Comparison {
	s := seen{shops: map[string]*exchange.Shop{}, shopErrs: map[string]error{}}
	var orders, returns []string
	for i := range list {
		if o := list[i].Facts.Order; o != nil {
			orders = append(orders, o.Number)
		}
		if r := list[i].Facts.ReturnOrder; r != nil {
			returns = append(returns, r.Number)
		}
	}
	s.ordersErr = ask(&a.warehouseDown, len(orders) > 0, func() (err error) {
		s.orders, err = a.warehouse.Orders(ctx, orders)
		return err
	})
	s.returnsErr = ask(&a.warehouseDown, len(returns) > 0, func() (err error) {
		s.returns, err = a.warehouse.ReturnOrders(ctx, returns)
		return err
	})
	for i := range list {
		id := list[i].ReturnID()
		s.shopErrs[id] = ask(&a.shopDown, list[i].Facts.Shop != nil && id != "", func() (err error) {
			s.shops[id], err = a.shop.Brief(ctx, id)
			return err
		})
	}
	out := make([]Comparison, 0, len(list))
	for i := range list {
		out = append(out, s.compare(&list[i]))
	}
	return out
}

// ask asks a peer that is not down, if there is anything to ask. A no for good is an answer to this question alone.
func ask(down *error, anything bool, question func() error) error {
	switch {
	case !anything:
		return nil
	case *down != nil:
		return *down
	}
	err := question()
	if err != nil && !errors.Is(err, exchange.ErrRejected) {
		*down = err
	}
	return err
}

func (s *seen) compare(x *exchange.Exchange) Comparison {
	c := Comparison{Exchange: x.ID, Connection: x.Connection, Number: x.Number(), Stage: x.Stage, Rows: []Row{}, Differences: []Difference{}, Unknown: []string{}}
	f := &x.Facts
	order := s.orderOf(x)
	if f.Order != nil {
		c.object(x, exchange.ReadOrder, s.ordersErr, order == nil, orderMark(order), "the exchange order "+f.Order.Number, exchange.PeerOngoing)
		c.Rows = append(
			c.Rows,
			Row{What: "exchange order", Ongoing: statusOf(order), Ours: statusOf(f.Order)},
			Row{What: "shipped", Ongoing: shipped(order), Ours: shipped(f.Order)},
		)
	}
	back := s.returnOf(x)
	if f.ReturnOrder != nil {
		c.object(x, exchange.ReadReturnOrder, s.returnsErr, back == nil, returnOrderMark(back), "the return order "+f.ReturnOrder.Number, exchange.PeerOngoing)
		c.Rows = append(
			c.Rows,
			Row{What: "return order", Ongoing: returnStatusOf(back), Ours: returnStatusOf(f.ReturnOrder)},
			Row{What: "received", Ongoing: received(back), Ours: received(f.ReturnOrder)},
		)
	}
	shop := s.shops[x.ReturnID()]
	if f.Shop != nil {
		c.object(x, exchange.ReadShop, s.shopErrs[x.ReturnID()], shop == nil, shopMark(shop), "the return "+f.Shop.ReturnName, exchange.PeerShopify)
		c.Rows = append(
			c.Rows,
			Row{What: "Shopify return", Shopify: returnOf(shop), Ours: returnOf(f.Shop)},
			Row{What: "processed", Shopify: processed(shop), Ours: processed(f.Shop)},
			Row{What: "transactions", Shopify: transactions(shop), Ours: transactions(f.Shop)},
			Row{What: "fulfillments", Shopify: fulfillments(shop), Ours: fulfillments(f.Shop)},
		)
	}
	for i := range c.Rows { // what could not be asked is not known to be nothing
		if r := &c.Rows[i]; r.Ours != "" && r.Ongoing == "" && r.Shopify == "" {
			r.unasked(len(c.Unknown) > 0)
		}
	}
	c.across(x, order, shop)
	return c
}

func (r *Row) unasked(unknown bool) {
	text := "none"
	if unknown {
		text = "?"
	}
	if slices.Contains([]string{"exchange order", "shipped", "return order", "received"}, r.What) {
		r.Ongoing = text
		return
	}
	r.Shopify = text
}

// object compares one of the peers' objects with what is stored of it.
func (c *Comparison) object(x *exchange.Exchange, t exchange.Target, failed error, gone bool, mark, what string, peer exchange.PeerName) {
	ours, stamp, _ := markOf(x, t)
	d := Difference{Target: t, exchange: x, mark: mark, Mend: "tradeback reconcile --connection " + string(x.Connection) + " --exchange " + string(x.ID)}
	switch {
	case failed != nil:
		c.Unknown = append(c.Unknown, fmt.Sprintf("%s: %v", what, failed))
		return
	case gone && missing(x, t, stamp):
		d.Code, d.Target, d.Text = Gone, "", what+" is gone from "+title(peer)+", which is known"
		d.Mend = "tradeback exchanges cancel " + string(x.ID) + " --reason …"
	case gone:
		d.Code, d.Text = Gone, what+" is not there in "+title(peer)
	case mark != ours:
		d.Code, d.Text = Moved, what+" has moved on in "+title(peer)
	default:
		return
	}
	if d.Target != "" && beingRead(x, t) {
		d.Reading, d.Text = true, d.Text+", and is being read"
		d.Mend = "tradeback exchanges why " + string(x.ID)
	}
	c.Differences = append(c.Differences, d)
}

// across compares the peers with each other.
func (c *Comparison) across(x *exchange.Exchange, order *exchange.Order, shop *exchange.Shop) {
	for _, f := range byAnother(x) {
		c.Differences = append(c.Differences, Difference{
			Code: ByAnother, exchange: x, Mend: "",
			Text:  "Shopify has fulfillment " + f + " of the exchange's goods, which is not ours: another connector may have shipped them",
			Stray: &Stray{Code: ByAnother, About: f, Exchange: x.ID},
		})
	}
	believed := x.Facts.Order
	if x.Stage != exchange.Sent || order == nil || shop == nil || believed == nil || orderMark(order) != orderMark(believed) {
		return // it has not come that far, or is on its way
	}
	out, told := 0, 0
	for _, l := range order.Lines {
		out += l.Shipped
	}
	for _, f := range x.Facts.Shop.Fulfillments {
		for _, l := range f.Lines {
			if !f.Cancelled && slices.Contains(lineItems(x), l.LineItemID) {
				told += l.Quantity
			}
		}
	}
	if told < out && shopMark(shop) == shopMark(x.Facts.Shop) {
		mend := "tradeback exchanges why " + string(x.ID)
		if dead(x) {
			mend = "tradeback dead retry --exchange " + string(x.ID) + " --reason …"
		}
		c.Differences = append(c.Differences, Difference{
			Code: NotFulfilled, exchange: x, Mend: mend,
			Text: fmt.Sprintf("Ongoing has sent %d, and Shopify knows of %d", out, told),
		})
	}
}

// byAnother are the fulfillments of the exchange's own order lines that are none of our acts.
func byAnother(x *exchange.Exchange) []string {
	if x.Facts.Shop == nil {
		return nil
	}
	for _, a := range x.Asked {
		if a.Kind == exchange.Fulfill && !ended(x, a.ID) {
			return nil // it may be this one
		}
	}
	mine := lineItems(x)
	var out []string
	for _, f := range x.Facts.Shop.Fulfillments {
		ours := slices.ContainsFunc(x.Facts.Movements, func(m exchange.Movement) bool { return m.Kind == exchange.Fulfill && m.ID == f.ID })
		if !f.Cancelled && !ours && slices.ContainsFunc(f.Lines, func(l exchange.FulfillmentLine) bool { return slices.Contains(mine, l.LineItemID) }) {
			out = append(out, f.ID)
		}
	}
	return out
}

func ended(x *exchange.Exchange, id exchange.EffectID) bool {
	return slices.ContainsFunc(x.Facts.Movements, func(m exchange.Movement) bool { return m.Effect == id })
}

func dead(x *exchange.Exchange) bool {
	return slices.ContainsFunc(x.Facts.Movements, func(m exchange.Movement) bool { return m.Result == exchange.Dead })
}

// lineItems are the order lines of Shopify that processing made of the exchange lines.
func lineItems(x *exchange.Exchange) []string {
	var out []string
	if s := x.Facts.Shop; s != nil {
		for _, l := range s.ExchangeLines {
			out = append(out, l.LineItemIDs...)
		}
	}
	return out
}

// missing reports whether a read later than the snapshot has found nothing.
func missing(x *exchange.Exchange, t exchange.Target, snapshot exchange.Stamp) bool {
	return slices.ContainsFunc(x.Facts.Missing, func(m exchange.Missing) bool { return m.Target == t && m.Stamp.After(snapshot) })
}

// beingRead reports whether a read is asked for that has not come back.
func beingRead(x *exchange.Exchange, t exchange.Target) bool {
	return slices.ContainsFunc(x.Reads, func(r exchange.Reading) bool { return r.Target == t && r.Want > r.Have })
}

// orderOf is the exchange's order among those found: by Ongoing's own id, or by our mark.
func (s *seen) orderOf(x *exchange.Exchange) *exchange.Order {
	if x.Facts.Order == nil {
		return nil
	}
	for i, o := range s.orders {
		if o.ID == x.Facts.Order.ID || o.Number == x.Facts.Order.Number && o.GoodsOwnerOrderID == string(x.ID) {
			return &s.orders[i]
		}
	}
	return nil
}

func (s *seen) returnOf(x *exchange.Exchange) *exchange.ReturnOrder {
	if x.Facts.ReturnOrder == nil {
		return nil
	}
	for i, r := range s.returns {
		if r.ID == x.Facts.ReturnOrder.ID {
			return &s.returns[i]
		}
	}
	return nil
}

func title(p exchange.PeerName) string {
	return strings.ToUpper(string(p)[:1]) + string(p)[1:]
}
