package ongoingrest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradeback/tradeback/api/ongoingrest"
)

const payloads = "../../testdata/payloads/ongoing"

// samples are the payloads in testdata: the type that reads each, the schema it fits if there is one,
// and whether the type must know its every member (what we send, and what is posted to us).
var samples = map[string]struct {
	into   any
	schema string
	whole  bool
}{
	"error-400-response.unverified.json":                 {into: ongoingrest.Problem{}, whole: true},
	"error-500-response.json":                            {into: ongoingrest.Problem{}, whole: true},
	"get-order-response-open.json":                       {into: ongoingrest.Order{}, schema: "GetOrderModel"},
	"get-order-response.json":                            {into: ongoingrest.Order{}, schema: "GetOrderModel"},
	"get-order-statuses-response.json":                   {into: ongoingrest.OrderStatuses{}, schema: "GetOrderStatusesModel", whole: true},
	"get-return-order-response.json":                     {into: ongoingrest.ReturnOrder{}, schema: "GetReturnOrderModel"},
	"get-return-order-statuses-response.unverified.json": {into: ongoingrest.ReturnOrderStatuses{}, schema: "GetReturnOrderStatusesModel", whole: true},
	"get-warehouses-response.json":                       {into: []ongoingrest.Warehouse{}},
	"patch-order-status-request.json":                    {into: ongoingrest.PatchOrderStatus{}, schema: "PatchOrderStatus", whole: true},
	"patch-order-status-response.json":                   {into: ongoingrest.OrderAnswer{}, schema: "PatchOrderResponse", whole: true},
	"put-order-request.json":                             {into: ongoingrest.PutOrder{}, schema: "PostOrderModel"},
	"put-order-response.json":                            {into: ongoingrest.OrderAnswer{}, schema: "PostOrderResponse", whole: true},
	"put-return-order-request.json":                      {into: ongoingrest.PutReturnOrder{}, schema: "PostReturnOrderModel", whole: true},
	"put-return-order-response.json":                     {into: ongoingrest.ReturnOrderAnswer{}, schema: "PostReturnOrderResponse", whole: true},
	"webhook-article-returned.json":                      {into: ongoingrest.PickingWebhook{}},
	"webhook-order-open.json":                            {into: ongoingrest.OrderWebhook{}, whole: true},
	"webhook-order-released.json":                        {into: ongoingrest.OrderWebhook{}, whole: true},
	"webhook-order-returned.json":                        {into: ongoingrest.OrderWebhook{}, whole: true},
	"webhook-order-sent.json":                            {into: ongoingrest.OrderWebhook{}, whole: true},
	"webhook-return-order-notified.unverified.json":      {into: ongoingrest.ReturnOrderWebhook{}, whole: true},
	"webhook-return-order-returned.unverified.json":      {into: ongoingrest.ReturnOrderWebhook{}, whole: true},
}

func TestEverySampleDecodes(t *testing.T) {
	files, err := os.ReadDir(payloads)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			sample, ok := samples[f.Name()]
			if !ok {
				t.Fatal("no type is named for this sample")
			}
			text, err := os.ReadFile(filepath.Join(payloads, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if sample.schema != "" {
				if err := valid(t, sample.schema, text); err != nil {
					t.Errorf("the sample does not fit its schema: %v", err)
				}
			}
			v := reflect.New(reflect.TypeOf(sample.into))
			if err := decode(text, v.Interface(), sample.whole); err != nil {
				t.Fatal(err)
			}
			if v.Elem().IsZero() {
				t.Error("nothing was read")
			}
		})
	}
}

func read[T any](t *testing.T, name string) T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(payloads, name))
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnOrderReadsAsItIs(t *testing.T) {
	o := read[ongoingrest.Order](t, "get-order-response.json")
	if o.GoodsOwner.ID != 114 || o.Info.OrderID != 50871 || o.Info.Status.Number != 450 || o.Info.GoodsOwnerOrderID != "10057" {
		t.Errorf("head = %+v %+v", o.GoodsOwner, o.Info)
	}
	if want := at(t, "2026-03-05T15:48:19.127Z"); !o.Info.ShippedTime.Equal(want.Time) {
		t.Errorf("shipped at %v, want %v", o.Info.ShippedTime, want)
	}
	line := o.Lines[0]
	if line.ID != 49412 || line.Article.Number != "JKT-BLU-L" || line.Packed != 1 || line.ExternalID != "gid-1-98765" || line.Prices.LinePrice != "899.0" {
		t.Errorf("line = %+v", line)
	}
	if len(o.Parcels) != 2 || o.Parcels[0].IsReturn || !o.Parcels[1].IsReturn || len(o.Tracking) != 1 || len(o.ReturnTracking) != 1 {
		t.Errorf("parcels = %+v, tracking = %+v, return tracking = %+v", o.Parcels, o.Tracking, o.ReturnTracking)
	}
	if open := read[ongoingrest.Order](t, "get-order-response-open.json"); !open.Info.ShippedTime.IsZero() || open.Tracking != nil {
		t.Errorf("an open order reads as shipped at %v with %v", open.Info.ShippedTime, open.Tracking)
	}
}

func TestAReturnOrderReadsAsItIs(t *testing.T) {
	r := read[ongoingrest.ReturnOrder](t, "get-return-order-response.json")
	if r.Info.ReturnOrderID != 3391 || r.Info.Status.Text != "Returned" || r.CustomerOrder.OrderID != 50163 {
		t.Errorf("head = %+v %+v", r.Info, r.CustomerOrder)
	}
	line := r.Lines[0]
	if line.CustomerOrderLine.OrderLineID != 48838 || line.ToBeReturned != 1 || line.Returned != 1 || line.Scrapped != 0 || line.Items[0].Cause.Code != "SIZE" {
		t.Errorf("line = %+v", line)
	}
}

func TestAWebhookOfAnOldSystemIsEnough(t *testing.T) {
	var w ongoingrest.OrderWebhook
	text := `{"orderId":7,"orderNumber":"1001","goodsOwnerId":114,"orderStatus":{"number":300},"webhookEventId":null,"goodsOwnerClasses":null,"byUser":null}`
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	if w.OrderID != 7 || w.Status.Number != 300 || w.EventID != 0 {
		t.Errorf("webhook = %+v", w)
	}
}

func TestAnErrorBodyReadsInBothSpellings(t *testing.T) {
	for _, text := range []string{`{"message":"no"}`, `{"Message":"no","ModelState":{"o.orderNumber":["missing"]}}`} {
		var p ongoingrest.Problem
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Message != "no" {
			t.Errorf("%s reads as %+v, %v", text, p, err)
		}
	}
}

// FuzzDecode checks that no body makes a type panic, and that what was read writes back to the same.
func FuzzDecode(f *testing.F) {
	files, err := os.ReadDir(payloads)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(payloads, file.Name()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, sample := range samples {
			typ := reflect.TypeOf(sample.into)
			first, second := reflect.New(typ), reflect.New(typ)
			if json.Unmarshal(text, first.Interface()) != nil {
				continue
			}
			once, err := json.Marshal(first.Interface())
			if err != nil {
				t.Fatalf("%s reads and does not write: %v", typ, err)
			}
			if err := json.Unmarshal(once, second.Interface()); err != nil {
				t.Fatalf("%s does not read what it wrote: %v\n%s", typ, err, once)
			}
			twice, err := json.Marshal(second.Interface())
			if err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("%s changed by writing, %v:\n%s", typ, err, cmp.Diff(string(once), string(twice)))
			}
		}
	})
}
