package connection

import (
	"reflect"

	"github.com/tradeback/tradeback/internal/exchange"
)

// DefaultSignatureHeader is where a return portal puts its signature, unless the merchant says otherwise.
const DefaultSignatureHeader = "X-Webhook-Signature"

// defaults is a connection of which the merchant has said nothing yet.
func defaults() Connection {
	return Connection{
		Enabled: true,
		Ongoing: Ongoing{Server: "api"},
		Exchanges: Exchanges{
			AutoCreate:    true,
			Partial:       exchange.PartialWait,
			MarkReturned:  true,
			ProcessReturn: true,
			Payment:       exchange.CaptureOnSent,
			Deposit:       exchange.DepositDifference,
			DeadlineDays:  21,
			AfterDeadline: exchange.AfterDeadlineRaise,
			Number:        "{order}-EX{n}",
			ReturnNumber:  "{order}-R{n}",
			OriginalOrder: []string{"{order}", "{order_without_hash}"},
			ArticleNumber: "sku",
		},
	}
}

// defaultPortal is a portal in its usual shape.
func defaultPortal() Portal {
	return Portal{
		SignatureHeader: DefaultSignatureHeader,
		Fields: PortalFields{
			ID: "/id", Event: "/event", At: "/created_at", Return: "/data/shopify_return_id",
			Reference: "/data/return_id", Tracking: "/data/tracking_number",
		},
	}
}

// settle fills in what was left out: Ongoing's standard names, where nothing was said of a kind of status
// at all, and what depends on other settings. Without a portal nobody says that a return is closed.
func (c *Connection) settle() {
	if o := &c.Ongoing.OrderStatuses; reflect.ValueOf(*o).IsZero() {
		*o = OrderStatuses{
			Open: StatusSet{"Open"}, Returned: StatusSet{"Returned"}, Released: StatusSet{"Released"},
			Sent: StatusSet{"Sent", "Collected"}, Cancelled: StatusSet{"Cancelled"},
		}
	}
	if r := &c.Ongoing.ReturnOrderStatuses; reflect.ValueOf(*r).IsZero() {
		*r = ReturnOrderStatuses{Notified: StatusSet{"Notified"}, Returned: StatusSet{"Returned"}}
	}
	if c.Exchanges.ReleaseOn != "" {
		return
	}
	c.Exchanges.ReleaseOn = exchange.OnReturnOrder
	if c.Portal != nil {
		c.Exchanges.ReleaseOn = exchange.OnReturnClosed
	}
}
