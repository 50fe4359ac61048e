package ongoing_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/ongoing"
	"github.com/tradeback/tradeback/internal/strictjson"
)

func about(r exchange.Ref, hint exchange.Target) exchange.About {
	return exchange.About{Ref: r, Hint: hint}
}

func TestTheVendorsWebhooksDecode(t *testing.T) {
	exchangeOrder := []exchange.About{
		about(exchange.RefOrder("EX-10057-1"), exchange.ReadOrder),
		about(exchange.RefOriginal("EX-10057-1"), exchange.ReadReturnOrder),
	}
	original := []exchange.About{
		about(exchange.RefOrder("10057"), exchange.ReadOrder),
		about(exchange.RefOriginal("10057"), exchange.ReadReturnOrder),
	}
	returnOrder := []exchange.About{about(exchange.RefReturnOrder("RMA-10057-1"), exchange.ReadReturnOrder)}
	cases := []struct {
		name, topic, dedupe string
		about               []exchange.About
	}{
		{"webhook-order-open", "OrderStatusChanged", `"nordlager"/webhookOrdersId=21/880101`, exchangeOrder},
		{"webhook-order-released", "OrderStatusChanged", `"nordlager"/webhookOrdersId=21/880164`, exchangeOrder},
		{"webhook-order-sent", "OrderStatusChanged", `"nordlager"/webhookOrdersId=21/880233`, exchangeOrder},
		{"webhook-order-returned", "OrderStatusChanged", `"nordlager"/webhookOrdersId=21/880301`, original},
		{"webhook-return-order-notified.unverified", "ReturnOrderStatusChanged", `"nordlager"/webhookReturnOrdersId=22/880102`, returnOrder},
		{"webhook-return-order-returned.unverified", "ReturnOrderStatusChanged", `"nordlager"/webhookReturnOrdersId=22/880299`, returnOrder},
		{"webhook-article-returned", "ArticleReturned", `"nordlager"/webhookPickingId=23/880298`, original[1:]},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, dedupe, err := ongoing.Decode(sample(t, c.name), 114)
			if err != nil {
				t.Fatal(err)
			}
			want := exchange.Notice{Event: exchange.Event{Kind: exchange.EventHint, Source: "ongoing", Topic: c.topic}, About: c.about}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if dedupe != c.dedupe {
				t.Errorf("dedupe %q, want %q", dedupe, c.dedupe)
			}
		})
	}
}

