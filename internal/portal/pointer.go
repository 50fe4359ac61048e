package portal

import (
	"strconv"
	"strings"
)

// unescape undoes the escapes of RFC 6901, ~1 before ~0.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// at gives what a JSON pointer (RFC 6901) names in doc, a value decoded into any. Nil: nothing, or null.
func at(doc any, pointer string) any {
	for pointer != "" {
		var step string
		step, pointer, _ = strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
		switch node := doc.(type) {
		case map[string]any:
			doc = node[unescape.Replace(step)]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) {
				return nil
			}
			doc = node[i]
		default:
			return nil
		}
	}
	return doc
}
