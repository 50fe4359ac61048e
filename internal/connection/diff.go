package connection

import (
	"fmt"
	"reflect"
	"strings"
)

// Change is one setting that differs. A secret shows only that it does.
type Change struct {
	Field string `json:"field"` // ongoing.username
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Diff lists what differs from old to new, in the order of connections.yaml. A new connection is compared
// with the zero Connection.
func Diff(old, new Connection) []Change {
	before, after := map[string]setting{}, map[string]setting{}
	order := flatten(reflect.ValueOf(old), "", before, nil)
	order = flatten(reflect.ValueOf(new), "", after, order)
	var changes []Change
	done := map[string]bool{}
	for _, field := range order {
		was, is := before[field], after[field]
		if done[field] || was == is {
			continue
		}
		done[field] = true
		change := Change{Field: field, Old: was.shown, New: is.shown}
		if was.secret != "" && is.secret != "" {
			change.New = "changed"
		}
		changes = append(changes, change)
	}
	return changes
}

// setting is a field's value as it is shown, and what tells two secrets apart.
type setting struct{ shown, secret string }

// flatten puts every leaf of v into out by its path, and its path behind order.
func flatten(v reflect.Value, path string, out map[string]setting, order []string) []string {
	switch value := v.Interface().(type) {
	case Secret:
		return leaf(path, setting{value.String(), value.Reveal()}, out, order)
	case Token:
		return leaf(path, setting{fmt.Sprint(value), value.hex()}, out, order)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return order
		}
		return flatten(v.Elem(), path, out, order)
	case reflect.Struct:
		for i := range v.NumField() {
			if tag := v.Type().Field(i).Tag.Get("yaml"); tag != notInFile {
				order = flatten(v.Field(i), join(path, tag), out, order)
			}
		}
		return order
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			return leaf(path, setting{shown: listShown(v)}, out, order)
		}
		for i := range v.Len() {
			order = flatten(v.Index(i), fmt.Sprintf("%s[%d]", path, i), out, order)
		}
		return order
	}
	if v.IsZero() && v.Kind() != reflect.Bool {
		return leaf(path, setting{}, out, order)
	}
	return leaf(path, setting{shown: fmt.Sprint(v.Interface())}, out, order)
}

// leaf notes one setting.
func leaf(path string, s setting, out map[string]setting, order []string) []string {
	out[path] = s
	return append(order, path)
}

// listShown writes a list of texts as connections.yaml does.
func listShown(v reflect.Value) string {
	if v.Len() == 0 {
		return ""
	}
	texts := make([]string, v.Len())
	for i := range texts {
		texts[i] = v.Index(i).String()
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
