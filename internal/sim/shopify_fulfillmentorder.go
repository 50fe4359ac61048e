package sim

import (
	"slices"
	"strings"
	"time"
)

// A shopFulfillmentOrder is work for a warehouse: lines of one order that go out together.
type shopFulfillmentOrder struct {
	order    *shopOrder
	id       int64
	created  time.Time
	updated  time.Time
	lines    []*shopWorkLine
	holds    []*shopHold
	released []*shopHold // for the ledger
	started  bool        // partly fulfilled, where that shows as IN_PROGRESS
	emptied  bool        // an edit took off all that it was to ship
	hidden   int         // does not show for so many reads of its order
}

// A shopWorkLine is a line of a fulfillment order.
type shopWorkLine struct {
	id        int64
	line      *shopLine
	total     int
	remaining int
}

// A shopHold keeps a fulfillment order from being shipped.
type shopHold struct {
	id     int64
	handle string
	reason string
	notes  string
	by     string // app: the caller; other: another app; shop: Shopify itself
}

// status follows from what is left and what holds it.
func (fo *shopFulfillmentOrder) status() string {
	switch {
	case fo.emptied:
		return fo.order.in.switches.EditedStatus
	case !fo.open():
		return "CLOSED"
	case len(fo.holds) > 0:
		return "ON_HOLD"
	case fo.started:
		return "IN_PROGRESS"
	}
	return "OPEN"
}

// open reports whether anything is left to ship.
func (fo *shopFulfillmentOrder) open() bool {
	return slices.ContainsFunc(fo.lines, func(l *shopWorkLine) bool { return l.remaining > 0 })
}

func (fo *shopFulfillmentOrder) touch() {
	fo.updated = fo.order.in.now()
	fo.order.touch()
}

// line returns the line of this number, nil if there is none.
func (fo *shopFulfillmentOrder) line(id int64) *shopWorkLine {
	at := slices.IndexFunc(fo.lines, func(l *shopWorkLine) bool { return l.id == id })
	if at < 0 {
		return nil
	}
	return fo.lines[at]
}

// addWork makes a fulfillment order of these lines, or nothing if there are none.
func (o *shopOrder) addWork(lines []*shopWorkLine) *shopFulfillmentOrder {
	if len(lines) == 0 {
		return nil
	}
	now := o.in.now()
	fo := &shopFulfillmentOrder{order: o, id: o.in.smallID(), created: now, updated: now, lines: lines}
	o.work = append(o.work, fo)
	return fo
}

// workLine makes a line of a fulfillment order.
func (o *shopOrder) workLine(l *shopLine, quantity int) *shopWorkLine {
	return &shopWorkLine{id: o.in.smallID(), line: l, total: quantity, remaining: quantity}
}

// move leaves the fulfillment order closed and puts what is left of it into a new one, as when it goes to
// another location.
func (fo *shopFulfillmentOrder) move() *shopFulfillmentOrder {
	moved := fo.split(map[*shopWorkLine]int{})
	moved.holds, fo.holds = fo.holds, nil
	fo.touch()
	return moved
}

// showWork returns the fulfillment orders that show, and counts this read for those that do not yet.
// Displayable ones hold lines: what moved or was merged away is none of them.
func (o *shopOrder) showWork(displayable bool) []gqlObject {
	list := []gqlObject{}
	for _, fo := range o.work {
		if fo.hidden > 0 {
			fo.hidden--
			if fo.hidden == 0 {
				o.in.announceRouted(fo)
			}
			continue
		}
		if len(fo.lines) > 0 || !displayable {
			list = append(list, fo)
		}
	}
	return list
}

// fulfillmentOrder returns the one of this global id, nil if there is none or it does not show yet.
func (s *Shopify) fulfillmentOrder(id string) (*shopFulfillmentOrder, *gqlError) {
	n, bad := gidNumber("FulfillmentOrder", id)
	if bad != nil {
		return nil, bad
	}
	return find(s, func(o *shopOrder) []*shopFulfillmentOrder { return o.work },
		func(fo *shopFulfillmentOrder) bool { return fo.id == n && fo.hidden == 0 }), nil
}

func (fo *shopFulfillmentOrder) gqlType() string { return "FulfillmentOrder" }

func (fo *shopFulfillmentOrder) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("FulfillmentOrder", fo.id)
	case "order":
		return fo.order
	case "orderId":
		return gid("Order", fo.order.id)
	case "orderName":
		return fo.order.name
	case "orderProcessedAt":
		return fo.order.created
	case "status":
		return fo.status()
	case "requestStatus":
		return "UNSUBMITTED"
	case "createdAt":
		return fo.created
	case "updatedAt":
		return fo.updated
	case "assignedLocation":
		location := fo.order.in.location()
		return gqlFields{"FulfillmentOrderAssignedLocation", map[string]any{
			"name": location.gqlField("name", nil), "location": location, "countryCode": "SE",
		}}
	case "supportedActions":
		return fo.actions()
	case "fulfillmentHolds":
		return gqlList(fo.shown())
	case "lineItems":
		return gqlList(fo.lines)
	case "fulfillments":
		return gqlWhere(fo.order.fulfillments, func(f *shopFulfillment) bool {
			return slices.ContainsFunc(f.lines, func(l *shopShippedLine) bool { return l.from == fo })
		})
	}
	return notSimulated
}

func (fo *shopFulfillmentOrder) actions() []gqlObject {
	names := map[string][]string{
		"OPEN":        {"CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT"},
		"IN_PROGRESS": {"CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"},
		"ON_HOLD":     {"RELEASE_HOLD", "HOLD", "MOVE"},
	}[fo.status()]
	list := []gqlObject{}
	for _, name := range names {
		list = append(list, gqlFields{"FulfillmentOrderSupportedAction", map[string]any{"action": name, "externalUrl": nil}})
	}
	return list
}

// shown returns the holds as objects that know whose app is asking.
func (fo *shopFulfillmentOrder) shown() []*shopShownHold {
	list := []*shopShownHold{}
	for _, h := range fo.holds {
		list = append(list, &shopShownHold{h, fo.order.in})
	}
	return list
}

type shopShownHold struct {
	*shopHold
	in *Shopify
}

func (h *shopShownHold) gqlType() string { return "FulfillmentHold" }

func (h *shopShownHold) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("FulfillmentHold", h.id)
	case "handle":
		return gqlText(h.handle)
	case "reason":
		return h.reason
	case "reasonNotes":
		return gqlText(h.notes)
	case "displayReason":
		words := strings.ToLower(strings.ReplaceAll(h.reason, "_", " "))
		return strings.ToUpper(words[:1]) + words[1:]
	case "heldByRequestingApp":
		return h.by == "app"
	case "heldByApp":
		if h.by == "shop" {
			return nil
		}
		return h.in.app(h.by)
	}
	return notSimulated
}

func (l *shopWorkLine) gqlType() string { return "FulfillmentOrderLineItem" }

func (l *shopWorkLine) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("FulfillmentOrderLineItem", l.id)
	case "totalQuantity":
		return l.total
	case "remainingQuantity":
		return l.remaining
	case "lineItem":
		return l.line
	case "inventoryItemId":
		if l.line.variant == nil {
			return nil
		}
		return gid("InventoryItem", l.line.variant.inventory)
	case "productTitle":
		return l.line.title
	case "requiresShipping":
		return true
	case "sku", "variant", "variantTitle", "vendor":
		return l.line.gqlField(name, nil)
	}
	return notSimulated
}
