package sim

import (
	"fmt"
	"time"
)

// stamp writes t as webhooks do: seven decimals, and no zone.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000") }

// The parts of webhook bodies.
type eventStatus struct {
	Number int `json:"number"`
}

type eventTracking struct {
	TrackingURL string `json:"trackingUrl"`
	Waybill     string `json:"waybill,omitempty"`
	IsReturn    *bool  `json:"isReturn,omitempty"`
}

type eventParcel struct {
	ID             int            `json:"id"`
	ParcelNumber   string         `json:"parcelNumber"`
	IsReturnParcel bool           `json:"isReturnParcel"`
	Tracking       *eventTracking `json:"tracking"`
}

type byUser struct {
	UserID int `json:"userId"`
}

type byComputer struct {
	ComputerID   int    `json:"computerId"`
	ComputerName string `json:"computerName"`
}

type ownerClass struct {
	ID   int    `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

type orderEvent struct {
	WebhookOrdersID      int             `json:"webhookOrdersId"`
	WebhookEventID       int             `json:"webhookEventId"`
	System               string          `json:"system"`
	Timestamp            string          `json:"timestamp"`
	OrderID              int             `json:"orderId"`
	OrderNumber          string          `json:"orderNumber"`
	GoodsOwnerID         int             `json:"goodsOwnerId"`
	GoodsOwnerOrderID    any             `json:"goodsOwnerOrderId"`
	ConsigneeOrderNumber any             `json:"consigneeOrderNumber"`
	Path                 string          `json:"path"`
	ByUser               *byUser         `json:"byUser"`
	ByComputer           *byComputer     `json:"byComputer"`
	OrderStatus          eventStatus     `json:"orderStatus"`
	CurrentShipmentID    any             `json:"currentShipmentId"`
	WebhookTemplate      string          `json:"webhookTemplate"`
	GoodsOwnerName       string          `json:"goodsOwnerName"`
	GoodsOwnerClasses    []ownerClass    `json:"goodsOwnerClasses"`
	Tracking             []eventTracking `json:"tracking"`
	Parcels              []eventParcel   `json:"parcels"`
}

// orderEvent is the body of the order webhook. An older system sends only what it has always sent.
func (o *Ongoing) orderEvent(x *order, hookID, eventID int, now time.Time, by actor) any {
	if o.switches.LeanWebhooks {
		return map[string]any{
			"webhookOrdersId": hookID, "webhookEventId": eventID, "system": o.options.System, "timestamp": stamp(now),
			"orderId": x.id, "orderNumber": x.number, "goodsOwnerId": x.owner.id, "orderStatus": eventStatus{x.status},
		}
	}
	event := orderEvent{
		WebhookOrdersID: hookID, WebhookEventID: eventID, System: o.options.System, Timestamp: stamp(now),
		OrderID: x.id, OrderNumber: x.number, GoodsOwnerID: x.owner.id, GoodsOwnerName: x.owner.name,
		GoodsOwnerOrderID: x.put["goodsOwnerOrderId"], ConsigneeOrderNumber: x.put["consigneeOrderNumber"],
		Path: o.path("orders", x.id), OrderStatus: eventStatus{x.status}, WebhookTemplate: "OrderStatusChanged",
		GoodsOwnerClasses: []ownerClass{{3, "B2C", "Business to consumer"}},
		Tracking:          []eventTracking{}, Parcels: []eventParcel{},
	}
	if by == byStaff {
		event.ByUser, event.ByComputer = &byUser{37}, &byComputer{12, "PACK-03"}
	}
	for _, p := range x.parcels {
		told := eventParcel{ID: p.id, ParcelNumber: p.waybill, IsReturnParcel: p.back}
		if !p.tracked.IsZero() {
			event.Tracking = append(event.Tracking, eventTracking{p.url(), p.waybill, &p.back})
			told.Tracking = &eventTracking{TrackingURL: p.url()}
		}
		event.Parcels = append(event.Parcels, told)
	}
	return event
}

func (o *Ongoing) path(what string, id int) string {
	if o.switches.WebhookPath == "bare" {
		return fmt.Sprintf("%s/%d", what, id)
	}
	return fmt.Sprintf("%s/%s/%d", apiPrefix, what, id)
}

type returnEvent struct {
	WebhookReturnOrdersID int         `json:"webhookReturnOrdersId"`
	WebhookEventID        int         `json:"webhookEventId"`
	System                string      `json:"system"`
	Timestamp             string      `json:"timestamp"`
	ReturnOrderID         int         `json:"returnOrderId"`
	ReturnOrderNumber     string      `json:"returnOrderNumber"`
	OrderID               int         `json:"orderId,omitempty"`
	OrderNumber           string      `json:"orderNumber,omitempty"`
	GoodsOwnerID          int         `json:"goodsOwnerId"`
	Path                  string      `json:"path"`
	WebhookTemplate       string      `json:"webhookTemplate"`
	ReturnOrderStatus     eventStatus `json:"returnOrderStatus"`
	GoodsOwnerName        string      `json:"goodsOwnerName"`
}

// returnEvent is the body of the return order webhook, which the vendor has not published: inferred from
// its neighbours, and if the switch says so with the customer order's id and number.
func (o *Ongoing) returnEvent(x *returnOrder, hookID, eventID int, now time.Time) any {
	event := returnEvent{
		WebhookReturnOrdersID: hookID, WebhookEventID: eventID, System: o.options.System, Timestamp: stamp(now),
		ReturnOrderID: x.id, ReturnOrderNumber: x.number, GoodsOwnerID: x.owner.id, GoodsOwnerName: x.owner.name,
		Path: o.path("returnOrders", x.id), WebhookTemplate: "ReturnOrderStatusChanged", ReturnOrderStatus: eventStatus{x.status},
	}
	if o.switches.ReturnWebhook == "with_order" {
		event.OrderID, event.OrderNumber = x.original.id, x.original.number
	}
	return event
}

// pickingEvent is the body of the picking webhook for goods that came back. It names the original order
// and its line, not the return order.
func (o *Ongoing) pickingEvent(x *order, l *orderLine, cause any, count items, hookID, eventID int, now time.Time) any {
	var told any
	if sent, ok := cause.(map[string]any); ok {
		cause := o.cause(x.owner, text(sent["code"]), text(sent["name"]))
		told = map[string]any{"returnCauseId": cause.id, "returnCauseCode": cause.code, "returnCauseName": cause.name}
	}
	barCode, _ := l.article.put["barCodeInfo"].(map[string]any)
	item := o.ids.next("articleItem", 60112)
	return map[string]any{
		"webhookPickingId": hookID, "webhookEventId": eventID, "system": o.options.System, "timestamp": stamp(now),
		"goodsOwnerId": x.owner.id, "goodsOwnerName": x.owner.name,
		"isAllocated": false, "isPicked": false, "isPacked": false, "isReturned": true, "isDeleted": false,
		"article": map[string]any{
			"articleSystemId": l.article.id, "articleNumber": l.article.number, "barCode": barCode["barCode"],
		},
		"articleItem": map[string]any{
			"articleItemId": item, "originalArticleItemId": item, "serial": "", "batch": "", "expiryDate": nil,
			"numberOfItems": count, "location": map[string]any{"location": "RET-01", "locationId": 410},
			"returnCause": told, "orderPalletItem": nil,
		},
		"byComputer": byComputer{14, "RETURN-01"}, "byUser": byUser{41},
		"order": map[string]any{
			"orderId": x.id, "orderNumber": x.number,
			"orderLine": map[string]any{"orderLineId": l.id, "rowNumber": l.row, "parentOrderLine": nil},
		},
		"webhookTemplate": "ArticleReturned",
	}
}
