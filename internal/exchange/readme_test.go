package exchange

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the README's diagram and table anew")

// TestTheReadmeIsDrawnFromTheRules compares the README's diagram and table with the rules.
func TestTheReadmeIsDrawnFromTheRules(t *testing.T) {
	const name = "../../README.md"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := between(t, string(b), "diagram", "```mermaid\n"+Diagram()+"```\n")
	text = between(t, text, "table", Table())
	if text == string(b) {
		return
	}
	if !*update {
		t.Fatal("the README's diagram or table is not what the rules say: go test ./internal/exchange -run Readme -update")
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil { // everybody may read it
		t.Fatal(err)
	}
}

// between puts what between the markers called name.
func between(t *testing.T, text, name, what string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, "<!-- "+name+" -->\n")
	_, after, closed := strings.Cut(rest, "<!-- /"+name+" -->\n")
	if !ok || !closed {
		t.Fatalf("the README has no place for the %s", name)
	}
	return before + "<!-- " + name + " -->\n" + what + "<!-- /" + name + " -->\n" + after
}