func TestWhomAWebhookIsAbout(t *testing.T) {
	const mine = "ex_01JAAAAAAAAAAAAAAAAAAAAAAA"
	cases := []struct {
		name, body, topic string
		about             []exchange.About
	}{
		{"an old system's order", `{"orderId":7,"orderNumber":"1001","goodsOwnerId":114,"orderStatus":{"number":300}}`, "order", []exchange.About{
			about(exchange.RefOrder("1001"), exchange.ReadOrder), about(exchange.RefOriginal("1001"), exchange.ReadReturnOrder),
		}},
		{"an exchange order of ours", `{"orderNumber":"#1-EX1","goodsOwnerId":114,"goodsOwnerOrderId":"` + mine + `"}`, "order", []exchange.About{
			about(exchange.RefOrder("#1-EX1"), exchange.ReadOrder), about(exchange.RefOriginal("#1-EX1"), exchange.ReadReturnOrder),
			about(exchange.RefID(mine), exchange.ReadOrder),
		}},
		{"an order without its number", `{"orderId":7,"goodsOwnerId":114,"orderNumber":null,"webhookTemplate":""}`, "order", nil},
		{"no goods owner", `{"orderNumber":"1"}`, "order", []exchange.About{
			about(exchange.RefOrder("1"), exchange.ReadOrder), about(exchange.RefOriginal("1"), exchange.ReadReturnOrder),
		}},
		{"a return order by its id", `{"returnOrderId":3391,"goodsOwnerId":114}`, "return_order", []exchange.About{
			about(exchange.RefReturnOrderID(3391), exchange.ReadReturnOrder),
		}},
		{"a return order by its id that names the order", `{"returnOrderId":3391,"orderId":7,"orderNumber":"1001","goodsOwnerId":114}`, "return_order", []exchange.About{
			about(exchange.RefReturnOrderID(3391), exchange.ReadReturnOrder), about(exchange.RefOriginal("1001"), exchange.ReadReturnOrder),
		}},
		{"a return order that names the order", `{"returnOrderNumber":"R","orderId":7,"orderNumber":"1001","goodsOwnerId":114}`, "return_order", []exchange.About{
			about(exchange.RefReturnOrder("R"), exchange.ReadReturnOrder),
		}},
		{"an item that was packed", `{"webhookPickingId":1,"isPacked":true,"isReturned":false,"goodsOwnerId":114,"order":{"orderNumber":"1001"}}`, "picking", []exchange.About{
			about(exchange.RefOrder("1001"), exchange.ReadOrder),
		}},
		{"a return order whose name is another's member", `{"webhookReturnOrdersId":22,"returnOrderNumber":"webhookOrdersId","goodsOwnerId":114}`, "return_order", []exchange.About{
			about(exchange.RefReturnOrder("webhookOrdersId"), exchange.ReadReturnOrder),
		}},
		{"the member's name inside", `{"goodsOwnerName":"webhookPickingId","orderNumber":"1","goodsOwnerId":114,"x":{"webhookPickingId":7}}`, "order", []exchange.About{
			about(exchange.RefOrder("1"), exchange.ReadOrder), about(exchange.RefOriginal("1"), exchange.ReadReturnOrder),
		}},
		{"an item of no order", `{"isReturned":true,"goodsOwnerId":114,"order":null}`, "picking", nil},
		{"a member of another type that nobody needs", `{"orderNumber":"1001","goodsOwnerId":114,"currentShipmentId":"7","byUser":"anna"}`, "order", []exchange.About{
			about(exchange.RefOrder("1001"), exchange.ReadOrder), about(exchange.RefOriginal("1001"), exchange.ReadReturnOrder),
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := ongoing.Decode([]byte(c.body), 114)
			if err != nil {
				t.Fatal(err)
			}
			want := exchange.Notice{Event: exchange.Event{Kind: exchange.EventHint, Source: "ongoing", Topic: c.topic}, About: c.about}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	deep := strings.Repeat("[", 10_000)
	for name, body := range map[string]string{
		"nothing":                  ``,
		"truncated":                `{"orderNumber":"1"`,
		"trailing data":            `{"orderNumber":"1"}{}`,
		"a key twice":              `{"orderNumber":"1","orderNumber":"2"}`,
		"ten thousand brackets":    deep,
		"not UTF-8":                "{\"orderNumber\":\"\xff\"}",
		"an array":                 `[{"orderNumber":"1"}]`,
		"null":                     `null`,
		"another webhook":          `{"purchaseOrderId":7,"goodsOwnerId":114}`,
		"a number that is no text": `{"orderNumber":1001,"goodsOwnerId":114}`,
		"a goods owner in quotes":  `{"orderNumber":"1","goodsOwnerId":"114"}`,
	} {
		if n, key, err := ongoing.Decode([]byte(body), 114); err == nil || key != "" || n.About != nil {
			t.Errorf("%s: %+v, %q, %v", name, n, key, err)
		}
	}
	for body, want := range map[string]string{
		`{"orderNumber":1001,"goodsOwnerId":114}`:                        "orderNumber must not be a number",
		`{"orderNumber":{},"goodsOwnerId":114}`:                          "orderNumber must not be an object",
		`{"orderId":1.5,"goodsOwnerId":114}`:                             "orderId must be a whole number of 64 bits",
		`{"returnOrderId":9223372036854775808,"goodsOwnerId":114}`:       "returnOrderId must be a whole number of 64 bits",
		`{"returnOrderId":"7","goodsOwnerId":114,"returnOrderStatus":1}`: "returnOrderId must not be a string",
	} {
		if _, _, err := ongoing.Decode([]byte(body), 114); err == nil || !strings.HasSuffix(err.Error(), "webhook: "+want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	if _, _, err := ongoing.Decode([]byte(`[1]`), 114); err == nil || strings.Contains(err.Error(), "Go ") {
		t.Errorf("%v", err)
	}
	var fault *strictjson.Error
	if _, _, err := ongoing.Decode([]byte(deep), 114); !errors.As(err, &fault) || fault.Fault != strictjson.TooDeep {
		t.Errorf("%v", err)
	}
	if _, _, err := ongoing.Decode([]byte(`{"purchaseOrderId":7}`), 114); !errors.Is(err, ongoing.ErrUnknownWebhook) {
		t.Errorf("%v", err)
	}
}

func TestAnotherGoodsOwnersWebhookSaysSo(t *testing.T) {
	for _, name := range []string{"webhook-order-sent", "webhook-return-order-notified.unverified", "webhook-article-returned"} {
		_, _, err := ongoing.Decode(sample(t, name), 115)
		var wrong *ongoing.WrongGoodsOwnerError
		if !errors.As(err, &wrong) || *wrong != (ongoing.WrongGoodsOwnerError{Got: 114, Want: 115}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheKeyUnderWhichAWebhookIsKeptOnce(t *testing.T) {
	key := func(body string) string {
		t.Helper()
		_, dedupe, err := ongoing.Decode([]byte(body), 114)
		if err != nil {
			t.Fatal(err)
		}
		return dedupe
	}
	with := func(more string) string { return `{"orderNumber":"1","goodsOwnerId":114` + more + `}` }
	const at = `,"timestamp":"2026-03-02T09:15:04.1870000"`
	whole := key(with(`,"system":"s","webhookOrdersId":2,"webhookEventId":3` + at))
	if whole != key(with(`,"webhookEventId":3,"system":"s","webhookOrdersId":2,"orderStatus":{"number":300}`)) {
		t.Error("the ids are not the whole key")
	}
	for _, other := range []string{
		with(`,"system":"t","webhookOrdersId":2,"webhookEventId":3`), with(`,"system":"s","webhookOrdersId":3,"webhookEventId":3`),
		with(`,"system":"s","webhookOrdersId":2,"webhookEventId":4`),
		`{"returnOrderNumber":"1","goodsOwnerId":114,"system":"s","webhookReturnOrdersId":2,"webhookEventId":3}`,
	} {
		if key(other) == whole {
			t.Errorf("%s has the same key", other)
		}
	}
	for _, absent := range []string{`,"webhookEventId":3`, `,"system":"s","webhookOrdersId":2,"webhookEventId":0`, `,"system":"s","webhookOrdersId":null,"webhookEventId":3`, `,"system":"","webhookOrdersId":2,"webhookEventId":3`} {
		if got := key(with(absent)); got != "" {
			t.Errorf("%s: key %q without a time", absent, got)
		}
		got := key(with(absent + at))
		if !strings.HasPrefix(got, "body:") || got != key(with(absent+at)) || got == key(with(absent+`,"timestamp":"2026-03-02T09:15:04.1870001"`)) {
			t.Errorf("%s: key %q", absent, got)
		}
	}
	if got := key(with(`,"timestamp":"yesterday"`)); got != "" {
		t.Errorf("key %q from a time that is none", got)
	}
}

// FuzzDecode: no body makes Decode panic; what it takes is strict JSON of a known kind, always with the
// same result, and about nobody but by the refs that the body itself names.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("../../testdata/payloads/ongoing/*.json")
	if err != nil || len(names) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, key, err := ongoing.Decode(body, 114)
		again, keyAgain, errAgain := ongoing.Decode(body, 114)
		if diff := cmp.Diff(n, again); diff != "" || key != keyAgain || (err == nil) != (errAgain == nil) {
			t.Fatalf("another result the second time: %s", diff)
		}
		if err != nil {
			if key != "" || n.About != nil {
				t.Fatalf("an error with a result: %+v %q", n, key)
			}
			return
		}
		if strictjson.Check(body) != nil || n.Park != "" || n.Event.Kind != exchange.EventHint || n.Event.Topic == "" {
			t.Fatalf("taken: %+v", n)
		}
		text, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var back exchange.Notice
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n, back); diff != "" {
			t.Fatalf("kept and read again it differs: %s", diff)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	body := sample(b, "webhook-order-sent")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ongoing.Decode(body, 114); err != nil {
			b.Fatal(err)
		}
	}
}
