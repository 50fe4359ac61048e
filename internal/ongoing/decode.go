package ongoing

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/tradeback/tradeback/api/ongoingrest"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/strictjson"
)

// Source is how events of Ongoing are marked.
const Source = "ongoing"

// ErrUnknownWebhook reports a body that is none of the webhooks about orders, return orders or picking.
var ErrUnknownWebhook = errors.New("not a webhook about an order, a return order or picking")

// WrongGoodsOwnerError reports a webhook about another goods owner's order.
type WrongGoodsOwnerError struct {
	Got, Want int64
}

func (e *WrongGoodsOwnerError) Error() string {
	return fmt.Sprintf("about goods owner %d, not %d", e.Got, e.Want)
}

// Decode reads a webhook: whom it may be about, and the key under which it is kept once (see dedupe). A
// member that is missing, null or, where it is not needed, of another type than documented is no fault:
// the webhook is a hint, and what it is about is read before anything is done. For the same reason its
// status, its tracking and its time are not passed on.
//
// Shape: told apart by the members that are there, since the values of webhookTemplate are not published.
// The return order's webhook is published nowhere; one of its id and its number is enough.
// Errors: *strictjson.Error; *WrongGoodsOwnerError; ErrUnknownWebhook; any other where a member
// that is needed has another type: which.
// Source: developer.ongoingwarehouse.com, webhook-order and webhook-picking-packing-and-returns.
func Decode(body []byte, goodsOwnerID int) (n exchange.Notice, dedupe string, err error) {
	members, err := strictjson.Only(body, isNeeded)
	if err != nil {
		return n, "", fmt.Errorf("ongoing webhook: %w", err)
	}
	w, err := read(members)
	if err != nil {
		return n, "", fmt.Errorf("ongoing webhook: %w", err)
	}
	if w.owner != 0 && w.owner != int64(goodsOwnerID) {
		return n, "", fmt.Errorf("ongoing webhook: %w", &WrongGoodsOwnerError{Got: w.owner, Want: int64(goodsOwnerID)})
	}
	n.Event = exchange.Event{Kind: exchange.EventHint, Source: Source, Topic: cmp.Or(w.template, w.kind)}
	n.About = w.about
	return n, w.dedupe(body), nil
}

// isNeeded tells the members that anything is taken from, or told by, in any case as encoding/json has it. Parcels,
// tracking and the like may be long, and are not read.
func isNeeded(key []byte) bool {
	var small [len("webhookReturnOrdersId")]byte
	if len(key) > len(small) {
		return false
	}
	for i, b := range key {
		if 'A' <= b && b <= 'Z' {
			b |= 0x20
		}
		small[i] = b
	}
	switch string(small[:len(key)]) {
	case "webhookordersid", "webhookreturnordersid", "webhookpickingid", "webhookeventid", "webhooktemplate",
		"system", "timestamp", "goodsownerid", "goodsownerorderid", "orderid", "ordernumber", "orderstatus",
		"returnorderid", "returnordernumber", "returnorderstatus", "articleitem", "isreturned", "order":
		return true
	}
	return false
}

// webhook is what tradeback needs of any kind of them.
type webhook struct {
	kind     string // order, return_order, picking
	idName   string // the member with the id of the subscription
	id       int64
	event    int64
	system   string
	time     string
	template string
	owner    int64
	about    []exchange.About
}

// The webhooks, each with the member that only it has: the id of the subscription.
var webhooks = []struct {
	id   []byte
	read func([]byte) (webhook, error)
}{
	{[]byte(`"webhookOrdersId"`), readOrder},
	{[]byte(`"webhookReturnOrdersId"`), readReturnOrder},
	{[]byte(`"webhookPickingId"`), readPicking},
}

// read sorts and reads a body: by the id of the subscription, which all are known to carry, so that most
// are read once; else by whatever else is there.
func read(body []byte) (webhook, error) {
	for _, k := range webhooks {
		if !bytes.Contains(body, k.id) {
			continue
		}
		if w, err := k.read(body); w.id != 0 { // 0: it stands somewhere inside
			return w, err
		}
	}
	return readByShape(body)
}

// shape holds the members that tell the kinds apart; they are empty when absent.
type shape struct {
	ReturnOrderID     json.RawMessage `json:"returnOrderId"`
	ReturnOrderNumber json.RawMessage `json:"returnOrderNumber"`
	ReturnOrderStatus json.RawMessage `json:"returnOrderStatus"`

	ArticleItem json.RawMessage `json:"articleItem"`
	IsReturned  json.RawMessage `json:"isReturned"`

	OrderID     json.RawMessage `json:"orderId"`
	OrderNumber json.RawMessage `json:"orderNumber"`
	OrderStatus json.RawMessage `json:"orderStatus"`
}

