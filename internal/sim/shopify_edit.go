package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A shopEdit is an edit of an order: begun, staged and, perhaps, committed.
type shopEdit struct {
	order     *shopOrder
	id        int64
	staged    map[*shopLine]int // to which quantity
	before    map[*shopLine]int
	committed time.Time
	note      string
	by        string
}

// edit returns the edit under way of this global id, which is that of its calculated order or of its session;
// nil if there is none.
func (s *Shopify) edit(id string) (*shopEdit, *gqlError) {
	typ := "CalculatedOrder"
	if strings.HasPrefix(id, "gid://shopify/OrderEditSession/") {
		typ = "OrderEditSession"
	}
	n, bad := gidNumber(typ, id)
	if bad != nil {
		return nil, bad
	}
	return find(s, func(o *shopOrder) []*shopEdit { return o.edits },
		func(e *shopEdit) bool { return e.id == n && e.committed.IsZero() }), nil
}

// editBegin handles orderEditBegin.
func (s *Shopify) editBegin(id, by string) any {
	o, bad := s.order(id)
	switch {
	case bad != nil:
		return bad
	case o == nil:
		return refused("OrderEditBeginPayload", "UserError", shopUserError{[]string{"id"}, "The order does not exist.", ""})
	}
	e := &shopEdit{order: o, id: s.newID(), staged: map[*shopLine]int{}, before: map[*shopLine]int{}, by: by}
	o.edits = append(o.edits, e)
	return accepted("OrderEditBeginPayload", map[string]any{"calculatedOrder": e, "orderEditSession": e.session()})
}

// editQuantity handles orderEditSetQuantity.
func (s *Shopify) editQuantity(in gqlArgs) any {
	no := func(message string, field ...string) any {
		return refused("OrderEditSetQuantityPayload", "UserError", shopUserError{field, message, ""})
	}
	e, bad := s.edit(in.text("id"))
	if bad != nil {
		return bad
	}
	if e == nil {
		return no("The order edit does not exist.", "id")
	}
	n, bad := gidNumber("CalculatedLineItem", in.text("lineItemId"))
	if bad != nil {
		return bad
	}
	at := slices.IndexFunc(e.order.lines, func(l *shopLine) bool { return l.id == n })
	if at < 0 {
		return no("The line item does not exist.", "lineItemId")
	}
	l, quantity := e.order.lines[at], in.number("quantity")
	switch {
	case quantity < 0:
		return no("Quantity must be greater than or equal to 0", "quantity")
	case quantity < l.current()-l.editable():
		return no("Quantity cannot be less than what is fulfilled", "quantity")
	}
	e.staged[l] = quantity
	return accepted("OrderEditSetQuantityPayload", map[string]any{
		"calculatedLineItem": &shopCalculatedLine{e, l}, "calculatedOrder": e, "orderEditSession": e.session(),
	})
}

// editCommit handles orderEditCommit.
func (s *Shopify) editCommit(in gqlArgs) any {
	no := func(message string, field ...string) any {
		return refused("OrderEditCommitPayload", "UserError", shopUserError{field, message, ""})
	}
	e, bad := s.edit(in.text("id"))
	if bad != nil {
		return bad
	}
	if e == nil {
		return no("The order edit does not exist.", "id")
	}
	if refusal := e.commit(in.text("staffNote")); refusal != "" {
		return no(refusal, "id")
	}
	return accepted("OrderEditCommitPayload", map[string]any{"order": e.order, "successMessages": []string{"Order updated"}})
}

// commit changes the order; what is wrong with that, or "". What changed since the quantities were set is
// looked at again.
func (e *shopEdit) commit(note string) string {
	maps.DeleteFunc(e.staged, func(l *shopLine, quantity int) bool { return quantity == l.current() })
	if len(e.staged) == 0 {
		return "There are no changes to commit."
	}
	for l, quantity := range e.staged {
		if quantity < l.current()-l.editable() {
			return "The order has changed since the edit was begun."
		}
	}
	o := e.order
	var more []*shopWorkLine
	for _, l := range o.lines {
		quantity, set := e.staged[l]
		if !set {
			continue
		}
		e.before[l] = l.current()
		if n := quantity - l.current(); n > 0 {
			l.quantity += n
			more = append(more, o.workLine(l, n))
		} else {
			l.removed -= n
			o.unplan(l, -n)
		}
	}
	o.in.route(o.addWork(more))
	e.committed, e.note = o.in.now(), note
	o.touch()
	o.in.announce("orders/edited", e.payload())
	o.in.settled(o)
	return ""
}

// unplan takes so many of a line out of the fulfillment orders that are to ship it, the latest first.
func (o *shopOrder) unplan(l *shopLine, quantity int) {
	for _, fo := range slices.Backward(o.work) {
		for _, w := range fo.lines {
			if n := min(quantity, w.remaining); w.line == l && n > 0 {
				w.remaining -= n
				w.total -= n
				quantity -= n
				fo.emptied = !slices.ContainsFunc(fo.lines, func(w *shopWorkLine) bool { return w.total > 0 })
				fo.touch()
			}
		}
	}
}

