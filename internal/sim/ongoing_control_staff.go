package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// A seed is an order that the warehouse has already. Order has the members of PUT /orders, of which
// goodsOwnerId may be left out where there is one goods owner, and deliveryDate and consignee always.
// Unknown articles are made. Ship sends everything off, which gives it SentStatus; Status, where not 0, is
// the status it ends with. No webhook is sent, and the ledger begins with that status.
type seed struct {
	Order  map[string]any `json:"order"`
	Status int            `json:"status"`
	Ship   bool           `json:"ship"`
}

// seeded tells what a seed became.
type seeded struct {
	OrderID int          `json:"order_id"`
	Number  string       `json:"number"`
	Lines   []seededLine `json:"lines"`
}

type seededLine struct {
	ID            int    `json:"id"`
	RowNumber     string `json:"row_number"`
	ArticleNumber string `json:"article_number"`
}

func (o *Ongoing) seedOrders(r *http.Request) (any, error) {
	seeds, err := oneOrMany[seed](r)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	told := []seeded{}
	for _, s := range seeds {
		x, err := o.seedOrder(s, o.options.Now())
		if err != nil {
			return nil, err
		}
		one := seeded{OrderID: x.id, Number: x.number, Lines: []seededLine{}}
		for _, l := range x.lines {
			one.Lines = append(one.Lines, seededLine{l.id, l.row, l.article.number})
		}
		told = append(told, one)
	}
	return told, nil
}

func (o *Ongoing) seedOrder(s seed, now time.Time) (*order, error) {
	put := maps.Clone(s.Order)
	if put == nil {
		return nil, refuse(http.StatusBadRequest, "the seed has no order")
	}
	if len(o.stock.owners) == 1 {
		setDefault(put, "goodsOwnerId", json.Number(strconv.Itoa(o.stock.owners[0].id)))
	}
	setDefault(put, "deliveryDate", utc(now))
	setDefault(put, "consignee", map[string]any{})
	model := o.contract.doc.Components.Schemas["PostOrderModel"].Value
	if err := model.VisitJSON(put, openapi3.VisitAsRequest()); err != nil {
		return nil, err
	}
	id, _ := as[int](put["goodsOwnerId"])
	owner := o.stock.owner(id)
	if owner == nil {
		return nil, refuse(http.StatusNotFound, "no goods owner %d", id)
	}
	if o.stock.orderNumbered(owner, text(put["orderNumber"])) != nil {
		return nil, refuse(http.StatusConflict, "order %s is there already", text(put["orderNumber"]))
	}
	x, err := o.makeOrder(owner, put, now, true)
	if err != nil {
		return nil, err
	}
	hooks := o.stock.hooks
	o.stock.hooks = nil // what was there before is no news
	defer func() { o.stock.hooks = hooks }()
	if s.Ship {
		if err := o.ship(x, shipping{Force: true}, now); err != nil {
			return nil, err
		}
	}
	if s.Status != 0 {
		o.allocate(x, s.Status)
		o.setStatus(x, s.Status, now, byStaff)
	}
	x.book = OrderBook{Shipments: x.book.Shipments, Cancelled: x.book.Cancelled}
	o.bookStatus(x, now, byStaff)
	return x, nil
}

func setDefault(members map[string]any, name string, value any) {
	if members[name] == nil {
		members[name] = value
	}
}

// A newStatus is the status that staff set.
type newStatus struct {
	Number int `json:"number"`
}

func (o *Ongoing) staffStatus(x *order, r *http.Request) (any, error) {
	var s newStatus
	if err := decode(r, &s); err != nil {
		return nil, err
	}
	if _, known := statusText(o.switches.OrderStatuses, s.Number); !known {
		return nil, refuse(http.StatusBadRequest, "no order status %d", s.Number)
	}
	o.allocate(x, s.Number)
	o.setStatus(x, s.Number, o.options.Now(), byStaff)
	return nil, nil
}

func (o *Ongoing) staffShip(x *order, r *http.Request) (any, error) {
	var s shipping
	if err := decode(r, &s); err != nil {
		return nil, err
	}
	if _, known := statusText(o.switches.OrderStatuses, s.Status); s.Status != 0 && !known {
		return nil, refuse(http.StatusBadRequest, "no order status %d", s.Status)
	}
	return nil, o.ship(x, s, o.options.Now())
}

func (o *Ongoing) staffTrack(x *order, _ *http.Request) (any, error) {
	if len(x.parcels) == 0 {
		return nil, refuse(http.StatusConflict, "order %s has no parcels", x.number)
	}
	x.track(o.options.Now())
	return nil, nil
}

func (o *Ongoing) staffReturnStatus(x *returnOrder, r *http.Request) (any, error) {
	var s newStatus
	if err := decode(r, &s); err != nil {
		return nil, err
	}
	if _, known := statusText(o.switches.ReturnStatuses, s.Number); !known {
		return nil, refuse(http.StatusBadRequest, "no return order status %d", s.Number)
	}
	x.book.Cancelled = x.book.Cancelled || s.Number == o.switches.ReturnCancelled
	o.setReturnStatus(x, s.Number, o.options.Now())
	return nil, nil
}

func (o *Ongoing) staffReceive(x *returnOrder, r *http.Request) (any, error) {
	var got receipt
	if err := decode(r, &got); err != nil {
		return nil, err
	}
	if _, known := statusText(o.switches.ReturnStatuses, got.Status); got.Status != 0 && !known {
		return nil, refuse(http.StatusBadRequest, "no return order status %d", got.Status)
	}
	return nil, o.receive(x, got, o.options.Now())
}
