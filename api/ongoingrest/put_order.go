package ongoingrest

// PutOrder is the body of PUT /orders, which creates or replaces the order numbered OrderNumber. There
// is no status in it: the system's own set-up decides in which one an order is born.
//
// GoodsOwnerID, OrderNumber, DeliveryDate and Consignee are required.
type PutOrder struct {
	GoodsOwnerID            int64           `json:"goodsOwnerId"`
	OrderNumber             string          `json:"orderNumber"`
	DeliveryDate            Time            `json:"deliveryDate"` // when it should be shipped
	ReferenceNumber         string          `json:"referenceNumber,omitempty"`
	GoodsOwnerOrderID       string          `json:"goodsOwnerOrderId,omitempty"` // comes back in reads and webhooks
	ConsigneeOrderNumber    string          `json:"consigneeOrderNumber,omitempty"`
	SalesCode               string          `json:"salesCode,omitempty"`
	OrderRemark             string          `json:"orderRemark,omitempty"`
	WarehouseInstruction    string          `json:"warehouseInstruction,omitempty"`
	DeliveryInstruction     string          `json:"deliveryInstruction,omitempty"`
	ServicePointCode        string          `json:"servicePointCode,omitempty"`
	FreeText1               string          `json:"freeText1,omitempty"`
	FreeText2               string          `json:"freeText2,omitempty"`
	FreeText3               string          `json:"freeText3,omitempty"`
	OrderType               *CodeName       `json:"orderType,omitempty"`
	WayOfDelivery           *CodeName       `json:"wayOfDelivery,omitempty"`
	TermsOfDeliveryType     *CodeName       `json:"termsOfDeliveryType,omitempty"`
	Transporter             *PutTransporter `json:"transporter,omitempty"`
	ReturnTransporter       *PutTransporter `json:"returnTransporter,omitempty"`
	TransporterAddons       map[string]bool `json:"transporterAddons,omitempty"`
	ReturnTransporterAddons map[string]bool `json:"returnTransporterAddons,omitempty"`
	Consignee               Consignee       `json:"consignee"`
	EmailNotification       *Notification   `json:"emailNotification,omitempty"`
	SMSNotification         *Notification   `json:"smsNotification,omitempty"`
	TelephoneNotification   *Notification   `json:"telephoneNotification,omitempty"`
	CustomsInfo             *CustomsInfo    `json:"customsInfo,omitempty"`
	WarehouseID             int64           `json:"warehouseId,omitempty"`
	Lines                   []PutOrderLine  `json:"orderLines,omitempty"`
}

// PutOrderLine is a line of PutOrder. RowNumber and ArticleNumber are required.
type PutOrderLine struct {
	RowNumber      string      `json:"rowNumber"` // unique in the order
	ArticleNumber  string      `json:"articleNumber"`
	NumberOfItems  Quantity    `json:"numberOfItems"`
	ShouldBePicked *bool       `json:"shouldBePicked,omitempty"`
	Comment        string      `json:"comment,omitempty"`
	ExternalID     string      `json:"externalId,omitempty"` // comes back in reads
	Prices         *LinePrices `json:"prices,omitempty"`
}

// PutTransporter names a carrier's service by the codes of a contract set up in the warehouse.
type PutTransporter struct {
	Code        string `json:"transporterCode,omitempty"`
	ServiceCode string `json:"transporterServiceCode,omitempty"`
}

// OrderAnswer answers PUT and DELETE of an order. An OrderID of 0 in a 2xx answer is a refusal whose
// reason is in Message.
type OrderAnswer struct {
	OrderID int64  `json:"orderId"`
	Message string `json:"message"`
}

// PatchOrderStatus is the body of PATCH /orders/{orderId}/orderStatus; an OrderAnswer comes back.
type PatchOrderStatus struct {
	Number int `json:"orderStatusNumber"`
}

// OrderStatuses answers GET /orders/statuses.
type OrderStatuses struct {
	Statuses []Status `json:"orderStatuses"`
}