// readByShape: a return order's webhook comes first, since it may name the customer's order as well.
func readByShape(body []byte) (webhook, error) {
	var s shape
	if err := json.Unmarshal(body, &s); err != nil {
		return webhook{}, errors.New("the body is no object")
	}
	switch {
	case present(s.ReturnOrderID, s.ReturnOrderNumber, s.ReturnOrderStatus):
		return readReturnOrder(body)
	case present(s.ArticleItem, s.IsReturned):
		return readPicking(body)
	case present(s.OrderID, s.OrderNumber, s.OrderStatus):
		return readOrder(body)
	}
	return webhook{}, ErrUnknownWebhook
}

// present tells whether any of members is there, be it null.
func present(members ...json.RawMessage) bool {
	for _, m := range members {
		if len(m) > 0 {
			return true
		}
	}
	return false
}

// needed lets a member of another type pass, if what is needed was read all the same.
func needed(w webhook, err error) (webhook, error) {
	var wrong *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &wrong):
		return w, err
	case w.owner != 0 && len(w.about) > 0:
		return w, nil
	}
	field := strings.TrimPrefix(wrong.Field, "ReturnOrderWebhook.")
	kind, _, _ := strings.Cut(wrong.Value, " ") // and not the value itself
	switch {
	case kind == "number" && wrong.Type.Kind() == reflect.Int64:
		return w, fmt.Errorf("%s must be a whole number of 64 bits", field)
	case kind == "object", kind == "array":
		return w, fmt.Errorf("%s must not be an %s", field, kind)
	}
	return w, fmt.Errorf("%s must not be a %s", field, kind)
}

// readOrder: to the exchange that made the order it means another thing than to those that return goods of it.
func readOrder(body []byte) (webhook, error) {
	var b ongoingrest.OrderWebhook
	err := json.Unmarshal(body, &b)
	w := webhook{
		kind: "order", idName: "webhookOrdersId", id: b.WebhookID, event: b.EventID,
		system: b.System, time: b.Timestamp, template: b.Template, owner: b.GoodsOwnerID,
	}
	if b.OrderNumber != "" {
		w.tell(exchange.RefOrder(b.OrderNumber), exchange.ReadOrder)
		w.tell(exchange.RefOriginal(b.OrderNumber), exchange.ReadReturnOrder)
	}
	if strings.HasPrefix(b.GoodsOwnerOrderID, ourPrefix) {
		w.tell(exchange.RefID(exchange.ID(b.GoodsOwnerOrderID)), exchange.ReadOrder)
	}
	return needed(w, err)
}

// readReturnOrder: without its number the return order is found by its id, or by the order the goods went
// out with, which some systems may name.
func readReturnOrder(body []byte) (webhook, error) {
	var b struct {
		ongoingrest.ReturnOrderWebhook
		OrderNumber string `json:"orderNumber"`
	}
	err := json.Unmarshal(body, &b)
	w := webhook{
		kind: "return_order", idName: "webhookReturnOrdersId", id: b.WebhookID, event: b.EventID,
		system: b.System, time: b.Timestamp, template: b.Template, owner: b.GoodsOwnerID,
	}
	if b.ReturnOrderNumber != "" {
		w.tell(exchange.RefReturnOrder(b.ReturnOrderNumber), exchange.ReadReturnOrder)
		return needed(w, err)
	}
	if b.ReturnOrderID != 0 {
		w.tell(exchange.RefReturnOrderID(b.ReturnOrderID), exchange.ReadReturnOrder)
	}
	if b.OrderNumber != "" {
		w.tell(exchange.RefOriginal(b.OrderNumber), exchange.ReadReturnOrder)
	}
	return needed(w, err)
}

// readPicking: an item that came back is news for those that return goods of its order; any other step is
// for the exchange that made it.
func readPicking(body []byte) (webhook, error) {
	var b ongoingrest.PickingWebhook
	err := json.Unmarshal(body, &b)
	w := webhook{
		kind: "picking", idName: "webhookPickingId", id: b.WebhookID, event: b.EventID,
		system: b.System, time: b.Timestamp, template: b.Template, owner: b.GoodsOwnerID,
	}
	switch {
	case b.Order == nil || b.Order.OrderNumber == "":
	case b.IsReturned:
		w.tell(exchange.RefOriginal(b.Order.OrderNumber), exchange.ReadReturnOrder)
	default:
		w.tell(exchange.RefOrder(b.Order.OrderNumber), exchange.ReadOrder)
	}
	return needed(w, err)
}

func (w *webhook) tell(r exchange.Ref, hint exchange.Target) {
	w.about = append(w.about, exchange.About{Ref: r, Hint: hint})
}
