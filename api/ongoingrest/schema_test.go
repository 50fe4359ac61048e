package ongoingrest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tradeback/tradeback/api/ongoingrest"
)

// document is the OpenAPI document beside this file.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	f, err := os.Open("openapi.json.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
})

func schema(t *testing.T, name string) *openapi3.Schema {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	ref := doc.Components.Schemas[name]
	if ref == nil {
		t.Fatalf("no schema %s in the document", name)
	}
	return ref.Value
}

// requests are the bodies we send, by the schema each must fit.
var requests = map[string]any{
	"PostOrderModel":         ongoingrest.PutOrder{},
	"PostReturnOrderModel":   ongoingrest.PutReturnOrder{},
	"PatchOrderStatus":       ongoingrest.PatchOrderStatus{},
	"PatchReturnOrderStatus": ongoingrest.PatchReturnOrderStatus{},
}

// answers are the bodies we read.
var answers = map[string]any{
	"GetOrderModel":               ongoingrest.Order{},
	"GetReturnOrderModel":         ongoingrest.ReturnOrder{},
	"GetOrderStatusesModel":       ongoingrest.OrderStatuses{},
	"GetReturnOrderStatusesModel": ongoingrest.ReturnOrderStatuses{},
	"WarehouseModel":              ongoingrest.Warehouse{},
	"PostOrderResponse":           ongoingrest.OrderAnswer{},
	"PatchOrderResponse":          ongoingrest.OrderAnswer{},
	"PostReturnOrderResponse":     ongoingrest.ReturnOrderAnswer{},
	"PatchReturnOrderResponse":    ongoingrest.ReturnOrderAnswer{},
}

func TestEveryMemberIsInTheSchemaWithItsType(t *testing.T) {
	for name, v := range requests {
		t.Run(name, func(t *testing.T) { fits(t, name, reflect.TypeOf(v), schema(t, name), true) })
	}
	for name, v := range answers {
		t.Run(name, func(t *testing.T) { fits(t, name, reflect.TypeOf(v), schema(t, name), false) })
	}
}

// fits checks the Go type at path against its schema; sent says that we are the ones who write it.
func fits(t *testing.T, path string, typ reflect.Type, s *openapi3.Schema, sent bool) {
	t.Helper()
	if len(s.OneOf) == 1 { // how the document says "this, or null"
		s = s.OneOf[0].Value
	}
	is := func(want string) {
		t.Helper()
		if !s.Type.Is(want) {
			t.Errorf("%s: %s in Go, %v in the schema", path, typ, s.Type.Slice())
		}
	}
	switch {
	case typ == reflect.TypeFor[ongoingrest.Quantity](), typ == reflect.TypeFor[json.Number]():
		is("number")
	case typ == reflect.TypeFor[ongoingrest.Time]():
		is("string")
		if s.Format != "date-time" {
			t.Errorf("%s: a time in Go, format %q in the schema", path, s.Format)
		}
	case typ.Kind() == reflect.Pointer:
		fits(t, path, typ.Elem(), s, sent)
	case typ.Kind() == reflect.String:
		is("string")
		if s.Format != "" {
			t.Errorf("%s: plain text in Go, format %q in the schema", path, s.Format)
		}
	case typ.Kind() == reflect.Bool:
		is("boolean")
	case typ.Kind() == reflect.Int, typ.Kind() == reflect.Int64:
		is("integer")
	case typ.Kind() == reflect.Slice:
		is("array")
		if typ.Elem() == reflect.TypeFor[ongoingrest.OrderLine]() && strings.HasSuffix(path, ".subOrderLines") {
			return // a kit's lines are order lines again
		}
		fits(t, path+"[]", typ.Elem(), s.Items.Value, sent)
	case typ.Kind() == reflect.Map:
		is("object")
		for name, p := range s.Properties {
			fits(t, path+"."+name, typ.Elem(), p.Value, sent)
		}
	case typ.Kind() == reflect.Struct:
		is("object")
		fitsStruct(t, path, typ, s, sent)
	default:
		t.Errorf("%s: no rule for %s", path, typ)
	}
}

func fitsStruct(t *testing.T, path string, typ reflect.Type, s *openapi3.Schema, sent bool) {
	t.Helper()
	var always []string
	for f := range typ.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		if p == nil {
			t.Errorf("%s: the schema has no member %q", path, name)
			continue
		}
		if !strings.Contains(options, "omit") {
			always = append(always, name)
		}
		fits(t, path+"."+name, f.Type, p.Value, sent)
	}
	for _, name := range s.Required {
		if sent && !slices.Contains(always, name) {
			t.Errorf("%s: %q is required by the schema and may be left out here", path, name)
		}
	}
}

func TestRequestsFitTheSchema(t *testing.T) {
	yes := true
	cases := []struct {
		name, schema string
		body         any
	}{
		{"an order with everything set", "PostOrderModel", filled(reflect.TypeFor[ongoingrest.PutOrder]())},
		{"an order with what is required", "PostOrderModel", ongoingrest.PutOrder{
			GoodsOwnerID: 114, OrderNumber: "1001-EX1", DeliveryDate: at(t, "2026-11-22"),
			Lines: []ongoingrest.PutOrderLine{{RowNumber: "1", ArticleNumber: "JKT-BLU-L", NumberOfItems: 2, ShouldBePicked: &yes}},
		}},
		{"a return order with everything set", "PostReturnOrderModel", filled(reflect.TypeFor[ongoingrest.PutReturnOrder]())},
		{"a return order with what is required", "PostReturnOrderModel", ongoingrest.PutReturnOrder{
			GoodsOwnerID: 114, ReturnOrderNumber: "1001-R1", CustomerOrder: ongoingrest.OrderID{ID: 50163},
			Lines: []ongoingrest.PutReturnOrderLine{{RowNumber: "1", CustomerOrderLine: ongoingrest.OrderLineID{ID: 48838}, ToBeReturned: 1}},
		}},
		{"an order's status", "PatchOrderStatus", ongoingrest.PatchOrderStatus{Number: 300}},
		{"a return order's status", "PatchReturnOrderStatus", ongoingrest.PatchReturnOrderStatus{Number: 500}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			body, err := json.Marshal(c.body)
			if err != nil {
				t.Fatal(err)
			}
			if err := valid(t, c.schema, body); err != nil {
				t.Errorf("%s\n%v", body, err)
			}
		})
	}
}

// valid checks text against the schema.
func valid(t *testing.T, name string, text []byte) error {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return schema(t, name).VisitJSON(v)
}

// filled returns a value of typ with every member set.
func filled(typ reflect.Type) any {
	v := reflect.New(typ).Elem()
	fill(v)
	return v.Interface()
}

func fill(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[ongoingrest.Time]():
		at, _, err := ongoingrest.ParseTime("2026-11-22T10:30:00.1230000Z")
		if err != nil {
			panic(err)
		}
		v.Set(reflect.ValueOf(ongoingrest.Time{Time: at}))
	case v.Type() == reflect.TypeFor[json.Number]():
		v.SetString("899.50")
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("leaveAtDoor"), reflect.ValueOf(true))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case v.Kind() == reflect.String:
		v.SetString("text")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		v.SetInt(7)
	}
}

func at(t *testing.T, s string) ongoingrest.Time {
	t.Helper()
	got, _, err := ongoingrest.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return ongoingrest.Time{Time: got}
}

// decode reads text into v and refuses members that v does not know when strict.
func decode(text []byte, v any, strict bool) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if strict {
		d.DisallowUnknownFields()
	}
	return d.Decode(v)
}
