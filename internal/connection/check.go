package connection

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-playground/validator/v10"
)

// patterns are the checks of one field that the validator does not bring along, and what each wants.
var patterns = map[string]struct {
	re   *regexp.Regexp
	want string
}{
	"connection_name": {regexp.MustCompile(`^[a-z0-9-]{1,40}$`), "must be 1 to 40 of a-z, 0-9 and -"},
	"location_gid":    {regexp.MustCompile(`^gid://shopify/Location/[0-9]+$`), "must be like gid://shopify/Location/1"},
	"header_name":     {regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`), "must be the name of a header"},
	"json_pointer":    {regexp.MustCompile(`^(/([^~/]|~[01])+)+$`), "must be a JSON pointer such as /data/id"},
	"currency":        {regexp.MustCompile(`^[A-Z]{3}$`), "must be a currency such as SEK"},
	"article_number":  {regexp.MustCompile(`^(sku|barcode|[A-Za-z0-9_$:-]{2,255}\.[A-Za-z0-9_-]{2,64})$`), "must be sku, barcode, or a variant metafield as namespace.key"},
}

// rules checks the tags of Connection and names fields as connections.yaml does.
var rules = func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("yaml") })
	v.RegisterCustomTypeFunc(func(f reflect.Value) any {
		s, _ := reflect.TypeAssert[Secret](f)
		return s.Reveal()
	}, Secret{})
	for tag, p := range patterns {
		if err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool { return p.re.MatchString(f.Field().String()) }); err != nil {
			panic("connection: " + err.Error())
		}
	}
	return v
}()

// check holds f against all rules: those of single fields, then those between fields and connections.
func (d *decoder) check(f file, hosts allowed) {
	for i := range f.Connections {
		c := &f.Connections[i]
		at := fmt.Sprintf("connections[%d]", i)
		d.checkFields(*c, at)
		d.checkAddresses(c, at, hosts)
		d.checkStatuses(*c, at)
		d.checkCredentials(c.Shopify, at)
		d.checkSlots(*c, at)
		d.checkExchanges(*c, at)
		d.checkSubscribers(*c, at, hosts)
	}
	d.checkUnique(f.Connections)
}

// checkFields reports what the tags of c forbid.
func (d *decoder) checkFields(c Connection, at string) {
	var wrong validator.ValidationErrors
	if !errors.As(rules.Struct(c), &wrong) {
		return
	}
	for _, w := range wrong {
		path := at + strings.TrimPrefix(w.Namespace(), "Connection")
		if !d.has(path) {
			d.fault(path, "%s", wants(w))
		}
	}
}

// has reports whether path, or a part of it, has a fault already.
func (d *decoder) has(path string) bool {
	for ; path != ""; path = path[:max(strings.LastIndexAny(path, ".["), 0)] {
		if d.broken[path] {
			return true
		}
	}
	return false
}

// wants says what the rule asks of the field, without repeating what is there: it may be a secret.
func wants(w validator.FieldError) string {
	if p, ok := patterns[w.Tag()]; ok {
		return p.want
	}
	list := w.Kind() == reflect.Slice
	switch w.Tag() {
	case "required":
		return "is missing"
	case "required_without":
		return "is missing: it or reference is needed to know the return"
	case "startswith":
		return "must begin with " + w.Param()
	case "excludes":
		return "must be without " + w.Param()
	case "oneof":
		return "must be one of " + strings.Join(strings.Fields(w.Param()), ", ")
	case "min", "max":
		return map[string]string{"min": "must be at least ", "max": "must be at most "}[w.Tag()] + w.Param() + map[bool]string{true: " long"}[list]
	}
	return "breaks the rule " + w.Tag()
}
