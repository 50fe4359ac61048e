package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v2"

	"github.com/tradeback/tradeback/internal/exchange"
	"github.com/tradeback/tradeback/internal/strictjson"
)

// exchangeInput asks for an exchange: of a Shopify return that exists, or by lines.
type exchangeInput struct {
	Connection      string `json:"connection" validate:"required,max=40"`
	Instant         *bool  `json:"instant,omitempty"`
	Reference       string `json:"reference,omitempty" validate:"max=120,text"`
	ShopifyReturnID string `json:"shopify_return_id,omitempty" validate:"required_without=ShopifyOrderID,excluded_with=ShopifyOrderID,omitempty,gid=Return"`

	ShopifyOrderID string              `json:"shopify_order_id,omitempty" validate:"omitempty,gid=Order"`
	ReturnLines    []returnLineInput   `json:"return_lines,omitempty" validate:"required_with=ShopifyOrderID,excluded_with=ShopifyReturnID,omitempty,min=1,max=250,dive"`
	ExchangeLines  []exchangeLineInput `json:"exchange_lines,omitempty" validate:"required_with=ShopifyOrderID,excluded_with=ShopifyReturnID,omitempty,min=1,max=250,dive"`
}

type returnLineInput struct {
	FulfillmentLineItemID string `json:"fulfillment_line_item_id" validate:"required,gid=FulfillmentLineItem"`
	Quantity              int    `json:"quantity" validate:"min=1,max=10000"`
	Reason                string `json:"reason,omitempty" validate:"omitempty,oneof=COLOR DEFECTIVE NOT_AS_DESCRIBED OTHER SIZE_TOO_LARGE SIZE_TOO_SMALL STYLE UNKNOWN UNWANTED WRONG_ITEM"`
}

type exchangeLineInput struct {
	VariantID string `json:"variant_id" validate:"required,gid=ProductVariant"`
	Quantity  int    `json:"quantity" validate:"min=1,max=10000"`
}

// cancelInput calls an exchange off.
type cancelInput struct {
	Reason string `json:"reason,omitempty" validate:"max=200,text"`
}

// acceptInput accepts a partial return.
type acceptInput struct {
	Reason string `json:"reason" validate:"required,max=200,text"`
}

// settleInput decides about an exchange's money.
type settleInput struct {
	As     string       `json:"as" validate:"required,oneof=paid_elsewhere written_off collect_again"`
	Amount *amountInput `json:"amount,omitempty" validate:"excluded_if=As collect_again"`
	Reason string       `json:"reason" validate:"required,max=200,text"`
}

// amountInput is an amount of money above zero.
type amountInput struct {
	Minor    int64  `json:"minor" validate:"min=1"`
	Currency string `json:"currency" validate:"currency"`
}

// said is what the exchange is told.
func (in settleInput) said() exchange.Said {
	s := exchange.Said{What: exchange.Decision(in.As), Reason: in.Reason}
	if in.Amount != nil {
		s.Amount = &exchange.Money{Minor: in.Amount.Minor, Currency: in.Amount.Currency}
	}
	return s
}

// request is what the exchange is told.
func (in exchangeInput) request() *exchange.Request {
	r := &exchange.Request{
		ReturnID: in.ShopifyReturnID, OrderID: in.ShopifyOrderID, Reference: in.Reference, Instant: in.Instant,
	}
	for _, l := range in.ReturnLines {
		r.ReturnLines = append(r.ReturnLines, exchange.WantedReturnLine(l))
	}
	for _, l := range in.ExchangeLines {
		r.ExchangeLines = append(r.ExchangeLines, exchange.WantedExchangeLine(l))
	}
	return r
}

// shopifyGID is what every one of Shopify's ids looks like; its kind is checked beside it.
var shopifyGID = regexp.MustCompile(`^gid://shopify/([A-Za-z]+)/[1-9][0-9]{0,19}$`)

// currencyCode is what ISO 4217's codes look like.
var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

var check = newValidator()

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	must := func(err error) {
		if err != nil {
			panic("rest: " + err.Error())
		}
	}
	must(v.RegisterValidation("gid", func(f validator.FieldLevel) bool {
		m := shopifyGID.FindStringSubmatch(f.Field().String())
		return m != nil && m[1] == f.Param()
	}))
	must(v.RegisterValidation("currency", func(f validator.FieldLevel) bool { return currencyCode.MatchString(f.Field().String()) }))
	must(v.RegisterValidation("time", func(f validator.FieldLevel) bool {
		_, ok := moment(f.Field().String())
		return ok
	}))
	must(v.RegisterValidation("text", func(f validator.FieldLevel) bool {
		return strings.IndexFunc(f.Field().String(), unicode.IsControl) < 0
	}))
	return v
}

