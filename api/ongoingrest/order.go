package ongoingrest

import "encoding/json"

// Order is an outgoing order as it is read: GET /orders/{orderId}, and each member of GET /orders.
//
// Shape: Info may be missing on paper (the schema allows null); an order without it says nothing.
type Order struct {
	GoodsOwner              *GoodsOwner     `json:"goodsOwner"`
	Info                    *OrderInfo      `json:"orderInfo"`
	Consignee               *Consignee      `json:"consignee"`
	Parcels                 []Parcel        `json:"parcels"`
	Lines                   []OrderLine     `json:"orderLines"`
	Transporter             *Transporter    `json:"transporter"`
	ReturnTransporter       *Transporter    `json:"returnTransporter"`
	Tracking                []Tracking      `json:"tracking"`       // outbound
	ReturnTracking          []Tracking      `json:"returnTracking"` // of the return label in the parcel
	TransporterAddons       map[string]bool `json:"transporterAddons"`
	ReturnTransporterAddons map[string]bool `json:"returnTransporterAddons"`
}

// GoodsOwner is whose stock it is.
type GoodsOwner struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// OrderInfo is an order's head.
type OrderInfo struct {
	OrderID                int64         `json:"orderId"`
	OrderNumber            string        `json:"orderNumber"`
	GoodsOwnerOrderID      string        `json:"goodsOwnerOrderId"` // ours, as sent
	ReferenceNumber        string        `json:"referenceNumber"`
	ConsigneeOrderNumber   string        `json:"consigneeOrderNumber"`
	SalesCode              string        `json:"salesCode"`
	OrderRemark            string        `json:"orderRemark"`
	DeliveryInstruction    string        `json:"deliveryInstruction"`
	ServicePointCode       string        `json:"servicePointCode"`
	OrderType              *CodeName     `json:"orderType"`
	WayOfDelivery          *CodeName     `json:"wayOfDelivery"`
	TermsOfDeliveryType    *CodeName     `json:"termsOfDeliveryType"`
	DeliveryDate           Time          `json:"deliveryDate"`
	CreatedDate            Time          `json:"createdDate"`
	ShippedTime            Time          `json:"shippedTime"` // zero until shipped
	WayBill                string        `json:"wayBill"`
	ReturnWayBill          string        `json:"returnWayBill"`
	Status                 *Status       `json:"orderStatus"`
	EmailNotification      *Notification `json:"emailNotification"`
	SMSNotification        *Notification `json:"smsNotification"`
	TelephoneNotification  *Notification `json:"telephoneNotification"`
	OrderedNumberOfItems   Quantity      `json:"orderedNumberOfItems"`
	AllocatedNumberOfItems Quantity      `json:"allocatedNumberOfItems"`
	PickedNumberOfItems    Quantity      `json:"pickedNumberOfItems"`
	CustomsInfo            *CustomsInfo  `json:"customsInfo"`
	Warehouse              *Warehouse    `json:"warehouse"`
	WarehouseInstruction   string        `json:"warehouseInstruction"`
	PickedWithErrors       bool          `json:"isPickedWithErrors"`
}

// CustomsInfo carries an order's only currency.
type CustomsInfo struct {
	CurrencyCode string `json:"customsValueCurrencyCode,omitempty"`
}

// OrderLine is a line of an order. ID is what a return order's line refers to.
type OrderLine struct {
	ID             int64       `json:"id"`
	RowNumber      string      `json:"rowNumber"`
	Article        *Article    `json:"article"`
	Ordered        Quantity    `json:"orderedNumberOfItems"`
	Allocated      Quantity    `json:"allocatedNumberOfItems"`
	Picked         Quantity    `json:"pickedNumberOfItems"`
	Packed         Quantity    `json:"packedNumberOfItems"`
	Returned       Quantity    `json:"returnedNumberOfItems"`
	ShouldBePicked bool        `json:"shouldBePicked"` // false: freight, fees
	Comment        string      `json:"comment"`
	ExternalID     string      `json:"externalId"` // ours, as sent
	Prices         *LinePrices `json:"prices"`
	SubLines       []OrderLine `json:"subOrderLines"` // of a kit
}

// Article names a line's article.
type Article struct {
	SystemID int64  `json:"articleSystemId"`
	Number   string `json:"articleNumber"`
	Kind     string `json:"articleKind"`
}

// LinePrices are a line's prices. Units: currency units as decimals, of the whole line.
type LinePrices struct {
	LinePrice          json.Number `json:"linePrice,omitempty"`
	CustomerLinePrice  json.Number `json:"customerLinePrice,omitempty"`
	CurrencyCode       string      `json:"currencyCode,omitempty"`
	DiscountPercentage json.Number `json:"discountPercentage,omitempty"`
}

// Parcel is a parcel of an order, in or out.
type Parcel struct {
	ID       int64           `json:"id"`
	Number   string          `json:"parcelNumber"`
	IsReturn bool            `json:"isReturnParcel"`
	Tracking *ParcelTracking `json:"tracking"`
}

// ParcelTracking is a parcel's own tracking.
type ParcelTracking struct {
	Waybill string `json:"waybill"`
	URL     string `json:"trackingUrl"`
}

// Tracking is one waybill of an order.
type Tracking struct {
	Waybill string `json:"waybill"`
	URL     string `json:"trackingUrl"`
	Created Time   `json:"created"`
}

// Transporter is the carrier's service that an order goes by, as it is read.
type Transporter struct {
	Code            string `json:"code"`
	ServiceCode     string `json:"serviceCode"`
	Name            string `json:"name"`
	TransporterName string `json:"transporterName"`
}
