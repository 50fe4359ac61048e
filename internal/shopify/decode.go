package shopify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/strictjson"
)

// Source is how events of a shop are marked.
const Source = "shopify"

// Decode reads a webhook: whom it may be about, and what they should read. Nothing else is taken from
// it, neither money nor a status, except that returns/cancel says so by its name. A topic that means
// nothing to an exchange names nobody, so that it is kept and ignored; so is a body without its ids.
//
// Shape: ids come as numbers beyond 2^53, as gids, in id, admin_graphql_api_id, order_id or order{}; see
// the samples in testdata/payloads/shopify.
// Errors: *strictjson.Error; any other when the body is no object, or an id is of the wrong type.
func Decode(topic, webhookID string, body []byte) (exchange.Notice, error) {
	n := exchange.Notice{Event: exchange.Event{
		ID: webhookID, Kind: exchange.EventHint, Source: Source, Topic: topic, Hint: &exchange.Hint{Target: exchange.ReadShop},
	}}
	if err := strictjson.Check(body); err != nil {
		return exchange.Notice{}, fmt.Errorf("webhook: %w", err)
	}
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil || doc == nil {
		return exchange.Notice{}, errors.New("webhook: the body is no object")
	}
	read := about(topic)
	if read == nil {
		return n, nil
	}
	if err := read(doc, &n); err != nil {
		return exchange.Notice{}, fmt.Errorf("webhook: %w", err)
	}
	return n, nil
}

// about is how the ids of a topic are read. Nil: it concerns no exchange.
func about(topic string) func(map[string]any, *exchange.Notice) error {
	group, _, _ := strings.Cut(topic, "/")
	switch group {
	case "returns":
		return aboutReturn
	case "fulfillment_orders", "fulfillment_holds":
		return aboutFulfillmentOrders
	case "order_transactions", "refunds", "fulfillments":
		return aboutOrderOf
	}
	switch topic {
	case "orders/paid", "orders/cancelled", "orders/edited":
		return aboutOrder
	case "customers/redact", "customers/data_request":
		return namesCustomer
	}
	return nil
}

// namesCustomer refuses a privacy request that names nobody: it could not be done, and would count as done.
func namesCustomer(doc map[string]any, _ *exchange.Notice) error {
	if customer, _ := doc["customer"].(map[string]any); len(customer) == 0 {
		return errors.New("customer: is missing")
	}
	return nil
}

// aboutReturn reads a webhook about a return. An approved return with exchange lines, or with lines that
// are not told, asks for an exchange; what else is said of a return that nobody knows waits for it.
func aboutReturn(doc map[string]any, n *exchange.Notice) error {
	id, err := gidOf(doc, "Return")
	if err != nil || id == "" {
		return err
	}
	orderID, err := orderOf(doc)
	if err != nil {
		return err
	}
	ref := exchange.RefReturn(id)
	n.About = append(n.About, exchange.About{Ref: ref, Hint: exchange.ReadShop})
	switch n.Event.Topic {
	case "returns/approve":
		if lines, told := doc["total_exchange_line_items"].(json.Number); !told || lines.String() != "0" {
			n.Create = &exchange.Request{ReturnID: id, OrderID: orderID}
			return nil
		}
	case "returns/cancel":
		n.Event.Kind, n.Event.Hint = exchange.EventCancel, nil
		n.Event.Cancel = &exchange.CancelAsk{By: "shop"}
	}
	n.Park = ref.Name
	return nil
}

// aboutOrder reads a webhook that is an order.
func aboutOrder(doc map[string]any, n *exchange.Notice) error {
	id, err := gidOf(doc, "Order")
	if doc["order_edit"] != nil { // orders/edited holds the edit, which names its order
		edit, _ := doc["order_edit"].(map[string]any)
		id, err = orderOf(edit)
	}
	return readOrder(id, err, n)
}

// aboutOrderOf reads a webhook about something that hangs on an order.
func aboutOrderOf(doc map[string]any, n *exchange.Notice) error {
	id, err := orderOf(doc)
	return readOrder(id, err, n)
}

func readOrder(id string, err error, n *exchange.Notice) error {
	if err == nil && id != "" {
		n.About = append(n.About, exchange.About{Ref: exchange.RefShopOrder(id), Hint: exchange.ReadShop})
	}
	return err
}

// aboutFulfillmentOrders reads a webhook about one or several fulfillment orders.
func aboutFulfillmentOrders(doc map[string]any, n *exchange.Notice) error {
	found, err := fulfillmentOrdersIn(doc)
	for _, id := range found {
		n.About = append(n.About, exchange.About{Ref: exchange.RefFulfillmentOrder(id), Hint: exchange.ReadShop})
	}
	return err
}
