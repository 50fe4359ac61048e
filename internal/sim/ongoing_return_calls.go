package sim

import (
	"fmt"
	"net/http"
	"slices"
)

func oneReturn(o *Ongoing, c *ongoingCall) (int, any, error) {
	x := o.stock.returnOrder(c.owner(), c.param("returnOrderId"))
	if x == nil {
		return 0, nil, notFound("The return order was not found.")
	}
	return http.StatusOK, o.viewReturn(x), nil
}

var returnFilters = filters[*returnOrder]{
	"returnOrderNumbers":    func(x *returnOrder, v []string) bool { return slices.Contains(v, x.number) },
	"customerOrderNumbers":  func(x *returnOrder, v []string) bool { return slices.Contains(v, x.original.number) },
	"goodsReturnedFromDate": func(x *returnOrder, v []string) bool { return from(x.arrived, v) },
	"returnOrderStatusFrom": func(x *returnOrder, v []string) bool { return x.status >= whole(v) },
	"returnOrderStatusTo":   func(x *returnOrder, v []string) bool { return x.status <= whole(v) },
}

func listReturns(o *Ongoing, c *ongoingCall) (int, any, error) {
	mine := slices.DeleteFunc(slices.Clone(o.stock.returns), func(x *returnOrder) bool { return x.owner != c.owner() })
	found, err := returnFilters.pick(c, mine)
	if err != nil {
		return 0, nil, err
	}
	views := []any{}
	for _, x := range found {
		views = append(views, o.viewReturn(x))
	}
	return http.StatusOK, views, nil
}

// patchReturnStatus is PATCH /returnOrders/{returnOrderId}/returnOrderStatus.
func patchReturnStatus(o *Ongoing, c *ongoingCall) (int, any, error) {
	x := o.stock.returnOrder(c.owner(), c.param("returnOrderId"))
	if x == nil {
		return 0, nil, notFound("The return order was not found.")
	}
	number := c.number("returnOrderStatusNumber")
	_, known := statusText(o.switches.ReturnStatuses, number)
	switch {
	case !known:
		return 0, nil, &no{text: fmt.Sprintf("Return order status %d was not found.", number)}
	case number == x.status && o.switches.RefuseSame:
		return 0, nil, &no{text: fmt.Sprintf("Return order %s has status %d already.", x.number, number)}
	}
	x.book.Patches = append(x.book.Patches, o.switches.returnText(number))
	o.setReturnStatus(x, number, c.now)
	return http.StatusOK, map[string]any{"returnOrderId": x.id, "message": nil}, nil
}

// patchReturnComment is PATCH /returnOrders/{returnOrderId}/returnOrderHandlingComment.
func patchReturnComment(o *Ongoing, c *ongoingCall) (int, any, error) {
	x := o.stock.returnOrder(c.owner(), c.param("returnOrderId"))
	if x == nil {
		return 0, nil, notFound("The return order was not found.")
	}
	x.put["returnOrderHandlingComment"] = c.body["returnOrderHandlingComment"]
	return http.StatusOK, map[string]any{"returnOrderId": x.id, "message": nil}, nil
}

// cancelReturn is DELETE /returnOrders/{returnOrderId}.
func cancelReturn(o *Ongoing, c *ongoingCall) (int, any, error) {
	return o.cancelReturnOrder(c, o.stock.returnOrder(c.owner(), c.param("returnOrderId")))
}

// cancelReturnByNumber is DELETE /returnOrders.
func cancelReturnByNumber(o *Ongoing, c *ongoingCall) (int, any, error) {
	return o.cancelReturnOrder(c, o.stock.returnNumbered(c.owner(), c.query.Get("returnOrderNumber")))
}

func (o *Ongoing) cancelReturnOrder(c *ongoingCall, x *returnOrder) (int, any, error) {
	s := &o.switches
	switch {
	case x == nil:
		return 0, nil, notFound("The return order was not found.")
	case x.status == s.ReturnCancelled && s.RefuseSame:
		return 0, nil, &no{text: fmt.Sprintf("Return order %s is cancelled already.", x.number)}
	case x.received() || x.status == s.ReturnReturned:
		x.book.RefusedCancels++
		return 0, nil, &no{text: fmt.Sprintf("Return order %s cannot be cancelled, goods have been received.", x.number)}
	}
	x.book.Cancels++
	o.setReturnStatus(x, s.ReturnCancelled, c.now)
	x.book.Cancelled = true
	return http.StatusOK, x.answer("cancelled"), nil
}

// A returnCause is why goods come back; a goods owner has its own list.
type returnCause struct {
	id         int
	owner      *goodsOwner
	code, name string
	put        map[string]any
}

// cause returns the cause with this code, made if need be.
func (o *Ongoing) cause(owner *goodsOwner, code, name string) *returnCause {
	for _, each := range o.stock.causes {
		if each.owner == owner && each.code == code {
			return each
		}
	}
	made := &returnCause{id: o.ids.next("returnCause", 4), owner: owner, code: code, name: name}
	o.stock.causes = append(o.stock.causes, made)
	return made
}

func listCauses(o *Ongoing, c *ongoingCall) (int, any, error) {
	views := []any{}
	for _, each := range o.stock.causes {
		if each.owner == c.owner() {
			view := o.contract.fill("GetReturnCauseModel", each.put)
			view["id"], view["code"], view["name"] = each.id, each.code, each.name
			views = append(views, view)
		}
	}
	return http.StatusOK, map[string]any{"returnCauses": views}, nil
}

func putCause(o *Ongoing, c *ongoingCall) (int, any, error) {
	each := o.cause(c.owner(), text(c.body["code"]), text(c.body["name"]))
	each.name, each.put = text(c.body["name"]), c.body
	return http.StatusOK, map[string]any{"returnCauseId": each.id, "success": true, "message": nil}, nil
}
