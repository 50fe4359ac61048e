package exchange

import (
	"fmt"
	"strings"
)

// label leaves out of a sentence what a Mermaid label cannot hold.
var label = strings.NewReplacer(";", ",", "`", "", ":", " -")

// Diagram draws the stages and the rules between them as a Mermaid state diagram.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> requested\n")
	for _, r := range rules {
		if r.To == "" {
			continue
		}
		for _, from := range r.From {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", from, r.To, label.Replace(r.When.String()))
		}
	}
	b.WriteString("    completed --> [*]\n    cancelled --> [*]\n")
	return b.String()
}

// Table writes the rules as a Markdown table.
func Table() string {
	var b strings.Builder
	b.WriteString("| stage | when | next | then |\n| --- | --- | --- | --- |\n")
	for _, r := range rules {
		from := make([]string, len(r.From))
		for i, s := range r.From {
			from[i] = string(s)
		}
		var then []string
		if r.Ask.name != "" {
			then = append(then, r.Ask.name)
		}
		if r.Raise != "" {
			then = append(then, "raise `"+string(r.Raise)+"`")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(from, ", "), r.When, r.To, strings.Join(then, "; "))
	}
	return b.String()
}
