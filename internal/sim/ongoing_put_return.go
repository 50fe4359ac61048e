package sim

import (
	"fmt"
	"maps"
	"net/http"
)

// A sentReturn is what the simulator itself needs to know of a return order.
type sentReturn struct {
	ReturnOrderNumber string `json:"returnOrderNumber"`
	CustomerOrder     struct {
		OrderID int `json:"orderId"`
	} `json:"customerOrder"`
	ReturnOrderLines []sentReturnLine `json:"returnOrderLines"`
}

type sentReturnLine struct {
	ReturnOrderRowNumber string `json:"returnOrderRowNumber"`
	CustomerOrderLine    struct {
		OrderLineID int `json:"orderLineId"`
	} `json:"customerOrderLine"`
	ToBeReturnedNumberOfItems items      `json:"toBeReturnedNumberOfItems"`
	ReturnCause               *sentCause `json:"returnCause"`
}

type sentCause struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// putReturn is PUT /returnOrders: it makes a return order, or changes the one with this number.
func putReturn(o *Ongoing, c *ongoingCall) (int, any, error) {
	sent, err := as[sentReturn](c.body)
	if err != nil {
		return 0, nil, &no{text: err.Error()}
	}
	original := o.stock.order(c.owner(), sent.CustomerOrder.OrderID)
	if original == nil {
		return 0, nil, &no{text: fmt.Sprintf("OrderNotFound: order %d was not found.", sent.CustomerOrder.OrderID)}
	}
	old := o.stock.returnNumbered(c.owner(), sent.ReturnOrderNumber)
	if old != nil && (old.received() || old.status != o.switches.ReturnNotified) {
		old.book.RefusedPuts++
		return 0, nil, &no{text: fmt.Sprintf("Return order %s cannot be updated, it is %s.", old.number, o.switches.returnText(old.status))}
	}
	day := any(nil)
	if given := text(c.body["inDate"]); given != "" {
		t, err := anyDate(given)
		if err != nil {
			return 0, nil, &no{text: "InDate: " + err.Error()}
		}
		day = utc(t)
	}
	lines, err := o.returnLines(original, old, sent.ReturnOrderLines, c.body["returnOrderLines"])
	if err != nil {
		return 0, nil, err
	}
	x := old
	if x == nil {
		x = &returnOrder{
			id: o.ids.next("returnOrder", 3391), owner: c.owner(), number: sent.ReturnOrderNumber,
			status: o.switches.ReturnNotified, maker: c.user, created: c.now,
		}
		o.stock.returns = append(o.stock.returns, x)
		o.bookReturnStatus(x)
	}
	x.original, x.lines = original, lines
	x.put = maps.Clone(c.body)
	x.put["inDate"] = day
	delete(x.put, "returnOrderLines")
	x.book.Puts++
	if old == nil {
		o.fireReturn(x, c.now)
	}
	return http.StatusOK, x.answer("created/updated"), nil
}

func (x *returnOrder) answer(done string) map[string]any {
	return map[string]any{"returnOrderId": x.id, "message": "Return order " + x.number + " " + done}
}

// returnLines checks the lines sent against the original order and gives them ids, kept by row number.
func (o *Ongoing) returnLines(original *order, old *returnOrder, sent []sentReturnLine, raw any) ([]*returnLine, error) {
	bodies, _ := raw.([]any)
	var lines []*returnLine
	seen := map[string]bool{}
	for i, s := range sent {
		line := original.lineByID(s.CustomerOrderLine.OrderLineID)
		switch {
		case line == nil:
			return nil, &no{text: fmt.Sprintf("OrderRowNotFound: order line %d was not found in order %s.", s.CustomerOrderLine.OrderLineID, original.number)}
		case seen[s.ReturnOrderRowNumber]:
			return nil, &no{text: fmt.Sprintf("Return order row number %s is not unique.", s.ReturnOrderRowNumber)}
		case s.ToBeReturnedNumberOfItems <= 0:
			return nil, &no{text: fmt.Sprintf("Return order row %s returns nothing.", s.ReturnOrderRowNumber)}
		}
		seen[s.ReturnOrderRowNumber] = true
		l := &returnLine{row: s.ReturnOrderRowNumber, line: line, article: line.article, announce: s.ToBeReturnedNumberOfItems}
		l.put, _ = bodies[i].(map[string]any)
		if old != nil && old.line(l.row) != nil {
			l.id = old.line(l.row).id
		} else {
			l.id = o.ids.next("returnOrderLine", 7120)
		}
		lines = append(lines, l)
		if s.ReturnCause != nil {
			o.cause(original.owner, s.ReturnCause.Code, s.ReturnCause.Name)
		}
	}
	return lines, nil
}
