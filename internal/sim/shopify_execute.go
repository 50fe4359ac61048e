package sim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A gqlRun answers one operation: it walks the selection and asks each object for its fields. A field
// that must not be null and is takes its parent with it, as in GraphQL.
type gqlRun struct {
	schema  *ast.Schema
	vars    map[string]any
	errs    []*gqlError
	objects int // how many objects the answer holds
}

// gqlAnswer is an object of the answer, in the order of the selection.
type gqlAnswer []gqlMember

type gqlMember struct {
	key   string
	value any
}

// MarshalJSON writes the members in their order.
func (a gqlAnswer) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range a {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (x *gqlRun) fail(at []any, fields []*ast.Field, err *gqlError) {
	e := *err
	e.Path = at
	if pos := fields[0].Position; pos != nil {
		e.Locations = []gqlerror.Location{{Line: pos.Line, Column: pos.Column}}
	}
	x.errs = append(x.errs, &e)
}

// object answers what set selects from obj; false if a field that must not be null is.
func (x *gqlRun) object(obj gqlObject, set ast.SelectionSet, path []any) (any, bool) {
	x.objects++
	answer := gqlAnswer{}
	for _, fields := range x.collect(obj.gqlType(), set, nil) {
		value, ok := x.field(obj, fields, append(slices.Clone(path), fields[0].Alias))
		if !ok {
			return nil, false
		}
		answer = append(answer, gqlMember{fields[0].Alias, value})
	}
	return answer, true
}

// collect returns the fields that set selects from an object of this type, those with the same name in
// the answer together.
func (x *gqlRun) collect(typ string, set ast.SelectionSet, found [][]*ast.Field) [][]*ast.Field {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if !x.wanted(s.Directives) {
				continue
			}
			at := slices.IndexFunc(found, func(f []*ast.Field) bool { return f[0].Alias == s.Alias })
			if at < 0 {
				found = append(found, []*ast.Field{s})
			} else {
				found[at] = append(found[at], s)
			}
		case *ast.InlineFragment:
			if x.wanted(s.Directives) && x.fits(typ, s.TypeCondition) {
				found = x.collect(typ, s.SelectionSet, found)
			}
		case *ast.FragmentSpread:
			if x.wanted(s.Directives) && x.fits(typ, s.Definition.TypeCondition) {
				found = x.collect(typ, s.Definition.SelectionSet, found)
			}
		}
	}
	return found
}

// wanted says what @skip and @include say.
func (x *gqlRun) wanted(directives ast.DirectiveList) bool {
	on := func(d *ast.Directive) bool {
		flag, _ := gqlLiteral(d.Arguments.ForName("if").Value, x.vars).(bool)
		return flag
	}
	if d := directives.ForName("skip"); d != nil && on(d) {
		return false
	}
	if d := directives.ForName("include"); d != nil && !on(d) {
		return false
	}
	return true
}

func (x *gqlRun) fits(typ, condition string) bool {
	if condition == "" || condition == typ {
		return true
	}
	def := x.schema.Types[condition]
	return def.IsAbstractType() && slices.ContainsFunc(x.schema.GetPossibleTypes(def), func(d *ast.Definition) bool {
		return d.Name == typ
	})
}

func (x *gqlRun) field(obj gqlObject, fields []*ast.Field, path []any) (any, bool) {
	field := fields[0]
	if field.Name == "__typename" {
		return obj.gqlType(), true
	}
	def := x.schema.Types[obj.gqlType()].Fields.ForName(field.Name)
	args, bad := gqlArguments(x.schema, field, x.vars)
	if bad != nil {
		x.fail(path, fields, bad)
		return nil, !def.Type.NonNull
	}
	value := obj.gqlField(field.Name, args)
	switch v := value.(type) {
	case *gqlError:
		x.fail(path, fields, v)
		return nil, !def.Type.NonNull
	case unknownField:
		if def.Type.NonNull {
			x.fail(path, fields, gqlErrorf("NOT_SIMULATED", "not simulated: %s.%s", obj.gqlType(), field.Name))
			return nil, false
		}
		return nil, true
	case []gqlObject:
		if strings.HasSuffix(def.Type.NamedType, "Connection") {
			page, bad := gqlPage(def.Type.NamedType, v, args)
			if bad != nil {
				x.fail(path, fields, bad)
				return nil, !def.Type.NonNull
			}
			value = page
		} else if args.given("first") {
			value = v[:min(len(v), max(0, args.number("first")))]
		}
	}
	return x.complete(def.Type, value, fields, path)
}

// complete turns what a field holds into what the answer holds.
func (x *gqlRun) complete(t *ast.Type, value any, fields []*ast.Field, path []any) (any, bool) {
	switch v := value.(type) {
	case nil:
		if t.NonNull {
			x.fail(path, fields, gqlErrorf("INTERNAL_SERVER_ERROR", "the simulator has no value for the non-null field %s.%s",
				fields[0].ObjectDefinition.Name, fields[0].Name))
		}
		return nil, !t.NonNull
	case []gqlObject:
		list := make([]any, len(v))
		for i, item := range v {
			done, ok := x.complete(t.Elem, item, fields, append(slices.Clone(path), i))
			if !ok {
				return nil, !t.NonNull
			}
			list[i] = done
		}
		return list, true
	case gqlObject:
		var set ast.SelectionSet
		for _, f := range fields {
			set = append(set, f.SelectionSet...)
		}
		done, ok := x.object(v, set, path)
		if !ok {
			return nil, !t.NonNull
		}
		return done, true
	case time.Time:
		return gqlTime(v), true
	case []string:
		if v == nil {
			return []string{}, true
		}
		return v, true
	default:
		return v, true
	}
}
