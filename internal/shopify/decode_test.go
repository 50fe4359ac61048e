package shopify_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/shopify"
)

const payloads = "../../testdata/payloads/shopify"

const (
	theReturn = "gid://shopify/Return/123134564567890"
	theOrder  = "gid://shopify/Order/4783296544821"
)

// noticed prints what a notice says, without what each notice has.
func noticed(n exchange.Notice) string {
	var b strings.Builder
	if n.Event.Kind != exchange.EventHint {
		b.WriteString(string(n.Event.Kind) + "; ")
	}
	for _, a := range n.About {
		b.WriteString(a.Ref.Name + " read " + string(a.Hint) + "; ")
	}
	if n.Park != "" {
		b.WriteString("park " + n.Park + "; ")
	}
	if n.Create != nil {
		b.WriteString("create " + n.Create.ReturnID + " of " + n.Create.OrderID + "; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestSamples(t *testing.T) {
	aboutReturn := "return:" + theReturn + " read shop"
	parked := aboutReturn + "; park return:" + theReturn
	fo := func(n string) string {
		return "fulfillment_order:gid://shopify/FulfillmentOrder/" + n + " read shop"
	}
	want := map[string]string{
		"returns/approve": aboutReturn + "; create " + theReturn + " of " + theOrder,
		"returns/request": parked, "returns/decline": parked, "returns/close": parked, "returns/reopen": parked, "returns/update": parked,
		"returns/cancel":                            "cancel; " + parked,
		"returns/process":                           "", // an empty object
		"orders/paid":                               "shop_order:gid://shopify/Order/820982911946154508 read shop",
		"orders/cancelled":                          "shop_order:gid://shopify/Order/820982911946154508 read shop",
		"orders/edited":                             "shop_order:gid://shopify/Order/820982911946154500 read shop",
		"order_transactions/create":                 "shop_order:gid://shopify/Order/820982911946154500 read shop",
		"refunds/create":                            "shop_order:gid://shopify/Order/820982911946154500 read shop",
		"fulfillments/create":                       "shop_order:gid://shopify/Order/820982911946154500 read shop",
		"fulfillments/update":                       "shop_order:gid://shopify/Order/820982911946154500 read shop",
		"fulfillment_orders/placed_on_hold":         fo("1") + "; " + fo("2"),
		"fulfillment_orders/hold_released":          fo("1"),
		"fulfillment_orders/moved":                  fo("1") + "; " + fo("2"),
		"fulfillment_orders/split":                  fo("1") + "; " + fo("2") + "; " + fo("3"),
		"fulfillment_orders/merged":                 fo("1") + "; " + fo("2"),
		"fulfillment_orders/cancelled":              fo("1") + "; " + fo("2"),
		"fulfillment_holds/added":                   fo("1"),
		"fulfillment_holds/released":                fo("1"),
		"app/uninstalled":                           "",
		"customers/redact":                          "",
		"fulfillment_events/create":                 "", // about outbound parcels, which release nothing
		"fulfillment_orders/order_routing_complete": fo("1"),
	}
	files, err := filepath.Glob(payloads + "/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		topic := strings.Replace(strings.TrimSuffix(filepath.Base(file), ".json"), ".", "/", 1)
		n, err := shopify.Decode(topic, "wh_1", body)
		if err != nil {
			t.Errorf("%s: %v", topic, err)
			continue
		}
		if n.Event.ID != "wh_1" || n.Event.Source != "shopify" || n.Event.Topic != topic {
			t.Errorf("%s: event is %+v", topic, n.Event)
		}
		if got := noticed(n); got != want[topic] {
			t.Errorf("%s says %q, want %q", topic, got, want[topic])
		}
	}
}

func TestShapesOfIDs(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":9}`:                        "return:gid://shopify/Return/9 read shop; park return:gid://shopify/Return/9",
		`{"id":"9"}`:                      "return:gid://shopify/Return/9 read shop; park return:gid://shopify/Return/9",
		`{"id":"gid://shopify/Return/9"}`: "return:gid://shopify/Return/9 read shop; park return:gid://shopify/Return/9",
		`{"admin_graphql_api_id":"gid://shopify/Return/9007199255740993","id":9007199255740992}`: "return:gid://shopify/Return/9007199255740993 read shop; park return:gid://shopify/Return/9007199255740993",
		`{"id":9007199255740993}`: "return:gid://shopify/Return/9007199255740993 read shop; park return:gid://shopify/Return/9007199255740993",
		`{"id":null}`:             "", `{"id":0}`: "", `{"id":""}`: "", `{}`: "",
	} {
		n, err := shopify.Decode("returns/process", "w", []byte(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if got := noticed(n); got != want {
			t.Errorf("%s says %q, want %q", body, got, want)
		}
	}
	for _, body := range []string{
		`{"id":"gid://shopify/Order/9"}`, `{"id":{}}`, `{"id":true}`, `{"id":1.5}`, `{"id":-1}`, `{"id":1e3}`, `{"id":"9x"}`, `{"id":99999999999999999999}`,
		`{"id":"gid://shopify/Return/9/x"}`, `{"id":9,"order_id":[]}`, `{"id":9,"order":{"id":"x"}}`,
	} {
		if n, err := shopify.Decode("returns/process", "w", []byte(body)); err == nil {
			t.Errorf("%s was taken: %s", body, noticed(n))
		}
	}
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	for _, topic := range []string{"returns/approve", "shop/update"} {
		for _, body := range []string{
			``, `{`, `[]`, `null`, `"x"`, `{"id":1,"id":2}`, `{"id":1} {}`, `{"id":1`, strings.Repeat("[", 10_000), "{\"a\":\"\xff\"}",
		} {
			if _, err := shopify.Decode(topic, "w", []byte(body)); err == nil {
				t.Errorf("%s: %.40q was taken", topic, body)
			}
		}
	}
}

func TestWhoAsksForAnExchange(t *testing.T) {
	for body, asks := range map[string]bool{
		`{"id":9,"order":{"id":1},"total_exchange_line_items":1}`:                             true,
		`{"id":9,"order":{"id":1}}`:                                                           true, // not told: the read will tell
		`{"id":9,"order":{"id":1},"exchange_line_items":[],"total_exchange_line_items":null}`: true,
		`{"id":9,"order":{"id":1},"total_exchange_line_items":0}`:                             false,
	} {
		n, err := shopify.Decode("returns/approve", "w", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if (n.Create != nil) != asks || (n.Park == "") != asks {
			t.Errorf("%s says %q, want it to ask: %v", body, noticed(n), asks)
		}
		if n.Create != nil && n.Create.OrderID != "gid://shopify/Order/1" {
			t.Errorf("it names order %q", n.Create.OrderID)
		}
	}
}

// Neither money nor a status is taken from a webhook: two bodies that differ in nothing else say the same.
func TestMoneyAndStatusAreNotTakenFromWebhooks(t *testing.T) {
	for _, c := range [][3]string{
		{"order_transactions/create", `{"order_id":1,"kind":"capture","status":"success","amount":"50.00"}`, `{"order_id":1,"kind":"refund","status":"failure","amount":"1.00"}`},
		{"returns/close", `{"id":1,"status":"closed"}`, `{"id":1,"status":"open"}`},
		{"orders/paid", `{"id":1,"total_price":"1.00"}`, `{"id":1,"total_price":"2.00"}`},
	} {
		a, errA := shopify.Decode(c[0], "w", []byte(c[1]))
		b, errB := shopify.Decode(c[0], "w", []byte(c[2]))
		if diff := cmp.Diff(a, b); diff != "" || errA != nil || errB != nil {
			t.Errorf("%s: %v, %v, (-one +other):\n%s", c[0], errA, errB, diff)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob(payloads + "/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.Replace(strings.TrimSuffix(filepath.Base(file), ".json"), ".", "/", 1), body)
	}
	f.Add("returns/approve", []byte(`{"id":"gid://shopify/Return/9007199255740993","order_id":1}`))
	f.Fuzz(func(t *testing.T, topic string, body []byte) {
		n, err := shopify.Decode(topic, "w", body)
		if err != nil {
			if diff := cmp.Diff(exchange.Notice{}, n); diff != "" {
				t.Fatalf("an error, and a notice:\n%s", diff)
			}
			return
		}
		again, err := shopify.Decode(topic, "w", body)
		if diff := cmp.Diff(n, again); diff != "" || err != nil {
			t.Fatalf("another notice the second time: %v\n%s", err, diff)
		}
		raw, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var back exchange.Notice
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(topic, "\xff") && json.Valid(raw) && strings.ToValidUTF8(topic, "") == topic {
			if diff := cmp.Diff(n, back); diff != "" {
				t.Fatalf("stored and read back it differs:\n%s", diff)
			}
		}
		for _, a := range n.About {
			if !strings.Contains(a.Ref.Name, ":gid://shopify/") {
				t.Fatalf("a ref without a gid: %q", a.Ref.Name)
			}
		}
	})
}

func TestAPrivacyRequestThatNamesNobodyCannotBeRead(t *testing.T) {
	for _, topic := range []string{"customers/redact", "customers/data_request"} {
		if _, err := shopify.Decode(topic, "w", []byte(`{"shop_id": 1}`)); err == nil {
			t.Errorf("%s is taken", topic)
		}
	}
}
