package sim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

func TestShopifyKnowsEveryOperation(t *testing.T) {
	var kept gqlDocuments
	doc, bad := kept.parse(shopOperations())
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	if len(doc.Operations) != 61 {
		t.Errorf("%d operations, want 61", len(doc.Operations))
	}
	for _, op := range doc.Operations {
		vars := map[string]any{"first": 50, "returnLineItems": []any{}, "exchangeLineItems": []any{}}
		if cost := gqlCost(shopSchema(), op, vars); cost < 1 || cost > shopMaxCost {
			t.Errorf("%s costs %d", op.Name, cost)
		}
	}
}

func TestShopifyRefusesBadDocuments(t *testing.T) {
	st := newShopTest(t)
	for _, c := range []struct{ name, document, code string }{
		{"a field that does not exist", `{ shop { nope } }`, "undefinedField"},
		{"code on a plain user error", `mutation { fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { userErrors { code } } }`, "undefinedField"},
		{"an argument left out", `{ order { id } }`, "missingRequiredArguments"},
		{"an argument that does not exist", `{ order(id: "x", nope: 1) { id } }`, "argumentNotAccepted"},
		{"an argument of the wrong type", `{ locations(first: "x") { nodes { id } } }`, "argumentLiteralsIncompatible"},
		{"a variable that is not declared", `{ order(id: $id) { id } }`, "variableNotDefined"},
		{"a variable that is not used", `query($id: ID!) { shop { id } }`, "variableNotUsed"},
		{"a variable of the wrong type", `query($id: String!) { order(id: $id) { id } }`, "variableMismatch"},
		{"an object without a selection", `{ shop }`, "selectionMismatch"},
		{"no page size", `{ locations { nodes { id } } }`, "BAD_REQUEST"},
		{"a root field that is not simulated", `{ giftCard(id: "gid://shopify/GiftCard/1") { id } }`, "NOT_SIMULATED"},
		{"a mutation that is not simulated", `mutation { draftOrderInvoiceSend(id: "gid://shopify/DraftOrder/1") { draftOrder { id } } }`, "NOT_SIMULATED"},
		{"a non-null field that is not simulated", `{ shop { createdAt } }`, "NOT_SIMULATED"},
		{"an input that is not simulated", `mutation { returnProcess(input: {returnId: "gid://shopify/Return/1", refundShipping: {fullRefund: true}}) { return { id } } }`, "NOT_SIMULATED"},
		{"an id of another type", `{ order(id: "gid://shopify/Return/1") { id } }`, "RESOURCE_NOT_FOUND"},
	} {
		answer := st.query(c.document, nil)
		if got := answer.get("errors.0.extensions.code").text(); got != c.code {
			t.Errorf("%s: code %s, want %s: %v", c.name, got, c.code, answer.value)
		}
	}
	if n := len(st.shop.Ledger().Rejected); n != 15 {
		t.Errorf("%d rejected in the ledger, want 15", n)
	}
	if text := st.query(`{ shop {`, nil).get("errors.0.message").text(); !strings.Contains(text, "Expected") {
		t.Errorf("half a document: %q", text)
	}
}

