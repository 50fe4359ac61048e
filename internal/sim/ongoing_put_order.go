package sim

import (
	"fmt"
	"maps"
	"net/http"
	"time"
)

// putOrder is PUT /orders: it makes an order, or changes the one with this number.
func putOrder(o *Ongoing, c *ongoingCall) (int, any, error) {
	number := text(c.body["orderNumber"])
	if x := o.stock.orderNumbered(c.owner(), number); x != nil {
		return o.updateOrder(c, x)
	}
	x, err := o.makeOrder(c.owner(), c.body, c.now, o.switches.MakeArticles)
	if err != nil {
		return 0, nil, err
	}
	x.blindReads = o.switches.BlindReads
	x.book.Puts = 1
	o.bookStatus(x, c.now, byAPI)
	o.fireOrder(x, c.now, byAPI)
	status := http.StatusOK
	if o.switches.Created201 {
		status = http.StatusCreated
	}
	return status, x.putAnswer(), nil
}

// putOrderByID is PUT /orders/{orderId}.
func putOrderByID(o *Ongoing, c *ongoingCall) (int, any, error) {
	x := o.stock.order(c.owner(), c.param("orderId"))
	if x == nil {
		return 0, nil, notFound("The order was not found.")
	}
	return o.updateOrder(c, x)
}

func (x *order) putAnswer() map[string]any {
	return map[string]any{"orderId": x.id, "message": "Order number " + x.number + " created/updated"}
}

// makeOrder adds an order to the warehouse from the members of a PUT. It is in no book yet.
func (o *Ongoing) makeOrder(owner *goodsOwner, put map[string]any, now time.Time, newArticles bool) (*order, error) {
	x := &order{
		owner: owner, number: text(put["orderNumber"]), status: o.switches.BornStatus,
		created: now, statusChanged: now,
	}
	if err := o.write(x, put, now, newArticles); err != nil {
		return nil, err
	}
	x.id, x.consignee = o.ids.next("order", 50871), o.ids.next("consignee", 21628)
	o.stock.orders = append(o.stock.orders, x)
	return x, nil
}

func (o *Ongoing) updateOrder(c *ongoingCall, x *order) (int, any, error) {
	number := text(c.body["orderNumber"])
	switch other := o.stock.orderNumbered(c.owner(), number); {
	case x.status == o.switches.CancelledStatus:
		return 0, nil, &no{text: fmt.Sprintf("Order number %s cannot be updated, it is cancelled.", x.number)}
	case o.started(x):
		x.book.RefusedPuts++
		return 0, nil, &no{text: fmt.Sprintf("Order number %s cannot be updated, the warehouse has started working on it.", x.number)}
	case other != nil && other != x:
		return 0, nil, &no{text: fmt.Sprintf("Order number %s is taken.", number)}
	}
	put := c.body
	if o.switches.KeepMembers {
		put = maps.Clone(x.put)
		maps.Copy(put, c.body)
	}
	if err := o.write(x, put, c.now, o.switches.MakeArticles); err != nil {
		return 0, nil, err
	}
	x.number = number
	x.book.Puts++
	if o.switches.PutResetsStatus {
		o.setStatus(x, o.switches.BornStatus, c.now, byAPI)
	}
	return http.StatusOK, x.putAnswer(), nil
}

// write puts the members of a PUT into x, all or nothing. Lines are matched by row number.
func (o *Ongoing) write(x *order, put map[string]any, now time.Time, newArticles bool) error {
	put = maps.Clone(put)
	day, err := anyDate(text(put["deliveryDate"]))
	if err != nil {
		return &no{text: "DeliveryDate: " + err.Error()}
	}
	put["deliveryDate"] = utc(day)
	sent, given := put["orderLines"].([]any)
	delete(put, "orderLines")
	lines, err := o.writeLines(x, sent, newArticles)
	if err != nil {
		return err
	}
	if given || !o.switches.KeepMembers || x.id == 0 {
		x.lines = lines
	}
	x.put, x.headerChanged = put, now
	return nil
}

// A sentLine is what the simulator itself needs to know of a line.
type sentLine struct {
	RowNumber     string `json:"rowNumber"`
	ArticleNumber string `json:"articleNumber"`
	NumberOfItems items  `json:"numberOfItems"`
}

func (o *Ongoing) writeLines(x *order, sent []any, newArticles bool) ([]*orderLine, error) {
	var lines []*orderLine
	seen := map[string]bool{}
	for _, each := range sent {
		s, err := as[sentLine](each)
		if err != nil {
			return nil, &no{text: err.Error()}
		}
		if seen[s.RowNumber] {
			return nil, &no{text: fmt.Sprintf("Order row number %s is not unique.", s.RowNumber)}
		}
		seen[s.RowNumber] = true
		a := o.article(x.owner, s.ArticleNumber, newArticles)
		if a == nil {
			return nil, &no{text: fmt.Sprintf("Article %s was not found.", s.ArticleNumber)}
		}
		line := &orderLine{row: s.RowNumber, article: a, ordered: s.NumberOfItems}
		line.put, _ = each.(map[string]any)
		if old := x.line(s.RowNumber); old != nil {
			line.id = old.id
		} else {
			line.id = o.ids.next("orderLine", 49412)
		}
		lines = append(lines, line)
	}
	if o.switches.KeepLines {
		for _, old := range x.lines {
			if !seen[old.row] {
				lines = append(lines, old)
			}
		}
	}
	return lines, nil
}

// anyDate reads a time with its zone, or a date alone.
func anyDate(s string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day, nil
	}
	return time.Parse(time.RFC3339, s)
}