// decode reads the body into v, a pointer to one of the inputs, and checks it.
//
// Errors: ErrMedia; InvalidError with each wrong field.
func decode(c *fiber.Ctx, v any) error {
	h := &c.Request().Header
	kind, _, _ := strings.Cut(string(h.ContentType()), ";")
	if len(h.Peek(fiber.HeaderContentEncoding)) > 0 || !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationJSON) {
		return ErrMedia
	}
	body := c.BodyRaw()
	if err := strictjson.Check(body); err != nil {
		return &InvalidError{Reason: err.Error()}
	}
	if name := stranger(body, reflect.TypeOf(v)); name != "" {
		return &InvalidError{Fields: []FieldError{{name, "is not a field of this"}}}
	}
	if err := json.Unmarshal(body, v); err != nil {
		return misread(err)
	}
	var wrong validator.ValidationErrors
	if err := check.Struct(v); errors.As(err, &wrong) {
		return &InvalidError{Fields: fieldErrors(wrong)}
	} else if err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	return nil
}

// stranger is a member of body that is none of t's fields, by its very name: encoding/json would take one that is written
// in other letters, beside the right one too.
func stranger(body []byte, t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return stranger(body, t.Elem())
	case reflect.Slice:
		var list []json.RawMessage
		_ = json.Unmarshal(body, &list) // what has another type is told by misread
		for _, one := range list {
			if name := stranger(one, t.Elem()); name != "" {
				return name
			}
		}
	case reflect.Struct:
		var members map[string]json.RawMessage
		_ = json.Unmarshal(body, &members)
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if other := stranger(members[name], f.Type); other != "" {
				return other
			}
			delete(members, name)
		}
		if others := slices.Sorted(maps.Keys(members)); len(others) > 0 {
			return others[0]
		}
	}
	return ""
}

// misread says which field of a body has another type.
func misread(err error) error {
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) {
		if other.Field == "" {
			return &InvalidError{Reason: "the body must be an object"}
		}
		must, is := "must be "+typeName(other.Type), kindOf(other.Value)
		if is != "a number" { // a fraction is one, too
			must += ", not " + is
		}
		return &InvalidError{Fields: []FieldError{{other.Field, must}}}
	}
	return &InvalidError{Reason: "the body cannot be read"}
}

// kindOf leaves out the value that encoding/json may name beside a number.
func kindOf(value string) string {
	switch kind, _, _ := strings.Cut(value, " "); kind {
	case "array", "object":
		return "an " + kind
	default:
		return "a " + kind
	}
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}

// fieldErrors says in words what the validator found.
func fieldErrors(wrong validator.ValidationErrors) []FieldError {
	var out []FieldError
	for _, w := range wrong {
		_, field, _ := strings.Cut(w.Namespace(), ".")
		out = append(out, FieldError{field, sentence(w)})
	}
	return out
}

func sentence(w validator.FieldError) string {
	switch w.Tag() {
	case "required":
		return "is missing"
	case "required_without":
		return "is missing: give it, or shopify_order_id with return_lines and exchange_lines"
	case "required_with":
		return "is missing: shopify_order_id asks for an exchange by its lines"
	case "excluded_with":
		return "cannot stand beside " + map[string]string{
			"ShopifyOrderID": "shopify_order_id", "ShopifyReturnID": "shopify_return_id",
		}[w.Param()]
	case "gid":
		return "must be an id like gid://shopify/" + w.Param() + "/1"
	case "excluded_if":
		return "cannot stand beside collect_again"
	case "currency":
		return "must be three capital letters, as SEK"
	case "text":
		return "must not have control characters"
	case "oneof":
		return "must be one of " + w.Param()
	case "min":
		if k := w.Kind(); k == reflect.Slice || k == reflect.String { // none of them asks for more than one
			return "must not be empty"
		}
		return "must be at least " + w.Param()
	case "time":
		return "must be a time like 2026-11-22T10:00:00Z"
	case "max":
		if w.Kind() == reflect.Int {
			return "must be at most " + w.Param()
		}
		return "must not be longer than " + w.Param()
	default:
		return "is not right (" + w.Tag() + ")"
	}
}
