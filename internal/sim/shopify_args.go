package sim

import "github.com/vektah/gqlparser/v2/ast"

// gqlArgs are the arguments of a field, or the members of an input object, after coercion. A member that
// was not given and has no default is absent.
type gqlArgs map[string]any

// text returns a string, an ID, an enum value or a decimal; "" if it is absent or null.
func (a gqlArgs) text(name string) string {
	s, _ := a[name].(string)
	return s
}

// number returns an Int; 0 if it is absent or null.
func (a gqlArgs) number(name string) int {
	n, _ := a[name].(int)
	return n
}

// flag returns a Boolean; false if it is absent or null.
func (a gqlArgs) flag(name string) bool {
	b, _ := a[name].(bool)
	return b
}

// given reports whether a member is there and not null.
func (a gqlArgs) given(name string) bool { return a[name] != nil }

// input returns an input object; nil, which reads like an empty one, if it is absent or null.
func (a gqlArgs) input(name string) gqlArgs {
	m, _ := a[name].(map[string]any)
	return m
}

// inputs returns a list of input objects.
func (a gqlArgs) inputs(name string) []gqlArgs {
	items, _ := a[name].([]any)
	list := make([]gqlArgs, 0, len(items))
	for _, item := range items {
		m, _ := item.(map[string]any)
		list = append(list, m)
	}
	return list
}

// texts returns a list of strings, IDs or enum values.
func (a gqlArgs) texts(name string) []string {
	items, _ := a[name].([]any)
	list := make([]string, 0, len(items))
	for _, item := range items {
		s, _ := item.(string)
		list = append(list, s)
	}
	return list
}

// gqlArguments returns the arguments of a field as written in the document, with defaults.
func gqlArguments(schema *ast.Schema, field *ast.Field, vars map[string]any) (gqlArgs, *gqlError) {
	args := gqlArgs{}
	for _, def := range field.Definition.Arguments {
		written := field.Arguments.ForName(def.Name)
		var value any
		has := written != nil
		if has && written.Value.Kind == ast.Variable {
			_, has = vars[written.Value.Raw]
		}
		switch {
		case has:
			value = gqlLiteral(written.Value, vars)
		case def.DefaultValue != nil:
			value = gqlLiteral(def.DefaultValue, nil)
		case !def.Type.NonNull:
			continue
		}
		c := gqlCoercer{schema: schema}
		args[def.Name] = c.coerce(def.Type, value)
		if c.problem != nil {
			return nil, gqlErrorf("argumentLiteralsIncompatible", "Argument '%s' on Field '%s' has an invalid value. %s",
				def.Name, field.Name, c.problem.Explanation)
		}
	}
	return args, nil
}
