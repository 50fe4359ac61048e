package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/valyala/fasthttp"
)

// The numbers of Ongoing's standard statuses.
const (
	open     = 200
	released = 300
	sent     = 450
	returned = 800
)

const (
	orderStatuses  = `{"orderStatuses":[{"number":150,"text":"Error"},{"number":200,"text":"Open"},{"number":300,"text":"Released"},{"number":450,"text":"Sent"},{"number":800,"text":"Returned"},{"number":1000,"text":"Cancelled"}]}`
	returnStatuses = `{"returnOrderStatuses":[{"number":100,"text":"Notified"},{"number":500,"text":"Returned"},{"number":900,"text":"Cancelled"}]}`
)

// ongoing answers a call of Ongoing's API. The ids of an exchange N: N0 is the original order, N1 the exchange
// order, N2 the return order.
func (p *peers) ongoing(c *fasthttp.RequestCtx, path string) bool {
	switch path {
	case "/orders/statuses":
		c.SetBodyString(orderStatuses)
		return true
	case "/returnOrders/statuses":
		c.SetBodyString(returnStatuses)
		return true
	case "/orders":
		if string(c.Method()) == http.MethodPut {
			return p.putOrder(c)
		}
		return p.listed(c, string(c.QueryArgs().Peek("orderNumber")))
	case "/returnOrders":
		if string(c.Method()) == http.MethodPut {
			return p.putReturnOrder(c)
		}
		return p.listed(c, string(c.QueryArgs().Peek("returnOrderNumbers")))
	}
	kind, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	id, rest, _ := strings.Cut(rest, "/")
	n, ok := numberIn(id)
	if !ok {
		return false
	}
	switch s := p.of(n); {
	case kind == "orders" && rest == "" && id == n+"0":
		s.within(c, func() { c.SetBody(answers["original"].append(nil, s)) })
	case kind == "orders" && rest == "":
		s.within(c, func() {
			s.orderRead = true
			c.SetBody(s.order())
		})
	case kind == "orders" && rest == "orderStatus":
		s.within(c, func() {
			_, _ = fmt.Sscanf(string(c.PostBody()), `{"orderStatusNumber":%d}`, &s.status) // it is ours alone
			s.orderRead = false
			c.SetBodyString(`{"message":null,"orderId":` + n + `1}`)
		})
	case kind == "returnOrders" && rest == "":
		s.within(c, func() {
			s.returnRead = true
			c.SetBody(s.returnOrder())
		})
	default:
		return false
	}
	return true
}

// listed answers a list by number: "#N" is there, "#N-EX1" and "#N-R1" once they were put.
func (p *peers) listed(c *fasthttp.RequestCtx, number string) bool {
	n, ok := numberIn(strings.TrimPrefix(number, "#"))
	if !ok {
		return false
	}
	s := p.of(n)
	s.within(c, func() {
		var body []byte
		switch number {
		case "#" + n:
			body = answers["original"].append(nil, s)
		case s.number:
			body = s.order()
		case s.returnNumber:
			body = s.returnOrder()
		}
		c.SetBody(append(append([]byte("["), body...), ']'))
	})
	return true
}

func (p *peers) putOrder(c *fasthttp.RequestCtx) bool {
	number := member(c.PostBody(), "orderNumber")
	n, ok := numberIn(strings.TrimPrefix(number, "#"))
	if !ok {
		return false
	}
	s := p.of(n)
	s.within(c, func() {
		s.number, s.status, s.exchange = number, open, member(c.PostBody(), "goodsOwnerOrderId")
		c.SetStatusCode(http.StatusCreated)
		c.SetBodyString(`{"message":"Order number ` + number + ` created/updated","orderId":` + n + `1}`)
	})
	return true
}

func (p *peers) putReturnOrder(c *fasthttp.RequestCtx) bool {
	number := member(c.PostBody(), "returnOrderNumber")
	n, ok := numberIn(strings.TrimPrefix(number, "#"))
	if !ok {
		return false
	}
	s := p.of(n)
	s.within(c, func() {
		s.returnNumber, s.put = number, true
		if _, after, ok := strings.Cut(member(c.PostBody(), "comment"), "ex_"); ok {
			s.exchange, _, _ = strings.Cut("ex_"+after, " ")
		}
		c.SetBodyString(`{"message":"Return order ` + number + ` created/updated","returnOrderId":` + n + `2}`)
	})
	return true
}

// member is a text of an object that we wrote ourselves: nothing in it is escaped.
func member(body []byte, name string) string {
	_, rest, _ := bytes.Cut(body, []byte(`"`+name+`":"`))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(text)
}

func (s *swap) order() []byte {
	if s.status == sent {
		return answers["order_sent"].append(nil, s)
	}
	return answers["order"].append(nil, s)
}

func (s *swap) returnOrder() []byte {
	if s.back {
		return answers["return_order_back"].append(nil, s)
	}
	return answers["return_order"].append(nil, s)
}
