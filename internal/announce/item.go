// Package announce tells others what happens to exchanges: by webhooks, signed as Standard Webhooks has it, or as a
// line in a chat. What is to be told is stored in the commit that it is about, one item for each subscriber, and is
// sent until the subscriber says 2xx, or given up after its schedule: then it is a dead letter. It is sent at least
// once, and each time under the same webhook-id. Nothing of it is personal data.
package announce

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/store"
)

// message is what a webhook's body holds, and what an item keeps until it is sent.
type message struct {
	Type string          `json:"type"`
	At   time.Time       `json:"timestamp"` // of what it is about
	Data json.RawMessage `json:"data"`
}

// about is the message of a type, with data as its data.
func about(news string, at time.Time, data any) ([]byte, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(message{news, at, body})
}

// data is how the exchange stood then.
type data struct {
	Connection   exchange.Conn  `json:"connection"`
	Exchange     exchange.ID    `json:"exchange"`
	Version      uint64         `json:"version"` // grows: what has a lower one is older
	Number       string         `json:"number"`
	ReturnNumber string         `json:"return_number"`
	Reference    string         `json:"reference"`
	ReturnID     string         `json:"shopify_return_id"`
	OrderID      string         `json:"shopify_order_id"`
	Stage        exchange.Stage `json:"stage"`
	Instant      bool           `json:"instant"`
	Settlement   settlement     `json:"settlement"`
	Raised       []string       `json:"raised"` // codes; of exchange.raised: the new ones
}

type settlement struct {
	Status   string         `json:"status"`
	Agreed   exchange.Money `json:"agreed"`
	Captured exchange.Money `json:"captured"`
	Refunded exchange.Money `json:"refunded"`
}

// Items are what subscribers are to be told of a step from x to next, whose line in the journal is e.
func Items(subscribers []connection.Subscriber, x, next *exchange.Exchange, e *exchange.Entry, at time.Time) ([]store.Item, error) {
	if len(subscribers) == 0 {
		return nil, nil
	}
	var out []store.Item
	for _, news := range exchange.News(x, next, e) {
		d := data{
			Connection: next.Connection, Exchange: next.ID, Version: next.Version, Number: next.Number(), ReturnNumber: next.ReturnNumber(),
			Reference: next.Reference(), ReturnID: next.ReturnID(), OrderID: next.ShopOrderID(), Stage: next.Stage, Instant: next.Instant(),
			Settlement: settlement(next.Settlement()), Raised: []string{},
		}
		if news == exchange.NewsRaised {
			d.Raised = e.Raised
		} else {
			for _, r := range next.Raised {
				d.Raised = append(d.Raised, r.Code)
			}
		}
		body, err := about(news, e.At, d)
		if err != nil {
			return nil, fmt.Errorf("encode %s of %s: %w", news, next.ID, err)
		}
		for _, s := range subscribers {
			if s.Wants(news) {
				out = append(out, store.Item{
					ID: webhookID(next, news) + "/" + s.Name, Conn: next.Connection, Kind: store.Announcement, State: store.Waiting,
					Exchange: next.ID, Ref: s.Name, Topic: news, Received: at, Due: at, Body: body,
				})
			}
		}
	}
	return out, nil
}

// webhookID is the same each time that this is told, to whomever. It has no dot, which parts what is signed.
func webhookID(x *exchange.Exchange, news string) string {
	return fmt.Sprintf("msg_%s_%d_%s", strings.TrimPrefix(string(x.ID), "ex_"), x.Version, strings.ReplaceAll(news, ".", "_"))
}

// line is the message for people.
func (m message) line() (string, error) {
	if strings.HasPrefix(m.Type, breakers) {
		var b breaker
		if err := json.Unmarshal(m.Data, &b); err != nil {
			return "", err
		}
		return b.line(m.Type), nil
	}
	var d data
	if err := json.Unmarshal(m.Data, &d); err != nil {
		return "", err
	}
	if m.Type == Testing {
		return fmt.Sprintf("test of connection %s: what happens to its exchanges is told here", d.Connection), nil
	}
	name := d.Number
	if name == "" {
		name = string(d.Exchange)
	}
	text := fmt.Sprintf("%s: %s of connection %s, at stage %s", m.Type, name, d.Connection, d.Stage)
	if len(d.Raised) > 0 {
		text += ": " + strings.Join(d.Raised, ", ")
	}
	return text + fmt.Sprintf(" (tradeback exchanges why %s)", d.Exchange), nil
}
