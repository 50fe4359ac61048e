package sim

import (
	"fmt"
	"net/http"
	"strings"
)

// patchOrderStatus is PATCH /orders/{orderId}/orderStatus.
func patchOrderStatus(o *Ongoing, c *ongoingCall) (int, any, error) {
	x := o.stock.order(c.owner(), c.param("orderId"))
	if x == nil {
		return 0, nil, notFound("The order was not found.")
	}
	number := c.number("orderStatusNumber")
	if err := o.mayPatch(x, number); err != nil {
		x.book.RefusedPatches = append(x.book.RefusedPatches, number)
		return 0, nil, err
	}
	x.book.Patches = append(x.book.Patches, number)
	if number == o.switches.ReleasedStatus {
		x.book.Releases++
	}
	o.setStatus(x, number, c.now, byPatch)
	return http.StatusOK, x.patchAnswer(), nil
}

func (o *Ongoing) mayPatch(x *order, number int) error {
	s := &o.switches
	_, known := statusText(s.OrderStatuses, number)
	switch {
	case !known:
		return &no{text: fmt.Sprintf("Order status %d was not found.", number)}
	case x.status == s.CancelledStatus:
		return &no{text: fmt.Sprintf("Order number %s is cancelled.", x.number)}
	case x.allocated:
		return &no{text: fmt.Sprintf("The status of order number %s cannot be changed, goods have been allocated to it.", x.number)}
	case number == x.status && s.RefuseSame:
		return &no{text: fmt.Sprintf("Order number %s has status %d already.", x.number, number)}
	case number == s.CancelledStatus && !s.PatchCancels:
		return &no{text: fmt.Sprintf("Order status %d cannot be set, cancel the order instead.", number)}
	}
	return nil
}

// patchOrderMember is any PATCH of one header member: the path's last part is its name.
func patchOrderMember(o *Ongoing, c *ongoingCall) (int, any, error) {
	x := o.stock.order(c.owner(), c.param("orderId"))
	if x == nil {
		return 0, nil, notFound("The order was not found.")
	}
	name := c.name[strings.LastIndex(c.name, "/")+1:]
	value := c.body[name]
	if name == "deliveryDate" {
		day, err := anyDate(text(value))
		if err != nil {
			return 0, nil, &no{text: "DeliveryDate: " + err.Error()}
		}
		value = utc(day)
	}
	x.put[name], x.headerChanged = value, c.now
	if name == "orderNumber" {
		x.number = text(value) // the vendor does not check that it is free
	}
	return http.StatusOK, x.patchAnswer(), nil
}

func (x *order) patchAnswer() map[string]any {
	return map[string]any{"orderId": x.id, "message": nil}
}

// cancelOrder is DELETE /orders/{orderId}.
func cancelOrder(o *Ongoing, c *ongoingCall) (int, any, error) {
	return o.cancel(c, o.stock.order(c.owner(), c.param("orderId")))
}

// cancelOrderByNumber is DELETE /orders.
func cancelOrderByNumber(o *Ongoing, c *ongoingCall) (int, any, error) {
	return o.cancel(c, o.stock.orderNumbered(c.owner(), c.query.Get("orderNumber")))
}

func (o *Ongoing) cancel(c *ongoingCall, x *order) (int, any, error) {
	cancelled := o.switches.CancelledStatus
	switch {
	case x == nil:
		return 0, nil, notFound("The order was not found.")
	case x.status == cancelled && o.switches.RefuseSame:
		return 0, nil, &no{text: fmt.Sprintf("Order number %s is cancelled already.", x.number)}
	case x.status != cancelled && o.started(x):
		x.book.RefusedCancels++
		return 0, nil, &no{text: fmt.Sprintf("Order number %s cannot be cancelled, the warehouse has started working on it.", x.number)}
	}
	x.book.Cancels++
	o.setStatus(x, cancelled, c.now, byAPI)
	return http.StatusOK, map[string]any{"orderId": x.id, "message": "Order number " + x.number + " cancelled"}, nil
}
