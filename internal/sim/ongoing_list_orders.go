package sim

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// oneOrder is GET /orders/{orderId}.
func oneOrder(o *Ongoing, c *ongoingCall) (int, any, error) {
	x := o.stock.order(c.owner(), c.param("orderId"))
	if x == nil {
		return 0, nil, notFound("The order was not found.")
	}
	return http.StatusOK, o.viewOrder(x), nil
}

// orderFilters are the filters of GET /orders that the simulator knows.
var orderFilters = filters[*order]{
	"orderNumber":                func(x *order, v []string) bool { return x.number == v[0] },
	"orderNumbers":               func(x *order, v []string) bool { return slices.Contains(v, x.number) },
	"goodsOwnerOrderId":          func(x *order, v []string) bool { return text(x.put["goodsOwnerOrderId"]) == v[0] },
	"referenceNumbers":           func(x *order, v []string) bool { return slices.Contains(v, text(x.put["referenceNumber"])) },
	"consigneeOrderNumbers":      func(x *order, v []string) bool { return slices.Contains(v, text(x.put["consigneeOrderNumber"])) },
	"orderFreeText1":             func(x *order, v []string) bool { return text(x.put["freeText1"]) == v[0] },
	"orderStatusFrom":            func(x *order, v []string) bool { return x.status >= whole(v) },
	"orderStatusTo":              func(x *order, v []string) bool { return x.status <= whole(v) },
	"orderIdFrom":                func(x *order, v []string) bool { return x.id >= whole(v) },
	"orderStatusChangedTimeFrom": func(x *order, v []string) bool { return from(x.statusChanged, v) },
	"orderCreatedTimeFrom":       func(x *order, v []string) bool { return from(x.created, v) },
	"orderCreatedTimeTo":         func(x *order, v []string) bool { return until(x.created, v) },
	"orderHeaderUpdatedTimeFrom": func(x *order, v []string) bool { return from(x.headerChanged, v) },
	"orderHeaderUpdatedTimeTo":   func(x *order, v []string) bool { return until(x.headerChanged, v) },
	"orderUpdatedTimeFrom":       func(x *order, v []string) bool { return from(x.updated(), v) },
	"shippedTimeFrom":            func(x *order, v []string) bool { return from(x.shipped, v) },
	"shippedTimeTo":              func(x *order, v []string) bool { return until(x.shipped, v) },
	"lastReturnedFrom":           func(x *order, v []string) bool { return from(x.lastReturned, v) },
	"customerNumber":             func(x *order, v []string) bool { return x.consigneeText("customerNumber") == v[0] },
	"customerEmail":              func(x *order, v []string) bool { return x.email() == v[0] },
	"articleNumbers": func(x *order, v []string) bool {
		return slices.ContainsFunc(x.lines, func(l *orderLine) bool { return slices.Contains(v, l.article.number) })
	},
	"parcelNumber": func(x *order, v []string) bool {
		return slices.ContainsFunc(x.parcels, func(p *parcel) bool { return p.waybill == v[0] })
	},
	"maxOrdersToGet": nil,
	"sort":           nil,
}

// listOrders is GET /orders.
func listOrders(o *Ongoing, c *ongoingCall) (int, any, error) {
	if err := recent(c); err != nil {
		return 0, nil, err
	}
	mine := slices.DeleteFunc(slices.Clone(o.stock.orders), func(x *order) bool { return x.owner != c.owner() })
	found, err := orderFilters.pick(c, mine)
	if err != nil {
		return 0, nil, err
	}
	if c.query.Get("sort") == "descending" {
		slices.Reverse(found)
	}
	views := []any{}
	for _, x := range first(c, "maxOrdersToGet", found) {
		views = append(views, o.viewOrder(x))
	}
	return http.StatusOK, views, nil
}

// recent refuses an orderUpdatedTimeFrom that is more than two days old.
func recent(c *ongoingCall) error {
	asked, err := time.Parse(time.RFC3339, c.query.Get("orderUpdatedTimeFrom"))
	if err == nil && c.now.Sub(asked) > 48*time.Hour {
		return &no{text: fmt.Sprintf("OrderUpdatedTimeFrom %s is more than 2 days old.", utc(asked))}
	}
	return nil
}

// updated is when anything of x changed last.
func (x *order) updated() time.Time {
	return slices.MaxFunc([]time.Time{x.created, x.statusChanged, x.headerChanged, x.shipped, x.lastReturned}, time.Time.Compare)
}

func (x *order) consigneeText(name string) string {
	consignee, _ := x.put["consignee"].(map[string]any)
	return text(consignee[name])
}

func (x *order) email() string {
	notification, _ := x.put["emailNotification"].(map[string]any)
	return text(notification["value"])
}
