package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The kinds of webhooks that a system can be set up with.
const (
	hookOrders       = "orders"
	hookReturnOrders = "return_orders"
	hookPicking      = "picking"
)

// A hook is a webhook as the warehouse has set it up. A GoodsOwnerID of 0 fires for every goods owner, no
// Statuses for every status. Policy is "none" (no retry) or "one_day".
type hook struct {
	Kind         string `json:"kind"`
	URL          string `json:"url"`
	Token        string `json:"token"`
	Policy       string `json:"policy"`
	GoodsOwnerID int    `json:"goods_owner_id"`
	Statuses     []int  `json:"statuses"`
	id           int
}

func (h hook) validate() error {
	target, err := url.Parse(h.URL)
	switch {
	case !slices.Contains([]string{hookOrders, hookReturnOrders, hookPicking}, h.Kind):
		return fmt.Errorf("hook: kind %q is not orders, return_orders or picking", h.Kind)
	case err != nil || target.Host == "":
		return fmt.Errorf("hook: url %q is not a whole URL", h.URL)
	case !slices.Contains([]string{"", "none", "one_day"}, h.Policy):
		return fmt.Errorf("hook: policy %q is not none or one_day", h.Policy)
	}
	return nil
}

// setHooks replaces the webhooks that are set up.
func (o *Ongoing) setHooks(raw json.RawMessage) error {
	var hooks []hook
	if err := strict(raw, &hooks); err != nil {
		return err
	}
	for _, h := range hooks {
		if err := h.validate(); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range hooks {
		hooks[i].id = o.ids.next("hook", 21)
	}
	o.stock.hooks = hooks
	return nil
}

// fire sends one event to every hook of this kind that wants it; body makes what one hook gets.
func (o *Ongoing) fire(kind string, owner *goodsOwner, status int, label string, body func(hookID, eventID int) any) {
	event := 0
	for _, h := range o.stock.hooks {
		switch {
		case h.Kind != kind:
		case h.GoodsOwnerID != 0 && h.GoodsOwnerID != owner.id:
		case len(h.Statuses) > 0 && !slices.Contains(h.Statuses, status):
		default:
			if event == 0 {
				event = o.ids.next("event", 880101)
			}
			o.send(h, label, body(h.id, event))
		}
	}
}

func (o *Ongoing) send(h hook, label string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // only our own types come here
	}
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	if h.Token != "" {
		header.Set("X-Auth-Token", h.Token)
	}
	var retry []time.Duration
	if h.Policy == "one_day" {
		retry = OneDay()
	}
	o.Courier.Enqueue(Delivery{URL: h.URL, Header: header, Body: text, Label: label, Retry: retry})
}

// fireOrder tells that x was made or has another status. Its label is "order <number> <status>".
func (o *Ongoing) fireOrder(x *order, now time.Time, by actor) {
	label := fmt.Sprintf("order %s %d", x.number, x.status)
	o.fire(hookOrders, x.owner, x.status, label, func(hookID, eventID int) any {
		return o.orderEvent(x, hookID, eventID, now, by)
	})
}

// fireReturn tells that x was made or has another status. Its label is "return_order <number> <status>".
func (o *Ongoing) fireReturn(x *returnOrder, now time.Time) {
	if o.switches.ReturnWebhook == "none" {
		return
	}
	label := fmt.Sprintf("return_order %s %d", x.number, x.status)
	o.fire(hookReturnOrders, x.owner, x.status, label, func(hookID, eventID int) any {
		return o.returnEvent(x, hookID, eventID, now)
	})
}

// firePicking tells that goods of an order line came back. Its label is "picking <order number> <row>".
func (o *Ongoing) firePicking(x *order, l *orderLine, cause any, count items, now time.Time) {
	label := fmt.Sprintf("picking %s %s", x.number, l.row)
	o.fire(hookPicking, x.owner, 0, label, func(hookID, eventID int) any {
		return o.pickingEvent(x, l, cause, count, hookID, eventID, now)
	})
}
