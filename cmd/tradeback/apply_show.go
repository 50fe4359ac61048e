package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/tradeback/tradeback/internal/connection"
	"github.com/tradeback/tradeback/internal/doctor"
)

// print says what came of a run that did not apply anything.
func (a *applying) print(r applied) error {
	if a.json {
		return printJSON(a.stdout, r)
	}
	printSets(a.stdout, r)
	return nil
}

// printSets shows what changes, connection by connection.
func printSets(w io.Writer, r applied) {
	for _, set := range r.Connections {
		switch {
		case len(set.Changes) == 0:
			fmt.Fprintf(w, "connection %s stays as it is\n", set.Connection)
			continue
		case set.New:
			fmt.Fprintf(w, "connection %s is new\n", set.Connection)
		default:
			fmt.Fprintf(w, "connection %s changes\n", set.Connection)
		}
		for _, c := range set.Changes {
			fmt.Fprintf(w, "  %s\n", printable(change(c, set.New)))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", printable(n))
	}
}

func change(c connection.Change, fresh bool) string {
	switch {
	case fresh:
		return "+ " + c.Field + ": " + dash(c.New)
	case c.New == "changed":
		return "~ " + c.Field + ": changed"
	case c.Old == "":
		return "+ " + c.Field + ": " + dash(c.New)
	case c.New == "":
		return "- " + c.Field + ": " + c.Old
	default:
		return "~ " + c.Field + ": " + c.Old + " -> " + c.New
	}
}

// changed are the connections of want that are new or differ from what is stored.
func changed(want []connection.Connection, sets []connection.ChangeSet) []connection.Connection {
	var out []connection.Connection
	for _, c := range want {
		i := slices.IndexFunc(sets, func(s connection.ChangeSet) bool { return s.Connection == c.Name })
		if i >= 0 && len(sets[i].Changes) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// moneyNotes say what a payment policy that is new to its connection means, where its name may mislead.
func moneyNotes(want []connection.Connection, sets []connection.ChangeSet) []string {
	var notes []string
	for _, c := range want {
		fresh := slices.ContainsFunc(sets, func(s connection.ChangeSet) bool {
			return s.Connection == c.Name && slices.ContainsFunc(s.Changes, func(c connection.Change) bool { return c.Field == "exchanges.payment" })
		})
		if note := doctor.PaymentNote(c); fresh && note != "" {
			notes = append(notes, fmt.Sprintf("%s: %s", c.Name, note))
		}
	}
	return notes
}
