package shopify

import (
	"bytes"
	"encoding/json"
)

// nullMeansNull is the one member whose null says something: do not compare before setting stock.
const nullMeansNull = "changeFromQuantity"

// withoutNulls is v as JSON without the members that are null. Elements of a list stay as they are.
func withoutNulls(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	strip(tree)
	return json.Marshal(tree)
}

func strip(node any) {
	switch node := node.(type) {
	case map[string]any:
		for name, member := range node {
			if member == nil && name != nullMeansNull {
				delete(node, name)
				continue
			}
			strip(member)
		}
	case []any:
		for _, element := range node {
			strip(element)
		}
	}
}
