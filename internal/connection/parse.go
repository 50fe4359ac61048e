package connection

import (
	"errors"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Options widen what Parse accepts.
type Options struct {
	AllowHosts []string // HOST:PORT beyond the vendors' own, for rehearsals; also by plain http
}

// file is connections.yaml.
type file struct {
	Connections []Connection `yaml:"connections"`
}

// Parse reads connections.yaml, with each ${NAME} replaced by what getenv says, defaults filled in and
// addresses in their short form.
//
// Errors: Faults, with everything that is wrong; then no connection is returned.
func Parse(data []byte, getenv func(string) string, o Options) ([]Connection, error) {
	root, err := parseTree(data)
	if err != nil {
		return nil, err
	}
	d := &decoder{getenv: getenv, lines: map[string]int{"": 1}, broken: map[string]bool{}}
	var f file
	d.decode(root, reflect.ValueOf(&f).Elem(), "")
	if len(f.Connections) == 0 && len(d.faults) == 0 {
		d.fault("connections", "there is none")
	}
	for i := range f.Connections {
		f.Connections[i].settle()
	}
	d.check(f, allowed(o.AllowHosts))
	if err := d.faults.asError(); err != nil {
		return nil, err
	}
	return f.Connections, nil
}

// parseTree reads the one YAML document of data.
func parseTree(data []byte) (root ast.Node, err error) {
	defer func() {
		if recover() != nil { // the YAML library's scanner is not proof against every input
			root, err = nil, Faults{{1, "", "this is not YAML"}}
		}
	}()
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Faults{syntaxFault(err)}
	}
	for _, doc := range tree.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.NullType:
		case root != nil:
			return nil, Faults{{doc.Body.GetToken().Position.Line, "", "a second document begins: there may be only one"}}
		default:
			root = doc.Body
		}
	}
	if root == nil {
		return nil, Faults{{1, "", "the file is empty"}}
	}
	return root, nil
}

// syntaxFault keeps the place and the reason, not the excerpt of the file, which may hold a secret.
func syntaxFault(err error) Fault {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil {
		return Fault{1, "", "this is not YAML"}
	}
	reason, _, _ := strings.Cut(syntax.Message, `: "`) // what the file says there
	return Fault{syntax.Token.Position.Line, "", "this is not YAML: " + reason}
}
