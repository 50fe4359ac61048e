package shopify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// gidOf is the gid of an object of this type, from admin_graphql_api_id or id. Empty: it has none.
//
// Errors: an id that is neither a number nor a gid of this type.
func gidOf(doc map[string]any, typ string) (string, error) {
	for _, name := range []string{"admin_graphql_api_id", "id"} {
		id, err := gid(doc[name], typ)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		if id != "" {
			return id, nil
		}
	}
	return "", nil
}

// orderOf is the gid of the order that an object hangs on, from order_id or order{}. Empty: it names none.
func orderOf(doc map[string]any) (string, error) {
	id, err := gid(doc["order_id"], "Order")
	if err != nil {
		return "", fmt.Errorf("order_id: %w", err)
	}
	if order, is := doc["order"].(map[string]any); is && id == "" {
		return gidOf(order, "Order")
	}
	return id, nil
}

// gid makes a gid of an id as a webhook has it: a number, its digits, or the gid. Null, 0 and nothing are no id.
func gid(id any, typ string) (string, error) {
	prefix := "gid://shopify/" + typ + "/"
	text := ""
	switch id := id.(type) {
	case nil:
		return "", nil
	case json.Number:
		text = id.String()
	case string:
		text = strings.TrimPrefix(id, prefix)
	default:
		return "", fmt.Errorf("neither a number nor the gid of a %s", typ)
	}
	if text == "" {
		return "", nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return "", fmt.Errorf("neither a number nor the gid of a %s", typ)
	}
	if n == 0 {
		return "", nil
	}
	return prefix + text, nil
}

// fulfillmentOrdersIn collects the gids of all fulfillment orders that doc names in any member called so,
// sorted: fulfillment_order, moved_fulfillment_order, merge_intents[].fulfillment_order_id and so on.
func fulfillmentOrdersIn(doc any) ([]string, error) {
	var found []string
	add := func(id string, err error) error {
		if err == nil && id != "" && !slices.Contains(found, id) {
			found = append(found, id)
		}
		return err
	}
	var walk func(any) error
	walk = func(node any) error {
		switch node := node.(type) {
		case []any:
			for _, element := range node {
				if err := walk(element); err != nil {
					return err
				}
			}
		case map[string]any:
			for name, member := range node {
				var err error
				order, is := member.(map[string]any)
				switch {
				case strings.HasSuffix(name, "fulfillment_order") && is:
					err = add(gidOf(order, "FulfillmentOrder"))
				case strings.HasSuffix(name, "fulfillment_order_id"):
					err = add(gid(member, "FulfillmentOrder"))
				}
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if err := walk(member); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := walk(doc)
	slices.Sort(found)
	return found, err
}
