package connection

import "github.com/tradeback/tradeback/internal/exchange"

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

// settle fills in what depends on other settings: without a portal nobody says that a return is closed.
func (c *Connection) settle() {
	if c.Exchanges.ReleaseOn != "" {
		return
	}
	c.Exchanges.ReleaseOn = exchange.OnReturnOrder
	if c.Portal != nil {
		c.Exchanges.ReleaseOn = exchange.OnReturnClosed
	}
}