// editable is how many of the line an edit may take off: those that did not go out.
func (l *shopLine) editable() int {
	return max(0, min(l.current(), l.quantity-l.removed-l.fulfilled()))
}

// staffEdit sets lines of an order to other quantities, in the admin.
func (s *Shopify) staffEdit(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	if err := s.refusal(s.editBegin(gid("Order", o.id), "staff")); err != nil {
		return nil, err
	}
	e := o.edits[len(o.edits)-1]
	for id, quantity := range in.Lines {
		line := gqlArgs{"id": gid("CalculatedOrder", e.id), "lineItemId": strings.Replace(id, "LineItem", "CalculatedLineItem", 1), "quantity": quantity}
		if err := s.refusal(s.editQuantity(line)); err != nil {
			return nil, err
		}
	}
	return nil, s.refusal(s.editCommit(gqlArgs{"id": gid("CalculatedOrder", e.id)}))
}

// staffCancelsOrder calls off what is not shipped of an order. It moves no money.
func (s *Shopify) staffCancelsOrder(in shopOrdered) (any, error) {
	o, err := s.named(in.Order)
	if err != nil {
		return nil, err
	}
	for _, l := range o.lines {
		n := l.editable()
		l.removed += n
		o.unplan(l, n)
	}
	o.cancelled = s.now()
	o.touch()
	s.announce("orders/cancelled", o.payload())
	return nil, nil
}

func (e *shopEdit) session() gqlObject {
	return gqlFields{"OrderEditSession", map[string]any{"id": gid("OrderEditSession", e.id)}}
}

// change is what the edit adds to the order's worth.
func (e *shopEdit) change() int64 {
	var sum int64
	for l, quantity := range e.staged {
		sum += l.worth(quantity) - l.worth(l.current())
	}
	return sum
}

func (e *shopEdit) gqlType() string { return "CalculatedOrder" }

func (e *shopEdit) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("CalculatedOrder", e.id)
	case "originalOrder":
		return e.order
	case "committed":
		return !e.committed.IsZero()
	case "totalOutstandingSet":
		return e.order.set(e.order.outstanding() + e.change())
	case "totalPriceSet":
		return e.order.set(e.order.current() + e.change())
	case "lineItems":
		list := []gqlObject{}
		for _, l := range e.order.lines {
			list = append(list, &shopCalculatedLine{e, l})
		}
		return list
	case "addedLineItems", "addedDiscountApplications":
		return []gqlObject{}
	case "notificationPreviewTitle":
		return fmt.Sprintf("Order %s has been updated", e.order.name)
	}
	return notSimulated
}

// A shopCalculatedLine is a line as an edit leaves it.
type shopCalculatedLine struct {
	edit *shopEdit
	line *shopLine
}

func (c *shopCalculatedLine) gqlType() string { return "CalculatedLineItem" }

func (c *shopCalculatedLine) gqlField(name string, args gqlArgs) any {
	staged, set := c.edit.staged[c.line]
	if !set {
		staged = c.line.current()
	}
	switch name {
	case "id":
		return gid("CalculatedLineItem", c.line.id)
	case "quantity":
		return staged
	case "editableQuantity":
		return max(0, staged-(c.line.current()-c.line.editable()))
	case "editableQuantityBeforeChanges":
		return c.line.editable()
	case "hasStagedLineItemDiscount", "restocking":
		return false
	case "sku", "title", "variant", "variantTitle", "restockable", "originalUnitPriceSet", "discountedUnitPriceSet":
		return c.line.gqlField(name, args)
	}
	return notSimulated
}

// payload is the body of orders/edited.
func (e *shopEdit) payload() any {
	added, removed := []any{}, []any{}
	for _, l := range e.order.lines {
		before, changed := e.before[l]
		switch n := l.current() - before; {
		case !changed:
		case n > 0:
			added = append(added, map[string]any{"id": l.id, "delta": n})
		default:
			removed = append(removed, map[string]any{"id": l.id, "delta": -n})
		}
	}
	none := map[string]any{"additions": []any{}, "removals": []any{}}
	return map[string]any{"order_edit": map[string]any{
		"id": e.id, "app_id": nil, "created_at": payloadTime(e.committed), "committed_at": payloadTime(e.committed), "notify_customer": false,
		"order_id": e.order.id, "staff_note": e.note, "user_id": nil, "line_items": map[string]any{"additions": added, "removals": removed},
		"discounts": map[string]any{"line_item": none}, "shipping_lines": none,
	}}
}

// A ShopifyEdit is a committed edit: by how much it changed each order line.
type ShopifyEdit struct {
	ID    string         `json:"id"`
	Lines map[string]int `json:"lines"`
	By    string         `json:"by"`
	At    time.Time      `json:"at"`
}

func (o *shopOrder) bookEdits() []ShopifyEdit {
	list := []ShopifyEdit{}
	for _, e := range o.edits {
		if e.committed.IsZero() {
			continue
		}
		book := ShopifyEdit{ID: "gid://shopify/OrderEdit/" + strconv.FormatInt(e.id, 10), Lines: map[string]int{}, By: e.by, At: e.committed}
		for l, quantity := range e.staged {
			book.Lines[gid("LineItem", l.id)] = quantity - e.before[l]
		}
		list = append(list, book)
	}
	return list
}
