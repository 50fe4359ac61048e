package rest

import (
	"strconv"
	"time"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Exchange is an exchange as the API and the command line's --json show it.
type Exchange struct {
	ID              exchange.ID       `json:"id"`
	Connection      exchange.Conn     `json:"connection"`
	Number          string            `json:"number"`        // of the exchange order in Ongoing; empty until known
	ReturnNumber    string            `json:"return_number"` // of the return order in Ongoing; empty until known
	Reference       string            `json:"reference"`     // the portal's or the caller's own name of the return
	ShopifyReturnID string            `json:"shopify_return_id"`
	ShopifyOrderID  string            `json:"shopify_order_id"`
	Stage           exchange.Stage    `json:"stage"`
	StageSince      time.Time         `json:"stage_since"`
	Instant         bool              `json:"instant"`
	OrderStatus     string            `json:"order_status"`  // the warehouse's own word; empty until read
	ReturnStatus    string            `json:"return_status"` // likewise
	Settlement      Settlement        `json:"settlement"`
	Lines           []Line            `json:"lines"`
	WaitingFor      []Condition       `json:"waiting_for"`
	Raised          []Raised          `json:"raised"`
	Timeline        []Moment          `json:"timeline,omitempty"` // not in lists
	Created         time.Time         `json:"created_at"`
	Updated         time.Time         `json:"updated_at"`
	Links           map[string]string `json:"links"`
}

// Settlement is where the money stands. No amount is ever null; its currency is empty until it is known.
type Settlement struct {
	Status   string         `json:"status"`
	Agreed   exchange.Money `json:"agreed"` // negative when the shop owes
	Captured exchange.Money `json:"captured"`
	Refunded exchange.Money `json:"refunded"`
}

// Line is an item coming back or going out.
type Line struct {
	Direction string `json:"direction"` // return, exchange
	ID        string `json:"id"`        // Shopify's, a gid; empty where the line is only asked for
	Article   string `json:"article"`   // Ongoing's article number
	VariantID string `json:"variant_id,omitempty"`
	Title     string `json:"title,omitempty"`
	Quantity  int    `json:"quantity"`
	Processed int    `json:"processed"` // in Shopify
}

// Condition is what an exchange waits for, in words.
type Condition struct {
	Condition string    `json:"condition"`
	Since     time.Time `json:"since"`
	By        string    `json:"satisfied_by"` // what would satisfy it
}

// Raised is something a person must see to, and what may be done about it.
type Raised struct {
	Code     string                    `json:"code"`
	Message  string                    `json:"message"`
	Since    time.Time                 `json:"since"`
	Remedies []string                  `json:"remedies"`
	Figures  map[string]exchange.Money `json:"figures,omitempty"`
}

// View is x as it reads back, with its timeline from the journal; nil entries leave that out.
func View(x *exchange.Exchange, entries []exchange.Entry) Exchange {
	self := "/v1/exchanges/" + string(x.ID)
	v := Exchange{
		ID: x.ID, Connection: x.Connection, Number: x.Number(), ReturnNumber: x.ReturnNumber(),
		Reference: x.Reference(), ShopifyReturnID: x.ReturnID(), ShopifyOrderID: x.ShopOrderID(),
		Stage: x.Stage, StageSince: x.Entered(), Instant: x.Instant(), Settlement: Settlement(x.Settlement()), Lines: lines(x),
		WaitingFor: []Condition{}, Raised: []Raised{}, Created: x.Created, Updated: x.Updated,
		Links: map[string]string{"self": self, "events": self + "/events", "cancel": self + "/cancel", "settle": self + "/settle", "money": self + "/money"},
	}
	if x.Acceptable() {
		v.Links["accept"] = self + "/accept"
	}
	if o := x.Facts.Order; o != nil {
		v.OrderStatus = statusText(o.Status)
	}
	if o := x.Facts.ReturnOrder; o != nil {
		v.ReturnStatus = statusText(o.Status)
	}
	for _, w := range x.Waiting() {
		v.WaitingFor = append(v.WaitingFor, Condition(w))
	}
	for _, r := range x.Raised {
		v.Raised = append(v.Raised, Raised{
			Code: r.Code, Message: r.Message, Since: r.Since, Remedies: orNone(r.Remedies()), Figures: r.Figures,
		})
	}
	if entries != nil {
		v.Timeline = moments(entries)
	}
	return v
}

// statusText is a status in the warehouse's own words, or its number if it has none.
func statusText(s exchange.Status) string {
	if s.Text == "" && s.Number != 0 {
		return strconv.Itoa(s.Number)
	}
	return s.Text
}

// lines are what Shopify says of the lines; before it was asked, what was asked for.
func lines(x *exchange.Exchange) []Line {
	out := []Line{}
	if s := x.Facts.Shop; s != nil {
		for _, l := range s.ReturnLines {
			out = append(out, Line{Direction: "return", ID: l.ID, Article: l.Article, Quantity: l.Quantity, Processed: l.Processed})
		}
		for _, l := range s.ExchangeLines {
			out = append(out, Line{
				Direction: "exchange", ID: l.ID, Article: l.Article, VariantID: l.VariantID, Title: l.Title,
				Quantity: l.Quantity, Processed: l.Processed,
			})
		}
		return out
	}
	for _, l := range x.Facts.Request.ReturnLines {
		out = append(out, Line{Direction: "return", ID: l.FulfillmentLineItemID, Quantity: l.Quantity})
	}
	for _, l := range x.Facts.Request.ExchangeLines {
		out = append(out, Line{Direction: "exchange", VariantID: l.VariantID, Quantity: l.Quantity})
	}
	return out
}

// orNone is an empty list in place of none, so that callers never meet null.
func orNone(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
