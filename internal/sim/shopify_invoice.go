package sim

import (
	"cmp"
	"time"
)

// A shopInvoice is an invoice that went out by mail.
type shopInvoice struct {
	at     time.Time
	amount int64
	by     string
}

// invoiceSend handles orderInvoiceSend: a mail with a link by which the customer can pay. Called twice it
// sends two.
func (s *Shopify) invoiceSend(in gqlArgs, by string) any {
	no := func(message string, field ...string) any {
		return refused("OrderInvoiceSendPayload", "OrderInvoiceSendUserError", shopUserError{field, message, "ORDER_INVOICE_SEND_UNSUCCESSFUL"})
	}
	o, bad := s.order(in.text("id"))
	switch {
	case bad != nil:
		return bad
	case o == nil:
		return no("Order does not exist", "id")
	case cmp.Or(in.input("email").text("to"), o.email) == "":
		return no("The order has no email address", "email", "to")
	case o.shop != o.presentment && !s.switches.InvoiceMultiCurrency:
		return no("Invoices can't be sent for multi-currency orders", "id")
	case o.outstanding() <= 0 && !s.switches.InvoiceSettled:
		return no("The order has no outstanding balance", "id")
	}
	o.invoices = append(o.invoices, &shopInvoice{at: s.now(), amount: o.outstanding(), by: by})
	o.touch()
	if s.switches.InvoiceEvent {
		o.events = append(o.events, &shopOrderEvent{id: s.newID(), action: "mail_sent", message: "Invoice was sent to the customer.", at: s.now(), app: by == "app"})
	}
	return accepted("OrderInvoiceSendPayload", map[string]any{"order": o})
}

// A shopOrderEvent is an entry of an order's timeline.
type shopOrderEvent struct {
	id      int64
	action  string
	message string
	at      time.Time
	app     bool // the caller did it
}

func (e *shopOrderEvent) gqlType() string { return "BasicEvent" }

func (e *shopOrderEvent) gqlField(name string, _ gqlArgs) any {
	switch name {
	case "id":
		return gid("BasicEvent", e.id)
	case "action":
		return e.action
	case "message":
		return e.message
	case "createdAt":
		return e.at
	case "attributeToApp":
		return e.app
	case "attributeToUser":
		return !e.app
	case "criticalAlert", "hasAdditionalContent":
		return false
	}
	return notSimulated
}
