package ongoingrest

import "encoding/json"

// The webhooks carry no zone in their Timestamp, and older systems leave members out. They are hints:
// what they are about is read before anything is done. 0 and "" mean absent.

// OrderWebhook tells that an order was created, changed its status or was picked.
type OrderWebhook struct {
	WebhookID            int64             `json:"webhookOrdersId"` // the subscription
	EventID              int64             `json:"webhookEventId"`
	System               string            `json:"system"`
	Timestamp            string            `json:"timestamp"` // ParseTime reads it
	OrderID              int64             `json:"orderId"`
	OrderNumber          string            `json:"orderNumber"`
	GoodsOwnerID         int64             `json:"goodsOwnerId"`
	GoodsOwnerOrderID    string            `json:"goodsOwnerOrderId"`
	ConsigneeOrderNumber string            `json:"consigneeOrderNumber"`
	Path                 string            `json:"path"`
	ByUser               *WebhookUser      `json:"byUser"`
	ByComputer           *WebhookComputer  `json:"byComputer"`
	Status               *WebhookStatus    `json:"orderStatus"`
	CurrentShipmentID    int64             `json:"currentShipmentId"`
	Template             string            `json:"webhookTemplate"`
	GoodsOwnerName       string            `json:"goodsOwnerName"`
	GoodsOwnerClasses    []GoodsOwnerClass `json:"goodsOwnerClasses"`
	Tracking             []WebhookTracking `json:"tracking"`
	Parcels              []WebhookParcel   `json:"parcels"`
}

// ReturnOrderWebhook tells that a return order changed its status. The vendor's page on it was never
// seen: everything but one of ReturnOrderID and ReturnOrderNumber may be missing.
type ReturnOrderWebhook struct {
	WebhookID         int64          `json:"webhookReturnOrdersId"` // the subscription
	EventID           int64          `json:"webhookEventId"`
	System            string         `json:"system"`
	Timestamp         string         `json:"timestamp"`
	ReturnOrderID     int64          `json:"returnOrderId"`
	ReturnOrderNumber string         `json:"returnOrderNumber"`
	GoodsOwnerID      int64          `json:"goodsOwnerId"`
	GoodsOwnerName    string         `json:"goodsOwnerName"`
	Path              string         `json:"path"`
	Template          string         `json:"webhookTemplate"`
	Status            *WebhookStatus `json:"returnOrderStatus"`
}

// PickingWebhook tells what became of one article item: allocated, picked, packed, returned or
// deallocated. With IsReturned it is the documented sign that goods came back; it names the order they
// went out with, and no return order.
type PickingWebhook struct {
	WebhookID      int64               `json:"webhookPickingId"` // the subscription
	EventID        int64               `json:"webhookEventId"`
	System         string              `json:"system"`
	Timestamp      string              `json:"timestamp"`
	GoodsOwnerID   int64               `json:"goodsOwnerId"`
	GoodsOwnerName string              `json:"goodsOwnerName"`
	IsAllocated    bool                `json:"isAllocated"`
	IsPicked       bool                `json:"isPicked"`
	IsPacked       bool                `json:"isPacked"`
	IsReturned     bool                `json:"isReturned"`
	IsDeleted      bool                `json:"isDeleted"`
	Article        *WebhookArticle     `json:"article"`
	Item           *WebhookArticleItem `json:"articleItem"`
	ByComputer     *WebhookComputer    `json:"byComputer"`
	ByUser         *WebhookUser        `json:"byUser"`
	Order          *WebhookOrder       `json:"order"`
	Template       string              `json:"webhookTemplate"`
}

// WebhookStatus is a status without its text.
type WebhookStatus struct {
	Number int `json:"number"`
}

// WebhookUser is who did it, by id.
type WebhookUser struct {
	ID int64 `json:"userId"`
}

// WebhookComputer is where it was done.
type WebhookComputer struct {
	ID   int64  `json:"computerId"`
	Name string `json:"computerName"`
}

// GoodsOwnerClass is a class of the goods owner.
type GoodsOwnerClass struct {
	ID   int64  `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// WebhookTracking is a waybill of the order.
type WebhookTracking struct {
	Waybill  string `json:"waybill"`
	URL      string `json:"trackingUrl"`
	IsReturn bool   `json:"isReturn"`
}

// WebhookParcel is a parcel of the order; its tracking has no waybill here.
type WebhookParcel struct {
	ID       int64                  `json:"id"`
	Number   string                 `json:"parcelNumber"`
	IsReturn bool                   `json:"isReturnParcel"`
	Tracking *WebhookParcelTracking `json:"tracking"`
}

// WebhookParcelTracking is where the parcel can be followed.
type WebhookParcelTracking struct {
	URL string `json:"trackingUrl"`
}

// WebhookArticle names the article.
type WebhookArticle struct {
	SystemID int64  `json:"articleSystemId"`
	Number   string `json:"articleNumber"`
	BarCode  string `json:"barCode"`
}

// WebhookArticleItem is the goods it is about.
type WebhookArticleItem struct {
	ID            int64               `json:"articleItemId"`
	OriginalID    int64               `json:"originalArticleItemId"`
	NumberOfItems json.Number         `json:"numberOfItems"`
	Cause         *WebhookReturnCause `json:"returnCause"`
}

// WebhookReturnCause is why it came back.
type WebhookReturnCause struct {
	ID   int64  `json:"returnCauseId"`
	Code string `json:"returnCauseCode"`
	Name string `json:"returnCauseName"`
}

// WebhookOrder is the order and line that the goods went out with.
type WebhookOrder struct {
	OrderID     int64             `json:"orderId"`
	OrderNumber string            `json:"orderNumber"`
	Line        *WebhookOrderLine `json:"orderLine"`
}

// WebhookOrderLine is a line of WebhookOrder.
type WebhookOrderLine struct {
	ID        int64  `json:"orderLineId"`
	RowNumber string `json:"rowNumber"`
}
