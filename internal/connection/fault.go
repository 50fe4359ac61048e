package connection

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with connections.yaml. Message never holds a secret.
type Fault struct {
	Line    int    `json:"line"`  // from 1; 0 if there is none to point at
	Field   string `json:"field"` // connections[0].ongoing.username
	Message string `json:"message"`
}

func (f Fault) String() string {
	field := f.Field
	if field != "" {
		field += ": "
	}
	return fmt.Sprintf("line %d: %s%s", f.Line, field, f.Message)
}

// Faults is everything wrong with connections.yaml, by line.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// asError gives fs in the order of lines, or nil if nothing is wrong.
func (fs Faults) asError() error {
	if len(fs) == 0 {
		return nil
	}
	slices.SortStableFunc(fs, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return fs
}
