package ongoingrest

// ReturnOrder is a return order as it is read: GET /returnOrders/{returnOrderId}, and each member of
// GET /returnOrders.
type ReturnOrder struct {
	Info          *ReturnOrderInfo  `json:"returnOrderInfo"`
	CustomerOrder *CustomerOrder    `json:"customerOrderInfo"`
	Lines         []ReturnOrderLine `json:"returnOrderLines"`
}

// ReturnOrderInfo is a return order's head.
type ReturnOrderInfo struct {
	ReturnOrderID     int64      `json:"returnOrderId"`
	ReturnOrderNumber string     `json:"returnOrderNumber"`
	Comment           string     `json:"comment"`
	HandlingComment   string     `json:"returnOrderHandlingComment"`
	InDate            Time       `json:"inDate"`
	CreatedDate       Time       `json:"createdDate"`
	ArrivalTime       Time       `json:"returnOrderArrivalTime"` // zero until it arrived
	Status            *Status    `json:"returnOrderStatus"`
	Warehouse         *Warehouse `json:"warehouse"`
}

// CustomerOrder is the order that the goods went out with.
type CustomerOrder struct {
	OrderID     int64  `json:"orderId"`
	OrderNumber string `json:"orderNumber"`
}

// ReturnOrderLine is a line of a return order. What came back is Returned, of which Scrapped was taken
// out of stock; it is short while Returned is below ToBeReturned.
type ReturnOrderLine struct {
	ID                int64              `json:"returnOrderLineId"`
	RowNumber         string             `json:"returnOrderRowNumber"`
	CustomerOrderLine *CustomerOrderLine `json:"customerOrderLine"`
	Article           *ReturnedArticle   `json:"article"`
	Cause             *CodeName          `json:"returnCause"`
	ToBeReturned      Quantity           `json:"toBeReturnedNumberOfItems"`
	Returned          Quantity           `json:"returnedNumberOfItems"`
	Picked            Quantity           `json:"pickedNumberOfItems"`
	Scrapped          Quantity           `json:"returnedRemovedByInventoryNumberOfItems"`
	Items             []ReturnedItem     `json:"returnedArticleItems"`
}

// CustomerOrderLine is the line that the goods went out with.
type CustomerOrderLine struct {
	OrderLineID int64  `json:"orderLineId"`
	RowNumber   string `json:"customerOrderRowNumber"`
}

// ReturnedArticle names a return order line's article.
type ReturnedArticle struct {
	SystemID int64  `json:"articleSystemId"`
	Number   string `json:"articleNumber"`
}

// ReturnedItem is something that came back, with what the warehouse made of it.
type ReturnedItem struct {
	NumberOfItems Quantity  `json:"numberOfItems"`
	ReturnTime    Time      `json:"returnTime"`
	ReturnComment string    `json:"returnComment"`
	Scrapped      bool      `json:"isReturnRemovedByInventory"`
	Cause         *CodeName `json:"returnCause"`
	Status        *CodeName `json:"articleItemStatus"`
	Category      *CodeName `json:"articleItemCategory"`
}

// PutReturnOrder is the body of PUT /returnOrders, which creates or replaces the return order numbered
// ReturnOrderNumber. GoodsOwnerID, ReturnOrderNumber, CustomerOrder and Lines are required.
type PutReturnOrder struct {
	GoodsOwnerID      int64                `json:"goodsOwnerId"`
	ReturnOrderNumber string               `json:"returnOrderNumber"`
	CustomerOrder     OrderID              `json:"customerOrder"`
	Comment           string               `json:"comment,omitempty"`
	InDate            Time                 `json:"inDate,omitzero"` // when it is expected
	WarehouseID       int64                `json:"warehouseId,omitempty"`
	Tracking          []PutTracking        `json:"tracking,omitempty"`
	Lines             []PutReturnOrderLine `json:"returnOrderLines"`
}

// OrderID refers to an order by Ongoing's own id, not by its number.
type OrderID struct {
	ID int64 `json:"orderId"`
}

// OrderLineID refers to an order's line by Ongoing's own id.
type OrderLineID struct {
	ID int64 `json:"orderLineId"`
}

// PutTracking is the waybill that the customer sends goods back with.
type PutTracking struct {
	Waybill string `json:"waybill,omitempty"`
	URL     string `json:"trackingUrl,omitempty"`
}

// PutReturnOrderLine is a line of PutReturnOrder. All but Cause and Comment are required.
type PutReturnOrderLine struct {
	RowNumber         string      `json:"returnOrderRowNumber"` // unique in the return order
	CustomerOrderLine OrderLineID `json:"customerOrderLine"`
	ToBeReturned      Quantity    `json:"toBeReturnedNumberOfItems"`
	Cause             *CodeName   `json:"returnCause,omitempty"` // made when Ongoing does not know it
	Comment           string      `json:"returnOrderLineComment,omitempty"`
}

// ReturnOrderAnswer answers PUT, DELETE and PATCH of a return order. A ReturnOrderID of 0 in a 2xx
// answer is a refusal whose reason is in Message.
type ReturnOrderAnswer struct {
	ReturnOrderID int64  `json:"returnOrderId"`
	Message       string `json:"message"`
}

// PatchReturnOrderStatus is the body of PATCH /returnOrders/{returnOrderId}/returnOrderStatus.
type PatchReturnOrderStatus struct {
	Number int `json:"returnOrderStatusNumber"`
}

// ReturnOrderStatuses answers GET /returnOrders/statuses.
type ReturnOrderStatuses struct {
	Statuses []Status `json:"returnOrderStatuses"`
}
