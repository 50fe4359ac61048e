package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A shopFulfillment is a shipment that went out.
type shopFulfillment struct {
	order     *shopOrder
	id        int64
	name      string
	created   time.Time
	updated   time.Time
	lines     []*shopShippedLine
	tracking  []shopTracking
	events    []*shopEvent
	cancelled bool
	seeded    bool
	by        string
	notified  int // how often the customer was written to
}

// A shopShippedLine is a FulfillmentLineItem: what a return names.
type shopShippedLine struct {
	fulfillment *shopFulfillment
	id          int64
	line        *shopLine
	quantity    int
	from        *shopFulfillmentOrder
}

// returnable is how many of it no return holds yet. A closed return keeps what it holds, processed or not:
// it may be reopened.
func (l *shopShippedLine) returnable() int {
	if l.fulfillment.cancelled {
		return 0
	}
	left := l.quantity
	for _, r := range l.line.order.returns {
		if r.status == "CANCELED" || r.status == "DECLINED" {
			continue
		}
		for _, back := range r.lines {
			if back.shipped == l {
				left -= back.quantity
			}
		}
	}
	return left
}

// A shopTracking is the tracking of one parcel.
type shopTracking struct{ company, number, url string }

// A shopEvent is a station of a parcel's way.
type shopEvent struct {
	id        int64
	status    string
	message   string
	happened  time.Time
	created   time.Time
	estimated time.Time
}

// fulfillment returns the one of this global id, nil if there is none.
func (s *Shopify) fulfillment(id string) (*shopFulfillment, *gqlError) {
	n, bad := gidNumber("Fulfillment", id)
	if bad != nil {
		return nil, bad
	}
	return find(s, func(o *shopOrder) []*shopFulfillment { return o.fulfillments },
		func(f *shopFulfillment) bool { return f.id == n }), nil
}

// shippedLine returns the FulfillmentLineItem of this number within the order, nil if there is none.
func (o *shopOrder) shippedLine(id int64) *shopShippedLine {
	for _, f := range o.fulfillments {
		at := slices.IndexFunc(f.lines, func(l *shopShippedLine) bool { return l.id == id })
		if at >= 0 {
			return f.lines[at]
		}
	}
	return nil
}

// trackingOf reads a FulfillmentTrackingInput: one number and url, or several in parallel order.
func trackingOf(in gqlArgs) []shopTracking {
	if in == nil {
		return nil
	}
	numbers, urls := in.texts("numbers"), in.texts("urls")
	if len(numbers) == 0 && in.given("number") {
		numbers = []string{in.text("number")}
	}
	if len(urls) == 0 && in.given("url") {
		urls = []string{in.text("url")}
	}
	var list []shopTracking
	for i := range max(len(numbers), len(urls), min(1, len(in.text("company")))) {
		t := shopTracking{company: in.text("company")}
		if i < len(numbers) {
			t.number = numbers[i]
		}
		if i < len(urls) {
			t.url = urls[i]
		}
		list = append(list, t)
	}
	return list
}

// when returns the time of the last event of this status, the zero time if there is none.
func (f *shopFulfillment) when(status string) time.Time {
	var t time.Time
	for _, e := range f.events {
		if e.status == status {
			t = e.happened
		}
	}
	return t
}

func (f *shopFulfillment) status() string {
	if f.cancelled {
		return "CANCELLED"
	}
	return "SUCCESS"
}

func (f *shopFulfillment) displayStatus() string {
	switch {
	case f.cancelled:
		return "CANCELED"
	case len(f.events) == 0:
		return "FULFILLED"
	}
	last := slices.MaxFunc(f.events, func(a, b *shopEvent) int {
		return cmp.Or(a.happened.Compare(b.happened), cmp.Compare(a.id, b.id))
	})
	return last.status
}

func (f *shopFulfillment) gqlType() string { return "Fulfillment" }

func (f *shopFulfillment) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("Fulfillment", f.id)
	case "legacyResourceId":
		return f.id
	case "name":
		return f.name
	case "order":
		return f.order
	case "status":
		return f.status()
	case "displayStatus":
		return f.displayStatus()
	case "createdAt":
		return f.created
	case "updatedAt":
		return f.updated
	case "inTransitAt":
		return gqlTime(f.when("IN_TRANSIT"))
	case "deliveredAt":
		return gqlTime(f.when("DELIVERED"))
	case "estimatedDeliveryAt":
		var t time.Time
		for _, e := range f.events {
			if !e.estimated.IsZero() {
				t = e.estimated
			}
		}
		return gqlTime(t)
	case "requiresShipping":
		return true
	case "location":
		return f.order.in.location()
	case "totalQuantity":
		n := 0
		for _, l := range f.lines {
			n += l.quantity
		}
		return n
	case "trackingInfo":
		list := []gqlObject{}
		for _, t := range f.tracking {
			list = append(list, gqlFields{"FulfillmentTrackingInfo", map[string]any{
				"company": gqlText(t.company), "number": gqlText(t.number), "url": gqlText(t.url),
			}})
		}
		return list
	case "fulfillmentLineItems":
		return gqlList(f.lines)
	case "fulfillmentOrders":
		return gqlWhere(f.order.work, func(fo *shopFulfillmentOrder) bool {
			return slices.ContainsFunc(f.lines, func(l *shopShippedLine) bool { return l.from == fo })
		})
	case "events":
		return gqlList(f.events)
	}
	return notSimulated
}

func (l *shopShippedLine) gqlType() string { return "FulfillmentLineItem" }

func (l *shopShippedLine) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("FulfillmentLineItem", l.id)
	case "quantity":
		return l.quantity
	case "lineItem":
		return l.line
	case "discountedTotalSet":
		return l.line.order.set(l.line.price * int64(l.quantity))
	case "originalTotalSet":
		return l.line.order.set(l.line.original * int64(l.quantity))
	}
	return notSimulated
}

func (e *shopEvent) gqlType() string { return "FulfillmentEvent" }

func (e *shopEvent) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("FulfillmentEvent", e.id)
	case "status":
		return e.status
	case "message":
		return gqlText(e.message)
	case "happenedAt":
		return e.happened
	case "createdAt":
		return e.created
	case "estimatedDeliveryAt":
		return gqlTime(e.estimated)
	}
	return nil
}

// lower returns an enum value as webhooks spell it.
func lower(enum string) string { return strings.ToLower(enum) }
