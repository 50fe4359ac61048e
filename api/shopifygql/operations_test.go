package shopifygql_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func load(t *testing.T) (*ast.Schema, *ast.QueryDocument) {
	t.Helper()
	sdl, err := os.ReadFile("admin-2026-10-subset.graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "admin-2026-10-subset.graphql", Input: string(sdl)})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("operations.graphql")
	if err != nil {
		t.Fatal(err)
	}
	doc, list := gqlparser.LoadQueryWithRules(schema, string(text), rules.NewDefaultRules())
	if len(list) > 0 {
		t.Fatal(list)
	}
	return schema, doc
}

// personal are members that tell who a customer is, or hold text that people write about them.
var personal = []string{
	"customer", "email", "phone", "note", "address", "address1", "address2", "city", "zip", "firstName", "lastName",
	"billingAddress", "shippingAddress", "destination", "customAttributes", "reasonNotes", "returnReasonNote", "customerNote",
}

func TestNoOperationSelectsPersonalData(t *testing.T) {
	_, doc := load(t)
	var walk func(where string, set ast.SelectionSet)
	walk = func(where string, set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				if slices.Contains(personal, s.Name) {
					t.Errorf("%s selects %s", where, s.Name)
				}
				walk(where+"."+s.Name, s.SelectionSet)
			case *ast.InlineFragment:
				walk(where, s.SelectionSet)
			}
		}
	}
	for _, o := range doc.Operations {
		walk(o.Name, o.SelectionSet)
	}
	for _, f := range doc.Fragments {
		walk(f.Name, f.SelectionSet)
	}
}

func TestWhatIsCutShortSaysSo(t *testing.T) {
	schema, doc := load(t)
	var walk func(where string, set ast.SelectionSet)
	walk = func(where string, set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				def := schema.Types[s.Definition.Type.Name()]
				if strings.HasSuffix(def.Name, "Connection") && !selects(s.SelectionSet, "pageInfo") {
					t.Errorf("%s.%s does not ask whether there is more", where, s.Name)
				}
				walk(where+"."+s.Name, s.SelectionSet)
			case *ast.InlineFragment:
				walk(where, s.SelectionSet)
			}
		}
	}
	for _, o := range doc.Operations {
		walk(o.Name, o.SelectionSet)
	}
	for _, f := range doc.Fragments {
		walk(f.Name, f.SelectionSet)
	}
}

func selects(set ast.SelectionSet, name string) bool {
	return slices.ContainsFunc(set, func(s ast.Selection) bool {
		f, ok := s.(*ast.Field)
		return ok && f.Name == name
	})
}

// budget is how dear an operation may get by our estimate. Shopify refuses above 1,000, and the
// estimate is rough, so there is room.
const budget = 500

// TestEveryOperationIsWellBelowTheLimit estimates what each operation costs, and keeps README.md's
// table true.
func TestEveryOperationIsWellBelowTheLimit(t *testing.T) {
	_, doc := load(t)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range doc.Operations {
		points := cost(o.SelectionSet)
		if o.Operation == ast.Mutation {
			points += 10
		}
		whole := int(math.Ceil(points))
		if whole > budget {
			t.Errorf("%s costs about %d points, more than %d", o.Name, whole, budget)
		}
		if row := fmt.Sprintf("| %s | %d |", o.Name, whole); !strings.Contains(string(readme), row) {
			t.Errorf("README.md lacks %s", row)
		}
	}
}

// cost estimates the points of what is selected: an object 1, a page of n nodes 1 and log2(n)+2 times
// one node, a list of at most n the same. That is what was observed for pages of locations (6 points
// for 10, 7 for 20, 9 for 50) and a little less than for 250 variants (22, observed 25).
func cost(set ast.SelectionSet) float64 {
	var sum float64
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			sum += fieldCost(s)
		case *ast.InlineFragment:
			sum += cost(s.SelectionSet)
		case *ast.FragmentSpread:
			sum += cost(s.Definition.SelectionSet)
		}
	}
	return sum
}

func fieldCost(f *ast.Field) float64 {
	if f.SelectionSet == nil {
		return 0
	}
	first := f.Arguments.ForName("first")
	if first == nil {
		return 1 + cost(f.SelectionSet)
	}
	n, err := strconv.Atoi(first.Value.Raw)
	if err != nil {
		panic(err)
	}
	times := math.Log2(float64(n)) + 2
	if !strings.HasSuffix(f.Definition.Type.Name(), "Connection") {
		return times * (1 + cost(f.SelectionSet))
	}
	sum := 1.0
	for _, s := range f.SelectionSet {
		one := fieldCost(s.(*ast.Field))
		if s.(*ast.Field).Name == "nodes" {
			one *= times
		}
		sum += one
	}
	return sum
}
