package sim

import (
	"encoding/json"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// A gqlRequest is the body of a call.
type gqlRequest struct {
	Query         string                     `json:"query"`
	Variables     map[string]json.RawMessage `json:"variables"`
	OperationName string                     `json:"operationName"`
	Extensions    json.RawMessage            `json:"extensions"`
}

// gqlDocuments keeps the documents that were parsed and found valid, by their text: clients send few
// different ones, many times.
type gqlDocuments struct {
	mu    sync.Mutex
	valid map[string]*ast.QueryDocument
}

// gqlKept is how many documents are kept at most.
const gqlKept = 500

// parse returns the document of this text, checked against the whole schema.
func (d *gqlDocuments) parse(text string) (*ast.QueryDocument, []*gqlError) {
	d.mu.Lock()
	doc := d.valid[text]
	d.mu.Unlock()
	if doc != nil {
		return doc, nil
	}
	if text == "" {
		return nil, []*gqlError{{Message: "No query string was present"}}
	}
	doc, errs := gqlparser.LoadQueryWithRules(shopSchema(), text, rules.NewDefaultRules())
	if len(errs) > 0 {
		return nil, gqlInvalid(errs)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.valid == nil || len(d.valid) >= gqlKept {
		d.valid = map[string]*ast.QueryDocument{}
	}
	d.valid[text] = doc
	return doc, nil
}

// gqlOperation picks the operation to run: the one named, or the only one.
func gqlOperation(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, *gqlError) {
	switch {
	case name == "" && len(doc.Operations) == 1:
		return doc.Operations[0], nil
	case name == "":
		return nil, &gqlError{Message: "An operation name is required"}
	}
	if op := doc.Operations.ForName(name); op != nil {
		return op, nil
	}
	return nil, &gqlError{Message: "No operation named \"" + name + "\""}
}

// gqlRootFields returns the names of the root fields that op asks for, in order.
func gqlRootFields(op *ast.OperationDefinition) []string {
	var names []string
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				names = append(names, s.Name)
			case *ast.InlineFragment:
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				walk(s.Definition.SelectionSet)
			}
		}
	}
	walk(op.SelectionSet)
	return names
}
