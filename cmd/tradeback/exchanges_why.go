package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/rest"
	"github.com/tradeback/tradeback/internal/store"
)

func newExchangesWhy(e env) *cobra.Command {
	return onExchange(e, &cobra.Command{
		Use: "why ID", Short: "Say why an exchange is where it is, and what comes next",
		Long: "Say why an exchange is where it is: what it waits for and what would satisfy that, what was asked for and has not ended,\n" +
			"what is read or tried next, what was heard last from each side, and what a person may do. " + anyName,
	}, func(ctx context.Context, o onOne) error {
		w, err := rest.WhyView(ctx, o, &o.x, o.served)
		if err != nil {
			return err
		}
		if o.json {
			return printJSON(e.stdout, w)
		}
		return printWhy(e.stdout, w)
	})
}

func printWhy(w io.Writer, y rest.Why) error {
	of := string(y.Connection)
	if y.Number != "" {
		of = y.Number + " of " + of
	}
	fmt.Fprintf(w, "%s (%s) is %s since %s\n", y.ID, printable(of), y.Stage, at(y.Since))
	if !y.Served {
		fmt.Fprintln(w, "no serve runs on this store: nothing moves until one does")
	}
	if y.RecoveryHold != nil {
		fmt.Fprintf(w, "recovery hold: the store was restored from a backup at %s; nothing is done for %s until the peers have told how everything stands\n",
			at(*y.RecoveryHold), y.Connection)
	}
	if len(y.WaitingFor) > 0 {
		fmt.Fprintln(w, "\nwaits for")
	}
	for _, c := range y.WaitingFor {
		fmt.Fprintf(w, "  %s, since %s\n    would be satisfied by: %s\n", printable(c.Condition), at(c.Since), printable(c.By))
	}
	if len(y.WaitingFor)+len(y.Asked)+len(y.Raised) == 0 {
		fmt.Fprintln(w, "it waits for nothing")
	}
	if len(y.Asked) > 0 {
		fmt.Fprintln(w, "\nasked for, without an outcome")
	}
	for _, a := range y.Asked {
		fmt.Fprintf(w, "  %s, since %s: %s\n", a.Kind, at(a.Since), printable(standing(a)))
	}
	if len(y.Next) > 0 {
		fmt.Fprintln(w, "\ncomes by itself")
	}
	for _, c := range y.Next {
		fmt.Fprintf(w, "  %s, due %s\n", printable(c.What), at(c.Due))
	}
	printRaised(w, y.Raised)
	if len(y.May) > 0 {
		fmt.Fprintln(w, "\nyou may")
	}
	for _, m := range y.May {
		fmt.Fprintf(w, "  %s:\n    %s\n", printable(m.What), printable(m.Command))
	}
	fmt.Fprintln(w, "\nheard last of each side")
	for _, s := range y.Sides {
		fmt.Fprintf(w, "  %s: %s\n", s.Side, printable(heardOf(s)))
	}
	if len(y.Heard) > 0 {
		fmt.Fprintln(w, "\nthe latest events")
	}
	for _, m := range y.Heard {
		fmt.Fprintf(w, "  %s  %s  %s\n", at(m.At), printable(m.Event), printable(dash(ledTo(m))))
	}
	return nil
}

// standing says where an act without an outcome stands.
func standing(a rest.Owed) string {
	switch {
	case a.State == store.Dead:
		return "given up: " + dash(a.Reason)
	case a.State == store.Done:
		return "done, and its outcome is about to be taken"
	case a.Attempt == 0:
		return "due " + at(a.Due)
	case a.Reason == "":
		return fmt.Sprintf("attempt %d, next look %s", a.Attempt, at(a.Due))
	default:
		return fmt.Sprintf("attempt %d ended without one (%s), next %s", a.Attempt, a.Reason, at(a.Due))
	}
}

// heardOf says what was heard last of a side.
func heardOf(s rest.Side) string {
	told := "it never told us anything"
	if s.Told != nil {
		told = "told us " + heardAs(*s.Told)
	}
	switch {
	case s.Found != nil:
		return told + "; asked: " + heardAs(*s.Found)
	case s.Side == "portal": // nobody asks it
		return told
	}
	return told + "; it never answered us"
}

func heardAs(h rest.Heard) string {
	text := h.Event + " at " + at(h.At)
	if h.Facts != "" {
		text += " (" + h.Facts + ")"
	}
	return text
}