func TestShopifyAnswersWhatIsSelected(t *testing.T) {
	st := newShopTest(t)
	answer := st.query(`query($yes: Boolean!) {
		money: shop { currencyCode ...Name @include(if: $yes) }
		shop { id @skip(if: $yes) name }
		order(id: "gid://shopify/Order/404") { id }
		locations(first: 1) { __typename edges { cursor node { id } } pageInfo { hasNextPage endCursor } }
	} fragment Name on Node { __typename ... on Shop { name } }`, vars{"yes": true})
	raw, err := json.Marshal(answer.get("data").value)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"locations":{"__typename":"LocationConnection","edges":[{"cursor":"Z2lkOi8vc2hvcGlmeS9Mb2NhdGlvbi8x","node":{"id":"gid://shopify/Location/1"}}],` +
		`"pageInfo":{"endCursor":"Z2lkOi8vc2hvcGlmeS9Mb2NhdGlvbi8x","hasNextPage":false}},` +
		`"money":{"__typename":"Shop","currencyCode":"SEK","name":"Simulated shop"},"order":null,"shop":{"name":"Simulated shop"}}`
	if string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
	answer.is("extensions.cost.throttleStatus.maximumAvailable", "1000000")
}

func TestShopifyPages(t *testing.T) {
	st := newShopTest(t)
	for _, name := range []string{"#1", "#2", "#3"} {
		st.control("orders", ShopifySeed{Name: name, Tags: []string{"vip"}, Lines: []ShopifySeedLine{{SKU: "A", Price: "1.00"}}})
	}
	first := st.do("OrdersPage", vars{"first": 2, "query": "tag:vip"})
	first.is("nodes.0.name", "#1", "nodes.1.name", "#2", "pageInfo.hasNextPage", "true")
	st.control("orders", ShopifySeed{Name: "#4", Tags: []string{"vip"}, Lines: []ShopifySeedLine{{SKU: "A", Price: "1.00"}}})
	next := st.do("OrdersPage", vars{"first": 2, "query": "tag:'vip'", "after": first.get("pageInfo.endCursor").text()})
	next.is("nodes.0.name", "#3", "nodes.1.name", "#4", "pageInfo.hasNextPage", "false")
	st.do("VariantsBySKU", vars{"first": 5, "query": "sku:'a'"}).is("nodes.0.sku", "A", "nodes.0.price", "1.00", "nodes.0.inventoryItem.tracked", "true")
}

// coerced checks a value of an input type the way a variable is checked.
func coerced(t *testing.T, typ, value string) (any, string) {
	t.Helper()
	def := &ast.VariableDefinition{Variable: "v", Type: ast.NonNullNamedType(typ, nil)}
	op := &ast.OperationDefinition{VariableDefinitions: ast.VariableDefinitionList{def}}
	vars, bad := gqlVariables(shopSchema(), op, map[string]json.RawMessage{"v": json.RawMessage(value)})
	if bad != nil {
		if bad.code() != "INVALID_VARIABLE" {
			t.Errorf("%s: code %s", value, bad.code())
		}
		return nil, bad.Message
	}
	return vars["v"], ""
}

func TestShopifyChecksVariables(t *testing.T) {
	discount := `{"quantity":1,"variantId":"gid://shopify/ProductVariant/1","appliedDiscount":{"value":%}}`
	for _, c := range []struct{ name, typ, value, wrong string }{
		{"whole", "ReturnLineItemInput", `{"fulfillmentLineItemId":"x","quantity":1,"returnReason":"OTHER"}`, ""},
		{"a missing member", "ReturnLineItemInput", `{"quantity":1}`, "for fulfillmentLineItemId (Expected value to not be null)"},
		{"a null member", "ReturnLineItemInput", `{"fulfillmentLineItemId":null,"quantity":1}`, "for fulfillmentLineItemId (Expected value to not be null)"},
		{"an unknown member", "ReturnLineItemInput", `{"fulfillmentLineItemId":"x","quantity":1,"lineId":2}`, "for lineId (Field is not defined on ReturnLineItemInput)"},
		{"text for a number", "ReturnLineItemInput", `{"fulfillmentLineItemId":"x","quantity":"1"}`, `for quantity (Could not coerce value "1" to Int)`},
		{"half a number", "ReturnLineItemInput", `{"fulfillmentLineItemId":"x","quantity":1.5}`, "for quantity (Could not coerce value 1.5 to Int)"},
		{"an enum in lower case", "ReturnLineItemInput", `{"fulfillmentLineItemId":"x","quantity":1,"returnReason":"other"}`, `for returnReason (Expected "other" to be one of: COLOR`},
		{"a list's item", "ReturnInput", `{"orderId":"x","returnLineItems":[{"fulfillmentLineItemId":"x","quantity":1},{"quantity":1}]}`, "for returnLineItems.1.fulfillmentLineItemId"},
		{"one of, one", "ExchangeLineItemInput", strings.Replace(discount, "%", `{"percentage":10.5}`, 1), ""},
		{"one of, none", "ExchangeLineItemInput", strings.Replace(discount, "%", `{}`, 1), "requires exactly one argument, but 0"},
		{"one of, two", "ExchangeLineItemInput", strings.Replace(discount, "%", `{"percentage":1,"amount":{"amount":"1","currencyCode":"SEK"}}`, 1), "requires exactly one argument, but 2"},
		{"one of, a null beside", "ExchangeLineItemInput", strings.Replace(discount, "%", `{"percentage":1,"amount":null}`, 1), "requires exactly one argument, but 1"},
		{"an amount as a number", "OrderCaptureInput", `{"id":"x","parentTransactionId":"y","amount":12.5}`, ""},
		{"an amount as a word", "OrderCaptureInput", `{"id":"x","parentTransactionId":"y","amount":"all"}`, `for amount (Could not coerce value "all" to Money)`},
		{"no object", "OrderCaptureInput", `"x"`, "was provided invalid value"},
		{"a time without a zone", "DateTime", `"2026-11-22T10:00:00"`, "was provided invalid value"},
	} {
		_, wrong := coerced(t, c.typ, c.value)
		if (c.wrong == "") != (wrong == "") || !strings.Contains(wrong, c.wrong) {
			t.Errorf("%s: %q, want %q", c.name, wrong, c.wrong)
		}
	}
	input, _ := coerced(t, "FulfillmentInput", `{"lineItemsByFulfillmentOrder":[]}`)
	if got := input.(map[string]any)["notifyCustomer"]; got != false {
		t.Errorf("default of notifyCustomer = %v", got)
	}
}

func TestShopifyThrottles(t *testing.T) {
	st := newShopTest(t, func(s *ShopifySwitches) { s.Bucket, s.RestoreRate = 100, 10 })
	wide := `{ locations(first: 250) { nodes { id } } shop { id } }`
	st.query(wide, nil).is("extensions.cost.requestedQueryCost", "19", "extensions.cost.actualQueryCost", "3",
		"extensions.cost.throttleStatus.currentlyAvailable", "97", "extensions.cost.throttleStatus.restoreRate", "10")
	st.control("switches", vars{"bucket": 15})
	answer := st.query(wide, nil)
	answer.is("errors.0.extensions.code", "THROTTLED", "errors.0.message", "Throttled", "extensions.cost.requestedQueryCost", "19",
		"extensions.cost.actualQueryCost", "null", "extensions.cost.throttleStatus.maximumAvailable", "15.0", "extensions.cost.throttleStatus.currentlyAvailable", "12")
	if _, has := answer.value.(map[string]any)["data"]; has {
		t.Error("a throttled answer has data")
	}
	st.query(`{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { variant { id } } } fulfillmentOrders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } } } } } }`, nil).
		is("errors.0.extensions.code", "MAX_COST_EXCEEDED")
	st.advance(1e9)
	st.query(`{ shop { id } }`, nil).is("extensions.cost.throttleStatus.currentlyAvailable", "14")
}

func TestShopifyTokens(t *testing.T) {
	st := newShopTest(t)
	status, answer := st.post("/admin/oauth/access_token", vars{"grant_type": "client_credentials", "client_id": "sim-client", "client_secret": "sim-secret"})
	granted := shopJSON(t, answer)
	granted.is("expires_in", "86399")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	if status, answer = st.post("/admin/oauth/access_token", vars{"grant_type": "client_credentials", "client_id": "sim-client", "client_secret": "x"}); status != http.StatusUnauthorized {
		t.Errorf("wrong secret: %d %s", status, answer)
	}
	token := granted.get("access_token").text()
	if !st.shop.admits(token) {
		t.Error("a new token is not admitted")
	}
	st.advance(shopTokenLife)
	if st.shop.admits(token) {
		t.Error("a token of yesterday is admitted")
	}
	st.control("tokens/expire", vars{})
	if status, _ := st.post("/admin/api/2026-10/graphql.json", vars{"query": "{ shop { id } }"}); status != http.StatusUnauthorized {
		t.Errorf("after all tokens ended: %d", status)
	}
	if n := st.shop.Ledger().Unauthorized; n != 1 {
		t.Errorf("%d unauthorized, want 1", n)
	}
	st.control("reset", nil)
	if status, _ := st.post("/admin/api/2025-01/graphql.json", vars{"query": "{ shop { id } }"}); status != http.StatusOK {
		t.Errorf("an old version: %d", status)
	}
	if status, _ := st.post("/admin/api/latest/graphql.json", vars{"query": "{ shop { id } }"}); status != http.StatusNotFound {
		t.Errorf("no version: %d", status)
	}
}
