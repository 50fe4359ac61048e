package connection

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// decoder fills structs from a YAML tree. Unlike yaml.Unmarshal it goes on after a fault, so that one
// reading reports them all, and it notes the line of every field for the checks that come after.
type decoder struct {
	getenv func(string) string
	lines  map[string]int
	broken map[string]bool // fields with a fault already: what else is wrong with them would only confuse
	faults Faults
}

// fault notes what is wrong with the field at path.
func (d *decoder) fault(path, format string, args ...any) {
	d.broken[path] = true
	d.faults = append(d.faults, Fault{d.line(path), path, fmt.Sprintf(format, args...)})
}

// line is where path stands in the file, or else its nearest parent.
func (d *decoder) line(path string) int {
	for path != "" {
		if line, ok := d.lines[path]; ok {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return d.lines[""]
}

// decode puts node into v, which is settable. An empty value leaves v as it is.
func (d *decoder) decode(node ast.Node, v reflect.Value, path string) {
	switch node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.fault(path, "anchors, aliases and tags are not understood here: write the setting out")
		return
	}
	_, text := v.Addr().Interface().(encoding.TextUnmarshaler)
	section := !text && (v.Kind() == reflect.Struct || v.Kind() == reflect.Pointer)
	if _, empty := node.(*ast.NullNode); empty && section {
		d.fault(path, "is empty: fill it in or leave it out")
		return
	} else if empty {
		return
	}
	if text {
		d.scalar(node, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.decode(node, v.Elem(), path)
	case reflect.Struct:
		d.fields(node, v, path)
	case reflect.Slice:
		d.list(node, v, path)
	default:
		d.scalar(node, v, path)
	}
}

// fields fills the struct v from a mapping.
func (d *decoder) fields(node ast.Node, v reflect.Value, path string) {
	if p, ok := v.Addr().Interface().(*Portal); ok {
		*p = defaultPortal()
	}
	mapping, ok := node.(ast.MapNode)
	if !ok {
		d.fault(path, "must hold settings, one a line, indented")
		return
	}
	seen := map[string]bool{}
	for entry := mapping.MapRange(); entry.Next(); {
		key := entry.Key().GetToken()
		at := join(path, key.Value)
		field, known := fieldNamed(v, key.Value)
		switch {
		case seen[key.Value]:
			d.faults = append(d.faults, Fault{key.Position.Line, at, "is given twice"})
		case !known:
			d.lines[at] = key.Position.Line
			d.fault(at, "is not a setting; here there are: %s", strings.Join(fieldNames(v.Type()), ", "))
		default:
			d.lines[at] = key.Position.Line
			d.decode(entry.Value(), field, at)
		}
		seen[key.Value] = true
	}
}

// list fills the slice v from a sequence.
func (d *decoder) list(node ast.Node, v reflect.Value, path string) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.fault(path, "must be a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values)))
	for i, entry := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.lines[at] = entry.GetToken().Position.Line
		if c, ok := v.Index(i).Addr().Interface().(*Connection); ok {
			*c = defaults()
		}
		d.decode(entry, v.Index(i), at)
	}
}

// scalar fills v from a single value. Text is taken as written: an unquoted password of digits keeps its zeros.
func (d *decoder) scalar(node ast.Node, v reflect.Value, path string) {
	text, ok := written(node)
	if !ok {
		d.fault(path, "must be a single value")
		return
	}
	text, problems := expand(text, d.getenv)
	for _, p := range problems {
		d.fault(path, "%s", p)
	}
	if problems != nil {
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			d.fault(path, "%s", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			d.fault(path, "must be a whole number")
			return
		}
		v.SetInt(int64(n))
	case reflect.Bool:
		yes := strings.EqualFold(text, "true")
		if !yes && !strings.EqualFold(text, "false") {
			d.fault(path, "must be true or false")
			return
		}
		v.SetBool(yes)
	default:
		panic("connection: no way to read a " + v.Type().String())
	}
}

// written is a scalar's text, unquoted.
func written(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case ast.ScalarNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// notInFile is the yaml name of what a file cannot set.
const notInFile = "-"

// fieldNamed finds v's field by its yaml name.
func fieldNamed(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag.Get("yaml"); tag == name && tag != notInFile {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// fieldNames lists t's yaml names.
func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != notInFile {
			names = append(names, tag)
		}
	}
	return names
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
