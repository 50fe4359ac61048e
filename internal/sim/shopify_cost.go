package sim

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// shopMaxCost is the most points that one operation may ask for.
const shopMaxCost = 1000

// gqlCost returns the points that op asks for: an object 1, a value 0, a mutation 10 and its selection, a
// connection 2 and its node times the root of first. The reference gives only examples of Shopify's own
// formula; this one comes near to them.
func gqlCost(schema *ast.Schema, op *ast.OperationDefinition, vars map[string]any) int {
	c := gqlPricer{schema: schema, vars: vars}
	if op.Operation != ast.Mutation {
		return c.selection(op.SelectionSet)
	}
	cost := 0
	for _, s := range op.SelectionSet {
		cost += 10
		if field, is := s.(*ast.Field); is {
			cost += c.selection(field.SelectionSet)
		}
	}
	return cost
}

type gqlPricer struct {
	schema *ast.Schema
	vars   map[string]any
}

// selection prices a selection. Of the fragments for different types only the dearest counts.
func (c gqlPricer) selection(set ast.SelectionSet) int {
	cost := 0
	byType := map[string]int{}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			cost += c.field(s)
		case *ast.InlineFragment:
			byType[s.TypeCondition] += c.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			byType[s.Definition.TypeCondition] += c.selection(s.Definition.SelectionSet)
		}
	}
	dearest := 0
	for _, price := range byType {
		dearest = max(dearest, price)
	}
	return cost + dearest
}

func (c gqlPricer) field(f *ast.Field) int {
	if f.Definition == nil || c.schema.Types[f.Definition.Type.Name()].IsLeafType() {
		return 0
	}
	if !strings.HasSuffix(f.Definition.Type.Name(), "Connection") {
		return 1 + c.selection(f.SelectionSet)
	}
	args, bad := gqlArguments(c.schema, f, c.vars)
	if bad != nil {
		return 1
	}
	return 2 + root(max(args.number("first"), args.number("last")))*(1+c.node(f.SelectionSet))
}

// node prices the selection of one node of a connection.
func (c gqlPricer) node(set ast.SelectionSet) int {
	cost := 0
	for _, s := range set {
		f, is := s.(*ast.Field)
		if !is {
			continue
		}
		switch f.Name {
		case "nodes", "node":
			cost += c.selection(f.SelectionSet)
		case "edges":
			cost += c.node(f.SelectionSet)
		}
	}
	return cost
}

// root returns the square root of n, rounded up.
func root(n int) int {
	r := 0
	for r*r < n {
		r++
	}
	return r
}

// A shopBucket holds the points that an app may still spend. It counts in thousandths, so that it fills
// evenly; the zero value is full.
type shopBucket struct {
	missing int64
	last    time.Time
}

// available returns the whole points in the bucket at this time.
func (b *shopBucket) available(o ShopifySwitches, now time.Time) int {
	if ms := now.Sub(b.last).Milliseconds(); ms > 0 {
		b.missing = max(0, b.missing-min(ms, 1<<31)*int64(o.RestoreRate))
		b.last = now
	}
	return int((int64(o.Bucket)*1000 - b.missing) / 1000)
}

// spend takes points out; a negative number puts them back.
func (b *shopBucket) spend(points int) { b.missing = max(0, b.missing+int64(points)*1000) }

// costOf says in the extensions of an answer what it cost. A throttled one has no actual cost, and its
// numbers have a decimal point, as in the samples.
func (s *Shopify) costOf(requested int, actual *int, available int) map[string]any {
	status := map[string]any{
		"maximumAvailable": s.switches.Bucket, "currentlyAvailable": available, "restoreRate": s.switches.RestoreRate,
	}
	if actual == nil {
		status["maximumAvailable"] = json.RawMessage(shopDecimal(int64(s.switches.Bucket)*10, 1))
		status["restoreRate"] = json.RawMessage(shopDecimal(int64(s.switches.RestoreRate)*10, 1))
	}
	return map[string]any{"cost": map[string]any{
		"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status,
	}}
}
