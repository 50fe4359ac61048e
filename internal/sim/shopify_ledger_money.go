package sim

import "time"

// A ShopifyMove is a transaction. Amount is in the order's presentment currency, ShopAmount in the shop's own.
type ShopifyMove struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Parent     string    `json:"parent"`
	Amount     int64     `json:"amount"`
	Currency   string    `json:"currency"`
	ShopAmount int64     `json:"shop_amount"`
	Status     string    `json:"status"`
	Error      string    `json:"error"`
	Gateway    string    `json:"gateway"`
	Left       int64     `json:"left"`    // of an authorisation: what can still be captured
	Mandate    bool      `json:"mandate"` // made by charging a stored payment method
	Seeded     bool      `json:"seeded"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// A ShopifyInvoice is an invoice that went out by mail; Amount is what was outstanding then.
type ShopifyInvoice struct {
	Amount int64     `json:"amount"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// A ShopifyCharge is a payment by mandate that was asked for. Calls counts those with its key.
type ShopifyCharge struct {
	Reference    string   `json:"reference"`
	Key          string   `json:"key"`
	Calls        int      `json:"calls"`
	Amount       int64    `json:"amount"` // as asked for; 0: all that is outstanding
	Status       string   `json:"status"`
	Transactions []string `json:"transactions"`
}

// A ShopifyRefund is a decision to pay back. Return is "" where it was made without one.
type ShopifyRefund struct {
	ID           string    `json:"id"`
	Return       string    `json:"return"`
	Amount       int64     `json:"amount"`
	Transactions []string  `json:"transactions"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
}

func (t *shopTransaction) book() ShopifyMove {
	m := ShopifyMove{
		ID: gid("OrderTransaction", t.id), Kind: t.kind, Amount: t.amount, Currency: t.order.presentment, ShopAmount: t.order.toShop(t.amount),
		Status: t.status, Error: t.failure, Gateway: t.gateway, Left: t.remaining(), Mandate: t.mandate, Seeded: t.seeded, By: t.by, At: t.created,
	}
	if t.parent != nil {
		m.Parent = gid("OrderTransaction", t.parent.id)
	}
	return m
}

// bookMoney adds all that moved money on the order, or was to.
func (o *shopOrder) bookMoney(b *ShopifyBook) {
	b.Captures, b.Refunds, b.Voids = []ShopifyMove{}, []ShopifyMove{}, []ShopifyMove{}
	b.Transactions, b.RefundsMade = []ShopifyMove{}, []ShopifyRefund{}
	b.Invoices, b.Charges = []ShopifyInvoice{}, []ShopifyCharge{}
	for _, t := range o.transactions {
		m := t.book()
		b.Transactions = append(b.Transactions, m)
		switch t.kind {
		case "CAPTURE":
			b.Captures = append(b.Captures, m)
		case "REFUND":
			b.Refunds = append(b.Refunds, m)
		case "VOID":
			b.Voids = append(b.Voids, m)
		}
	}
	for _, r := range o.refunds {
		made := ShopifyRefund{ID: gid("Refund", r.id), Amount: r.amount(), Transactions: transactionIDs(r.transactions), By: r.by, At: r.created}
		if r.of != nil {
			made.Return = gid("Return", r.of.id)
		}
		b.RefundsMade = append(b.RefundsMade, made)
	}
	for _, i := range o.invoices {
		b.Invoices = append(b.Invoices, ShopifyInvoice{Amount: i.amount, By: i.by, At: i.at})
	}
	for _, c := range o.charges {
		b.Charges = append(b.Charges, ShopifyCharge{
			Reference: c.reference, Key: c.key, Calls: c.calls, Amount: c.amount, Status: c.status(), Transactions: transactionIDs(c.made),
		})
	}
}

func transactionIDs(list []*shopTransaction) []string {
	ids := []string{}
	for _, t := range list {
		ids = append(ids, gid("OrderTransaction", t.id))
	}
	return ids
}
