package ongoingrest

// CodeName is Ongoing's pair for things a warehouse sets up itself: ways of delivery, order types,
// causes of return.
type CodeName struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name,omitempty"`
}

// Status is a status of an order or a return order. Each warehouse may number and name its own.
type Status struct {
	Number int    `json:"number"`
	Text   string `json:"text,omitempty"`
}

// Notification says whether the customer is told, and at which address or number.
type Notification struct {
	ToBeNotified bool   `json:"toBeNotified"`
	Value        string `json:"value,omitempty"`
}

// Consignee is who receives an order, as it is read from one order and sent with the next. The
// invoice address and the customer's classes stay with Ongoing, which knows them by CustomerNumber.
type Consignee struct {
	CustomerNumber      string             `json:"customerNumber,omitempty"`
	Name                string             `json:"name,omitempty"`
	Address1            string             `json:"address1,omitempty"`
	Address2            string             `json:"address2,omitempty"`
	Address3            string             `json:"address3,omitempty"`
	PostCode            string             `json:"postCode,omitempty"`
	City                string             `json:"city,omitempty"`
	CountryCode         string             `json:"countryCode,omitempty"`
	CountryStateCode    string             `json:"countryStateCode,omitempty"`
	Remark              string             `json:"remark,omitempty"`
	DoorCode            string             `json:"doorCode,omitempty"`
	DeliveryInstruction string             `json:"deliveryInstruction,omitempty"`
	Advanced            *ConsigneeAdvanced `json:"advanced,omitempty"`
}

// ConsigneeAdvanced holds where the customer can be reached.
type ConsigneeAdvanced struct {
	TelephoneNotification *Notification `json:"telephoneNotification,omitempty"`
	EmailNotification     *Notification `json:"emailNotification,omitempty"`
	SMSNotification       *Notification `json:"smsNotification,omitempty"`
}

// Warehouse is a physical warehouse of the system.
type Warehouse struct {
	ID   int64  `json:"id"`
	Code string `json:"code,omitempty"`
	Name string `json:"name,omitempty"`
}

// Problem is an error's body. Ongoing spells its member "message" or "Message"; encoding/json takes
// both. ModelState names the members of the request that were wrong, on servers that tell.
type Problem struct {
	Message    string              `json:"message,omitempty"`
	ModelState map[string][]string `json:"modelState,omitempty"`
}
