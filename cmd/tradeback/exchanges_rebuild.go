package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tradeback/tradeback/internal/replay"
	"github.com/tradeback/tradeback/internal/rest"
)

func newExchangesRebuild(e env) *cobra.Command {
	var when string
	var whatIf bool
	c := onExchange(e, &cobra.Command{
		Use: "rebuild ID", Short: "Rebuild an exchange from its journal, and compare",
		Long: `Rebuild an exchange from its journal, from nothing: each line is taken as it was recorded, and no rule is asked. What
comes out is compared with what is stored, and each difference is named; if there is one, the exit status is 1. Nothing
is stored. --at shows the exchange as it was known at a time.

--what-if has the rules of this version decide over the facts of each line, and says where they would decide another
way than was recorded. Reads are left out of that: they change nothing. ` + anyName,
	}, func(ctx context.Context, o onOne) error {
		at, err := moment("--at", when, e.now())
		if err != nil {
			return err
		}
		r, err := replay.Rebuild(ctx, o.Engine, o.x, at, whatIf)
		if err != nil {
			return err
		}
		v := rest.RebuiltView(&r, at)
		if o.json {
			err = printJSON(e.stdout, v)
		} else {
			err = printRebuilt(e.stdout, v, whatIf)
		}
		if err == nil && !v.Agrees {
			err = reportedError{errors.New("the exchange is not what its journal says")}
		}
		return err
	})
	c.Flags().StringVar(&when, "at", "", "show it as it was known at this time, day, or so long ago (24h)")
	c.Flags().BoolVar(&whatIf, "what-if", false, "say where the rules of this version would decide another way")
	return c
}

func printRebuilt(w io.Writer, v rest.Rebuilt, whatIf bool) error {
	if v.Exchange != nil && v.At != nil {
		fmt.Fprintf(w, "as it was known at %s\n", at(*v.At))
		if err := printExchange(w, *v.Exchange); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	switch {
	case v.Broken != "":
		fmt.Fprintf(w, "%d lines of the journal can be folded, no more: %s\n", v.Lines, printable(v.Broken))
	case v.Agrees:
		fmt.Fprintf(w, "%d lines of the journal make what is stored\n", v.Lines)
	default:
		fmt.Fprintf(w, "%d lines of the journal make something else than is stored\n", v.Lines)
	}
	for _, d := range v.Differences {
		fmt.Fprintf(w, "  %s: stored %s, by the journal %s\n", printable(d.Field), printable(string(d.Stored)), printable(string(d.Rebuilt)))
	}
	if whatIf && len(v.Otherwise) == 0 {
		fmt.Fprintln(w, "the rules of this version decide as was recorded")
	}
	for _, o := range v.Otherwise {
		fmt.Fprintf(w, "line %d, %s, %s: the rules of this version decide another way\n", o.Version, at(o.At), printable(o.Event))
		fmt.Fprintf(w, "  recorded: %s\n", printable(ruled(o.From, o.Recorded)))
		if o.Refused {
			fmt.Fprintln(w, "  now: it is refused")
			continue
		}
		fmt.Fprintf(w, "  now: %s\n", printable(ruled(o.From, o.Now)))
	}
	return nil
}

// ruled says in short what followed from an event.
func ruled(from string, d rest.Ruling) string {
	out := []string{"stays " + from}
	if d.To != from {
		out[0] = from + " -> " + d.To
	}
	for _, r := range d.Rules {
		out = append(out, "rule "+r)
	}
	for _, id := range d.Acts {
		out = append(out, "asks for "+id)
	}
	for _, code := range d.Raised {
		out = append(out, "raises "+code)
	}
	for _, code := range d.Lowered {
		out = append(out, "no longer "+code)
	}
	return strings.Join(out, "; ")
}
