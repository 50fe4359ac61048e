package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// A gqlProblem says where in a value something is wrong, and what.
type gqlProblem struct {
	Path        []any  `json:"path"`
	Explanation string `json:"explanation"`
}

// gqlVariables returns the variables of op, checked and with defaults filled in. Unlike many servers it
// is as strict as Shopify: no number for a string, no enum value in another case, no member that the
// schema does not know, and exactly one member, not null, of a @oneOf input.
func gqlVariables(schema *ast.Schema, op *ast.OperationDefinition, given map[string]json.RawMessage) (map[string]any, *gqlError) {
	vars := map[string]any{}
	for _, def := range op.VariableDefinitions {
		raw, has := given[def.Variable]
		if !has {
			if def.DefaultValue != nil {
				c := gqlCoercer{schema: schema} // the validator has passed the default
				vars[def.Variable] = c.coerce(def.Type, gqlLiteral(def.DefaultValue, nil))
				continue
			}
			if def.Type.NonNull {
				return nil, gqlBadVariable(def, nil, gqlProblem{Path: []any{}, Explanation: "Expected value to not be null"})
			}
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, gqlBadVariable(def, nil, gqlProblem{Path: []any{}, Explanation: err.Error()})
		}
		c := gqlCoercer{schema: schema}
		coerced := c.coerce(def.Type, value)
		if c.problem != nil {
			return nil, gqlBadVariable(def, value, *c.problem)
		}
		vars[def.Variable] = coerced
	}
	return vars, nil
}

func gqlBadVariable(def *ast.VariableDefinition, value any, p gqlProblem) *gqlError {
	at := make([]string, len(p.Path))
	for i, step := range p.Path {
		at[i] = fmt.Sprint(step)
	}
	text := fmt.Sprintf("Variable $%s of type %s was provided invalid value", def.Variable, def.Type)
	if len(at) > 0 {
		text += fmt.Sprintf(" for %s (%s)", strings.Join(at, "."), p.Explanation)
	}
	err := gqlErrorf("INVALID_VARIABLE", "%s", text)
	err.Extensions["value"] = value
	err.Extensions["problems"] = []gqlProblem{p}
	return err
}

// A gqlCoercer turns values into the Go values that resolvers work with: string (also IDs, enums, and
// decimals, which keep their text), int, json.Number (a Float), bool, []any, map[string]any, nil.
type gqlCoercer struct {
	schema  *ast.Schema
	path    []any
	problem *gqlProblem
}

func (c *gqlCoercer) fail(format string, args ...any) any {
	if c.problem == nil {
		c.problem = &gqlProblem{Path: append([]any{}, c.path...), Explanation: fmt.Sprintf(format, args...)}
	}
	return nil
}

// coerce returns v as a value of type t. A value that was coerced before comes back as it is.
func (c *gqlCoercer) coerce(t *ast.Type, v any) any {
	if v == nil {
		if t.NonNull {
			return c.fail("Expected value to not be null")
		}
		return nil
	}
	if t.Elem != nil {
		items, many := v.([]any)
		if !many {
			return []any{c.coerce(t.Elem, v)}
		}
		list := make([]any, len(items))
		for i, item := range items {
			c.path = append(c.path, i)
			list[i] = c.coerce(t.Elem, item)
			c.path = c.path[:len(c.path)-1]
		}
		return list
	}
	switch def := c.schema.Types[t.NamedType]; def.Kind {
	case ast.InputObject:
		return c.input(def, v)
	case ast.Enum:
		if name, is := v.(string); is && def.EnumValues.ForName(name) != nil {
			return name
		}
		names := make([]string, len(def.EnumValues))
		for i, value := range def.EnumValues {
			names[i] = value.Name
		}
		return c.fail("Expected %s to be one of: %s", gqlShow(v), strings.Join(names, ", "))
	default:
		return c.scalar(def.Name, v)
	}
}

func (c *gqlCoercer) input(def *ast.Definition, v any) any {
	given, is := v.(map[string]any)
	if !is {
		return c.fail("Expected %s to be a key-value object.", gqlShow(v))
	}
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if def.Fields.ForName(name) == nil {
			c.path = append(c.path, name)
			c.fail("Field is not defined on %s", def.Name)
			c.path = c.path[:len(c.path)-1]
		}
	}
	if def.Directives.ForName("oneOf") != nil {
		if len(given) != 1 || given[names[0]] == nil {
			return c.fail("'%s' requires exactly one argument, but %d were provided.", def.Name, gqlCount(given))
		}
	}
	members := map[string]any{}
	for _, field := range def.Fields {
		value, has := given[field.Name]
		if !has && field.DefaultValue != nil {
			value, has = gqlLiteral(field.DefaultValue, nil), true
		}
		if !has && !field.Type.NonNull {
			continue
		}
		c.path = append(c.path, field.Name)
		members[field.Name] = c.coerce(field.Type, value)
		c.path = c.path[:len(c.path)-1]
	}
	return members
}

func gqlCount(given map[string]any) int {
	n := 0
	for _, v := range given {
		if v != nil {
			n++
		}
	}
	return n
}

func (c *gqlCoercer) scalar(name string, v any) any {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch name {
	case "Int":
		if whole, is := v.(int); is {
			return whole
		}
		n, err := strconv.ParseInt(string(number), 10, 64)
		if isNumber && err == nil && n >= math.MinInt32 && n <= math.MaxInt32 {
			return int(n)
		}
	case "Float":
		if isNumber {
			return number
		}
	case "Boolean":
		if flag, is := v.(bool); is {
			return flag
		}
	case "ID":
		if _, err := number.Int64(); isNumber && err == nil {
			return string(number)
		}
		if isText {
			return text
		}
	case "Decimal", "Money":
		if isNumber {
			return string(number)
		}
		if isText && gqlDecimal(text) {
			return text
		}
	case "DateTime":
		if _, err := time.Parse(time.RFC3339, text); isText && err == nil {
			return text
		}
	case "JSON":
		return v
	default:
		if isText {
			return text
		}
	}
	return c.fail("Could not coerce value %s to %s", gqlShow(v), name)
}

// gqlDecimal reports whether text is a plain decimal: digits, perhaps a sign and a point.
func gqlDecimal(text string) bool {
	whole, part, point := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!point || digits(part))
}

func gqlShow(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// gqlLiteral returns what a value written in a document stands for. A variable that was not given is
// absent: from an object it is left out, elsewhere it is nil.
func gqlLiteral(v *ast.Value, vars map[string]any) any {
	switch v.Kind {
	case ast.Variable:
		return vars[v.Raw]
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw)
	case ast.BooleanValue:
		return v.Raw == "true"
	case ast.NullValue:
		return nil
	case ast.ListValue:
		list := make([]any, len(v.Children))
		for i, child := range v.Children {
			list[i] = gqlLiteral(child.Value, vars)
		}
		return list
	case ast.ObjectValue:
		object := map[string]any{}
		for _, child := range v.Children {
			if _, given := vars[child.Value.Raw]; child.Value.Kind == ast.Variable && !given {
				continue
			}
			object[child.Name] = gqlLiteral(child.Value, vars)
		}
		return object
	default:
		return v.Raw
	}
}
