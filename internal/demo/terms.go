package demo

import (
	"fmt"
	"strings"
)

// terms are a connection's exchange settings, as far as stories differ in them. The zero value leaves all at its
// default.
type terms struct {
	instant       bool
	releaseOn     string
	payment       string
	deposit       string
	partial       string
	afterDeadline string
	deadlineDays  int
	portalActs    bool // the portal processes returns in Shopify: process_return is off
	freeAmounts   bool // a stored payment method may be charged any amount
}

// String is the terms in YAML, one setting a line.
func (t terms) String() string {
	var out strings.Builder
	set := func(name string, value any) { fmt.Fprintf(&out, "      %s: %v\n", name, value) }
	set("instant", t.instant)
	for _, one := range []struct{ name, value string }{
		{"release_on", t.releaseOn}, {"payment", t.payment}, {"deposit", t.deposit}, {"partial", t.partial}, {"after_deadline", t.afterDeadline},
	} {
		if one.value != "" {
			set(one.name, one.value)
		}
	}
	if t.deadlineDays > 0 {
		set("deadline_days", t.deadlineDays)
	}
	if t.portalActs {
		set("process_return", false)
	}
	if t.freeAmounts {
		set("mandate_amounts", true)
	}
	return out.String()
}
