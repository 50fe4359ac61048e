package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// counting are the rooms through which amounts and quantities pass. In them no number is a float:
// amounts are whole minor units, and decimals are parsed from text.
var counting = []string{
	"internal/exchange", "internal/connection", "internal/store", "internal/inbox", "internal/outbox",
	"internal/ongoing", "internal/shopify", "internal/rest", "api/ongoingrest",
}

// floatTypes are the types, and floatGivers the functions and methods that give one.
var (
	floatTypes  = []string{"float32", "float64", "complex64", "complex128"}
	floatGivers = []string{
		"ParseFloat", "Float32", "Float64", "InexactFloat64", "NewFromFloat", "NewFloat", "Seconds", "Minutes", "Hours",
	}
)

func TestNoFloatIsNearMoney(t *testing.T) {
	for _, f := range sources(t) {
		if f.isTest || !slices.ContainsFunc(counting, func(room string) bool {
			return f.dir == room || strings.HasPrefix(f.dir, room+"/")
		}) {
			continue
		}
		for _, where := range floats(f) {
			t.Errorf("%s", where)
		}
	}
}

// floats returns where in f a float is named or written.
func floats(f source) []string {
	var found []string
	note := func(n ast.Node, what string) {
		found = append(found, f.fset.Position(n.Pos()).String()+": "+what+" where money is counted")
	}
	ast.Inspect(f.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				note(n, n.Value)
			}
		case *ast.SelectorExpr:
			if slices.Contains(floatGivers, n.Sel.Name) {
				note(n.Sel, n.Sel.Name)
			}
		case *ast.Ident:
			if slices.Contains(floatTypes, n.Name) {
				note(n, n.Name)
			}
		}
		return true
	})
	return found
}

func TestFloatsAreFound(t *testing.T) {
	for text, want := range map[string]int{
		"var x float64": 1,
		"func f(d time.Duration) { _ = d.Seconds() }": 1,
		"const half = 0.5": 1,
		"func f() { _, _ = strconv.ParseFloat(``, 64) }": 1,
		"type t struct{ complex128 }":                    1,
		"const many, name = 5, `float64`":                0,
	} {
		f, err := parse(root+"/internal/exchange/x.go", "package exchange\n"+text)
		if err != nil {
			t.Fatal(err)
		}
		if got := floats(f); len(got) != want {
			t.Errorf("%s: found %v, want %d", text, got, want)
		}
	}
}
