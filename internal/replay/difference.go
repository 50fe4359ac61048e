package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Difference is a part of an exchange that its journal says otherwise than it is stored.
type Difference struct {
	Field   string          `json:"field"`  // facts.portal.closed, asked[3].withdrawn
	Stored  json.RawMessage `json:"stored"` // null: there is none
	Rebuilt json.RawMessage `json:"rebuilt"`
}

// differences compares two exchanges as they are stored.
func differences(stored, rebuilt exchange.Exchange) ([]Difference, error) {
	a, err := tree(stored)
	if err != nil {
		return nil, err
	}
	b, err := tree(rebuilt)
	if err != nil {
		return nil, err
	}
	return compare("", a, b), nil
}

// tree is x as JSON has it.
func tree(x exchange.Exchange) (any, error) {
	text, err := json.Marshal(x)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", x.ID, err)
	}
	var t any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&t)
	return t, err
}

// compare descends to the smallest parts that differ.
func compare(field string, a, b any) []Difference {
	var out []Difference
	switch av := a.(type) {
	case map[string]any:
		bv, ok := b.(map[string]any)
		if !ok {
			break
		}
		names := slices.Collect(maps.Keys(av))
		names = slices.AppendSeq(names, maps.Keys(bv))
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			at := name
			if field != "" {
				at = field + "." + name
			}
			out = append(out, compare(at, av[name], bv[name])...)
		}
		return out
	case []any:
		bv, ok := b.([]any)
		if !ok {
			break
		}
		for i := range max(len(av), len(bv)) {
			out = append(out, compare(fmt.Sprintf("%s[%d]", field, i), item(av, i), item(bv, i))...)
		}
		return out
	}
	left, right := written(a), written(b)
	if bytes.Equal(left, right) {
		return nil
	}
	return []Difference{{field, left, right}}
}

func item(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// written is a part as JSON. It came from there, so that it can be written.
func written(v any) json.RawMessage {
	text, _ := json.Marshal(v)
	return text
}
