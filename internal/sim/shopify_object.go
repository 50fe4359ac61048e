package sim

import (
	"slices"
	"time"
)

// A gqlObject is something that a document can select from. What gqlField returns for a field is one of
//
//   - nil, a string, an int, an int64, a bool or a time: a value
//   - a gqlObject, []gqlObject or []string; a connection takes []gqlObject too
//   - a *gqlError: the field cannot be answered
//   - notSimulated: the field exists in the schema, but not here
type gqlObject interface {
	gqlType() string
	gqlField(name string, args gqlArgs) any
}

// notSimulated is the value of a field that the simulator does not know. It reads as null where the
// schema allows null, and is an error elsewhere, so that nobody takes it for an answer.
const notSimulated = unknownField("not simulated")

type unknownField string

// A gqlFields is an object given by its values. A field that is not among them is not simulated.
type gqlFields struct {
	typ    string
	values map[string]any
}

func (f gqlFields) gqlType() string { return f.typ }

func (f gqlFields) gqlField(name string, _ gqlArgs) any {
	if v, has := f.values[name]; has {
		return v
	}
	return notSimulated
}

// gqlList returns items as a list that a field can hold.
func gqlList[T gqlObject](items []T) []gqlObject {
	list := make([]gqlObject, len(items))
	for i, item := range items {
		list[i] = item
	}
	return list
}

// gqlWhere returns those of items for which keep holds, as a list that a field can hold.
func gqlWhere[T gqlObject](items []T, keep func(T) bool) []gqlObject {
	var list []gqlObject
	for _, item := range items {
		if keep(item) {
			list = append(list, item)
		}
	}
	return list
}

// gqlReversed returns list in the order that the argument reverse asks for.
func gqlReversed(list []gqlObject, args gqlArgs) []gqlObject {
	if args.flag("reverse") {
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	return list
}

// gqlTime returns t the way Shopify prints a DateTime, or nil if there is none.
func gqlTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// gqlText returns s, or nil if it is empty.
func gqlText(s string) any {
	if s == "" {
		return nil
	}
	return s
}
