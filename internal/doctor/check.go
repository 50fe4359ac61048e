// Package doctor looks at a connection from all sides and says what is well, what is not, and what to do about it: the
// way to each peer, its credentials and clock, the warehouse's statuses against the mapping, what the shop lets us do
// and tells us, and who was heard when. It changes nothing, and what it finds holds no secret.
package doctor

import (
	"fmt"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// State is how a check ended.
type State string

// The states, the worst last.
const (
	Skipped State = "skipped" // it could not be looked at, because of another check
	OK      State = "ok"
	Warning State = "warning" // it works, and may not always
	Fault   State = "fault"   // it does not work
)

// Check is one thing that was looked at.
type Check struct {
	Connection exchange.Conn `json:"connection,omitempty"` // empty: of the process
	Name       string        `json:"check"`
	State      State         `json:"state"`
	Evidence   string        `json:"evidence"`           // what was seen
	Remedy     string        `json:"remedy,omitempty"`   // what a person can do; empty: nothing is needed
	Proposed   string        `json:"proposed,omitempty"` // YAML for connections.yaml
}

// Worst is the worst state of checks; Skipped counts as OK.
func Worst(checks []Check) State {
	worst := OK
	for _, c := range checks {
		if c.State == Fault || c.State == Warning && worst == OK {
			worst = c.State
		}
	}
	return worst
}

// report collects the checks of one connection.
type report struct {
	conn   exchange.Conn
	checks []Check
}

func (r *report) ok(name, evidence string, args ...any) {
	r.add(Check{Name: name, State: OK, Evidence: fmt.Sprintf(evidence, args...)})
}

func (r *report) skip(name, evidence string, args ...any) {
	r.add(Check{Name: name, State: Skipped, Evidence: fmt.Sprintf(evidence, args...)})
}

func (r *report) warn(name, remedy, evidence string, args ...any) {
	r.add(Check{Name: name, State: Warning, Evidence: fmt.Sprintf(evidence, args...), Remedy: remedy})
}

func (r *report) fault(name, remedy, evidence string, args ...any) {
	r.add(Check{Name: name, State: Fault, Evidence: fmt.Sprintf(evidence, args...), Remedy: remedy})
}

func (r *report) add(c Check) {
	c.Connection = r.conn
	r.checks = append(r.checks, c)
}

// list joins what was found, and cuts where it grows too long for a line.
func list(items []string) string {
	const most = 12
	if len(items) > most {
		return strings.Join(items[:most], ", ") + fmt.Sprintf(" and %d others", len(items)-most)
	}
	return strings.Join(items, ", ")
}
